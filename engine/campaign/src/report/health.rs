//! How fit the generator was: start lag, and time inside guests.

use throng_measure::{Percentile, Report, ScenarioReport, humane};

use super::paint::Style;
use super::summary::title;

pub(super) fn section(report: &Report, style: Style) -> String {
    let several = report.scenarios.len() > 1;
    let mut text = String::new();
    for scenario in &report.scenarios {
        let name = if several { format!("{}: ", scenario.name) } else { String::new() };
        let told = [start_lag(scenario), guest(scenario), refused(scenario)].into_iter().flatten();
        told.for_each(|line| text.push_str(&style.paragraph(&format!("  {name}"), &line)));
    }
    if text.is_empty() { text } else { title(style, "Health of the generator") + &text }
}

fn start_lag(scenario: &ScenarioReport) -> Option<String> {
    let lag = &scenario.health.start_lag;
    let shown = |percentile: Percentile| humane::duration(percentile.value);
    Some(format!("start lag p50 {}, p99 {}, max {}", shown(lag.p50?), shown(lag.p99?), humane::duration(lag.max?)))
}

fn guest(scenario: &ScenarioReport) -> Option<String> {
    let guest = scenario.health.guest;
    let each = guest.nanos.checked_div(guest.calls)?;
    let faults = [(guest.traps, "trap"), (guest.deadlines, "missed deadline"), (guest.memory_refusals, "memory refusal")];
    let faults = faults.map(|(count, fault)| humane::plural(count, fault)).join(", ");
    let share = humane::percentage((scenario.health.guest_share * 1e9).round() as u64, 1_000_000_000);
    let calls = humane::plural(guest.calls, "call");
    Some(format!("component {calls} of {} on average, {share} of the workers' time; {faults}", humane::duration(each)))
}

fn refused(scenario: &ScenarioReport) -> Option<String> {
    let refused = scenario.health.refused_recordings;
    (refused > 0).then(|| format!("{} that a meter's kind does not know were left out", humane::plural(refused, "recording")))
}
