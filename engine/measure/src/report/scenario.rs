//! The report's part of one scenario and of its steps.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use throng_protocols::Severity;

use super::Reason;
use crate::{Finding, GuestStatistics, Histogram, MeterName, MeterValue, Outcome, Percentile, PluginMeter, Quantile, Verdict};

/// One scenario.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioReport {
    /// Its name.
    pub name: String,
    /// What it came to.
    pub verdict: Verdict,
    /// Why; the worst first.
    pub reasons: Vec<Reason>,
    /// What was asked and what was sent.
    pub minions: MinionsReport,
    /// Whole runs: response from the planned start, service from the actual one.
    pub journey: TimesReport,
    /// In the scenario's order, hidden ones included.
    pub steps: Vec<StepReport>,
    /// The most serious first.
    pub messages: Vec<MessageReport>,
    /// Messages that were not kept.
    pub messages_dropped: u64,
    /// Events by name.
    pub events: BTreeMap<String, u64>,
    /// How fit the generator was.
    pub health: HealthReport,
}

/// Runs of a scenario.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MinionsReport {
    /// Starts that were asked for; none if the profile starts minions again as often as time allows.
    pub planned: Option<u64>,
    /// Runs that began.
    pub started: u64,
    /// Runs that came to their end.
    pub completed: u64,
    /// Runs that a hard stop ended.
    pub cancelled: u64,
    /// Runs that ended because what they waited for will never come.
    pub starved: u64,
    /// Starts that had to wait, for the cap on minions in flight.
    pub queued: u64,
    /// Starts that were left out, for the cap on minions in flight.
    pub dropped: u64,
}

/// One step.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StepReport {
    /// Its name.
    pub name: String,
    /// `http`, `map` …
    pub kind: String,
    /// Whether summaries leave it out unless it failed.
    pub hidden: bool,
    /// Whether its failures leave the verdict alone.
    pub tolerate: bool,
    /// By outcome, of all phases.
    pub outcomes: OutcomeCounts,
    /// Attempts of all executions.
    pub attempts: u64,
    /// Visits that ended because what they waited for will never come.
    pub starved: u64,
    /// Values that came to a pace later than planned.
    pub slipped: u64,
    /// What came together and what did not; only for joins.
    pub join: Option<JoinReport>,
    /// How long executions took.
    pub times: TimesReport,
    /// What the plugin measures besides; of all phases.
    pub plugin_meters: Vec<PluginMeterReport>,
    /// What the scenario measures itself; of all phases.
    pub guest_meters: Vec<GuestMeterReport>,
    /// By code, the most frequent first.
    pub failures: Vec<FailureReport>,
}

/// Executions by outcome.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names of the outcomes")]
pub struct OutcomeCounts {
    pub success: u64,
    pub failure: u64,
    pub error: u64,
    pub timeout: u64,
    pub skipped: u64,
}

impl OutcomeCounts {
    /// Executions that were made: all but the skipped.
    pub fn executions(&self) -> u64 {
        self.success + self.failed()
    }

    /// Executions that did not succeed.
    pub fn failed(&self) -> u64 {
        self.failure + self.error + self.timeout
    }
}

/// The classes of a join's lefts and rights.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct JoinReport {
    /// Lefts whose right came in time.
    pub matched: u64,
    /// Lefts whose right did not.
    pub missing: u64,
    /// Matches whose right was there first.
    pub early: u64,
    /// Rights that were paired.
    pub used: u64,
    /// Rights whose left had timed out.
    pub late: u64,
    /// Rights whose key was already used.
    pub duplicate: u64,
    /// Rights that nobody asked for.
    pub orphan: u64,
    /// Rights without a key.
    pub unkeyed: u64,
    /// Lefts that went missing although their right had come, because it was dropped for want of room.
    pub lost: u64,
    /// How long a key was remembered once it was used or had timed out, in nanoseconds: what came after it counts as an orphan, late or
    /// duplicate as it may have been. None in reports that did not say so yet.
    #[serde(default)]
    pub window: Option<u64>,
    /// From the intended start of the step that made the left to the right's arrival; 0 for early ones.
    pub time_to_outcome: TimerReport,
    /// How late the late ones were.
    pub lateness: TimerReport,
}

/// Times under load (ramp and steady), and apart from them those before and after.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TimesReport {
    /// From the intended start.
    pub response: TimerReport,
    /// From the actual start.
    pub service: TimerReport,
    /// Response of what was meant to start before the load; none if nothing was.
    pub warm_up: Option<TimerReport>,
    /// Response of what was meant to start after the load; none if nothing was.
    pub drain: Option<TimerReport>,
}

/// A timer, in nanoseconds. All but count are none without samples.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names of the statistics")]
pub struct TimerReport {
    pub count: u64,
    pub mean: Option<f64>,
    pub min: Option<u64>,
    pub p50: Option<Percentile>,
    pub p90: Option<Percentile>,
    pub p95: Option<Percentile>,
    pub p99: Option<Percentile>,
    pub p99_9: Option<Percentile>,
    pub max: Option<u64>,
    /// All samples, for comparisons and other percentiles.
    pub histogram: Histogram,
}

impl From<Histogram> for TimerReport {
    fn from(histogram: Histogram) -> Self {
        Self {
            count: histogram.count(),
            mean: histogram.mean(),
            min: histogram.min(),
            p50: histogram.percentile(Quantile::P50),
            p90: histogram.percentile(Quantile::P90),
            p95: histogram.percentile(Quantile::P95),
            p99: histogram.percentile(Quantile::P99),
            p99_9: histogram.percentile(Quantile::P99_9),
            max: histogram.max(),
            histogram,
        }
    }
}

/// A plugin's meter.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PluginMeterReport {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub value: PluginMeter,
}

/// A meter of the scenario's own.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GuestMeterReport {
    /// Name, tags and kind.
    pub meter: MeterName,
    /// What it holds.
    pub value: MeterValue,
}

/// Failures with one code.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FailureReport {
    /// What they have in common.
    pub code: String,
    /// How many.
    pub count: u64,
    /// The first, in nanoseconds since the campaign's start.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// The outcome of the example: the first one.
    pub outcome: Outcome,
    /// The example's minion.
    pub minion: u32,
    /// The example's message.
    pub message: String,
}

/// A message and how often it came.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MessageReport {
    /// How serious.
    #[schemars(schema_with = "crate::schema::severity")]
    pub severity: Severity,
    /// The step's name; none for the scenario's own.
    pub step: Option<String>,
    /// What it says.
    pub text: String,
    /// How often.
    pub count: u64,
}

/// How fit the generator was.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HealthReport {
    /// Actual − intended start.
    pub start_lag: TimerReport,
    /// Whether there was a schedule to miss: only then the start lag is judged.
    pub scheduled: bool,
    /// Calls into the guest.
    pub guest: GuestStatistics,
    /// The share of all workers' time that was spent inside the guest, 0 to 1.
    pub guest_share: f64,
    /// Recordings in guest meters that their kind does not know.
    pub refused_recordings: u64,
    /// Times that somebody had to wait for room in a mailbox between workers.
    #[serde(default)]
    pub mailbox_waits: u64,
    /// What is wrong, the worst first; also among the scenario's reasons.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// Events that were dropped before any exporter could have them.
    #[serde(default)]
    pub events_dropped: u64,
}
