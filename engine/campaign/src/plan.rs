//! What a campaign is going to do: everything pinned before it starts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use throng_measure::HealthLimits;
use throng_model::{Scenario, Secrets, StepKind, Zones, format_duration, name_hint};
use throng_runtime::Resources;

use crate::Pinned;
use crate::exporters::PlannedExporter;

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
    /// Carried by the report.
    pub tags: BTreeMap<String, String>,
    /// What must hold at the end, beside the scenarios' own rules; as written.
    pub rules: Vec<String>,
    /// Whether every call of a guest gets a fresh instance.
    pub fresh_instances: bool,
    /// From where on the generator's own health bears on the verdict.
    pub health: HealthLimits,
    /// Bytes that the histograms may take.
    pub histogram_memory: u64,
    /// Where meters and events go.
    pub exporters: Vec<PlannedExporter>,
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
    /// Which share of its minions each zone gets; every engine any of them when none.
    pub zones: Option<Zones>,
}

impl PlannedScenario {
    /// Those values of its settings that are not to be shown.
    pub fn secrets(&self) -> Secrets {
        Secrets::of(&self.scenario.settings, &self.settings)
    }

    /// The plugins' kinds that its steps are of, as its document writes them.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.scenario.graph.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Plugin { kind, .. } => Some(kind.as_str()),
            StepKind::Operator(_) => None,
        })
    }

    /// The scenarios that were pinned of a file, in any zone; its component joins what workers need.
    pub fn of_file(origin: &str, folder: &Path, pinned: Pinned, resources: &mut Resources) -> Vec<Self> {
        let Pinned { loaded: pinned, settings } = pinned;
        let program = pinned.program().map(|(digest, program)| {
            resources.programs.insert(digest.clone(), program);
            digest
        });
        let planned = pinned.scenarios.into_iter().map(|scenario| Self {
            origin: origin.to_owned(),
            folder: folder.to_path_buf(),
            document: Arc::clone(&pinned.document),
            scenario,
            program: program.clone(),
            settings: settings.clone(),
            zones: None,
        });
        planned.collect()
    }

    /// The same scenarios after a change, without those that are left out by it.
    ///
    /// # Errors
    /// Those of the change.
    pub fn changed<E>(planned: Vec<Self>, change: impl FnOnce(Vec<Scenario>) -> Result<Vec<Scenario>, E>) -> Result<Vec<Self>, E> {
        let scenarios = change(planned.iter().map(|planned| planned.scenario.clone()).collect())?;
        let mut planned: BTreeMap<_, _> = planned.into_iter().map(|planned| (planned.scenario.name.clone(), planned)).collect();
        let with = |scenario: Scenario| planned.remove(&scenario.name).map(|planned| Self { scenario, ..planned });
        Ok(scenarios.into_iter().filter_map(with).collect())
    }
}

/// Time limits of a campaign that cannot be kept.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TimeoutError {
    /// Nothing could ever run.
    #[error("a hard timeout of 0 cancels everything at once; give it some time, 1h is the default")]
    None,
    /// The soft timeout would never be reached.
    #[error("the soft timeout of {} would never be reached: the hard one of {} comes before it; make the hard one longer", format_duration(*.soft), format_duration(*.hard))]
    Order {
        /// After it no new starts.
        soft: Duration,
        /// After it everything is cancelled.
        hard: Duration,
    },
}

/// An engine that has nothing to do.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("this engine is in zone `{zone}`, which gets nothing of scenario `{scenario}`; {hint}")]
pub struct ZoneError {
    /// The engine's zone.
    pub zone: String,
    /// The scenario.
    pub scenario: String,
    /// What was perhaps meant.
    pub hint: String,
}

/// A step that belongs on another engine.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "step `{step}` of scenario `{scenario}` is tagged `{key}={wanted}`, and this engine `{key}={own}`: run it on an engine with that tag, or \
     change the one or the other"
)]
pub struct EngineTagError {
    /// The tag that both have.
    pub key: String,
    /// The engine's value of it.
    pub own: String,
    /// The step's.
    pub wanted: String,
    /// The step.
    pub step: String,
    /// Its scenario.
    pub scenario: String,
}

impl Plan {
    /// How long a campaign may take when nothing else is said.
    pub const HARD_TIMEOUT: Duration = Duration::from_secs(3600);

    /// Bytes that the histograms may take when nothing else is said.
    pub const HISTOGRAM_MEMORY: u64 = 256 << 20;

    /// From ready to t₀ when nothing else is said.
    pub const START_OFFSET: Duration = Duration::from_secs(1);
}

impl Default for Plan {
    /// Nothing to run, and everything else as when nothing is said.
    fn default() -> Self {
        Self {
            key: String::new(),
            scenarios: Vec::new(),
            speed: 1.0,
            seed: 0,
            start_offset: Self::START_OFFSET,
            warm_up: Duration::ZERO,
            soft_timeout: None,
            hard_timeout: Self::HARD_TIMEOUT,
            zone: None,
            tags: BTreeMap::new(),
            rules: Vec::new(),
            fresh_instances: false,
            health: HealthLimits::default(),
            histogram_memory: Self::HISTOGRAM_MEMORY,
            exporters: Vec::new(),
        }
    }
}

