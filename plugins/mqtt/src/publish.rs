//! The step kind `mqtt-publish`: a message for each minion, over its own connection or one that all of a worker share.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use rustc_hash::FxHashMap;
use serde_json::json;
use throng_broker::{Pool, check_tls, rendered, shortage_in};
use throng_model::{PluginUse, Template};
use throng_plugin_api::{
    AttachContext, Attached, ConfiguredStep, MeterId, Meters, OpenContext, OpenError, Performed, Span, StepRunner, Visit,
};
use throng_protocols::{Failure, Output, Pair, Value};

use crate::broker::{Broker, BrokerPlan, unique_client_id};
use crate::client::Client;
use crate::message::MessageSource;
use crate::packets::Message;

/// A checked `mqtt-publish` step.
#[derive(Debug)]
pub(crate) struct ConfiguredPublish {
    pub(crate) broker: Arc<BrokerPlan>,
    pub(crate) message: Arc<MessageSource>,
    pub(crate) connection: Connection,
    pub(crate) client_id: Option<Template>,
}

/// Whose a connection is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Connection {
    /// A minion's own.
    #[default]
    PerMinion,
    /// All minions' of a worker.
    Shared,
}

pub(crate) type Opened<'a> = Pin<Box<dyn Future<Output = Result<(), OpenError>> + Send + 'a>>;

impl ConfiguredStep for ConfiguredPublish {
    fn uses(&self) -> PluginUse {
        PluginUse { callbacks: self.message.callbacks(), ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        Box::pin(async move { check_tls(&self.broker.address, &self.broker.tls, &campaign.files) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let clients = match self.connection {
            Connection::PerMinion => Clients::PerMinion(RefCell::default()),
            Connection::Shared => Clients::Shared(Rc::new(Pool::new(1))),
        };
        Ok(Attached::Step(Rc::new(PublishStep {
            broker: self.broker.with(context.settings, context.files),
            clients,
            message: Arc::clone(&self.message),
            client_id: self.client_id.clone(),
            meters: PublishMeters::register(context.meters),
        })))
    }
}

#[derive(Debug)]
enum Clients {
    PerMinion(RefCell<FxHashMap<u32, Rc<Pool<Client>>>>),
    Shared(Rc<Pool<Client>>),
}

impl Clients {
    fn of(&self, minion: u32) -> Rc<Pool<Client>> {
        match self {
            Self::Shared(pool) => Rc::clone(pool),
            Self::PerMinion(pools) => Rc::clone(pools.borrow_mut().entry(minion).or_insert_with(|| Rc::new(Pool::new(1)))),
        }
    }
}

#[derive(Debug)]
struct PublishMeters {
    connect: MeterId,
    confirm: MeterId,
    connections: MeterId,
    messages: MeterId,
    bytes: MeterId,
}

impl PublishMeters {
    fn register(meters: &mut dyn Meters) -> Self {
        Self {
            connect: meters.timer("mqtt-publish-connect"),
            confirm: meters.timer("mqtt-publish-confirm"),
            connections: meters.counter("mqtt-publish-connections-opened"),
            messages: meters.counter("mqtt-publish-messages"),
            bytes: meters.counter("mqtt-publish-bytes"),
        }
    }
}

/// An `mqtt-publish` step on one worker.
#[derive(Debug)]
struct PublishStep {
    broker: Broker,
    clients: Clients,
    message: Arc<MessageSource>,
    client_id: Option<Template>,
    meters: PublishMeters,
}

impl StepRunner for PublishStep {
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed> {
        Box::pin(async move { self.perform(visit, input).await.unwrap_or_else(Performed::from) })
    }

    fn minion_done(&self, minion: u32) {
        if let Clients::PerMinion(pools) = &self.clients {
            pools.borrow_mut().remove(&minion);
        }
    }
}

impl PublishStep {
    async fn perform(&self, visit: &Visit<'_>, input: Value) -> Result<Performed, Failure> {
        let message = self.message.message(visit, &input)?;
        let clock = visit.clock();
        let pool = self.clients.of(visit.context.minion);
        let client = pool.link(0, clock, || self.open(visit)).await?;
        let (published, bytes) = (published_value(&message), message.body.len() as u64);
        let start = clock.now();
        let answered = client.publish(message).await;
        let end = clock.now();
        let result = match answered {
            Ok(()) => {
                visit.observe(self.meters.confirm, end.since(start));
                visit.count(self.meters.messages, 1);
                visit.count(self.meters.bytes, bytes);
                Ok(Output::One(Value::native(Pair { first: input, second: published })))
            }
            Err(failure) => {
                if client.has_just_ended() {
                    visit.connection_failed(&failure);
                }
                Err(failure)
            }
        };
        Ok(Performed { result, service: Some(Span { start, end }) })
    }

    async fn open(&self, visit: &Visit<'_>) -> Result<Client, Failure> {
        let clock = visit.clock();
        let start = clock.now();
        let client_id = match (&self.client_id, &self.clients) {
            (None, _) => unique_client_id("throng", clock),
            (Some(template), Clients::PerMinion(_)) => rendered(template, visit),
            (Some(template), Clients::Shared(_)) => unique_client_id(&rendered(template, visit), clock),
        };
        let opened = Client::open(&self.broker, client_id).await;
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
    let published = json!({
        "topic": message.topic,
        "qos": message.qos.number(),
        "retain": message.retain,
        "bytes": message.body.len(),
    });
    Value::Json(published.to_string().into())
}
