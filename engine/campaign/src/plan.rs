//! What a campaign is going to do: everything pinned before it starts.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use throng_measure::HealthLimits;
use throng_model::Scenario;

/// A campaign, ready to be conducted.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its unique name.
    pub key: String,
    /// What is run, each with its overrides applied.
    pub scenarios: Vec<PlannedScenario>,
    /// Acts on the profiles as each says.
    pub speed: f64,
    /// Of all draws.
    pub seed: u64,
    /// From ready to t₀.
    pub start_offset: Duration,
    /// From t₀, samples within are kept apart.
    pub warm_up: Duration,
    /// After it no new starts; running minions end.
    pub soft_timeout: Option<Duration>,
    /// After it everything is cancelled.
    pub hard_timeout: Duration,
    /// The label of where this engine runs.
    pub zone: Option<String>,
    /// Whether every call of a guest gets a fresh instance.
    pub fresh_instances: bool,
    /// From where on the generator's own lateness bears on the verdict.
    pub health: HealthLimits,
}

/// A scenario of a campaign.
#[derive(Clone, Debug)]
pub struct PlannedScenario {
    /// The file it came from, for messages.
    pub origin: String,
    /// Where relative paths begin: the folder of that file.
    pub folder: PathBuf,
    /// The pinned document.
    pub document: Arc<str>,
    /// The validated scenario, with the campaign's minions and profile in it.
    pub scenario: Scenario,
    /// The digest of its component; none for a plain document.
    pub program: Option<String>,
    /// Settings, checked and complete.
    pub settings: BTreeMap<String, String>,
}

impl Plan {
    /// How long a campaign may take when nothing else is said.
    pub const HARD_TIMEOUT: Duration = Duration::from_secs(3600);

    /// From ready to t₀ when nothing else is said.
    pub const START_OFFSET: Duration = Duration::from_secs(1);
}
