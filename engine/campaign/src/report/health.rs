//! How fit the generator was: start lag and time inside guests of each scenario, then workers and machine.

use throng_measure::{ExporterReport, Percentile, Report, ScenarioReport, humane};

use super::paint::{Style, one_line};
use super::summary::title;

pub(super) fn section(report: &Report, style: Style) -> String {
    let text: String = lines(report).iter().map(|(lead, line)| style.paragraph(&format!("  {lead}"), line)).collect();
    if text.is_empty() { text } else { title(style, TITLE) + &text }
}

pub(super) const TITLE: &str = "Health of the generator";

/// What is known, each with the scenario before it if there are several.
pub(super) fn lines(report: &Report) -> Vec<(String, String)> {
    let several = report.scenarios.len() > 1;
    let told = |scenario: &ScenarioReport| {
        let lead = if several { format!("{}: ", one_line(&scenario.name)) } else { String::new() };
        of_scenario(scenario).map(move |line| (lead.clone(), line))
    };
    let whole = report.health.lines().into_iter().map(|line| (String::new(), one_line(&line)));
    let exporters = report.campaign.exporters.iter().map(|exporter| (String::new(), of_exporter(exporter)));
    report.scenarios.iter().flat_map(told).chain(whole).chain(exporters).collect()
}

/// What an exporter did.
pub(super) fn of_exporter(exporter: &ExporterReport) -> String {
    let written = humane::plural(exporter.written, "record");
    let error = exporter.last_error.as_ref().map(|error| format!("; last error: {}", one_line(error))).unwrap_or_default();
    format!("exporter {}: {written} written, {} dropped{error}", one_line(&exporter.name), humane::count(exporter.dropped))
}

/// What is known of one scenario's.
pub(super) fn of_scenario(scenario: &ScenarioReport) -> impl Iterator<Item = String> + use<> {
    [start_lag(scenario), guest(scenario), refused(scenario), mailboxes(scenario), events(scenario)].into_iter().flatten()
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

fn mailboxes(scenario: &ScenarioReport) -> Option<String> {
    let waits = scenario.health.mailbox_waits;
    (waits > 0).then(|| format!("{} for room in a mailbox between workers", humane::plural(waits, "wait")))
}

fn events(scenario: &ScenarioReport) -> Option<String> {
    let dropped = scenario.health.events_dropped;
    (dropped > 0).then(|| format!("{} dropped before they were exported", humane::plural(dropped, "event")))
}

fn refused(scenario: &ScenarioReport) -> Option<String> {
    let refused = scenario.health.refused_recordings;
    (refused > 0).then(|| format!("{} that a meter's kind does not know were left out", humane::plural(refused, "recording")))
}
