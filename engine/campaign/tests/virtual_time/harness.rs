//! Runs a document whole, in virtual time, with native closures for callbacks.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value as Json, json};
use throng_campaign::{CampaignError, Command, Conductor, Plan, PlannedExporter, PlannedScenario, Team};
use throng_measure::{HealthLimits, MeterValue, Outcome, Pace, PluginMeter, Report, Snapshot, StepFigures};
use throng_model::{parse_document, validate};
use throng_plugin_api::{Clock, Registry};
use throng_protocols::{Call, CallStatistics, Callbacks, CallbacksError, Effects, Output, Session, Timekeeper, Value};
use throng_runtime::{Program, ProgramSetup, Resources};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{mpsc, watch};

use crate::plugin::{Probe, TestPlugin};

/// What a test's callbacks do.
pub(crate) type Handler = Arc<dyn Fn(&Call, &Value, &mut Session, &mut Effects) -> Result<Output, CallbacksError> + Send + Sync>;

/// A campaign to be run in virtual time.
pub(crate) struct Virtual {
    pub(crate) document: Json,
    pub(crate) handler: Handler,
    pub(crate) workers: u32,
    pub(crate) through_text: bool,
    pub(crate) speed: f64,
    pub(crate) start_offset: Duration,
    pub(crate) warm_up: Duration,
    pub(crate) hard_timeout: Duration,
    pub(crate) soft_timeout: Option<Duration>,
    pub(crate) command: Option<(Duration, Command)>,
    /// What is asked of the plan's pace, and when.
    pub(crate) paces: Vec<(Duration, Pace)>,
    pub(crate) exporters: Vec<PlannedExporter>,
}

/// What came of it.
pub(crate) struct Ran {
    pub(crate) report: Report,
    pub(crate) snapshot: Snapshot,
    /// From t₀ to the end.
    pub(crate) elapsed: Duration,
    /// All calls of callbacks, in their order on each worker.
    pub(crate) calls: Vec<Seen>,
    /// What the test plugin's steps were told.
    pub(crate) probe: Probe,
}

/// A call of a callback.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) step: String,
    pub(crate) minion: u32,
    pub(crate) iteration: u32,
    pub(crate) attempt: u32,
    /// Since t₀, in milliseconds.
    pub(crate) at: f64,
    pub(crate) value: String,
}

/// Runs the same campaign on 1, 2 and 5 workers, and on 2 whose messages are text, and checks each.
pub(crate) fn on_any_number_of_workers(make: impl Fn() -> Virtual, check: impl Fn(Ran)) {
    for workers in [1, 2, 5] {
        check(make().workers(workers).run());
    }
    check(Virtual { through_text: true, ..make().workers(2) }.run());
}

pub(crate) fn scenario(minions: u32, profile: &str, steps: Json) -> Json {
    json!({ "name": "tested", "minions": minions, "profile": profile, "steps": steps })
}

/// The whole number that a value is.
pub(crate) fn integer(value: &Value) -> i64 {
    match value {
        Value::Integer(number) => *number,
        other => panic!("not an integer: {other:?}"),
    }
}

impl Virtual {
    pub(crate) fn new(scenario: Json) -> Self {
        Self::of([scenario])
    }

    pub(crate) fn of(scenarios: impl IntoIterator<Item = Json>) -> Self {
        let scenarios: Vec<_> = scenarios.into_iter().collect();
        Self {
            document: json!({ "throng": "0.1", "scenarios": scenarios }),
            handler: Arc::new(|_, _, _, _| Ok(Output::Nothing)),
            workers: 1,
            through_text: false,
            speed: 1.0,
            // Side trees begin with the campaign, and not so much earlier than the load as they usually do.
            start_offset: Duration::ZERO,
            warm_up: Duration::ZERO,
            hard_timeout: Plan::HARD_TIMEOUT,
            soft_timeout: None,
            command: None,
            paces: Vec::new(),
            exporters: Vec::new(),
        }
    }

