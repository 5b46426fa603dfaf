//! Headers and arguments: AMQP's tables from JSON and into it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use serde_json::{Map, Value as Json};

/// A table of constants.
///
/// # Errors
/// The key whose value no table can have.
pub(crate) fn table_of(entries: &Map<String, Json>) -> Result<FieldTable, String> {
    let mut table = FieldTable::default();
    for (key, value) in entries {
        table.insert(short(key), constant(value).ok_or_else(|| key.clone())?);
    }
    Ok(table)
}

/// A constant of a table.
pub(crate) fn constant(value: &Json) -> Option<AMQPValue> {
    Some(match value {
        Json::Null => AMQPValue::Void,
        Json::Bool(value) => AMQPValue::Boolean(*value),
        Json::String(text) => text_value(text),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => AMQPValue::LongLongInt(integer),
            None => AMQPValue::Double(number.as_f64()?),
        },
        Json::Array(items) => AMQPValue::FieldArray(items.iter().map(constant).collect::<Option<Vec<_>>>()?.into()),
        Json::Object(entries) => AMQPValue::FieldTable(table_of(entries).ok()?),
    })
}

/// A text of a table.
pub(crate) fn text_value(text: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(text.as_bytes()))
}

/// The longest text that names something, in bytes: more the protocol cannot carry.
pub(crate) const SHORT: usize = 255;

/// A text that names something. One that is too long is cut: what is sent is checked before, and of a queue the broker says that it is
/// not there.
pub(crate) fn short(text: &str) -> ShortString {
    let cut = text.get(..text.floor_char_boundary(SHORT)).unwrap_or_default();
    ShortString::try_new(cut).unwrap_or_default()
}

/// What is in a table.
pub(crate) fn json_of(table: &FieldTable) -> Json {
    Json::Object(table.inner().iter().map(|(key, value)| (key.to_string(), json_value(value))).collect())
}

fn json_value(value: &AMQPValue) -> Json {
    match value {
        AMQPValue::Boolean(value) => (*value).into(),
        AMQPValue::ShortShortInt(value) => (*value).into(),
        AMQPValue::ShortShortUInt(value) => (*value).into(),
        AMQPValue::ShortInt(value) => (*value).into(),
        AMQPValue::ShortUInt(value) => (*value).into(),
        AMQPValue::LongInt(value) => (*value).into(),
        AMQPValue::LongUInt(value) => (*value).into(),
        AMQPValue::LongLongInt(value) => (*value).into(),
        AMQPValue::Timestamp(value) => (*value).into(),
        AMQPValue::Float(value) => f64::from(*value).into(),
        AMQPValue::Double(value) => (*value).into(),
        AMQPValue::DecimalValue(value) => (f64::from(value.value) / 10_f64.powi(value.scale.into())).into(),
        AMQPValue::ShortString(text) => text.to_string().into(),
        AMQPValue::LongString(text) => String::from_utf8_lossy(text.as_bytes()).into(),
        AMQPValue::ByteArray(bytes) => STANDARD.encode(bytes.as_slice()).into(),
        AMQPValue::FieldArray(items) => items.as_slice().iter().map(json_value).collect(),
        AMQPValue::FieldTable(table) => json_of(table),
        AMQPValue::Void => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tables_come_back_as_they_went() {
        let entries = json!({ "text": "a", "whole": -7, "half": 0.5, "yes": true, "none": null, "list": [1, "b"], "inner": { "c": 1 } });
        let Json::Object(entries) = entries else { panic!("an object") };
        assert_eq!(json_of(&table_of(&entries).expect("constants")), Json::Object(entries));
    }
}
