//! RabbitMQ: brokers, messages that steps publish, queues that are sources.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::carry::{BySerde, Carry, wrong_value};
use crate::draft::Config;
use crate::duration::written;
use crate::read::Read;
use crate::{Context, Failure, Feed, Flow, Output, Value};

/// A broker that steps publish to and sources take from; made by [`rabbitmq`].
///
/// ```
/// use throng::{RabbitMessage, json, millis, rabbitmq, scenario, secs};
///
/// let broker = rabbitmq("amqp://127.0.0.1:5672").user("shop").password("{setting:password}");
/// let arrived = broker.consume("orders").declared().bound("orders", "order.*").json::<String>();
/// scenario("orders").start()
///     .returns("o-7".to_owned())
///     .rabbitmq_produce("publish", &broker, RabbitMessage::to("orders", "order.new").json("o-7").persistent().mandatory())
///     .inner_join("arrived", arrived, |(order, _)| order.clone(), |record| record.body.clone()).timeout(secs(5));
/// ```
#[derive(Clone, Debug)]
pub struct RabbitBroker {
    options: Map<String, Json>,
}

/// The broker at this URL, `amqp://host:port/virtual-host` or `amqps://…`; it becomes a target of the scenarios that use it.
pub fn rabbitmq(url: impl Into<String>) -> RabbitBroker {
    RabbitBroker { options: Map::new() }.with("url", url.into())
}

impl RabbitBroker {
    fn with(mut self, option: &str, value: impl Into<Json>) -> Self {
        self.options.insert(option.to_owned(), value.into());
        self
    }

    /// Who logs in; `guest` unless told otherwise.
    #[must_use]
    pub fn user(self, user: impl Into<String>) -> Self {
        self.with("user", user.into())
    }

    /// The user's password; `guest` unless told otherwise. `{setting:NAME}` is filled.
    #[must_use]
    pub fn password(self, password: impl Into<String>) -> Self {
        self.with("password", password.into())
    }

    /// Whom to trust over TLS: a PEM file, instead of the operating system's certificates.
    #[must_use]
    pub fn roots(self, file: impl Into<String>) -> Self {
        self.with("tls", json!({"roots": file.into()}))
    }

    /// The messages of a queue, as a source.
    pub fn consume(&self, queue: impl Into<String>) -> RabbitQueue {
        RabbitQueue(self.clone().with("queue", queue.into()))
    }

    /// The length of a queue, again and again.
    pub fn depth(&self, queue: impl Into<String>, every: Duration) -> Feed<QueueDepth> {
        self.clone().with("queue", queue.into()).with("every", written(every)).begin("rabbitmq-depth")
    }

    fn begin<T: Carry<BySerde>>(self, kind: &'static str) -> Feed<T> {
        let target = self.target().to_owned();
        let feed = Feed::begin(kind, Config::Constant(self.options.into()), Read::carried());
        feed.draft.borrow_mut().add_target(&target);
        feed
    }

    /// Scheme, host and port: what the document declares as a target.
    fn target(&self) -> &str {
        let url = self.options.get("url").and_then(Json::as_str).unwrap_or_default();
        let start = url.find("://").map_or(0, |at| at + 3);
        let end = url.get(start..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| start + at);
        url.get(..end).unwrap_or(url)
    }
}

/// A queue that becomes a source; made by [`RabbitBroker::consume`].
#[derive(Clone, Debug)]
#[must_use = "a queue becomes a feed by `json` or `text`"]
pub struct RabbitQueue(RabbitBroker);

impl RabbitQueue {
    /// Declares the queue before the load, as a durable one; otherwise it must be there.
    pub fn declared(self) -> Self {
        Self(self.0.with("declare", json!({})))
    }

    /// Binds the queue to an exchange of the type `topic`, which is declared, by a pattern of routing keys.
    pub fn bound(self, exchange: impl Into<String>, pattern: impl Into<String>) -> Self {
        let mut bindings = self.0.options.get("bind").and_then(Json::as_array).cloned().unwrap_or_default();
        bindings.push(json!({"exchange": exchange.into(), "type": "topic", "routing-key": pattern.into()}));
        Self(self.0.with("bind", bindings))
    }

    /// How many messages a consumer holds without having acknowledged them; 10 unless told otherwise.
    pub fn prefetch(self, messages: u16) -> Self {
        Self(self.0.with("prefetch", messages))
    }

    /// How many consumers there are; 1 unless told otherwise.
    pub fn consumers(self, consumers: u16) -> Self {
        Self(self.0.with("consumers", consumers))
    }

    /// Any other option of `rabbitmq-consume`.
    pub fn option(self, name: &str, value: impl Into<Json>) -> Self {
        Self(self.0.with(name, value))
    }

    /// The messages, each with its body as JSON.
    pub fn json<T: Serialize + serde::de::DeserializeOwned + 'static>(self) -> Feed<RabbitRecord<T>> {
        self.0.with("format", "json").begin("rabbitmq-consume")
    }

    /// The messages, each with its body as text.
    pub fn text(self) -> Feed<RabbitRecord<String>> {
        self.0.begin("rabbitmq-consume")
    }
}

/// A message out of a queue.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RabbitRecord<T> {
    /// What it carries.
    pub body: T,
    /// The queue that it was taken from.
    pub queue: String,
    /// The exchange that it was published to.
    pub exchange: String,
    /// What the exchange has found its way by.
    pub routing_key: String,
    /// Its headers.
    pub headers: Map<String, Json>,
    /// Those of its properties that are there: `message-id`, `content-type` …
    pub properties: Map<String, Json>,
    /// Its number on its channel.
    pub delivery_tag: u64,
    /// Whether it was delivered before.
    pub redelivered: bool,
}

