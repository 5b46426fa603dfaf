//! Keys and values: what bytes in a topic mean, and which bytes stand for a value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use throng_protocols::Value;

/// What keys or values of a topic are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    Json,
    Text,
    Bytes,
}

/// The words of the options `key` and `value`.
pub(crate) const FORMATS: &[(&str, Format)] = &[("json", Format::Json), ("text", Format::Text), ("bytes", Format::Bytes)];

/// What bytes mean; `what` is the option that says how to read them.
///
/// # Errors
/// What is wrong with them, and what to do.
pub(crate) fn decode(bytes: Option<&[u8]>, format: Format, what: &str) -> Result<Value, String> {
    let Some(bytes) = bytes else { return Ok(Value::None) };
    match format {
        Format::Bytes => Ok(Value::Bytes(Bytes::copy_from_slice(bytes))),
        Format::Text => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Value::Text(text.into())),
            Err(error) => {
                let at = error.valid_up_to() + 1;
                Err(format!("the {what} is not UTF-8 from byte {at} on; set `{what}` to `bytes`, or correct what is sent"))
            }
        },
        Format::Json => match serde_json::from_slice::<&RawValue>(bytes) {
            Ok(json) => Ok(Value::Json(json.get().into())),
            Err(error) => Err(format!("the {what} is not JSON: {error}; set `{what}` to `text`, or correct what is sent")),
        },
    }
}

/// A key or value as JSON has it: a text, or `{"base64": "…"}` for bytes.
///
/// # Errors
/// What is expected instead.
pub(crate) fn from_json(json: &Json, what: &str) -> Result<Value, String> {
    let bytes = |text: &str| BASE64.decode(text).map_err(|error| format!("`{what}` has no Base64: {error}"));
    match json {
        Json::Null => Ok(Value::None),
        Json::String(text) => Ok(Value::Text(text.as_str().into())),
        Json::Object(entries) => match (entries.len(), entries.get("base64").and_then(Json::as_str)) {
            (1, Some(text)) => Ok(Value::Bytes(bytes(text)?.into())),
            _ => Err(format!("`{what}` is an object, where a text or `{{\"base64\": \"…\"}}` is expected; JSON belongs into `json`")),
        },
        _ => Err(format!("`{what}` is neither a text nor `{{\"base64\": \"…\"}}`; JSON belongs into `json`")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use throng_protocols::kafka::bytes_of;

    use super::*;

    #[test]
    fn bytes_mean_what_the_option_says() {
        let json = |bytes: &[u8], format| decode(Some(bytes), format, "value").map(|value| (value.kind(), value.json("")));
        assert_eq!(json(br#" {"a": 1} "#, Format::Json), Ok(("json", Some(json!({"a": 1})))));
        assert_eq!(json(b"plain", Format::Text), Ok(("text", Some(json!("plain")))));
        assert_eq!(json(&[255], Format::Bytes), Ok(("bytes", None)));
        assert_eq!(decode(None, Format::Json, "value").map(|value| value.kind()), Ok("none"));
        assert!(json(b"{", Format::Json).is_err_and(|error| error.starts_with("the value is not JSON: EOF") && error.contains("`text`")));
        assert!(json(b"a\xff", Format::Text).is_err_and(|error| error.starts_with("the value is not UTF-8 from byte 2 on")));
    }

    #[test]
    fn json_has_texts_and_bytes() {
        let bytes = |json: Json| from_json(&json, "key").map(|value| bytes_of(&value).map(<[u8]>::to_vec));
        assert_eq!(bytes(json!("a")), Ok(Some(b"a".to_vec())));
        assert_eq!(bytes(json!({"base64": "AP8="})), Ok(Some(vec![0, 255])));
        assert_eq!(bytes(json!(null)), Ok(None));
        for wrong in [json!(1), json!({"base64": "?"}), json!({"base64": "AP8=", "a": 1}), json!({"id": 1})] {
            assert!(bytes(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
