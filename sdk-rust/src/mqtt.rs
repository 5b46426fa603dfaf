//! MQTT: brokers, messages that steps publish, topics that are sources.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::carry::wrong_value;
use crate::draft::Config;
use crate::read::Read;
use crate::{Context, Failure, Feed, Flow, Output, Value};

/// A broker that steps publish to and sources subscribe at; made by [`mqtt`].
///
/// ```
/// use throng::{MqttMessage, mqtt, scenario, secs};
///
/// let broker = mqtt("mqtt://127.0.0.1:1883").user("shop").password("{setting:password}");
/// let reports = broker.subscribe(["reports/+"]).json::<String>();
/// scenario("devices").start()
///     .returns("d-7".to_owned())
///     .mqtt_publish("report", &broker, MqttMessage::to("reports/{minion}").json("d-7").qos(2))
///     .inner_join("arrived", reports, |(device, _)| device.clone(), |record| record.body.clone()).timeout(secs(5));
/// ```
#[derive(Clone, Debug)]
pub struct MqttBroker {
    options: Map<String, Json>,
    target: String,
}

/// The broker at this URL, `mqtt://host:port` or `mqtts://…`; it becomes a target of the scenarios that use it.
pub fn mqtt(url: impl Into<String>) -> MqttBroker {
    let target = url.into();
    MqttBroker { options: Map::from_iter([("url".to_owned(), target.as_str().into())]), target }
}

impl MqttBroker {
    fn with(mut self, option: &str, value: impl Into<Json>) -> Self {
        self.options.insert(option.to_owned(), value.into());
        self
    }

    /// Who logs in.
    #[must_use]
    pub fn user(self, user: impl Into<String>) -> Self {
        self.with("user", user.into())
    }

    /// The user's password. `{setting:NAME}` is filled.
    #[must_use]
    pub fn password(self, password: impl Into<String>) -> Self {
        self.with("password", password.into())
    }

    /// Version 3.1.1 of the protocol instead of 5.
    #[must_use]
    pub fn version_3(self) -> Self {
        self.with("version", "3.1.1")
    }

    /// Whom to trust over TLS: a PEM file, instead of the operating system's certificates.
    #[must_use]
    pub fn roots(self, file: impl Into<String>) -> Self {
        self.with("tls", json!({"roots": file.into()}))
    }

    /// The messages of the topics that these filters name, as a source.
    pub fn subscribe<F: Into<String>>(&self, filters: impl IntoIterator<Item = F>) -> MqttTopics {
        let filters: Vec<String> = filters.into_iter().map(Into::into).collect();
        MqttTopics(self.clone().with("topics", filters))
    }
}

/// Topics that become a source; made by [`MqttBroker::subscribe`].
#[derive(Clone, Debug)]
#[must_use = "topics become a feed by `json` or `text`"]
pub struct MqttTopics(MqttBroker);

impl MqttTopics {
    /// How surely messages arrive, 0 to 2; 1 unless told otherwise.
    pub fn qos(self, qos: u8) -> Self {
        Self(self.0.with("qos", qos))
    }

    /// Messages that the broker has retained from before are left out.
    pub fn without_retained(self) -> Self {
        Self(self.0.with("retained", false))
    }

    /// Any other option of `mqtt-subscribe`.
    pub fn option(self, name: &str, value: impl Into<Json>) -> Self {
        Self(self.0.with(name, value))
    }

    /// The messages, each with its body as JSON.
    pub fn json<T: Serialize + DeserializeOwned + 'static>(self) -> Feed<MqttRecord<T>> {
        Self(self.0.with("format", "json")).begin()
    }

    /// The messages, each with its body as text.
    pub fn text(self) -> Feed<MqttRecord<String>> {
        self.begin()
    }

    fn begin<T: Serialize + DeserializeOwned + 'static>(self) -> Feed<MqttRecord<T>> {
        let feed = Feed::begin("mqtt-subscribe", Config::Constant(self.0.options.into()), Read::carried());
        feed.draft.borrow_mut().add_target(&self.0.target);
        feed
    }
}

