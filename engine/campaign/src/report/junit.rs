//! JUnit's XML, as build servers read it: a suite per scenario; a case for its verdict, for each rule, step and join.

mod cases;
mod write;

use throng_measure::{Report, ScenarioReport, Verdict};

use self::cases::{Case, Ending, of_campaign, of_scenario};
use super::json::ReportError;
use super::{errors, health};

pub(super) fn render(report: &Report) -> Result<String, ReportError> {
    write::document(&suites(report)).map_err(|source| ReportError::Xml { source })
}

/// All suites, as one run.
struct Suites {
    name: String,
    /// Nanoseconds.
    time: u64,
    suites: Vec<Suite>,
}

struct Suite {
    name: String,
    /// Nanoseconds.
    time: u64,
    /// Nanoseconds since the Unix epoch.
    started: u64,
    properties: Vec<(String, String)>,
    cases: Vec<Case>,
    /// For `system-out`.
    told: String,
}

impl Suite {
    fn count(&self, of: fn(&Ending) -> bool) -> usize {
        self.cases.iter().filter(|case| of(&case.ending)).count()
    }
}

fn suites(report: &Report) -> Suites {
    let mut suites: Vec<_> = report.scenarios.iter().enumerate().map(|(number, scenario)| suite(report, number, scenario)).collect();
    // What befell the whole campaign is no scenario's: it has a suite of its own, or nobody would see it.
    let has_rules = report.rules.iter().any(|rule| rule.scenario.is_none());
    let exporters = &report.campaign.exporters;
    let has_losses = exporters.iter().any(|exporter| exporter.dropped + exporter.failures > 0);
    let has_failed = report.reasons.iter().any(|reason| reason.verdict >= Verdict::Failed);
    if has_rules || has_losses || has_failed || report.scenarios.is_empty() {
        let lines = report.health.lines().into_iter().chain(exporters.iter().map(health::of_exporter));
        let told = lines.map(|line| format!("health: {line}\n")).collect();
        suites.insert(0, Suite { cases: of_campaign(report), told, ..empty_suite(report, &report.campaign.key, report.verdict) });
    }
    Suites { name: report.campaign.key.clone(), time: report.campaign.duration, suites }
}

fn suite(report: &Report, number: usize, scenario: &ScenarioReport) -> Suite {
    Suite {
        cases: of_scenario(report, number, scenario),
        told: told(report, scenario),
        ..empty_suite(report, &scenario.name, scenario.verdict)
    }
}

fn empty_suite(report: &Report, name: &str, verdict: Verdict) -> Suite {
    let facts = &report.campaign;
    let mut properties: Vec<(String, String)> = [
        ("key", facts.key.clone()),
        ("seed", facts.seed.to_string()),
        ("verdict", verdict.to_string()),
        ("campaign", report.verdict.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    properties.extend(facts.zone.iter().map(|zone| ("zone".to_owned(), zone.clone())));
    properties.extend(facts.tags.iter().map(|(name, value)| (format!("tag.{name}"), value.clone())));
    Suite { name: name.to_owned(), time: facts.duration, started: facts.started_unix, properties, cases: Vec::new(), told: String::new() }
}

/// The scenario's messages, then how fit the generator was.
fn told(report: &Report, scenario: &ScenarioReport) -> String {
    let messages = errors::left_messages(report, scenario);
    let messages = messages.iter().map(|message| format!("{} {}: {}", message.sign(), message.place, message.text));
    let health = health::of_scenario(scenario).map(|line| format!("health: {line}"));
    messages.chain(errors::more_messages(scenario)).chain(health).map(|line| line + "\n").collect()
}
