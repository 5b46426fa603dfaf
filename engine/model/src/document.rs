//! The scenario document as it is written: its shape, nothing checked that needs more than one place.

mod choice;
mod max_in_flight;
mod parse;
mod schema;
mod topic;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::{DurationText, SettingDeclaration};

pub use choice::{OneOrMany, RetryChoice};
pub use max_in_flight::MaxInFlightDocument;
pub use parse::{DocumentError, MAX_DOCUMENT_BYTES, parse_document};
pub(crate) use parse::{read_json, shape_error};
pub(crate) use schema::add_kinds;
pub use schema::{KindSchema, profile as profile_schema, scenario_schema};
pub use topic::{AtEndDocument, TopicDocument, TopicModeDocument};

/// The version of the document's format that this engine reads.
pub const DOCUMENT_VERSION: &str = "0.1";

/// What a component describes, or what a file holds: scenarios and what they need.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a document")]
pub struct Document {
    /// The version of the format: `0.1`.
    pub throng: String,
    /// The hosts that are talked to, each as a URL; nothing else can be reached.
    #[serde(default)]
    pub targets: Vec<String>,
    /// The guest's callbacks; places name them by their position, from 0.
    #[serde(default)]
    pub callbacks: Vec<CallbackDeclaration>,
    /// At least one.
    pub scenarios: Vec<ScenarioDocument>,
}

/// A callback of the guest.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a callback")]
pub struct CallbackDeclaration {
    /// For people: errors name it.
    pub name: String,
    /// What it is made for: `map`, `verify`, `request:http` …
    #[serde(rename = "use")]
    pub usage: String,
}

/// A graph of steps plus load settings.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a scenario")]
pub struct ScenarioDocument {
    /// Kebab-case, unique in the engine.
    pub name: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// Of the scenario itself.
    #[serde(default = "no_version")]
    pub version: String,
    /// How many simulated users, devices or systems, unless the profile fixes their number.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 4294967295u32))]
    pub minions: u64,
    /// When they start: `regular(1s, 50)`, or the same as an object.
    #[serde(default = "immediate")]
    #[schemars(schema_with = "schema::profile")]
    pub profile: Json,
    /// Minions that are under way at a time, at most; no limit by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_in_flight: Option<MaxInFlightDocument>,
    /// For all steps that have none of their own.
    #[serde(default)]
    pub retry: Option<RetryDocument>,
    /// Settings that the steps of a plugin inherit, by the plugin's name.
    #[serde(default)]
    pub defaults: BTreeMap<String, Json>,
    /// What a campaign may set.
    #[serde(default)]
    pub settings: Vec<SettingDeclaration>,
    /// What must hold at the end: `p99(response, step:order) < 250ms`.
    #[serde(default)]
    pub rules: Vec<String>,
    /// The graph.
    pub steps: Vec<StepDocument>,
}

/// A step: common options, and one key that is its kind.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", expecting = "a step")]
pub struct StepDocument {
    /// Unique in the scenario; `_kind-N` by default. Names starting with `_` are hidden in reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Marks the one root of what every minion walks.
    #[serde(default, skip_serializing_if = "is_false")]
    pub start: bool,
    /// The steps whose values it gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<OneOrMany>,
    /// For one attempt of one iteration; 10 s for plugins' steps, none for operators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<DurationText>,
    /// How failed attempts are made again; the scenario's by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryChoice>,
    /// The same input several times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterate: Option<IterateDocument>,
    /// Whether failures show their cause in the report; yes by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<bool>,
    /// What is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitoring: Option<MonitoringDocument>,
    /// Carried by its meters and events.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Whether its failures leave the verdict alone; no by default.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tolerate: bool,
    /// When a side tree runs; only for the root of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunDocument>,
    /// How long a side tree that runs after the load waits first; 0 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle: Option<DurationText>,
    /// How records of a source, or the values of a side tree, reach the minions that visit the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicDocument>,
    /// Values that it emits and that are handled downstream at a time; 1 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub concurrency: Option<u32>,
    /// All other keys: exactly one, the kind, with its configuration.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kinds: Map<String, Json>,
}

/// Attempts after a failure. Wait before retry k = min(delay × multiplierᵏ⁻¹, max-delay).
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a retry policy")]
pub struct RetryDocument {
    /// Attempts = retries + 1; 3 by default.
    pub retries: u32,
    /// Before the first retry; 1 s by default.
    pub delay: DurationText,
    /// Of each wait over the last; 1 by default.
    pub multiplier: f64,
    /// The cap on every wait; 1 h by default.
    pub max_delay: DurationText,
    /// 0 to 1: each wait is lengthened or shortened by up to this share; 0 by default.
    pub jitter: f64,
}

impl Default for RetryDocument {
    fn default() -> Self {
        let seconds = |seconds| DurationText(std::time::Duration::from_secs(seconds));
        Self { retries: 3, delay: seconds(1), multiplier: 1.0, max_delay: seconds(3600), jitter: 0.0 }
    }
}

/// The same input several times: so often, for so long, or until so many are done by all minions together.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "an object like {\"iterations\": 3}")]
pub struct IterateDocument {
    /// How often; without end if only `for` is given.
    pub iterations: Option<u64>,
    /// Planned distance of starts; 0 by default.
    pub period: DurationText,
    /// Whether the first failure ends the loop and exhausts the context; no by default.
    pub stop_on_error: bool,
    /// Go on until this much time has passed.
    #[serde(rename = "for")]
    pub lasting: Option<DurationText>,
    /// Iterations that all minions share evenly; instead of `iterations`.
    pub total: Option<u64>,
}

/// What is measured of a step.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "an object like {\"events\": true}")]
pub struct MonitoringDocument {
    /// On by default.
    pub meters: Option<bool>,
    /// Off by default.
    pub events: Option<bool>,
}

/// When a side tree runs.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunDocument {
    /// While there is load.
    During,
    /// Once, before it.
    BeforeLoad,
    /// Once, when everything under load has ended.
    AfterLoad,
    /// Once, after each stage.
    AfterStage,
}

fn no_version() -> String {
    "0".to_owned()
}

fn one() -> u64 {
    1
}

fn immediate() -> Json {
    Json::from("immediate")
}

fn is_false(flag: &bool) -> bool {
    !flag
}
