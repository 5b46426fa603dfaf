//! Kafka: clusters, records that closures build and the engine sends, records of topics as a source, and the lag of a group.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::draft::Config;
use crate::duration::written;
use crate::read::Read;
use crate::{Context, Failure, Feed, Flow, Output, Value};

/// A cluster that steps send to and sources receive from.
#[derive(Clone, Debug)]
pub struct Kafka {
    brokers: Vec<String>,
    options: Map<String, Json>,
}

/// The cluster that is asked for at these brokers, `127.0.0.1:9092`, with commas between several; they become targets of the scenarios
/// that use it.
///
/// ```
/// use throng::{KafkaRecord, NewKafkaRecord, kafka, scenario, secs};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Order { id: String }
///
/// let cluster = kafka("127.0.0.1:9092");
/// let seen = cluster.consume::<Order>("orders", "load-test").from_earliest().feed();
/// scenario("orders").start()
///     .produce("sent", &cluster, "orders", |cx, ()| NewKafkaRecord::json(&Order { id: format!("order-{}", cx.minion()) }))
///     .inner_join("arrived", seen, |sent| sent.value["id"].as_str().map(str::to_owned), |seen| seen.value.id.clone()).timeout(secs(10));
/// ```
pub fn kafka(brokers: impl Into<String>) -> Kafka {
    let brokers = brokers.into().split(',').map(|broker| broker.trim().to_owned()).collect();
    Kafka { brokers, options: Map::new() }
}

impl Kafka {
    /// Sets an option of all steps of this cluster, as the document has it: `sasl`, `tls`, `timeouts`, `properties`.
    #[must_use]
    pub fn with(mut self, option: impl Into<String>, value: impl Into<Json>) -> Self {
        self.options.insert(option.into(), value.into());
        self
    }

    /// Receives records of a topic as a consumer group. Values are JSON, read as `T`.
    pub fn consume<T: Serialize + DeserializeOwned + 'static>(
        &self,
        topic: impl Into<String>,
        group: impl Into<String>,
    ) -> KafkaConsumer<T> {
        let fields = [("topics", topic.into()), ("group", group.into())];
        KafkaConsumer { cluster: self.clone(), config: self.config(fields), value: std::marker::PhantomData }
    }

    /// Tells again and again how far a group is behind in a topic.
    pub fn lag(&self, topic: impl Into<String>, group: impl Into<String>, every: Duration) -> Feed<KafkaLag> {
        let config = self.config([("topics", topic.into()), ("group", group.into()), ("every", written(every))]);
        self.declared(Feed::begin("kafka-lag", Config::Constant(config.into()), Read::carried()))
    }

    fn config<const N: usize>(&self, fields: [(&str, String); N]) -> Map<String, Json> {
        let mut config = Map::from_iter([("brokers".to_owned(), Json::from(self.brokers.join(",")))]);
        config.extend(self.options.clone());
        config.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), Json::String(value))));
        config
    }

    fn declared<T, At>(&self, flow: Flow<T, At>) -> Flow<T, At> {
        self.brokers.iter().for_each(|broker| flow.draft.borrow_mut().add_target(&format!("kafka://{broker}")));
        flow
    }
}

/// Members of a consumer group: made by [`Kafka::consume`].
#[derive(Clone, Debug)]
#[must_use = "a consumer becomes a feed by `feed`"]
pub struct KafkaConsumer<T> {
    cluster: Kafka,
    config: Map<String, Json>,
    value: std::marker::PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned + 'static> KafkaConsumer<T> {
    /// Begins with the oldest record where the group has committed nothing; otherwise with the latest.
    pub fn from_earliest(self) -> Self {
        self.with("from", "earliest")
    }

    /// So many members of the group, each with a connection of its own; 1 unless told otherwise.
    pub fn concurrency(self, members: u32) -> Self {
        self.with("concurrency", members)
    }

    /// Sets any other option, as the document has it.
    pub fn with(mut self, option: impl Into<String>, value: impl Into<Json>) -> Self {
        self.config.insert(option.into(), value.into());
        self
    }

    /// The records, as a feed.
    pub fn feed(self) -> Feed<KafkaRecord<T>> {
        self.cluster.declared(Feed::begin("kafka-consume", Config::Constant(self.config.into()), Read::carried()))
    }
}

