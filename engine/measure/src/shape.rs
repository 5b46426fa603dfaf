//! What there is to measure: the scenarios and steps of a campaign.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A step, as far as measuring it goes. Steps are numbered by their position.
#[derive(Clone, Debug, Default)]
pub struct StepShape {
    /// Unique in the scenario.
    pub name: Arc<str>,
    /// `http`, `map` …
    pub kind: String,
    /// Whether reports leave it out unless it failed.
    pub hidden: bool,
    /// Whether its times are kept. Outcomes are always counted.
    pub meters: bool,
    /// Whether its failures leave the scenario's verdict alone.
    pub tolerate: bool,
    /// Carried by its meters and events.
    pub tags: BTreeMap<String, String>,
    /// How long a join remembers a key that was used or timed out; none for other steps.
    pub window: Option<Duration>,
}

impl StepShape {
    /// Whether it brings values together by their keys, and counts them by class.
    pub fn is_join(&self) -> bool {
        matches!(self.kind.as_str(), "inner-join" | "left-join")
    }
}

/// A scenario of a campaign. Scenarios are numbered by their position.
#[derive(Clone, Debug, Default)]
pub struct ScenarioShape {
    /// Unique in the campaign.
    pub name: Arc<str>,
    /// All its steps.
    pub steps: Vec<StepShape>,
    /// How many starts the campaign asks for; none if its profile starts minions again, as often as time allows.
    pub planned: Option<u64>,
    /// Whether its starts have moments to be kept; with everybody at once there is no schedule to miss.
    pub scheduled: bool,
}
