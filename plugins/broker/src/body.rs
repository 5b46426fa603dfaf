//! What a message carries: text or JSON with holes, bytes, or the value that the step is given.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value as Json;
use throng_model::{ConfigFault, Template, TemplatePart};
use throng_plugin_api::{Visit, option_fault, pointer_token};
use throng_protocols::Value;

/// Whether braces in texts are holes: in what a document says they are, in what a callback answers they stand for themselves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Texts {
    /// They are holes.
    Templates,
    /// They stand for themselves.
    Literal,
}

impl Texts {
    /// Reads a text.
    ///
    /// # Errors
    /// A hole that nobody fills.
    pub fn read(self, text: &str, pointer: &str) -> Result<Template, Vec<ConfigFault>> {
        match self {
            Self::Literal => Ok(Template { parts: vec![TemplatePart::Text(text.to_owned())] }),
            Self::Templates => Template::parse(text).map_err(|error| vec![option_fault(pointer, error.to_string(), None)]),
        }
    }
}

/// The body of a message.
#[derive(Clone, Debug)]
pub enum BodyPlan {
    /// What the step is given: text and JSON as they are written, bytes as they are, numbers as text; none is empty.
    Input,
    /// Text.
    Text(Template),
    /// JSON.
    Json(Vec<JsonPiece>),
    /// Any bytes.
    Bytes(Bytes),
}

/// A piece of JSON text.
#[derive(Clone, Debug)]
pub enum JsonPiece {
    /// As it stands.
    Text(String),
    /// A text of the JSON that has holes; quoted when they are filled.
    Holes(Template),
}

impl BodyPlan {
    /// Reads the options `body`, `json` and `base64`, of which there is one at most.
    ///
    /// # Errors
    /// There are several, a hole that nobody fills, or something that is not base64.
    pub fn read(
        body: Option<&str>,
        json: Option<&Json>,
        base64: Option<&str>,
        texts: Texts,
        pointer: &str,
    ) -> Result<Self, Vec<ConfigFault>> {
        match (body, json, base64) {
            (None, None, None) => Ok(Self::Input),
            (Some(text), None, None) => texts.read(text, &format!("{pointer}/body")).map(Self::Text),
            (None, Some(json), None) => {
                let mut pieces = Vec::new();
                json_pieces(json, texts, &format!("{pointer}/json"), &mut pieces)?;
                Ok(Self::Json(pieces))
            }
            (None, None, Some(text)) => {
                let decoded = STANDARD.decode(text).map_err(|error| {
                    let hint = "write it with the alphabet of RFC 4648, section 4, and padding".to_owned();
                    vec![option_fault(format!("{pointer}/base64"), format!("this is not base64: {error}"), Some(hint))]
                });
                Ok(Self::Bytes(decoded?.into()))
            }
            _ => {
                let hint = "leave all but one of them out".to_owned();
                Err(vec![option_fault(pointer, "a message has one of `body`, `json` and `base64`", Some(hint))])
            }
        }
    }

    /// The bytes for one visit.
    pub fn render(&self, visit: &Visit<'_>, input: &Value) -> Bytes {
        match self {
            Self::Input => bytes_of(input),
            Self::Text(template) => rendered(template, visit).into(),
            Self::Json(pieces) => {
                let mut whole = String::new();
                for piece in pieces {
                    match piece {
                        JsonPiece::Text(text) => whole.push_str(text),
                        JsonPiece::Holes(template) => whole.push_str(&Json::String(visit.render(template)).to_string()),
                    }
                }
                whole.into()
            }
            Self::Bytes(bytes) => bytes.clone(),
        }
    }
}

/// A template's text; one without holes is only copied.
pub fn rendered(template: &Template, visit: &Visit<'_>) -> String {
    template.as_text().map_or_else(|| visit.render(template), str::to_owned)
}

/// A value as the body of a message.
fn bytes_of(value: &Value) -> Bytes {
    match value {
        Value::None => Bytes::new(),
        Value::Text(text) | Value::Json(text) => Bytes::copy_from_slice(text.as_bytes()),
        Value::Bytes(bytes) => bytes.clone(),
        other => other.json("").map_or_else(Bytes::new, |json| json.to_string().into()),
    }
}

/// Writes JSON as text, interrupted where a text has holes.
fn json_pieces(json: &Json, texts: Texts, pointer: &str, pieces: &mut Vec<JsonPiece>) -> Result<(), Vec<ConfigFault>> {
    match json {
        Json::String(text) => {
            let template = texts.read(text, pointer)?;
            match template.as_text() {
                Some(text) => push_text(pieces, &Json::from(text).to_string()),
                None => pieces.push(JsonPiece::Holes(template)),
            }
        }
        Json::Array(items) => {
            push_text(pieces, "[");
            for (index, item) in items.iter().enumerate() {
                push_text(pieces, if index > 0 { "," } else { "" });
                json_pieces(item, texts, &format!("{pointer}/{index}"), pieces)?;
            }
            push_text(pieces, "]");
        }
        Json::Object(entries) => {
            push_text(pieces, "{");
            for (index, (key, value)) in entries.iter().enumerate() {
                push_text(pieces, if index > 0 { "," } else { "" });
                push_text(pieces, &Json::from(key.as_str()).to_string());
                push_text(pieces, ":");
                json_pieces(value, texts, &format!("{pointer}/{}", pointer_token(key)), pieces)?;
            }
            push_text(pieces, "}");
        }
        plain => push_text(pieces, &plain.to_string()),
    }
    Ok(())
}

fn push_text(pieces: &mut Vec<JsonPiece>, text: &str) {
    match pieces.last_mut() {
        Some(JsonPiece::Text(last)) => last.push_str(text),
        _ => pieces.push(JsonPiece::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_sent_as_they_are_written() {
        let sent = |value: Value| String::from_utf8_lossy(&bytes_of(&value)).into_owned();
        assert_eq!(sent(Value::Text("pen".into())), "pen");
        assert_eq!(sent(Value::Json("{\"a\": 1.0}".into())), "{\"a\": 1.0}");
        assert_eq!(sent(Value::Integer(7)), "7");
        assert_eq!(sent(Value::None), "");
    }

    #[test]
    fn json_is_cut_where_it_has_holes() {
        let plan = BodyPlan::read(None, Some(&json!({ "id": "{minion}", "n": [1, "x"] })), None, Texts::Templates, "/message");
        let Ok(BodyPlan::Json(pieces)) = plan else { panic!("{plan:?}") };
        assert!(matches!(pieces.as_slice(), [JsonPiece::Text(a), JsonPiece::Holes(_), JsonPiece::Text(b)]
            if a == "{\"id\":" && b == ",\"n\":[1,\"x\"]}"));
        let literal = BodyPlan::read(None, Some(&json!("{minion}")), None, Texts::Literal, "");
        assert!(
            matches!(&literal, Ok(BodyPlan::Json(pieces)) if matches!(pieces.as_slice(), [JsonPiece::Text(text)] if text == "\"{minion}\""))
        );
        let faults = BodyPlan::read(None, Some(&json!({ "a/b": ["{minon}"] })), None, Texts::Templates, "/message").expect_err("a typo");
        assert_eq!(faults[0].pointer, "/message/json/a~1b/0");
        assert!(BodyPlan::read(Some("a"), Some(&json!(1)), None, Texts::Templates, "").is_err());
        assert!(BodyPlan::read(None, None, Some("*"), Texts::Templates, "").is_err());
    }
}