/// A message of a topic.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct MqttRecord<T> {
    /// What it carries.
    pub body: T,
    /// The topic that it was published to.
    pub topic: String,
    /// How surely it has arrived.
    pub qos: u8,
    /// Whether the broker had retained it.
    pub retained: bool,
    /// Whether it may have come before.
    pub duplicate: bool,
    /// Those of its properties that are there; the publisher's own ones are in `user`.
    pub properties: Map<String, Json>,
}

/// What is told of a message that was published.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MqttPublished {
    /// The topic that it went to.
    pub topic: String,
    /// How surely it has arrived.
    pub qos: u8,
    /// Whether the broker retains it.
    pub retain: bool,
    /// The bytes of its body.
    pub bytes: u64,
}

/// A message to be published. Given to a step as it is, its texts may have holes, as in [`get`](crate::get); answered by a closure, they
/// stand as they are. Without a body it carries what the step is given.
#[derive(Clone, Debug, Default)]
#[must_use = "a message is published by a step"]
pub struct MqttMessage {
    options: Map<String, Json>,
    failure: Option<Failure>,
}

impl MqttMessage {
    /// To a topic.
    pub fn to(topic: impl Into<String>) -> Self {
        Self::default().with("topic", topic.into())
    }

    fn with(mut self, option: &str, value: impl Into<Json>) -> Self {
        self.options.insert(option.to_owned(), value.into());
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

    /// How surely it arrives, 0 to 2; 1 unless told otherwise.
    pub fn qos(self, qos: u8) -> Self {
        self.with("qos", qos)
    }

    /// The broker keeps it for those who subscribe later.
    pub fn retain(self) -> Self {
        self.with("retain", true)
    }

    /// Adds a property of version 5.
    pub fn property(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let properties = self.options.entry("properties").or_insert_with(|| json!({}));
        if let Some(properties) = properties.as_object_mut() {
            properties.insert(name.into(), value.into().into());
        }
        self
    }

    fn into_value(self) -> Result<Value, Failure> {
        match self.failure {
            None => Ok(Value::Json(Json::Object(self.options).to_string())),
            Some(failure) => Err(failure),
        }
    }
}

/// What a closure that makes a message may answer: the message, or `Result<MqttMessage, Failure>`.
pub trait IntoMqttMessage {
    /// For the engine.
    ///
    /// # Errors
    /// The closure's own, or a body that cannot be written.
    fn into_message(self) -> Result<Value, Failure>;
}

impl IntoMqttMessage for MqttMessage {
    fn into_message(self) -> Result<Value, Failure> {
        self.into_value()
    }
}

impl IntoMqttMessage for Result<MqttMessage, Failure> {
    fn into_message(self) -> Result<Value, Failure> {
        self.and_then(MqttMessage::into_value)
    }
}

impl<T: 'static, At> Flow<T, At> {
    /// Publishes a message that needs no closure, over the minion's own connection, and goes on with the value and what was published.
    pub fn mqtt_publish(self, name: impl Into<String>, broker: &MqttBroker, message: MqttMessage) -> Flow<(T, MqttPublished), At> {
        if let Some(failure) = &message.failure {
            self.fault(failure.message.clone());
        }
        self.then_mqtt(name.into(), broker, Config::Constant(message.options.into()))
    }

    /// Publishes the message that `build` answers with, over the minion's own connection, and goes on with the value and what was published.
    pub fn mqtt_publish_with<M: IntoMqttMessage>(
        self,
        name: impl Into<String>,
        broker: &MqttBroker,
        build: impl Fn(&Context, T) -> M + 'static,
    ) -> Flow<(T, MqttPublished), At> {
        let read = self.read.clone();
        let run = Box::new(move |cx: &Context, value| build(cx, read.value(value)?).into_message().map(Output::One));
        self.then_mqtt(name.into(), broker, Config::Callback("request:mqtt", run))
    }

    fn then_mqtt(self, name: String, broker: &MqttBroker, message: Config) -> Flow<(T, MqttPublished), At> {
        self.draft.borrow_mut().add_target(&broker.target);
        let mut fields: Vec<_> = broker.options.iter().map(|(option, value)| (option.clone(), Config::Constant(value.clone()))).collect();
        fields.push(("message".to_owned(), message));
        let read = self.read.clone().beside(Read::carried());
        self.then(Some(name), "mqtt-publish", Config::Object(fields), read)
    }
}
