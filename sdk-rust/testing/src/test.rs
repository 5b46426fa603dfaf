//! The builder: what is run, and what is changed against it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use throng::IntoScenarios;
use throng_campaign::Plan;
use throng_campaign::overrides::{Named, Overrides};
use throng_measure::HealthLimits;
use throng_plugin_api::FileAccess;
use throng_runtime::Resources;

use crate::campaign::conduct;
use crate::subject::{Source, Subject};
use crate::{Outcome, TestError};

/// A scenario to be run whole.
///
/// Unless told otherwise there is one worker, the seed is 0, and everything is cancelled after five minutes. The load starts at once.
#[derive(Clone, Debug)]
#[must_use = "nothing is run before `run`"]
pub struct Test {
    subject: Subject,
    settings: BTreeMap<String, String>,
    minions: Vec<Named<u64>>,
    minions_factor: Option<f64>,
    /// As written: read when the test is run, so that the builder cannot fail.
    profiles: Vec<Named<String>>,
    speed: f64,
    chosen: Vec<String>,
    seed: u64,
    workers: u32,
    soft_timeout: Option<Duration>,
    hard_timeout: Duration,
    fresh_instances: bool,
    folder: PathBuf,
}

/// A test that takes longer has hung.
const HARD_TIMEOUT: Duration = Duration::from_secs(300);

/// The later a test's starts are, the busier its machine: nothing that the test is about.
const NEVER_LATE: u64 = u64::MAX;

impl Test {
    /// Runs closures as they were compiled for the test. The function is called once for each worker, and again after a closure has
    /// panicked: what its closures share is a worker's own, as in a component. Limits of the sandbox, such as its time for one call,
    /// do not hold here.
    pub fn native<S: IntoScenarios>(scenarios: impl Fn() -> S + Send + Sync + 'static) -> Self {
        Self::of(Subject::native(scenarios))
    }

    /// Runs a built component in the sandbox, or a plain document: a path, or bytes.
    pub fn component(source: impl Into<Source>) -> Self {
        Self::of(Subject::Component(source.into()))
    }

    fn of(subject: Subject) -> Self {
        Self {
            subject,
            settings: BTreeMap::new(),
            minions: Vec::new(),
            minions_factor: None,
            profiles: Vec::new(),
            speed: 1.0,
            chosen: Vec::new(),
            seed: 0,
            workers: 1,
            soft_timeout: None,
            hard_timeout: HARD_TIMEOUT,
            fresh_instances: false,
            folder: PathBuf::new(),
        }
    }

    /// Where relative paths of files begin; the working directory by default, which is the package's folder in `cargo test`.
    pub fn folder(self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), ..self }
    }

    /// A setting that a scenario declares.
    pub fn setting(mut self, key: impl Into<String>, value: impl ToString) -> Self {
        self.settings.insert(key.into(), value.to_string());
        self
    }

    /// Minions of every scenario.
    pub fn minions(mut self, minions: u64) -> Self {
        self.minions.push(Named { scenario: None, value: minions });
        self
    }

    /// Minions of one scenario.
    pub fn minions_of(mut self, scenario: impl Into<String>, minions: u64) -> Self {
        self.minions.push(Named { scenario: Some(scenario.into()), value: minions });
        self
    }

    /// Scales the minions, stages and rates of every scenario.
    pub fn minions_factor(self, factor: f64) -> Self {
        Self { minions_factor: Some(factor), ..self }
    }

    /// When minions start, as `throng run` takes it: `immediate`, `regular(1s, 5)` …
    pub fn profile(mut self, profile: impl Into<String>) -> Self {
        self.profiles.push(Named { scenario: None, value: profile.into() });
        self
    }

    /// The same for one scenario.
    pub fn profile_of(mut self, scenario: impl Into<String>, profile: impl Into<String>) -> Self {
        self.profiles.push(Named { scenario: Some(scenario.into()), value: profile.into() });
        self
    }

    /// The campaign's speed factor: 2 plays profiles twice as fast.
    pub fn speed(self, speed: f64) -> Self {
        Self { speed, ..self }
    }

    /// Only scenarios whose name matches this or another such pattern; `*` and `?` are wildcards.
    pub fn scenario(mut self, pattern: impl Into<String>) -> Self {
        self.chosen.push(pattern.into());
        self
    }

    /// Of all draws: the same seed draws the same.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Threads that run minions; at least one.
    pub fn workers(self, workers: u32) -> Self {
        Self { workers: workers.max(1), ..self }
    }

    /// After this time no minion starts any more; those that run come to their end.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { soft_timeout: Some(timeout), ..self }
    }

    /// After this time everything is cancelled, and the verdict is `aborted`.
    pub fn hard_timeout(self, timeout: Duration) -> Self {
        Self { hard_timeout: timeout, ..self }
    }

    /// Gives every call new closures, or a new instance of the component: shows scenarios that lean on their variables.
    pub fn fresh_instances(self) -> Self {
        Self { fresh_instances: true, ..self }
    }

    /// Runs it to its end. The campaign has threads of its own, so this can be called anywhere; it blocks.
    ///
    /// # Errors
    /// See [`TestError`]. A scenario that ran and failed is no error: see [`Outcome::verdict`].
    pub fn run(self) -> Result<Outcome, TestError> {
        let overrides = self.overrides()?;
        let mut resources = Resources { registry: throng_plugins::registry(FileAccess::Anywhere), ..Resources::default() };
        let scenarios = self.subject.plan(&resources.registry, &self.settings, &overrides, &self.folder, &mut resources.programs)?;
        let plan = Plan {
            key: "test".to_owned(),
            scenarios,
            speed: self.speed,
            seed: self.seed,
            start_offset: Duration::ZERO,
            soft_timeout: self.soft_timeout,
            hard_timeout: self.hard_timeout,
            fresh_instances: self.fresh_instances,
            health: HealthLimits {
                start_lag_warns: NEVER_LATE,
                start_lag_voids: NEVER_LATE,
                stall_warns: NEVER_LATE,
                stall_voids: NEVER_LATE,
                ..HealthLimits::default()
            },
            ..Plan::default()
        };
        conduct(plan, resources, self.workers).map(Outcome::new)
    }

    fn overrides(&self) -> Result<Overrides, TestError> {
        let read = |named: &Named<String>| Ok::<_, TestError>(Named { scenario: named.scenario.clone(), value: named.value.parse()? });
        Ok(Overrides {
            minions: self.minions.clone(),
            minions_factor: self.minions_factor,
            profile: self.profiles.iter().map(read).collect::<Result<_, _>>()?,
            speed: self.speed,
            scenario: self.chosen.clone(),
            ..Overrides::default()
        })
    }
}
