//! The campaign in plain lines, for logs that are not a terminal: where it is every few seconds, and each rule that breaks, once.

use throng_measure::{ScenarioSnapshot, Snapshot, StepFigures, Verdict, humane};

use super::progress::time;
use super::rules;

/// Where the campaign is, how the target answers now, and how many rules are kept.
pub(crate) fn plain_line(snapshot: &Snapshot) -> String {
    let scenarios = snapshot.scenarios();
    let sum = |of: fn(&ScenarioSnapshot) -> u64| scenarios.iter().map(of).sum::<u64>();
    let started = sum(|scenario| scenario.run.minions.started);
    let planned: Option<u64> = scenarios.iter().map(|scenario| scenario.shape.planned).sum();
    let asked = planned.map_or(String::new(), |planned| format!("/{}", humane::count(planned)));
    let mut line = format!(
        "{}: started {}{asked}, running {}, completed {}, executions {}, failed {}",
        time(snapshot.at()),
        humane::count(started),
        humane::count(sum(|scenario| scenario.run.minions.running())),
        humane::count(sum(|scenario| scenario.run.minions.completed)),
        humane::count(sum(|scenario| scenario.steps.iter().map(StepFigures::executions).sum())),
        humane::count(sum(ScenarioSnapshot::failed)),
    );
    let timeline = snapshot.timeline();
    let latest = timeline.closed().last();
    if let Some((slot, times)) = latest.and_then(|slot| Some((slot, slot.response?))) {
        let rate = humane::number(timeline.per_second(slot.executions));
        let [p50, p95, p99] = [times.p50, times.p95, times.p99].map(humane::duration);
        line.push_str(&format!("; now {rate}/s, response p50 {p50}, p95 {p95}, p99 {p99}"));
    }
    let broken = snapshot.rules().iter().filter(|rule| rule.holds == Some(false)).count();
    if broken > 0 {
        line.push_str(&format!("; {broken} of {} broken", humane::plural(snapshot.rules().len() as u64, "rule")));
    }
    let wrong = snapshot.generator().signs().into_iter().filter(|sign| sign.level > Verdict::Successful).map(|sign| sign.text);
    let wrong: Vec<_> = wrong.collect();
    if !wrong.is_empty() {
        line.push_str(&format!("; generator: {}", wrong.join(", ")));
    }
    without_controls(&line)
}

/// Tells each rule that breaks, once, however often it recovers and breaks again.
#[derive(Debug, Default)]
pub(crate) struct BrokenRules {
    /// By rule.
    told: Vec<bool>,
}

impl BrokenRules {
    /// A line for each rule that is broken now and was not before.
    pub(crate) fn news(&mut self, snapshot: &Snapshot) -> Vec<String> {
        let rules = snapshot.rules();
        self.told.resize(rules.len(), false);
        let mut news = Vec::new();
        for (rule, told) in rules.iter().zip(&mut self.told).filter(|(rule, told)| rule.holds == Some(false) && !**told) {
            *told = true;
            let since = rule.breach.as_ref().map_or(String::new(), |breach| format!(", since {}", time(breach.at)));
            let line =
                format!("{}: rule `{}` is broken: {}{since}", time(snapshot.at()), rules::name(rule, snapshot).cut(u16::MAX), rule.told);
            news.push(without_controls(&line));
        }
        news
    }
}

/// Names are anybody's: nothing in a log may steer the terminal that shows it.
fn without_controls(line: &str) -> String {
    line.replace(char::is_control, "")
}
