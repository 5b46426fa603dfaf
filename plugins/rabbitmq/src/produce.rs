//! The step kind `rabbitmq-produce`: a message for each minion, over connections that they share.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use serde_json::json;
use throng_broker::{Pool, check_tls, shortage_in};
use throng_model::PluginUse;
use throng_plugin_api::{
    AttachContext, Attached, Clock, ConfiguredStep, MeterId, Meters, OpenContext, OpenError, Performed, Span, StepRunner, Visit,
};
use throng_protocols::{Failure, Output, Pair, Value};

use crate::broker::{Broker, BrokerPlan};
use crate::failure::{UNROUTABLE, open_error};
use crate::link::{Confirm, Line, Publisher};
use crate::message::{Message, MessageSource};

/// A checked `rabbitmq-produce` step.
#[derive(Debug)]
pub(crate) struct ConfiguredProduce {
    pub(crate) broker: Arc<BrokerPlan>,
    pub(crate) message: Arc<MessageSource>,
    pub(crate) confirm: Confirm,
    pub(crate) connections: Option<u32>,
    pub(crate) warm_up: bool,
}

pub(crate) type Opened<'a> = Pin<Box<dyn Future<Output = Result<(), OpenError>> + Send + 'a>>;

/// The connections of a scenario on one worker: steps that say the same of the broker share them.
#[derive(Debug, Default)]
struct Pools {
    by_broker: RefCell<BTreeMap<String, Rc<Pool<Line>>>>,
}

impl ConfiguredStep for ConfiguredProduce {
    fn uses(&self) -> PluginUse {
        PluginUse { callbacks: self.message.callbacks(), warms_up: self.warm_up, ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        Box::pin(async move { check_tls(&self.broker.address, &self.broker.tls, &campaign.files) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let size = self.connections.map_or(1, |connections| context.share_of(connections));
        let key = format!("{size} {}", self.broker.key);
        let pools = context.shared.get_or_default::<Pools>();
        let lines = Rc::clone(pools.by_broker.borrow_mut().entry(key).or_insert_with(|| Rc::new(Pool::new(size))));
        Ok(Attached::Step(Rc::new(ProduceStep {
            broker: self.broker.with(context.settings, context.files),
            lines,
            publishers: Pool::new(size),
            message: Arc::clone(&self.message),
            confirm: self.confirm,
            meters: ProduceMeters::register(context.meters),
            clock: context.clock,
        })))
    }
}

#[derive(Debug)]
struct ProduceMeters {
    connect: MeterId,
    confirm: MeterId,
    connections: MeterId,
    messages: MeterId,
    bytes: MeterId,
    unroutable: MeterId,
}

impl ProduceMeters {
    fn register(meters: &mut dyn Meters) -> Self {
        Self {
            connect: meters.timer("rabbitmq-produce-connect"),
            confirm: meters.timer("rabbitmq-produce-confirm"),
            connections: meters.counter("rabbitmq-produce-connections-opened"),
            messages: meters.counter("rabbitmq-produce-messages"),
            bytes: meters.counter("rabbitmq-produce-bytes"),
            unroutable: meters.counter("rabbitmq-produce-unroutable"),
        }
    }
}

/// A `rabbitmq-produce` step on one worker.
#[derive(Debug)]
struct ProduceStep {
    broker: Broker,
    lines: Rc<Pool<Line>>,
    /// One on each line.
    publishers: Pool<Publisher>,
    message: Arc<MessageSource>,
    confirm: Confirm,
    meters: ProduceMeters,
    clock: Clock,
}

impl StepRunner for ProduceStep {
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed> {
        Box::pin(async move { self.perform(visit, input).await.unwrap_or_else(Performed::from) })
    }

    fn warm_up(&self) -> LocalBoxFuture<'_, Result<(), OpenError>> {
        let open = || Line::open(&self.broker, self.clock);
        Box::pin(async move { self.lines.fill(self.clock, open).await.map_err(open_error) })
    }

    /// Connections are nobody's own.
    fn minion_done(&self, _: u32) {}
}

impl ProduceStep {
    async fn perform(&self, visit: &Visit<'_>, input: Value) -> Result<Performed, Failure> {
        let message = self.message.message(visit, &input)?;
        let clock = visit.clock();
        let publisher = self.publishers.link(visit.context.minion, clock, || self.publisher(visit)).await?;
        let start = clock.now();
        let published = publisher.publish(&message).await;
        let end = clock.now();
        match published {
            Ok(()) => {
                visit.observe(self.meters.confirm, end.since(start));
                visit.count(self.meters.messages, 1);
                visit.count(self.meters.bytes, message.body.len() as u64);
                let result = Output::One(Value::native(Pair { first: input, second: published_value(&message) }));
                Ok(Performed { result: Ok(result), service: Some(Span { start, end }) })
            }
            Err(failure) => {
                if failure.code == UNROUTABLE {
                    visit.count(self.meters.unroutable, 1);
                }
                if publisher.line().has_just_ended() {
                    visit.connection_failed(&failure);
                }
                Ok(Performed { result: Err(failure), service: Some(Span { start, end }) })
            }
        }
    }

    async fn publisher(&self, visit: &Visit<'_>) -> Result<Publisher, Failure> {
        let clock = visit.clock();
        let line = self.lines.link(visit.context.minion, clock, || self.line(visit)).await?;
        Publisher::open(line, clock, self.confirm).await
    }

    async fn line(&self, visit: &Visit<'_>) -> Result<Line, Failure> {
        let clock = visit.clock();
        let start = clock.now();
        let opened = Line::open(&self.broker, clock).await;
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

/// What is told of a message that was published.
fn published_value(message: &Message) -> Value {
    let property = |text: &Option<lapin::types::ShortString>| text.as_ref().map(ToString::to_string);
    let published = json!({
        "exchange": message.exchange,
        "routing-key": message.routing_key,
        "message-id": property(message.properties.message_id()),
        "correlation-id": property(message.properties.correlation_id()),
        "bytes": message.body.len(),
    });
    Value::Json(published.to_string().into())
}