/// Checks that a campaign has time, and that its soft timeout comes before its hard one.
///
/// # Errors
/// See [`TimeoutError`].
pub fn check_timeouts(soft: Option<Duration>, hard: Duration) -> Result<(), TimeoutError> {
    match soft {
        _ if hard.is_zero() => Err(TimeoutError::None),
        Some(soft) if soft > hard => Err(TimeoutError::Order { soft, hard }),
        _ => Ok(()),
    }
}

/// Checks that a standalone engine has a part in every scenario. It takes everything of each, whatever the share of its zone: there is
/// nobody else. Without a zone it takes everything as well.
///
/// # Errors
/// The first scenario whose zones leave nothing to the engine's.
pub fn check_zone(zone: Option<&str>, scenarios: &[PlannedScenario]) -> Result<(), ZoneError> {
    let Some(zone) = zone else { return Ok(()) };
    for planned in scenarios {
        let Some(zones) = planned.zones.as_ref().filter(|zones| zones.percentage(zone).share() == 0.0) else { continue };
        let others = zones.names().filter(|name| zones.percentage(name).share() > 0.0);
        let hint = name_hint(zone, others).unwrap_or_default();
        return Err(ZoneError { zone: zone.to_owned(), scenario: planned.scenario.name.clone(), hint });
    }
    Ok(())
}

/// Checks that this engine is one that the steps' tags select: what both are tagged with must be the same. Tags that only one of them has
/// select nothing, because steps are tagged for rules and exporters as well.
///
/// # Errors
/// The first step that belongs on another engine.
pub fn check_engine_tags(engine: &BTreeMap<String, String>, scenarios: &[PlannedScenario]) -> Result<(), EngineTagError> {
    for PlannedScenario { scenario, .. } in scenarios {
        for step in &scenario.graph.steps {
            let other = step.tags.iter().find_map(|(key, wanted)| Some((key, wanted, engine.get(key).filter(|own| *own != wanted)?)));
            if let Some((key, wanted, own)) = other {
                return Err(EngineTagError {
                    key: key.clone(),
                    own: own.clone(),
                    wanted: wanted.clone(),
                    step: step.name.clone(),
                    scenario: scenario.name.clone(),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use throng_model::{Percentage, parse_document, validate};
    use throng_plugin_api::Registry;

    use super::*;

    fn planned(zones: &[(&str, &str)]) -> PlannedScenario {
        let document = r#"{"throng": "0.1", "scenarios": [{"name": "checkout", "steps": [{"name": "one", "start": true, "returns": 1}]}]}"#;
        let scenarios = validate(&parse_document(document).expect("a document"), &Registry::default()).expect("valid");
        let shares: BTreeMap<_, _> =
            zones.iter().map(|(zone, share)| ((*zone).to_owned(), Percentage::parse(share).expect(share))).collect();
        PlannedScenario {
            origin: "test".into(),
            folder: PathBuf::new(),
            document: document.into(),
            scenario: scenarios.into_iter().next().expect("a scenario"),
            program: None,
            settings: BTreeMap::new(),
            zones: (!shares.is_empty()).then(|| Zones::new(shares).expect("100%")),
        }
    }

    #[test]
    fn an_engine_must_have_a_part_in_every_scenario() {
        let check = |zone: Option<&str>, zones: &[(&str, &str)]| {
            check_zone(zone, &[planned(&[]), planned(zones)]).map_err(|error| error.to_string())
        };
        let zones = [("north", "60%"), ("south", "40%"), ("west", "0%")];
        for (zone, zones) in [(None, &zones[..]), (Some("north"), &zones), (Some("anywhere"), &[])] {
            assert_eq!(check(zone, zones), Ok(()), "{zone:?}");
        }
        let refused = [Some("nort"), Some("west"), Some("somewhere-else")].map(|zone| check(zone, &zones).expect_err("it gets nothing"));
        insta::assert_snapshot!(refused.join("\n"), @"
        this engine is in zone `nort`, which gets nothing of scenario `checkout`; did you mean `north`?
        this engine is in zone `west`, which gets nothing of scenario `checkout`; possible: `north`, `south`
        this engine is in zone `somewhere-else`, which gets nothing of scenario `checkout`; possible: `north`, `south`
        ");
    }

    #[test]
    fn the_soft_timeout_comes_first() {
        let seconds = Duration::from_secs;
        for (soft, hard) in [(None, 1), (Some(1), 1), (Some(1), 2), (Some(0), 1)] {
            assert_eq!(check_timeouts(soft.map(seconds), seconds(hard)), Ok(()));
        }
        let refused = [(None, 0), (Some(0), 0), (Some(7200), 3600)].map(|(soft, hard)| check_timeouts(soft.map(seconds), seconds(hard)));
        let refused = refused.map(|refused| refused.expect_err("it cannot be kept").to_string());
        insta::assert_snapshot!(refused.join("\n"), @"
        a hard timeout of 0 cancels everything at once; give it some time, 1h is the default
        a hard timeout of 0 cancels everything at once; give it some time, 1h is the default
        the soft timeout of 2h would never be reached: the hard one of 1h comes before it; make the hard one longer
        ");
    }
}
