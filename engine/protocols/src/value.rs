//! What flows from step to step.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;

/// A value that a step emits and the next one is given. Cheap to clone: everything big is shared.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Nothing in particular: what the root of a scenario is given.
    #[default]
    None,
    /// A truth value.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Text.
    Text(Arc<str>),
    /// JSON text, readable by the engine and by guests in any language.
    Json(Arc<str>),
    /// Bytes whose codec is the guest's own business.
    Bytes(Bytes),
    /// A value that lives in the engine; guests get a handle.
    Native(Arc<dyn Native>),
}

impl Value {
    /// Wraps a native value.
    pub fn native<T: Native>(value: T) -> Self {
        Self::Native(Arc::new(value))
    }

    /// The native value of this type, if that is what this is.
    pub fn downcast<T: Native>(&self) -> Option<&T> {
        match self {
            Self::Native(native) => native.as_any().downcast_ref(),
            _ => None,
        }
    }

    /// The name of this value's kind, as people read it: `none`, `text`, `http/response` …
    pub fn kind(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Boolean(_) => "boolean",
            Self::Integer(_) => "integer",
            Self::Number(_) => "number",
            Self::Text(_) => "text",
            Self::Json(_) => "json",
            Self::Bytes(_) => "bytes",
            Self::Native(native) => native.kind(),
        }
    }

    /// The JSON under a pointer (RFC 6901); "" is the whole value. `None` where there is nothing, or nothing that JSON can say.
    pub fn json(&self, pointer: &str) -> Option<serde_json::Value> {
        let whole = match self {
            Self::None => serde_json::Value::Null,
            Self::Boolean(value) => (*value).into(),
            Self::Integer(value) => (*value).into(),
            Self::Number(value) => (*value).into(),
            Self::Text(text) => serde_json::Value::String(text.to_string()),
            Self::Json(json) => serde_json::from_str(json).ok()?,
            Self::Bytes(_) => return None,
            Self::Native(native) => return native.json(pointer),
        };
        whole.pointer(pointer).cloned()
    }

    /// A value from a constant of the document: text stays text, objects and lists become JSON.
    pub fn from_json(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::None,
            serde_json::Value::Bool(value) => Self::Boolean(*value),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(integer) => Self::Integer(integer),
                None => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(text) => Self::Text(text.as_str().into()),
            composite => Self::Json(composite.to_string().into()),
        }
    }

    /// A short piece of this value for messages: at most `limit` characters, with `…` where it was cut.
    pub fn excerpt(&self, limit: usize) -> String {
        let whole = match self {
            Self::Text(text) | Self::Json(text) => text.to_string(),
            Self::Bytes(bytes) => format!("{} bytes", bytes.len()),
            other => match other.json("") {
                Some(json) => json.to_string(),
                None => format!("<{}>", other.kind()),
            },
        };
        match whole.char_indices().nth(limit) {
            Some((end, _)) => format!("{}…", &whole[..end]),
            None => whole,
        }
    }
}

/// A value that lives in the engine: an HTTP response, a Kafka record, a row, a pair out of a join, a list out of a collect.
pub trait Native: Send + Sync + Debug + 'static {
    /// `http/response`, `pair`, `list` …
    fn kind(&self) -> &'static str;

    /// The JSON under a pointer (RFC 6901); "" is the whole value.
    fn json(&self, pointer: &str) -> Option<serde_json::Value>;

    /// Bytes that this value holds, roughly: what bounded stores count.
    fn size(&self) -> usize;

    /// For [`Value::downcast`].
    fn as_any(&self) -> &dyn Any;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_keep_their_kind() {
        let kinds: Vec<_> = [serde_json::json!(null), true.into(), 1.into(), 1.5.into(), "a".into(), serde_json::json!([1])]
            .iter()
            .map(|json| Value::from_json(json).kind())
            .collect();
        assert_eq!(kinds, ["none", "boolean", "integer", "number", "text", "json"]);
    }

    #[test]
    fn excerpts_are_cut_between_characters() {
        assert_eq!(Value::Text("äöü".into()).excerpt(2), "äö…");
        assert_eq!(Value::Text("äö".into()).excerpt(2), "äö");
        assert_eq!(Value::Integer(7).excerpt(2), "7");
    }
}
