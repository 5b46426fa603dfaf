//! The report model: everything that summary, files and comparisons show of a campaign that has ended. Times are in nanoseconds.

mod bench;
mod build;
mod fitness;
mod generator;
mod judge;
mod scenario;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use scenario::{
    FailureReport, GuestMeterReport, HealthReport, JoinReport, MessageReport, MinionsReport, OutcomeCounts, PluginMeterReport,
    ScenarioReport, StepReport, TimerReport, TimesReport,
};

use crate::rules::RuleReport;
use crate::{GeneratorReport, HealthLimits, Slot, Verdict};

/// The version of the report's form.
pub const REPORT_VERSION: &str = "0.1";

/// A campaign that has ended.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`REPORT_VERSION`].
    pub report: String,
    /// What it came to: the worst of its scenarios and its end.
    pub verdict: Verdict,
    /// Why, as far as the campaign itself goes; scenarios have their own reasons.
    pub reasons: Vec<Reason>,
    /// What was known of it from outside.
    pub campaign: CampaignFacts,
    /// In the campaign's order.
    pub scenarios: Vec<ScenarioReport>,
    /// All rules, the scenarios' own and the campaign's.
    #[serde(default)]
    pub rules: Vec<RuleReport>,
    /// How fit the generator was; what belongs to one scenario is there.
    #[serde(default)]
    pub health: GeneratorReport,
    /// Throughput and response times over time.
    pub timeline: TimelineReport,
}

/// What is known of a campaign apart from its meters.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignFacts {
    /// Its unique name.
    pub key: String,
    /// Wall clock at its start, nanoseconds since the Unix epoch.
    pub started_unix: u64,
    /// From its start to its end, in nanoseconds.
    pub duration: u64,
    /// What all random draws were made from.
    pub seed: u64,
    /// 2 is twice as fast as the profiles say.
    pub speed: f64,
    /// How many workers there were.
    pub workers: u32,
    /// The label of where the engine ran.
    #[serde(default)]
    pub zone: Option<String>,
    /// What the campaign was tagged with.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// What it went through, in order.
    pub states: Vec<StateEntry>,
    /// How it ended.
    pub end: EndReason,
    /// From where on the generator's own health counts.
    pub health: HealthLimits,
    /// Where meters and events went, in the campaign's order.
    #[serde(default)]
    pub exporters: Vec<ExporterReport>,
    /// The plugins that were no part of the engine.
    #[serde(default)]
    pub plugins: Vec<PluginFacts>,
}

/// A plugin out of a component: which one it was.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PluginFacts {
    /// `namespace:name`
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the component's bytes, in hexadecimal.
    pub digest: String,
}

/// What an exporter did.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExporterReport {
    /// Its kind and where it writes: `file meters.csv`.
    pub name: String,
    /// Records that it has written.
    pub written: u64,
    /// Records that never got there: its queue was full, or it failed.
    pub dropped: u64,
    /// How often it failed.
    pub failures: u64,
    /// What it said when it last failed.
    pub last_error: Option<String>,
}

/// When a campaign came into a state.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StateEntry {
    /// `warming up`, `running` …
    pub state: String,
    /// Nanoseconds since the campaign's start.
    pub at: u64,
}

/// How a campaign ended.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "reason")]
pub enum EndReason {
    /// All was done.
    #[default]
    Completed,
    /// New starts were stopped, and what ran came to its end: the verdict is as usual.
    SoftStopped(String),
    /// Everything was cancelled.
    Aborted(String),
    /// It could not be run, or its rules were broken.
    Failed(String),
}

/// Something that bears on the verdict.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The verdict that it calls for.
    pub verdict: Verdict,
    /// What happened, for people.
    pub text: String,
}

/// The campaign over time.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineReport {
    /// How wide a slot is, in nanoseconds.
    pub width: u64,
    /// From the campaign's start to its end. They follow the steps that talk to a target.
    pub slots: Vec<Slot>,
}

#[cfg(test)]
mod tests;
