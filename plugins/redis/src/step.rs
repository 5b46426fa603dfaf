//! A step that sends commands: records for each minion, over connections that they share.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use redis::{Pipeline, ServerError, Value as Answer, cmd};
use serde_json::Value as Json;
use throng_broker::{Pool, check_tls, shortage_in};
use throng_model::PluginUse;
use throng_plugin_api::{
    AttachContext, Attached, Clock, ConfiguredStep, MeterId, Meters, OpenContext, OpenError, Performed, Span, StepRunner, Visit,
};
use throng_protocols::{Failure, Output, Pair, Value};

use crate::failure::{no_stream, open_error, strange_answer};
use crate::line::Line;
use crate::records::{Record, RecordPlan, RecordSource};
use crate::server::{Server, ServerPlan};

/// How the records of a visit go to the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sending {
    /// One behind the other.
    Pipeline,
    /// As one.
    Transaction,
}

/// The names of a kind's meters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MeterNames {
    connect: &'static str,
    connections: &'static str,
    time: &'static str,
    records: &'static str,
    bytes: &'static str,
}

/// Of `redis-save`.
pub(crate) const SAVE: MeterNames = MeterNames {
    connect: "redis-save-connect",
    connections: "redis-save-connections-opened",
    time: "redis-save-time",
    records: "redis-save-records",
    bytes: "redis-save-bytes",
};

/// Of `redis-stream-produce`.
pub(crate) const PRODUCE: MeterNames = MeterNames {
    connect: "redis-stream-produce-connect",
    connections: "redis-stream-produce-connections-opened",
    time: "redis-stream-produce-time",
    records: "redis-stream-produce-records",
    bytes: "redis-stream-produce-bytes",
};

/// A checked step.
#[derive(Debug)]
pub(crate) struct ConfiguredSend<P> {
    pub(crate) server: Arc<ServerPlan>,
    pub(crate) records: Arc<RecordSource<P>>,
    pub(crate) sending: Sending,
    pub(crate) connections: Option<u32>,
    pub(crate) warm_up: bool,
    pub(crate) names: MeterNames,
}

pub(crate) type Opened<'a> = Pin<Box<dyn Future<Output = Result<(), OpenError>> + Send + 'a>>;

/// The connections of a scenario on one worker: steps that say the same of the server share them.
#[derive(Debug, Default)]
struct Pools {
    by_server: RefCell<BTreeMap<String, Rc<Pool<Line>>>>,
}

