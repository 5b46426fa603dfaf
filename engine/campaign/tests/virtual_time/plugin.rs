//! A plugin for tests: a source of integers, work that takes its time, and a server that freezes.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use throng_measure::{Moment, Shortage};
use throng_model::{ConfigFault, DurationText, PluginUse, SourceUse, StepSetup};
use throng_plugin_api::{
    AttachContext, Attached, Clock, ConfiguredStep, KindInfo, OpenContext, OpenError, Performed, Plugin, Pulled, SourceRunner, Span,
    StepRunner, Visit,
};
use throng_protocols::{Failure, Output, Value};
use tokio::sync::Semaphore;

/// What steps of this plugin were told, on all workers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Probe {
    done: Arc<Mutex<Vec<u32>>>,
    /// When the first request came to the server that freezes.
    first_request: Arc<OnceLock<Moment>>,
}

impl Probe {
    /// The minions that the first step of the kind `work` was told are done, in order of their numbers.
    pub(crate) fn done(&self) -> Vec<u32> {
        let mut done = self.done.lock().unwrap().clone();
        done.sort_unstable();
        done
    }
}

/// Brings the kinds `numbers`, `work` and `frozen`.
pub(crate) struct TestPlugin {
    pub(crate) probe: Probe,
}

/// A source of the integers from 0.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Numbers {
    /// How many.
    count: i64,
    /// The time before each.
    every: Option<DurationText>,
    /// Every so many is a bad record.
    bad_every: Option<i64>,
    /// It never ends, whatever `count` says.
    endless: bool,
    /// It breaks before this one.
    fail_at: Option<i64>,
    /// It breaks so many times before its first.
    opens_late: i64,
    /// How long it takes to open what is to be open before the load.
    warms_for: Option<DurationText>,
    /// That cannot be opened.
    stays_cold: bool,
}

impl Default for Numbers {
    fn default() -> Self {
        let (warms_for, stays_cold) = (None, false);
        Self { count: 10, every: None, bad_every: None, endless: false, fail_at: None, opens_late: 0, warms_for, stays_cold }
    }
}

/// Work that takes its time, and emits its input.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Work {
    takes: Option<DurationText>,
    /// The last of every so many minions fails, each time.
    fails_every: Option<u32>,
    /// It fails because this machine has no local port left.
    short: bool,
    /// It fails because a connection broke.
    disconnects: bool,
    /// How long it takes to get ready.
    opens_after: Option<DurationText>,
    /// It cannot get ready.
    refuses: bool,
    /// How long it takes to open, on each worker, what is to be open before the load.
    warms_for: Option<DurationText>,
    /// That cannot be opened.
    stays_cold: bool,
}

impl Plugin for TestPlugin {
    fn name(&self) -> &'static str {
        "test"
    }

    fn kinds(&self) -> Vec<KindInfo<'_>> {
        let kind = |name, summary| KindInfo { name, summary, schema: &|| json!({}) };
        vec![kind("numbers", "integers"), kind("work", "takes its time"), kind("frozen", "answers late while it is frozen")]
    }

    fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
        Ok(match setup.kind {
            "numbers" => Arc::new(read::<Numbers>(setup.config)?),
            "frozen" => Arc::new(ConfiguredServer { server: read(setup.config)?, probe: self.probe.clone() }),
            _ => Arc::new(ConfiguredWork { work: read(setup.config)?, probe: self.probe.clone() }),
        })
    }
}

fn read<T: for<'a> Deserialize<'a>>(config: &Json) -> Result<T, Vec<ConfigFault>> {
    T::deserialize(config).map_err(|error| vec![ConfigFault { pointer: String::new(), message: error.to_string(), hint: None }])
}

type Opening<'a> = Pin<Box<dyn Future<Output = Result<(), OpenError>> + Send + 'a>>;

impl ConfiguredStep for Numbers {
    fn uses(&self) -> PluginUse {
        let source = Some(SourceUse { endless: self.endless });
        PluginUse { source, warms_up: self.warms_for.is_some(), ..PluginUse::default() }
    }

    fn open<'a>(&'a self, _: &'a OpenContext) -> Opening<'a> {
        Box::pin(async { Ok(()) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let (numbers, clock) = (self.clone(), context.clock);
        Ok(Attached::Source(Box::new(Counting { is_cold: numbers.warms_for.is_some(), numbers, clock, next: 0, due: None, refused: 0 })))
    }
}

struct Counting {
    numbers: Numbers,
    clock: Clock,
    is_cold: bool,
    next: i64,
    due: Option<Moment>,
    refused: i64,
}

impl SourceRunner for Counting {
    fn next<'a>(&'a mut self, visit: &'a Visit<'a>) -> LocalBoxFuture<'a, Result<Pulled, Failure>> {
        Box::pin(async move {
            let numbers = &self.numbers;
            assert!(!self.is_cold, "asked before it was warm");
            if self.refused < numbers.opens_late {
                self.refused += 1;
                return Err(Failure::error("refused", "not yet"));
            }
            if !numbers.endless && self.next >= numbers.count {
                return Ok(Pulled::End);
            }
            if let Some(every) = numbers.every {
                let due = *self.due.get_or_insert_with(|| visit.clock().now() + every.0);
                visit.clock().sleep_until(due).await;
                self.due = None;
            }
            if numbers.fail_at == Some(self.next) {
                return Err(Failure::error("broken", format!("broke before {}", self.next)));
            }
            let number = self.next;
            self.next += 1;
            let bad = numbers.bad_every.is_some_and(|every| number % every == every - 1);
            Ok(Pulled::Records(vec![if bad {
                Err(Failure::error("bad-record", format!("record {number}")))
            } else {
                Ok(Value::Integer(number))
            }]))
        })
    }

