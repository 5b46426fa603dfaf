//! Runs a document whole, in virtual time, with native closures for callbacks.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use throng_campaign::{CampaignError, Command, Conductor, Plan, PlannedScenario, Team};
use throng_measure::{HealthLimits, Outcome, Report, Snapshot};
use throng_model::{parse_document, validate};
use throng_plugin_api::{Clock, Registry};
use throng_protocols::{Call, CallStatistics, Callbacks, CallbacksError, Effects, Output, Session, Value};
use throng_runtime::{Program, ProgramSetup, Resources};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::mpsc;

/// What a test's callbacks do.
pub(crate) type Handler = fn(&Call, &Value, &mut Session, &mut Effects) -> Result<Output, CallbacksError>;

/// A campaign to be run in virtual time.
pub(crate) struct Virtual {
    pub(crate) document: Json,
    pub(crate) handler: Handler,
    pub(crate) workers: u32,
    pub(crate) through_text: bool,
    pub(crate) speed: f64,
    pub(crate) hard_timeout: Duration,
    pub(crate) soft_timeout: Option<Duration>,
    pub(crate) command: Option<(Duration, Command)>,
}

/// What came of it.
pub(crate) struct Ran {
    pub(crate) report: Report,
    pub(crate) snapshot: Snapshot,
    /// When each minion started, by the handler's calls or not at all: virtual time at the end.
    pub(crate) elapsed: Duration,
}

impl Virtual {
    pub(crate) fn new(scenario: Json) -> Self {
        Self::of([scenario])
    }

    pub(crate) fn of(scenarios: impl IntoIterator<Item = Json>) -> Self {
        let scenarios: Vec<_> = scenarios.into_iter().collect();
        Self {
            document: json!({ "throng": "0.1", "scenarios": scenarios }),
            handler: |_, _, _, _| Ok(Output::Nothing),
            workers: 1,
            through_text: false,
            speed: 1.0,
            hard_timeout: Plan::HARD_TIMEOUT,
            soft_timeout: None,
            command: None,
        }
    }

    pub(crate) fn callbacks(mut self, uses: &[&str], handler: Handler) -> Self {
        self.document["callbacks"] = uses.iter().map(|name| json!({ "name": name, "use": name })).collect();
        self.handler = handler;
        self
    }

    pub(crate) fn workers(self, workers: u32) -> Self {
        Self { workers, ..self }
    }

    pub(crate) fn run(self) -> Ran {
        self.try_run().expect("the campaign comes to a report")
    }

    pub(crate) fn try_run(self) -> Result<Ran, CampaignError> {
        let runtime =
            Builder::new_current_thread().enable_all().start_paused(true).build_local(LocalOptions::default()).expect("a runtime");
        runtime.block_on(self.conduct())
    }

    async fn conduct(self) -> Result<Ran, CampaignError> {
        let text = self.document.to_string();
        let registry = Registry::default();
        let parsed = parse_document(&text).expect("a document");
        let scenarios = validate(&parsed, &registry).unwrap_or_else(|faults| panic!("{faults}"));
        let planned = scenarios.into_iter().map(|mut scenario| {
            if let Some(fixed) = scenario.profile.fixed_minions(self.speed) {
                scenario.minions = fixed;
            }
            PlannedScenario {
                origin: "test".into(),
                folder: ".".into(),
                document: text.as_str().into(),
                scenario,
                program: Some("native".into()),
                settings: BTreeMap::new(),
                zones: None,
            }
        });
        let plan = Plan {
            key: "test".into(),
            scenarios: planned.collect(),
            speed: self.speed,
            seed: 7,
            start_offset: Plan::START_OFFSET,
            warm_up: Duration::ZERO,
            soft_timeout: self.soft_timeout,
            hard_timeout: self.hard_timeout,
            zone: None,
            fresh_instances: false,
            health: HealthLimits::default(),
            ..Plan::default()
        };
        let mut resources = Resources { registry, ..Resources::default() };
        resources.programs.insert("native".into(), Arc::new(Native { handler: self.handler }));
        let clock = Clock::paused();
        let make = if self.through_text { Team::through_text } else { Team::on_this_runtime };
        let team = make(self.workers, clock, &resources)?;
        let conductor = Conductor::prepare(&plan, &resources, clock, team).await?;
        let (orders, commands) = mpsc::channel(1);
        if let Some((after, command)) = self.command {
            let at = clock.now() + plan.start_offset + after;
            tokio::task::spawn_local(async move {
                clock.sleep_until(at).await;
                orders.send(command).await
            });
        }
        let mut last = (Snapshot::default(), Duration::ZERO);
        let report = conductor.run(commands, &mut |snapshot, progress| last = (snapshot.clone(), progress.elapsed)).await?;
        Ok(Ran { report, snapshot: last.0, elapsed: last.1 })
    }
}

impl Ran {
    /// Executions of a step by outcome: success, failure, error, timeout, skipped.
    pub(crate) fn counts(&self, scenario: usize, step: &str) -> [u64; 5] {
        let scenario = &self.snapshot.scenarios()[scenario];
        let index = scenario.shape.steps.iter().position(|shape| &*shape.name == step).expect("a step of this name");
        let figures = &scenario.steps[index];
        Outcome::ALL.map(|outcome| figures.count(outcome))
    }
}

struct Native {
    handler: Handler,
}

impl Program for Native {
    fn attach(&self, _: ProgramSetup) -> Result<Rc<dyn Callbacks>, String> {
        Ok(Rc::new(Native { handler: self.handler }))
    }
}

impl Callbacks for Native {
    fn call(&self, call: Call, input: &Value, session: &mut Session, effects: &mut Effects) -> Result<Output, CallbacksError> {
        (self.handler)(&call, input, session, effects)
    }

    fn statistics(&self) -> CallStatistics {
        CallStatistics::default()
    }
}