    pub(crate) fn callbacks(
        mut self,
        uses: &[&str],
        handler: impl Fn(&Call, &Value, &mut Session, &mut Effects) -> Result<Output, CallbacksError> + Send + Sync + 'static,
    ) -> Self {
        self.document["callbacks"] = uses.iter().map(|name| json!({ "name": name, "use": name })).collect();
        self.handler = Arc::new(handler);
        self
    }

    /// Callback 0 is of the use `on-each` and does nothing: for steps whose calls are looked at.
    pub(crate) fn seen(self) -> Self {
        self.callbacks(&["on-each"], |_, _, _, _| Ok(Output::Nothing))
    }

    pub(crate) fn command(self, after: Duration, command: Command) -> Self {
        Self { command: Some((after, command)), ..self }
    }

    /// So many milliseconds after t₀, or after the beginning where there are trees before the load.
    pub(crate) fn pace(mut self, after: u64, pace: Pace) -> Self {
        self.paces.push((Duration::from_millis(after), pace));
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
        let ran = runtime.block_on(self.conduct());
        // What has ended leaves nothing behind: whatever was woken gets its turn, and then nobody waits.
        runtime.block_on(async {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        });
        assert_eq!(runtime.metrics().num_alive_tasks(), 0, "tasks are left over");
        ran
    }

    async fn conduct(self) -> Result<Ran, CampaignError> {
        let text = self.document.to_string();
        let probe = Probe::default();
        let registry = Registry::default().with(TestPlugin { probe: probe.clone() });
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
            start_offset: self.start_offset,
            warm_up: self.warm_up,
            soft_timeout: self.soft_timeout,
            hard_timeout: self.hard_timeout,
            zone: None,
            fresh_instances: false,
            health: HealthLimits::default(),
            exporters: self.exporters,
            ..Plan::default()
        };
        let calls = Arc::new(Mutex::new(Vec::new()));
        let mut resources = Resources { registry, ..Resources::default() };
        resources.programs.insert("native".into(), Arc::new(Native { handler: self.handler, calls: Arc::clone(&calls) }));
        let clock = Clock::paused();
        let make = if self.through_text { Team::through_text } else { Team::on_this_runtime };
        let team = make(self.workers, clock, &resources)?;
        let conductor = Conductor::prepare(&plan, &resources, clock, team).await?;
        let (orders, commands) = mpsc::channel(1);
        let commander = self.command.map(|(after, command)| {
            let at = clock.now() + plan.start_offset + after;
            tokio::task::spawn_local(async move {
                clock.sleep_until(at).await;
                orders.send(command).await
            })
        });
        let begun = clock.now() + plan.start_offset;
        let (ask, asked) = watch::channel(Pace::default());
        let pacer = tokio::task::spawn_local(async move {
            for (after, pace) in self.paces {
                clock.sleep_until(begun + after).await;
                ask.send_replace(pace);
            }
        });
        let conductor = conductor.paced_by(asked);
        let mut last = (Snapshot::default(), Duration::ZERO);
        let report = conductor.run(commands, &mut |snapshot, progress| last = (snapshot.clone(), progress.elapsed)).await?;
        commander.iter().for_each(tokio::task::JoinHandle::abort);
        pacer.abort();
        let (snapshot, elapsed) = last;
        let calls = std::mem::take(&mut *calls.lock().unwrap());
        let ran = Ran { report, snapshot, elapsed, calls, probe };
        ran.check_that_nothing_goes_on();
        Ok(ran)
    }
}

impl Ran {
    /// Executions of a step by outcome: success, failure, error, timeout, skipped.
    pub(crate) fn counts(&self, scenario: usize, step: &str) -> [u64; 5] {
        let figures = self.figures(scenario, step);
        Outcome::ALL.map(|outcome| figures.count(outcome))
    }

    /// All that is known of a step.
    pub(crate) fn figures(&self, scenario: usize, step: &str) -> &StepFigures {
        let scenario = &self.snapshot.scenarios()[scenario];
        let index = scenario.shape.steps.iter().position(|shape| &*shape.name == step).expect("a step of this name");
        &scenario.steps[index]
    }

