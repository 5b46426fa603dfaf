//! Kafka records: what a consumer has received, what a producer was told of one that it sent, and what a guest has built to be sent.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde_json::{Map, Value as Json};

use crate::{Native, Value, value_size};

/// A record, with its place in a topic.
///
/// As JSON: `{"topic", "partition", "offset", "timestamp", "key", "value", "headers"}`, and `given` where there is one. Bytes that are not
/// text are Base64 there.
#[derive(Debug)]
pub struct Record {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The place in the partition; none where the broker did not tell it.
    pub offset: Option<i64>,
    /// When it was made or appended, as the topic has it: milliseconds since the Unix epoch.
    pub timestamp: Option<i64>,
    /// Text, JSON, bytes or none.
    pub key: Value,
    /// Text, JSON, bytes or none.
    pub value: Value,
    /// In their order; a name may repeat, and a value may be null.
    pub headers: Vec<(String, Option<Bytes>)>,
    /// What the step that sent it was given; none for a consumer's.
    pub given: Value,
    /// The value as JSON, parsed when first asked for.
    json: OnceLock<Json>,
}

impl Record {
    /// An empty record at a place.
    pub fn new(topic: Arc<str>, partition: i32, offset: Option<i64>) -> Self {
        Self {
            topic,
            partition,
            offset,
            timestamp: None,
            key: Value::None,
            value: Value::None,
            headers: Vec::new(),
            given: Value::None,
            json: OnceLock::new(),
        }
    }

    fn value_json(&self) -> &Json {
        self.json.get_or_init(|| content(&self.value))
    }

    fn headers_json(&self) -> Json {
        let value = |bytes: &Option<Bytes>| bytes.as_ref().map_or(Json::Null, text_or_base64);
        Json::Object(self.headers.iter().map(|(name, bytes)| (name.clone(), value(bytes))).collect())
    }

    fn whole(&self) -> Json {
        let mut whole = Map::new();
        whole.insert("topic".to_owned(), Json::from(&*self.topic));
        whole.insert("partition".to_owned(), self.partition.into());
        whole.insert("offset".to_owned(), self.offset.into());
        whole.insert("timestamp".to_owned(), self.timestamp.into());
        whole.insert("key".to_owned(), content(&self.key));
        whole.insert("value".to_owned(), self.value_json().clone());
        whole.insert("headers".to_owned(), self.headers_json());
        if let Some(given) = self.given.json("").filter(|given| !given.is_null()) {
            whole.insert("given".to_owned(), given);
        }
        Json::Object(whole)
    }
}

impl Native for Record {
    fn kind(&self) -> &'static str {
        "kafka/record"
    }

    fn json(&self, pointer: &str) -> Option<Json> {
        if pointer.is_empty() {
            return Some(self.whole());
        }
        let path = pointer.strip_prefix('/')?;
        let (field, rest) = path.find('/').map_or((path, ""), |end| path.split_at(end));
        match field {
            "topic" => Json::from(&*self.topic).pointer(rest).cloned(),
            "partition" => Json::from(self.partition).pointer(rest).cloned(),
            "offset" => Json::from(self.offset).pointer(rest).cloned(),
            "timestamp" => Json::from(self.timestamp).pointer(rest).cloned(),
            "key" => content(&self.key).pointer(rest).cloned(),
            "value" => self.value_json().pointer(rest).cloned(),
            "headers" => self.headers_json().pointer(rest).cloned(),
            "given" => self.given.json(rest),
            _ => None,
        }
    }

    fn size(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.as_ref().map_or(0, Bytes::len));
        value_size(&self.key) + value_size(&self.value) + value_size(&self.given) + headers.sum::<usize>()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A record that a guest has built.
///
/// As JSON: `{"topic", "key", "value"}`. Bytes that are not text are Base64 there.
#[derive(Clone, Debug, Default)]
pub struct NewRecord {
    /// The topic; that of the step if it is empty.
    pub topic: String,
    /// The partition; by the key without one.
    pub partition: Option<i32>,
    /// Milliseconds since the Unix epoch; the client's own time without one.
    pub timestamp: Option<i64>,
    /// The key.
    pub key: Option<Bytes>,
    /// The value; a deletion without one.
    pub value: Option<Bytes>,
    /// In their order; a name may repeat.
    pub headers: Vec<(String, Bytes)>,
}

impl Native for NewRecord {
    fn kind(&self) -> &'static str {
        "kafka/outgoing"
    }

    fn json(&self, pointer: &str) -> Option<Json> {
        let part = |bytes: &Option<Bytes>| bytes.as_ref().map_or(Json::Null, text_or_base64);
        serde_json::json!({ "topic": self.topic, "key": part(&self.key), "value": part(&self.value) }).pointer(pointer).cloned()
    }

    fn size(&self) -> usize {
        let part = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.topic.len() + part(&self.key) + part(&self.value) + headers
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The bytes that stand for a key or value; none for a null.
pub fn bytes_of(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Text(text) | Value::Json(text) => Some(text.as_bytes()),
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

/// A key or value as JSON.
fn content(value: &Value) -> Json {
    match value {
        Value::Bytes(bytes) => Json::String(BASE64.encode(bytes)),
        other => other.json("").unwrap_or_default(),
    }
}

fn text_or_base64(bytes: &Bytes) -> Json {
    Json::String(std::str::from_utf8(bytes).map_or_else(|_| BASE64.encode(bytes), str::to_owned))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_part_is_under_its_pointer() {
        let record = Record {
            timestamp: Some(1700),
            key: Value::Bytes(Bytes::from_static(&[0, 255])),
            value: Value::Json(r#"{"id":[1,{"a/b":2}]}"#.into()),
            headers: vec![("trace".to_owned(), Some("t-1".into())), ("empty".to_owned(), None)],
            given: Value::Text("ann".into()),
            ..Record::new("orders".into(), 2, Some(7))
        };
        let whole = json!({
            "topic": "orders", "partition": 2, "offset": 7, "timestamp": 1700, "key": "AP8=", "value": {"id": [1, {"a/b": 2}]},
            "headers": {"trace": "t-1", "empty": null}, "given": "ann"
        });
        assert_eq!(record.json(""), Some(whole.clone()));
        for pointer in ["/topic", "/partition", "/offset", "/timestamp", "/key", "/value/id/1/a~1b", "/headers/trace", "/given"] {
            assert_eq!(record.json(pointer), whole.pointer(pointer).cloned(), "{pointer}");
        }
        assert_eq!((record.json("/value/none"), record.json("/other"), record.json("topic")), (None, None, None));
    }
}
