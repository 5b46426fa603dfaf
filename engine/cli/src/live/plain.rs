//! The campaign in one line, for logs that are not a terminal.

use throng_measure::{Snapshot, StepFigures, Verdict, humane};

/// Where the campaign is, and how the target answers now.
pub(crate) fn plain_line(snapshot: &Snapshot) -> String {
    let scenarios = snapshot.scenarios();
    let sum = |of: fn(&throng_measure::ScenarioSnapshot) -> u64| scenarios.iter().map(of).sum::<u64>();
    let started = sum(|scenario| scenario.run.minions.started);
    let planned: Option<u64> = scenarios.iter().map(|scenario| scenario.shape.planned).sum();
    let asked = planned.map_or(String::new(), |planned| format!("/{}", humane::count(planned)));
    let mut line = format!(
        "{}: started {}{asked}, running {}, completed {}, executions {}, failed {}",
        humane::duration(snapshot.at()),
        humane::count(started),
        humane::count(sum(|scenario| scenario.run.minions.running())),
        humane::count(sum(|scenario| scenario.run.minions.completed)),
        humane::count(sum(|scenario| scenario.steps.iter().map(StepFigures::executions).sum())),
        humane::count(sum(throng_measure::ScenarioSnapshot::failed)),
    );
    let timeline = snapshot.timeline();
    let latest = timeline.closed().last();
    if let Some((slot, times)) = latest.and_then(|slot| Some((slot, slot.response?))) {
        let rate = humane::number(timeline.per_second(slot.executions));
        let [p50, p95, p99] = [times.p50, times.p95, times.p99].map(humane::duration);
        line.push_str(&format!("; now {rate}/s, response p50 {p50}, p95 {p95}, p99 {p99}"));
    }
    let wrong = snapshot.generator().signs().into_iter().filter(|sign| sign.level > Verdict::Successful).map(|sign| sign.text);
    let wrong: Vec<_> = wrong.collect();
    if !wrong.is_empty() {
        line.push_str(&format!("; generator: {}", wrong.join(", ")));
    }
    line
}