    /// A counter that the engine, or a plugin, keeps of a step.
    pub(crate) fn counter(&self, step: &str, name: &str) -> u64 {
        match self.figures(0, step).plugin.get(name) {
            Some(PluginMeter::Counter(count)) => *count,
            None => 0,
            other => panic!("`{name}` of `{step}` is {other:?}"),
        }
    }

    /// Several of them.
    pub(crate) fn counters<const N: usize>(&self, step: &str, names: [&str; N]) -> [u64; N] {
        names.map(|name| self.counter(step, name))
    }

    /// A meter that the scenario records.
    pub(crate) fn meter(&self, step: &str, name: &str) -> &MeterValue {
        let guest = &self.figures(0, step).guest;
        guest.iter().find(|(known, _)| known.name == name).map(|(_, value)| value).expect("a meter of this name")
    }

    /// Minions of the first scenario: started, completed, cancelled, starved.
    pub(crate) fn minions(&self) -> [u64; 4] {
        let minions = self.snapshot.scenarios()[0].run.minions;
        [minions.started, minions.completed, minions.cancelled, minions.starved]
    }

    /// When a step's callbacks were called, in milliseconds since t₀, in order of time.
    pub(crate) fn times(&self, step: &str) -> Vec<f64> {
        let mut times: Vec<f64> = self.calls.iter().filter(|call| call.step == step).map(|call| call.at).collect();
        times.sort_by(f64::total_cmp);
        times
    }

    /// What a step's callbacks were called with, sorted.
    pub(crate) fn values(&self, step: &str) -> Vec<String> {
        let mut values: Vec<String> = self.calls.iter().filter(|call| call.step == step).map(|call| call.value.clone()).collect();
        values.sort();
        values
    }

    /// The same, in order of time and on whatever worker.
    pub(crate) fn values_in_order(&self, step: &str) -> Vec<String> {
        self.calls.iter().filter(|call| call.step == step).map(|call| call.value.clone()).collect()
    }

    /// What the campaign went through, in order.
    pub(crate) fn states(&self) -> Vec<&str> {
        self.report.campaign.states.iter().map(|entry| entry.state.as_str()).collect()
    }

    /// Milliseconds from t₀ to the end.
    pub(crate) fn millis(&self) -> u128 {
        self.elapsed.as_millis()
    }

    fn check_that_nothing_goes_on(&self) {
        for scenario in self.snapshot.scenarios() {
            assert_eq!(scenario.run.minions.running(), 0, "minions of `{}` go on: {:?}", scenario.shape.name, scenario.run.minions);
            for (shape, figures) in scenario.steps() {
                assert_eq!(figures.in_flight, 0, "executions of `{}` go on", shape.name);
            }
        }
    }
}

struct Native {
    handler: Handler,
    calls: Arc<Mutex<Vec<Seen>>>,
}

impl Program for Native {
    fn attach(&self, setup: ProgramSetup) -> Result<Rc<dyn Callbacks>, String> {
        let (handler, calls) = (Arc::clone(&self.handler), Arc::clone(&self.calls));
        Ok(Rc::new(Attached { handler, calls, timekeeper: setup.timekeeper }))
    }
}

struct Attached {
    handler: Handler,
    calls: Arc<Mutex<Vec<Seen>>>,
    timekeeper: Arc<dyn Timekeeper>,
}

impl Callbacks for Attached {
    fn call(&self, call: Call, input: &Value, session: &mut Session, effects: &mut Effects) -> Result<Output, CallbacksError> {
        self.calls.lock().unwrap().push(Seen {
            step: call.place.step.to_string(),
            minion: call.context.minion,
            iteration: call.context.iteration,
            attempt: call.context.attempt,
            at: self.timekeeper.since_start() as f64 / 1e6,
            value: input.excerpt(200),
        });
        (self.handler)(&call, input, session, effects)
    }

    fn statistics(&self) -> CallStatistics {
        CallStatistics::default()
    }
}