/// A record in a topic.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(bound(deserialize = "T: DeserializeOwned"))]
pub struct KafkaRecord<T> {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The place in the partition; none where the broker did not tell it.
    pub offset: Option<i64>,
    /// When it was made or appended: milliseconds since the Unix epoch.
    pub timestamp: Option<i64>,
    /// The key, if it has one; as JSON where the source reads keys so.
    pub key: Option<Json>,
    /// The value.
    pub value: T,
    /// By name; null for a header without a value.
    #[serde(default)]
    pub headers: BTreeMap<String, Option<String>>,
}

/// How far a group is behind.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct KafkaLag {
    /// The group.
    pub group: String,
    /// Records that it has still to read.
    pub lag: i64,
    /// The most of one partition.
    pub largest: i64,
}

/// A record in the making; the engine sends what a closure answers with. What cannot be sent fails the step, with the reason.
#[derive(Clone, Debug, Default)]
#[must_use = "a record is sent when a step's closure answers with it"]
pub struct NewKafkaRecord {
    fields: Map<String, Json>,
    failure: Option<Failure>,
}

impl NewKafkaRecord {
    /// With a value that is written as JSON.
    pub fn json<V: Serialize + ?Sized>(value: &V) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => Self::default().with("json", value),
            Err(error) => {
                Self { failure: Some(Failure::error(format!("the record cannot be written as JSON: {error}"))), ..Self::default() }
            }
        }
    }

    /// With a value that is text.
    pub fn text(value: impl Into<String>) -> Self {
        Self::default().with("value", Json::String(value.into()))
    }

    /// With a key.
    pub fn key(self, key: impl Into<String>) -> Self {
        self.with("key", Json::String(key.into()))
    }

    /// To another topic than the step's.
    pub fn topic(self, topic: impl Into<String>) -> Self {
        self.with("topic", Json::String(topic.into()))
    }

    /// To this partition, whatever the key.
    pub fn partition(self, partition: u32) -> Self {
        self.with("partition", partition.into())
    }

    /// With a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let headers = self.fields.entry("headers").or_insert_with(|| Map::new().into());
        if let Some(headers) = headers.as_object_mut() {
            headers.insert(name.into(), Json::String(value.into()));
        }
        self
    }

    fn with(mut self, field: &str, value: Json) -> Self {
        self.fields.insert(field.to_owned(), value);
        self
    }

    fn into_value(self) -> Result<Value, Failure> {
        self.failure.map_or_else(|| Ok(Value::Json(Json::Object(self.fields).to_string())), Err)
    }
}

/// What a closure of [`Flow::produce`] may answer: a record, or `Result` of one.
pub trait IntoKafkaRecord {
    /// The record.
    ///
    /// # Errors
    /// The closure's own.
    fn into_record(self) -> Result<NewKafkaRecord, Failure>;
}

impl IntoKafkaRecord for NewKafkaRecord {
    fn into_record(self) -> Result<NewKafkaRecord, Failure> {
        Ok(self)
    }
}

impl IntoKafkaRecord for Result<NewKafkaRecord, Failure> {
    fn into_record(self) -> Result<NewKafkaRecord, Failure> {
        self
    }
}

impl<T: 'static, At> Flow<T, At> {
    /// Sends the record that `build` answers with to a topic, and waits until it is acknowledged. The value comes back as JSON.
    pub fn produce<R: IntoKafkaRecord>(
        self,
        name: impl Into<String>,
        cluster: &Kafka,
        topic: impl Into<String>,
        build: impl Fn(&Context, T) -> R + 'static,
    ) -> Flow<KafkaRecord<Json>, At> {
        let read = self.read.clone();
        let run = move |cx: &Context, value| build(cx, read.value(value)?).into_record()?.into_value().map(Output::One);
        let fields = cluster.config([("topic", topic.into())]).into_iter().map(|(name, value)| (name, Config::Constant(value)));
        let callback = ("record".to_owned(), Config::Callback("request:kafka", Box::new(run)));
        let config = Config::Object(fields.chain([callback]).collect());
        cluster.declared(self.then(Some(name.into()), "kafka-produce", config, Read::carried()))
    }
}