    fn warm_up(&mut self) -> LocalBoxFuture<'_, Result<(), OpenError>> {
        Box::pin(async move {
            let time = self.numbers.warms_for.map_or(Duration::ZERO, |time| time.0);
            self.clock.sleep_until(self.clock.now() + time).await;
            self.is_cold = false;
            let cold = OpenError { message: "it stays cold".into(), hint: None };
            if self.numbers.stays_cold { Err(cold) } else { Ok(()) }
        })
    }

    fn rewind(&mut self) {
        self.next = 0;
    }
}

struct ConfiguredWork {
    work: Work,
    probe: Probe,
}

impl ConfiguredStep for ConfiguredWork {
    fn uses(&self) -> PluginUse {
        PluginUse { warms_up: self.work.warms_for.is_some(), ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opening<'a> {
        Box::pin(async {
            if let Some(time) = self.work.opens_after {
                campaign.clock.sleep_until(campaign.clock.now() + time.0).await;
            }
            let closed = OpenError { message: "it is closed on Sundays".into(), hint: None };
            if self.work.refuses { Err(closed) } else { Ok(()) }
        })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        Ok(Attached::Step(Rc::new(Working { work: self.work.clone(), probe: self.probe.clone(), clock: context.clock })))
    }
}

struct Working {
    work: Work,
    probe: Probe,
    clock: Clock,
}

impl StepRunner for Working {
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed> {
        Box::pin(async move {
            let clock = visit.clock();
            let start = clock.now();
            clock.sleep_until(start + self.work.takes.map_or(Duration::ZERO, |takes| takes.0)).await;
            let service = Some(Span { start, end: clock.now() });
            match self.work.fails_every {
                Some(every) if visit.context.minion % every == every - 1 => {
                    if self.work.short {
                        visit.short_of(Shortage::Ports);
                    }
                    let failure = Failure::error("overworked", "too much");
                    if self.work.disconnects {
                        visit.connection_failed(&failure);
                    }
                    Performed { result: Err(failure), service }
                }
                _ => Performed { result: Ok(Output::One(input)), service },
            }
        })
    }

    fn warm_up(&self) -> LocalBoxFuture<'_, Result<(), OpenError>> {
        Box::pin(async move {
            self.clock.sleep_until(self.clock.now() + self.work.warms_for.map_or(Duration::ZERO, |time| time.0)).await;
            let cold = OpenError { message: "it stays cold".into(), hint: None };
            if self.work.stays_cold { Err(cold) } else { Ok(()) }
        })
    }

    fn minion_done(&self, minion: u32) {
        self.probe.done.lock().unwrap().push(minion);
    }
}

/// A server that answers nothing for a while, as `throng target --freeze-at 5s --freeze-for 1s` does, and the connections to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Server {
    /// So long after its first request.
    freeze_at: DurationText,
    freeze_for: DurationText,
    /// How long each answer takes.
    takes: DurationText,
    /// Requests at a time that each worker has connections for; the others wait for one.
    connections: usize,
}

struct ConfiguredServer {
    server: Server,
    probe: Probe,
}

impl ConfiguredStep for ConfiguredServer {
    fn uses(&self) -> PluginUse {
        PluginUse::default()
    }

    fn open<'a>(&'a self, _: &'a OpenContext) -> Opening<'a> {
        Box::pin(async { Ok(()) })
    }

    fn attach(&self, _: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let connections = Semaphore::new(self.server.connections);
        Ok(Attached::Step(Rc::new(Client {
            server: self.server.clone(),
            first_request: Arc::clone(&self.probe.first_request),
            connections,
        })))
    }
}

struct Client {
    server: Server,
    first_request: Arc<OnceLock<Moment>>,
    connections: Semaphore,
}

impl StepRunner for Client {
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed> {
        Box::pin(async move {
            let clock = visit.clock();
            let _connection = self.connections.acquire().await.expect("never closed");
            let start = clock.now();
            let frozen_at = *self.first_request.get_or_init(|| start) + self.server.freeze_at.0;
            let thawed_at = frozen_at + self.server.freeze_for.0;
            let begins = if (frozen_at..thawed_at).contains(&start) { thawed_at } else { start };
            clock.sleep_until(begins + self.server.takes.0).await;
            Performed { result: Ok(Output::One(input)), service: Some(Span { start, end: clock.now() }) }
        })
    }
    fn minion_done(&self, _: u32) {}
}
