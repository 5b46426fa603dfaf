//! The campaign in plain lines, for logs that are not a terminal: where it is every few seconds, and each rule that breaks, once.

use throng_measure::{LiveFigures, LiveScenario, Pace, Snapshot, Verdict, humane};

use super::progress::time;
use super::rules;

/// Where the campaign is, how the target answers now, and how many rules are kept.
pub(crate) fn plain_line(snapshot: &Snapshot) -> String {
    live_line(&LiveFigures::of(snapshot))
}

/// The same of a campaign elsewhere.
pub(crate) fn live_line(figures: &LiveFigures) -> String {
    let sum = |of: fn(&LiveScenario) -> u64| figures.scenarios.iter().map(of).sum::<u64>();
    let started = sum(|scenario| scenario.minions.started);
    let planned: Option<u64> = figures.scenarios.iter().map(|scenario| scenario.minions.planned).sum();
    let asked = planned.map_or(String::new(), |planned| format!("/{}", humane::count(planned)));
    let mut line = format!(
        "{}: started {}{asked}, running {}, completed {}, executions {}, failed {}",
        time(figures.at),
        humane::count(started),
        humane::count(sum(|scenario| scenario.running)),
        humane::count(sum(|scenario| scenario.minions.completed)),
        humane::count(sum(|scenario| scenario.executions)),
        humane::count(sum(|scenario| scenario.failed)),
    );
    if figures.pace != Pace::default() {
        line.push_str(&format!("; {}", figures.pace.state()));
    }
    if let Some((rate, times)) = figures.now.and_then(|now| Some((now.rate, now.slot.response?))) {
        let rate = humane::number(rate);
        let [p50, p95, p99] = [times.p50, times.p95, times.p99].map(humane::duration);
        line.push_str(&format!("; now {rate}/s, response p50 {p50}, p95 {p95}, p99 {p99}"));
    }
    let broken = figures.rules.iter().filter(|rule| rule.holds == Some(false)).count();
    if broken > 0 {
        line.push_str(&format!("; {broken} of {} broken", humane::plural(figures.rules.len() as u64, "rule")));
    }
    let wrong: Vec<_> = figures.health.iter().filter(|sign| sign.level > Verdict::Successful).map(|sign| sign.text.as_str()).collect();
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
