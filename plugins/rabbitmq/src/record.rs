//! A message as a record.

use lapin::BasicProperties;
use lapin::message::Delivery;
use serde_json::{Map, Value as Json, json};
use throng_broker::{BAD_RECORD, BodyFormat};
use throng_protocols::{Failure, JsonRecord, Value};

use crate::table::json_of;

/// The record of a message.
///
/// # Errors
/// Its body is not what was expected; the message tells where it was.
pub(crate) fn record_of(delivery: &Delivery, queue: &str, format: BodyFormat) -> Result<Value, Failure> {
    let body = format.decode(&delivery.data).map_err(|message| {
        let place = format!("queue `{queue}`, delivery tag {}, routing key `{}`", delivery.delivery_tag, delivery.routing_key);
        Failure::error(BAD_RECORD, format!("{place}: {message}")).final_()
    })?;
    let headers = delivery.properties.headers().as_ref().map_or_else(|| json!({}), json_of);
    let json = json!({
        "body": body,
        "queue": queue,
        "exchange": delivery.exchange.to_string(),
        "routing-key": delivery.routing_key.to_string(),
        "headers": headers,
        "properties": properties_of(&delivery.properties),
        "delivery-tag": delivery.delivery_tag,
        "redelivered": delivery.redelivered,
    });
    Ok(Value::native(JsonRecord { kind: "rabbitmq/message", json, size: delivery.data.len() + 200 }))
}

/// Those properties that are there.
fn properties_of(properties: &BasicProperties) -> Json {
    let texts = [
        ("content-type", properties.content_type()),
        ("content-encoding", properties.content_encoding()),
        ("correlation-id", properties.correlation_id()),
        ("reply-to", properties.reply_to()),
        ("expiration", properties.expiration()),
        ("message-id", properties.message_id()),
        ("type", properties.kind()),
        ("user-id", properties.user_id()),
        ("app-id", properties.app_id()),
    ];
    let mut found = Map::new();
    for (name, text) in texts {
        if let Some(text) = text {
            found.insert(name.to_owned(), text.to_string().into());
        }
    }
    if let Some(priority) = properties.priority() {
        found.insert("priority".to_owned(), (*priority).into());
    }
    if let Some(timestamp) = properties.timestamp() {
        found.insert("timestamp".to_owned(), (*timestamp).into());
    }
    if let Some(mode) = properties.delivery_mode() {
        found.insert("persistent".to_owned(), (*mode == 2).into());
    }
    Json::Object(found)
}
