//! What the engine is to a step: a scenario's part of one worker, and a host for its visits.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use serde_json::{Value as Json, json};
use throng_http::HttpPlugin;
use throng_measure::{Moment, Shortage};
use throng_model::{ConfigFault, Secrets, StepSetup, Targets, Template, TemplatePart};
use throng_plugin_api::{
    AttachContext, Attached, Clock, Files, MeterId, Meters, OpenContext, OpenError, Performed, Plugin, SandboxContext, Shared,
    SourceRunner, StepHost, StepRunner, Visit,
};
use throng_protocols::http::Response;
use throng_protocols::{Callbacks, Context, Failure, Output, Value, WaitingCallbacks};

type Callback = Box<dyn Fn(&Value) -> Result<Output, Failure>>;

/// One worker's part of a scenario.
pub(crate) struct World {
    pub(crate) targets: Targets,
    pub(crate) defaults: Json,
    shared: Shared,
    meters: MeterNames,
    callbacks: Vec<Callback>,
    records: RefCell<BTreeMap<&'static str, Vec<u64>>>,
    /// What steps said that they were short of.
    pub(crate) shortages: RefCell<Vec<Shortage>>,
    /// The codes of connections that failed.
    pub(crate) broken: RefCell<Vec<String>>,
    pub(crate) workers: u32,
    clock: Clock,
}