impl<P: RecordPlan + Send + Sync + 'static> ConfiguredStep for ConfiguredSend<P> {
    fn uses(&self) -> PluginUse {
        PluginUse { callbacks: self.records.callbacks(), warms_up: self.warm_up, ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        Box::pin(async move { check_tls(&self.server.address, &self.server.tls, &campaign.files) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let size = self.connections.map_or(1, |connections| context.share_of(connections));
        let key = format!("{size} {}", self.server.key);
        let pools = context.shared.get_or_default::<Pools>();
        let lines = Rc::clone(pools.by_server.borrow_mut().entry(key).or_insert_with(|| Rc::new(Pool::new(size))));
        Ok(Attached::Step(Rc::new(SendStep {
            server: self.server.with(context.settings, context.files),
            lines,
            records: Arc::clone(&self.records),
            sending: self.sending,
            meters: SendMeters::register(context.meters, self.names),
            clock: context.clock,
        })))
    }
}

#[derive(Debug)]
struct SendMeters {
    connect: MeterId,
    connections: MeterId,
    time: MeterId,
    records: MeterId,
    bytes: MeterId,
}

impl SendMeters {
    fn register(meters: &mut dyn Meters, names: MeterNames) -> Self {
        Self {
            connect: meters.timer(names.connect),
            connections: meters.counter(names.connections),
            time: meters.timer(names.time),
            records: meters.counter(names.records),
            bytes: meters.counter(names.bytes),
        }
    }
}

/// A step on one worker.
#[derive(Debug)]
struct SendStep<P> {
    server: Server,
    lines: Rc<Pool<Line>>,
    records: Arc<RecordSource<P>>,
    sending: Sending,
    meters: SendMeters,
    clock: Clock,
}

impl<P: RecordPlan> StepRunner for SendStep<P> {
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed> {
        Box::pin(async move { self.perform(visit, input).await.unwrap_or_else(Performed::from) })
    }

    fn warm_up(&self) -> LocalBoxFuture<'_, Result<(), OpenError>> {
        let open = || Line::open(&self.server, self.clock);
        Box::pin(async move { self.lines.fill(self.clock, open).await.map_err(open_error) })
    }

    /// Connections are nobody's own.
    fn minion_done(&self, _: u32) {}
}

impl<P: RecordPlan> SendStep<P> {
    async fn perform(&self, visit: &Visit<'_>, input: Value) -> Result<Performed, Failure> {
        let records = self.records.records(visit, &input)?;
        let clock = visit.clock();
        if records.is_empty() {
            let result = Value::native(Pair { first: input, second: told(0, 0, Vec::new()) });
            return Ok(Performed { result: Ok(Output::One(result)), service: None });
        }
        // Boxed: opening is rare, and its state would make each visit's future larger.
        let line = self.lines.link(visit.context.minion, clock, || Box::pin(self.open(visit))).await?;
        let start = clock.now();
        let answered = match records.as_slice() {
            [record] if self.sending != Sending::Transaction => Self::send_one(&line, record).await,
            records => Box::pin(self.send(&line, records)).await,
        };
        let end = clock.now();
        let result = match answered {
            Ok(answers) => {
                let bytes = records.iter().map(|record| record.bytes).sum();
                visit.observe(self.meters.time, end.since(start));
                visit.count(self.meters.records, records.len() as u64);
                visit.count(self.meters.bytes, bytes);
                Ok(Output::One(Value::native(Pair { first: input, second: told(records.len(), bytes, answers) })))
            }
            Err(failure) => {
                if line.has_just_ended() {
                    visit.connection_failed(&failure);
                }
                Err(failure)
            }
        };
        Ok(Performed { result, service: Some(Span { start, end }) })
    }

    /// What the server answers to a record: mostly it is one, and mostly of one command.
    async fn send_one(line: &Line, record: &Record) -> Result<Vec<Json>, Failure> {
        let answers = match record.commands.as_slice() {
            [command] => vec![line.answer_to(command).await?],
            commands => {
                let mut pipeline = Pipeline::with_capacity(commands.len());
                commands.iter().for_each(|command| {
                    pipeline.add_command(command.clone());
                });
                line.ask_all(&pipeline).await?
            }
        };
        judged(line, std::slice::from_ref(record), answers)
    }

    /// What the server answers to each record.
    async fn send(&self, line: &Line, records: &[Record]) -> Result<Vec<Json>, Failure> {
        let mut commands = Pipeline::new();
        if self.sending == Sending::Transaction {
            commands.cmd("MULTI");
        }
        for command in records.iter().flat_map(|record| &record.commands) {
            commands.add_command(command.clone());
        }
        if self.sending == Sending::Transaction {
            commands.add_command(cmd("EXEC"));
        }
        let mut answers = line.ask_all(&commands).await?;
        if self.sending == Sending::Transaction {
            let refused = answers.iter().find_map(error_in);
            answers = match answers.pop() {
                Some(Answer::Array(answers)) => answers,
                _ => {
                    let address = &line.server().address;
                    return Err(refused.map_or_else(|| strange_answer(address, "EXEC"), |error| line.refused(&error)));
                }
            };
        }
        judged(line, records, answers)
    }

    async fn open(&self, visit: &Visit<'_>) -> Result<Line, Failure> {
        let clock = visit.clock();
        let start = clock.now();
        let opened = Line::open(&self.server, clock).await;
        match &opened {
            Ok(_) => {
                visit.observe(self.meters.connect, clock.now().since(start));
                visit.count(self.meters.connections, 1);
            }
            Err(failure) => {
                shortage_in(failure).into_iter().for_each(|shortage| visit.short_of(shortage));
                visit.connection_failed(failure);
            }
        }
        opened
    }
}

/// The answer to each record; the first error, with its record, if there is one.
fn judged(line: &Line, records: &[Record], answers: Vec<Answer>) -> Result<Vec<Json>, Failure> {
    let address = &line.server().address;
    let mut answers = answers.into_iter();
    let mut good = Vec::with_capacity(records.len());
    let mut first = None;
    for record in records {
        let of_record: Vec<_> = answers.by_ref().take(record.commands.len()).collect();
        let error = of_record.iter().find_map(error_in);
        let failure = match (of_record.into_iter().next(), error) {
            (_, Some(error)) => line.refused(&error),
            // Only a stream that is not made answers so.
            (Some(Answer::Nil), None) => no_stream(),
            (Some(answer), None) => {
                good.push(json_of(&answer));
                continue;
            }
            (None, None) => return Err(strange_answer(address, "a number of commands")),
        };
        first.get_or_insert((record, failure));
    }
    let Some((record, failure)) = first else { return Ok(good) };
    let others = match records.len() {
        1 => String::new(),
        all => format!("; {} of {all} records were taken", good.len()),
    };
    let told = Failure::error(failure.code.clone(), format!("{} `{}`: {}{others}", record.under, record.name, failure.message));
    Err(if failure.retryable { told } else { told.final_() })
}

fn error_in(answer: &Answer) -> Option<ServerError> {
    match answer {
        Answer::ServerError(error) => Some(error.clone()),
        _ => None,
    }
}

/// What is told of what was sent.
fn told(records: usize, bytes: u64, answers: Vec<Json>) -> Value {
    let answers: Vec<_> = answers.iter().map(Json::to_string).collect();
    Value::Json(format!(r#"{{"records":{records},"bytes":{bytes},"answers":[{}]}}"#, answers.join(",")).into())
}

fn json_of(answer: &Answer) -> Json {
    match answer {
        Answer::Int(number) => (*number).into(),
        Answer::BulkString(bytes) => String::from_utf8_lossy(bytes).into(),
        Answer::SimpleString(text) => text.as_str().into(),
        Answer::Okay => "OK".into(),
        _ => Json::Null,
    }
}
