//! A message as a record.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};
use throng_broker::{BAD_RECORD, BodyFormat};
use throng_protocols::{Failure, JsonRecord, Value};

use crate::packets::{Message, Properties};

/// The record of a message.
///
/// # Errors
/// Its body is not what was expected; the message tells where it was.
pub(crate) fn record_of(message: &Message, format: BodyFormat) -> Result<Value, Failure> {
    let body = format.decode(&message.body).map_err(|fault| {
        let place = match message.id {
            0 => format!("topic `{}`", message.topic),
            id => format!("topic `{}`, packet {id}", message.topic),
        };
        Failure::error(BAD_RECORD, format!("{place}: {fault}")).final_()
    })?;
    let json = json!({
        "body": body,
        "topic": message.topic,
        "qos": message.qos.number(),
        "retained": message.retain,
        "duplicate": message.duplicate,
        "properties": properties_of(&message.properties),
    });
    Ok(Value::native(JsonRecord { kind: "mqtt/message", json, size: message.body.len() + 150 }))
}

/// Those of version 5 that are there; the author's own in `user`.
fn properties_of(properties: &Properties) -> Json {
    let mut found = Map::new();
    let texts = [("content-type", &properties.content_type), ("response-topic", &properties.response_topic)];
    for (name, text) in texts {
        found.extend(text.as_ref().map(|text| (name.to_owned(), text.as_str().into())));
    }
    if let Some(data) = &properties.correlation_data {
        let text = std::str::from_utf8(data).map_or_else(|_| STANDARD.encode(data), str::to_owned);
        found.insert("correlation-data".to_owned(), text.into());
    }
    if !properties.user.is_empty() {
        let user = properties.user.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
        found.insert("user".to_owned(), Json::Object(user.collect()));
    }
    Json::Object(found)
}