/// How long a queue is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct QueueDepth {
    /// The queue.
    pub queue: String,
    /// Messages that are ready.
    pub messages: u64,
    /// Those who take them.
    pub consumers: u64,
}

/// What is told of a message that was published.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RabbitPublished {
    /// The exchange that it went to.
    pub exchange: String,
    /// What the exchange finds its way by.
    pub routing_key: String,
    /// Its id, if it has one.
    pub message_id: Option<String>,
    /// What it belongs to, if that is said.
    pub correlation_id: Option<String>,
    /// The bytes of its body.
    pub bytes: u64,
}

/// A message to be published. Given to a step as it is, its texts may have holes, as in [`get`](crate::get); answered by a closure, they
/// stand as they are. Without a body it carries what the step is given.
#[derive(Clone, Debug, Default)]
#[must_use = "a message is published by a step"]
pub struct RabbitMessage {
    options: Map<String, Json>,
    failure: Option<Failure>,
}

impl RabbitMessage {
    /// To an exchange; an empty name is the broker's own, which knows each queue by its name.
    pub fn to(exchange: impl Into<String>, routing_key: impl Into<String>) -> Self {
        Self::default().with("exchange", exchange.into()).with("routing-key", routing_key.into())
    }

    /// To a queue.
    pub fn to_queue(queue: impl Into<String>) -> Self {
        Self::default().with("routing-key", queue.into())
    }

    fn with(mut self, option: &str, value: impl Into<Json>) -> Self {
        self.options.insert(option.to_owned(), value.into());
        self
    }

    fn inside(mut self, group: &str, name: String, value: Json) -> Self {
        let group = self.options.entry(group).or_insert_with(|| json!({}));
        if let Some(group) = group.as_object_mut() {
            group.insert(name, value);
        }
        self
    }

    /// The body as text.
    pub fn body(self, text: impl Into<String>) -> Self {
        self.with("body", text.into())
    }

    /// The body as JSON. A value that JSON cannot say fails the step.
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        match serde_json::to_value(body) {
            Ok(json) => self.with("json", json),
            Err(error) => Self { failure: Some(wrong_value(format!("the message's body cannot be written as JSON: {error}"))), ..self },
        }
    }

    /// Adds a header.
    pub fn header(self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.inside("headers", name.into(), value.into())
    }

    /// Sets a property: `message-id`, `correlation-id`, `content-type` …
    pub fn property(self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.inside("properties", name.into(), value.into())
    }

    /// It outlives the broker in a durable queue.
    pub fn persistent(self) -> Self {
        self.with("persistent", true)
    }

    /// The step fails if it reaches no queue.
    pub fn mandatory(self) -> Self {
        self.with("mandatory", true)
    }

    fn into_value(self) -> Result<Value, Failure> {
        match self.failure {
            None => Ok(Value::Json(Json::Object(self.options).to_string())),
            Some(failure) => Err(failure),
        }
    }
}

/// What a closure that makes a message may answer: the message, or `Result<RabbitMessage, Failure>`.
pub trait IntoRabbitMessage {
    /// For the engine.
    ///
    /// # Errors
    /// The closure's own, or a body that cannot be written.
    fn into_message(self) -> Result<Value, Failure>;
}

impl IntoRabbitMessage for RabbitMessage {
    fn into_message(self) -> Result<Value, Failure> {
        self.into_value()
    }
}

impl IntoRabbitMessage for Result<RabbitMessage, Failure> {
    fn into_message(self) -> Result<Value, Failure> {
        self.and_then(RabbitMessage::into_value)
    }
}

impl<T: 'static, At> Flow<T, At> {
    /// Publishes a message that needs no closure, and goes on with the value and what was published.
    pub fn rabbitmq_produce(
        self,
        name: impl Into<String>,
        broker: &RabbitBroker,
        message: RabbitMessage,
    ) -> Flow<(T, RabbitPublished), At> {
        if let Some(failure) = &message.failure {
            self.fault(failure.message.clone());
        }
        self.then_publish(name.into(), broker, Config::Constant(message.options.into()))
    }

    /// Publishes the message that `build` answers with, and goes on with the value and what was published.
    pub fn rabbitmq_produce_with<M: IntoRabbitMessage>(
        self,
        name: impl Into<String>,
        broker: &RabbitBroker,
        build: impl Fn(&Context, T) -> M + 'static,
    ) -> Flow<(T, RabbitPublished), At> {
        let read = self.read.clone();
        let run = Box::new(move |cx: &Context, value| build(cx, read.value(value)?).into_message().map(Output::One));
        self.then_publish(name.into(), broker, Config::Callback("request:rabbitmq", run))
    }

    fn then_publish(self, name: String, broker: &RabbitBroker, message: Config) -> Flow<(T, RabbitPublished), At> {
        self.draft.borrow_mut().add_target(broker.target());
        let mut fields: Vec<_> = broker.options.iter().map(|(option, value)| (option.clone(), Config::Constant(value.clone()))).collect();
        fields.push(("message".to_owned(), message));
        let read = self.read.clone().beside(Read::carried());
        self.then(Some(name), "rabbitmq-produce", Config::Object(fields), read)
    }
}