#[derive(Default)]
struct MeterNames(Vec<&'static str>);

impl Meters for MeterNames {
    fn timer(&mut self, name: &'static str) -> MeterId {
        self.0.push(name);
        MeterId(self.0.len() as u32 - 1)
    }

    fn counter(&mut self, name: &'static str) -> MeterId {
        self.timer(name)
    }
}

impl World {
    /// With one target, which is the base of all requests too.
    pub(crate) fn new(url: &str) -> Self {
        Self {
            targets: Targets::parse(&[url]).expect("a target"),
            defaults: json!({ "url": url }),
            shared: Shared::default(),
            meters: MeterNames::default(),
            callbacks: Vec::new(),
            records: RefCell::default(),
            shortages: RefCell::default(),
            broken: RefCell::default(),
            workers: 1,
            clock: Clock::system(),
        }
    }

    /// Adds a callback and tells its number.
    pub(crate) fn callback(&mut self, callback: impl Fn(&Value) -> Result<Output, Failure> + 'static) -> u32 {
        self.callbacks.push(Box::new(callback));
        self.callbacks.len() as u32 - 1
    }

    /// What is wrong with a configuration.
    pub(crate) fn faults(&self, kind: &str, config: Json) -> Vec<ConfigFault> {
        let setup = StepSetup { kind, step: "step", config: &config, defaults: Some(&self.defaults), targets: &self.targets };
        HttpPlugin.configure(&setup).err().unwrap_or_default()
    }

    /// Configures, opens and attaches a use of a kind.
    async fn attach(&mut self, step: &str, kind: &str, config: Json) -> Result<Attached, OpenError> {
        let setup = StepSetup { kind, step, config: &config, defaults: Some(&self.defaults), targets: &self.targets };
        let configured = HttpPlugin.configure(&setup).expect("a right configuration");
        let clock = self.clock;
        configured.open(&OpenContext { clock, files: Files::default(), settings: BTreeMap::new(), secrets: Secrets::default() }).await?;
        configured.attach(&mut AttachContext {
            step,
            clock,
            worker: 0,
            workers: self.workers,
            files: &Files::default(),
            settings: &BTreeMap::new(),
            sandbox: &SandboxContext::new(clock),
            meters: &mut self.meters,
            shared: &mut self.shared,
        })
    }

    /// A step on this worker.
    pub(crate) async fn try_step(&mut self, step: &str, kind: &str, config: Json) -> Result<Rc<dyn StepRunner>, OpenError> {
        match self.attach(step, kind, config).await? {
            Attached::Step(step) => Ok(step),
            Attached::Source(_) => panic!("`{kind}` is a source"),
        }
    }

    /// A source on this worker.
    pub(crate) async fn source(&mut self, kind: &str, config: Json) -> Box<dyn SourceRunner> {
        match self.attach("source", kind, config).await.expect("a source that opens") {
            Attached::Source(source) => source,
            Attached::Step(_) => panic!("`{kind}` is no source"),
        }
    }

    /// The same, for steps that can be opened.
    pub(crate) async fn step(&mut self, step: &str, kind: &str, config: Json) -> Rc<dyn StepRunner> {
        self.try_step(step, kind, config).await.expect("a step that opens")
    }

    /// An `http` step that a callback feeds: it sends the request that is its input.
    pub(crate) async fn sender(&mut self) -> Rc<dyn StepRunner> {
        let callback = self.callback(|input| Ok(Output::One(input.clone())));
        self.step("send", "http", json!({ "request": { "callback": callback } })).await
    }

    /// One visit.
    pub(crate) async fn run(&self, step: &Rc<dyn StepRunner>, minion: u32, input: Value) -> Performed {
        let visit = Visit::new(Context { minion, iteration: 0, attempt: 0 }, Moment::default(), self);
        step.run(&visit, input).await
    }

    /// One visit that comes to a response, which is handed to a check.
    pub(crate) async fn respond<T>(&self, step: &Rc<dyn StepRunner>, minion: u32, input: Value, check: impl FnOnce(&Response) -> T) -> T {
        let performed = self.run(step, minion, input).await;
        let service = performed.service.expect("service is timed");
        assert!(service.end >= service.start);
        match performed.result {
            Ok(Output::One(value)) => check(value.downcast().expect("a response")),
            other => panic!("no response: {other:?}"),
        }
    }

    /// One visit whose response body is JSON.
    pub(crate) async fn json(&self, step: &Rc<dyn StepRunner>, minion: u32, input: Value) -> Json {
        self.respond(step, minion, input, |response| serde_json::from_slice(&response.body).expect("json")).await
    }

    /// One visit that fails.
    pub(crate) async fn fail(&self, step: &Rc<dyn StepRunner>, minion: u32, input: Value) -> Failure {
        let performed = self.run(step, minion, input).await;
        assert_eq!(performed.service, None);
        performed.result.expect_err("a failure")
    }

    /// How often a timer was recorded in.
    pub(crate) fn recordings(&self, meter: &str) -> usize {
        self.records.borrow().get(meter).map_or(0, Vec::len)
    }

    /// What a counter stands at.
    pub(crate) fn count(&self, meter: &str) -> u64 {
        self.records.borrow().get(meter).map_or(0, |records| records.iter().sum())
    }
}

impl StepHost for World {
    fn call(&self, _: Context, callback: u32, input: &Value) -> Result<Output, Failure> {
        self.callbacks[callback as usize](input)
    }

    fn call_component(&self, _: Context, _: &dyn Callbacks, _: u32, _: &Value) -> Result<Output, Failure> {
        panic!("there is no component here")
    }

    fn call_waiting<'a>(
        &'a self,
        _: Context,
        _: &'a dyn WaitingCallbacks,
        _: u32,
        _: &'a Value,
    ) -> LocalBoxFuture<'a, Result<Output, Failure>> {
        panic!("there is no component here")
    }

    fn render(&self, context: Context, template: &Template) -> String {
        let part = |part: &TemplatePart| match part {
            TemplatePart::Text(text) => text.clone(),
            TemplatePart::Minion => context.minion.to_string(),
            TemplatePart::Setting(name) => format!("\"{name}\"\n"),
            other => format!("{other:?}"),
        };
        template.parts.iter().map(part).collect()
    }

    fn clock(&self) -> Clock {
        self.clock
    }

    fn record(&self, meter: MeterId, amount: u64) {
        self.records.borrow_mut().entry(self.meters.0[meter.0 as usize]).or_default().push(amount);
    }

    fn short_of(&self, shortage: Shortage) {
        self.shortages.borrow_mut().push(shortage);
    }

    fn connection_failed(&self, _: Context, failure: &Failure) {
        self.broken.borrow_mut().push(failure.code.to_string());
    }
}

/// A JSON value that flows.
pub(crate) fn json_value(json: Json) -> Value {
    Value::from_json(&json)
}
