//! A campaign that goes on, as other programs see it: the figures of a [`Snapshot`], without its histograms. Times are in nanoseconds.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::report::{MinionsReport, OutcomeCounts};
use crate::{Histogram, Pace, PluginMeter, Quantile, ScenarioSnapshot, Slot, Snapshot, StepFigures, StepShape, Verdict, under_load};

/// All that is known of a campaign so far.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LiveFigures {
    /// Nanoseconds since the campaign's start.
    pub at: u64,
    /// In the campaign's order.
    pub scenarios: Vec<LiveScenario>,
    /// All rules, the scenarios' own and the campaign's.
    pub rules: Vec<LiveRule>,
    /// How fit the generator is.
    pub health: Vec<LiveSign>,
    /// The last second that is over, of the steps that talk to a target; none in the first.
    pub now: Option<LiveNow>,
    /// Whether it is held, and how fast its plan goes by when it is not.
    #[serde(default)]
    pub pace: Pace,
}

/// A scenario so far.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LiveScenario {
    /// Its name.
    pub name: String,
    /// Its minions.
    pub minions: MinionsReport,
    /// Those that are under way.
    pub running: u64,
    /// Executions of all its steps.
    pub executions: u64,
    /// Those of them that did not succeed.
    pub failed: u64,
    /// Starts that the plan has come to; none while that is not known.
    pub due: Option<u64>,
    /// From the planned start of a run to its end, under load.
    pub journey: LiveTimes,
    /// Actual − intended start.
    pub start_lag: LiveTimes,
    /// Why it was ended before its time.
    pub aborted: Option<String>,
    /// Its steps, without hidden ones that did not fail.
    pub steps: Vec<LiveStep>,
}

/// A step so far.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LiveStep {
    /// Its name.
    pub name: String,
    /// `http`, `map` …
    pub kind: String,
    /// Executions by outcome.
    pub outcomes: OutcomeCounts,
    /// Executions that go on.
    pub in_flight: u64,
    /// Executions per second, over the last five.
    pub rate: f64,
    /// From the intended start, under load.
    pub response: LiveTimes,
    /// The last attempt alone, under load.
    pub service: LiveTimes,
    /// Counts by class, of a join: `matched`, `missing` …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<String, u64>,
}

/// Times so far, in nanoseconds; none without a sample.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LiveTimes {
    /// Samples.
    pub count: u64,
    /// The median.
    pub p50: Option<u64>,
    /// 95 % took no longer.
    pub p95: Option<u64>,
    /// 99 % took no longer.
    pub p99: Option<u64>,
    /// The longest.
    pub max: Option<u64>,
}

/// How a rule stands.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LiveRule {
    /// As written.
    pub rule: String,
    /// The scenario that it is a rule of; none for the campaign's.
    pub scenario: Option<String>,
    /// What it calls for when it is broken.
    pub verdict: Verdict,
    /// Whether it is kept so far; none while there is no saying yet.
    pub holds: Option<bool>,
    /// The last figure, for people.
    pub value: Option<String>,
    /// What happened, for people; empty unless it is broken.
    pub told: String,
}

/// How fit the generator is in one respect.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LiveSign {
    /// `successful` if it is as it should be, else `warning` or `void`.
    pub level: Verdict,
    /// Such as `processor 97 %`.
    pub text: String,
}

/// The last second.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LiveNow {
    /// Executions per second.
    pub rate: f64,
    /// What was counted.
    pub slot: Slot,
}

impl LiveFigures {
    /// The figures of a snapshot.
    pub fn of(snapshot: &Snapshot) -> Self {
        let scenarios = snapshot.scenarios();
        let name = |number: usize| scenarios.get(number).map(|scenario| scenario.shape.name.to_string());
        let rules = snapshot.rules().iter().map(|standing| LiveRule {
            rule: standing.rule.clone(),
            scenario: standing.scenario.and_then(name),
            verdict: standing.verdict,
            holds: standing.holds,
            value: standing.value.as_ref().map(|figure| figure.text.clone()),
            told: standing.told.clone(),
        });
        let signs = snapshot.generator().signs().into_iter().map(|sign| LiveSign { level: sign.level, text: sign.text });
        let timeline = snapshot.timeline();
        let now = timeline.closed().last().map(|slot| LiveNow { rate: timeline.per_second(slot.executions), slot: *slot });
        Self {
            at: snapshot.at(),
            scenarios: scenarios.iter().enumerate().map(|(number, scenario)| LiveScenario::of(snapshot, number, scenario)).collect(),
            rules: rules.collect(),
            health: signs.collect(),
            now,
            pace: snapshot.pace(),
        }
    }
}

impl LiveScenario {
    fn of(snapshot: &Snapshot, number: usize, scenario: &ScenarioSnapshot) -> Self {
        let shown = scenario.shown_steps();
        Self {
            name: scenario.shape.name.to_string(),
            minions: MinionsReport::new(scenario),
            running: scenario.run.minions.running(),
            executions: scenario.steps.iter().map(StepFigures::executions).sum(),
            failed: scenario.failed(),
            due: scenario.due,
            journey: LiveTimes::of(&under_load(&scenario.run.journey.response)),
            start_lag: LiveTimes::of(&scenario.run.start_lag),
            aborted: scenario.aborted.clone(),
            steps: shown.map(|(step, shape, figures)| LiveStep::of(shape, figures, snapshot.rate(number, step))).collect(),
        }
    }
}

impl LiveStep {
    fn of(shape: &StepShape, figures: &StepFigures, rate: f64) -> Self {
        let [success, failure, error, timeout, skipped] = figures.counts();
        let class = |(name, meter): (&std::borrow::Cow<'static, str>, &PluginMeter)| match meter {
            PluginMeter::Counter(count) => Some((name.to_string(), *count)),
            PluginMeter::Timer(_) => None,
        };
        Self {
            name: shape.name.to_string(),
            kind: shape.kind.clone(),
            outcomes: OutcomeCounts { success, failure, error, timeout, skipped },
            in_flight: u64::try_from(figures.in_flight).unwrap_or(0),
            rate,
            response: LiveTimes::of(&under_load(&figures.times.response)),
            service: LiveTimes::of(&under_load(&figures.times.service)),
            classes: if shape.is_join() { figures.plugin.iter().filter_map(class).collect() } else { BTreeMap::new() },
        }
    }
}

impl LiveTimes {
    fn of(histogram: &Histogram) -> Self {
        let at = |quantile| histogram.percentile(quantile).map(|percentile| percentile.value);
        Self { count: histogram.count(), p50: at(Quantile::P50), p95: at(Quantile::P95), p99: at(Quantile::P99), max: histogram.max() }
    }
}
