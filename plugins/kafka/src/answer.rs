//! Turns what a callback answered into a record that can be sent.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use throng_plugin_api::read_options;
use throng_protocols::kafka::{NewRecord, bytes_of};
use throng_protocols::{Failure, Output, Value};

use crate::content::from_json;
use crate::failure::{WRONG_ANSWER, bad_record};
use crate::record::Outgoing;

/// A record in JSON, as guests of every language write it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct JsonRecord {
    topic: Option<String>,
    key: Option<Json>,
    value: Option<Json>,
    json: Option<Json>,
    headers: Map<String, Json>,
    partition: Option<i32>,
    timestamp: Option<i64>,
}

/// Reads the answer of a callback; `topic` is that of records that name none.
///
/// # Errors
/// It is not a record, or cannot be sent.
pub(crate) fn read(answer: Output, topic: impl Fn() -> Option<String>) -> Result<Outgoing, Failure> {
    let value = match answer {
        Output::One(value) => value,
        Output::Nothing => return Err(wrong("nothing")),
        Output::Many(_) => return Err(wrong("several values")),
    };
    if let Some(record) = value.downcast::<NewRecord>() {
        return from_native(record, topic);
    }
    let json = match &value {
        Value::Json(text) => serde_json::from_str(text).map_err(|error| wrong(&format!("JSON that cannot be read ({error})")))?,
        other => return Err(wrong(&format!("a value of the kind `{}`", other.kind()))),
    };
    let record: JsonRecord = read_options(&json, "").map_err(|faults| {
        let told = faults.iter().map(|fault| match &fault.hint {
            Some(hint) => format!("{}; {hint}", fault.message),
            None => fault.message.clone(),
        });
        wrong(&format!("JSON that is no record ({})", told.collect::<Vec<_>>().join("; ")))
    })?;
    let topic = record.topic.or_else(topic).ok_or_else(no_topic)?;
    if record.partition.is_some_and(|partition| partition < 0) {
        return Err(bad_record("partitions are counted from 0"));
    }
    let key = record.key.map_or(Ok(Value::None), |key| from_json(&key, "key")).map_err(bad_record)?;
    let value = match (record.value, record.json) {
        (Some(_), Some(_)) => return Err(bad_record("the record has both `value` and `json`; leave one of them out")),
        (Some(value), None) => from_json(&value, "value").map_err(bad_record)?,
        (None, Some(json)) => Value::Json(json.to_string().into()),
        (None, None) => Value::None,
    };
    let mut headers = Vec::with_capacity(record.headers.len());
    for (name, value) in &record.headers {
        let value = from_json(value, name).map_err(bad_record)?;
        headers.push((name.clone(), bytes_of(&value).map(Bytes::copy_from_slice)));
    }
    Ok(Outgoing { topic, partition: record.partition, timestamp: record.timestamp, key, value, headers })
}

/// A record that a guest has built by the interface `throng:kafka/records`.
fn from_native(record: &NewRecord, topic: impl Fn() -> Option<String>) -> Result<Outgoing, Failure> {
    let topic = Some(record.topic.clone()).filter(|topic| !topic.is_empty()).or_else(topic).ok_or_else(no_topic)?;
    if record.partition.is_some_and(|partition| partition < 0) {
        return Err(bad_record("partitions are counted from 0"));
    }
    let part = |bytes: &Option<Bytes>| bytes.clone().map_or(Value::None, Value::Bytes);
    Ok(Outgoing {
        topic,
        partition: record.partition,
        timestamp: record.timestamp,
        key: part(&record.key),
        value: part(&record.value),
        headers: record.headers.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect(),
    })
}

fn no_topic() -> Failure {
    bad_record("the record names no topic, and neither does the step's `topic`")
}

fn wrong(given: &str) -> Failure {
    let message = format!("the callback answered {given}, where JSON like `{{\"key\": \"7\", \"json\": {{…}}}}` is expected");
    Failure::error(WRONG_ANSWER, message).final_()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_json(json: Json) -> Result<Outgoing, String> {
        let answer = Output::One(Value::Json(json.to_string().into()));
        read(answer, || Some("orders".to_owned())).map_err(|failure| format!("{}: {}", failure.code, failure.message))
    }

    #[test]
    fn json_is_a_record() {
        let record = json!({"key": "a", "json": {"id": 1}, "headers": {"trace": "t", "none": null}, "partition": 2, "timestamp": 1700});
        let record = read_json(record).expect("a record");
        assert_eq!((record.topic.as_str(), record.partition, record.timestamp), ("orders", Some(2), Some(1700)));
        assert_eq!((bytes_of(&record.key), bytes_of(&record.value)), (Some(&b"a"[..]), Some(&br#"{"id":1}"#[..])));
        assert_eq!(record.headers, [("trace".to_owned(), Some(Bytes::from("t"))), ("none".to_owned(), None)]);
        let deletion = read_json(json!({"topic": "users", "key": {"base64": "AA=="}})).expect("a record");
        assert_eq!((deletion.topic.as_str(), bytes_of(&deletion.key), bytes_of(&deletion.value)), ("users", Some(&[0][..]), None));
    }

    #[test]
    fn a_native_record_is_one() {
        let built = |topic: &str, partition| NewRecord {
            topic: topic.to_owned(),
            partition,
            value: Some("v".into()),
            headers: vec![("trace".to_owned(), "t".into())],
            ..NewRecord::default()
        };
        let read_native = |record: NewRecord| read(Output::One(Value::native(record)), || Some("orders".to_owned()));
        let record = read_native(built("", Some(1))).expect("a record");
        assert_eq!(
            (record.topic.as_str(), record.partition, bytes_of(&record.value), bytes_of(&record.key)),
            ("orders", Some(1), Some(&b"v"[..]), None)
        );
        assert_eq!(record.headers, [("trace".to_owned(), Some(Bytes::from("t")))]);
        assert_eq!(read_native(built("users", None)).expect("a record").topic, "users");
        assert!(read_native(built("users", Some(-1))).expect_err("no partition").message.contains("counted from 0"));
    }

    #[test]
    fn what_is_no_record_is_said() {
        let error = |json: Json| read_json(json).expect_err("no record");
        assert!(error(json!({"kye": "a"})).starts_with("wrong-answer: ") && error(json!({"kye": "a"})).contains("did you mean `key`?"));
        assert!(error(json!([])).starts_with("wrong-answer: "));
        assert!(error(json!({"value": "a", "json": 1})).contains("both `value` and `json`"));
        assert!(error(json!({"value": {"id": 1}})).contains("JSON belongs into `json`"));
        assert!(error(json!({"partition": -1})).contains("counted from 0"));
    }
}
