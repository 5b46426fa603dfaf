//! The engine's own composites: pairs out of joins, lists out of collects.

use std::any::Any;

use crate::{Native, Value};

/// Two values together, such as a request's answer and its later outcome.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The left, or the input.
    pub first: Value,
    /// The right, or the record.
    pub second: Value,
}

impl Native for Pair {
    fn kind(&self) -> &'static str {
        "pair"
    }

    fn json(&self, pointer: &str) -> Option<serde_json::Value> {
        items_json([&self.first, &self.second].into_iter(), pointer)
    }

    fn size(&self) -> usize {
        value_size(&self.first) + value_size(&self.second)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Several values as one.
#[derive(Clone, Debug)]
pub struct List {
    /// In the order in which they were gathered.
    pub items: Vec<Value>,
}

impl Native for List {
    fn kind(&self) -> &'static str {
        "list"
    }

    fn json(&self, pointer: &str) -> Option<serde_json::Value> {
        items_json(self.items.iter(), pointer)
    }

    fn size(&self) -> usize {
        self.items.iter().map(value_size).sum()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Opens one item without rendering the others, or renders all.
fn items_json<'a>(mut items: impl Iterator<Item = &'a Value>, pointer: &str) -> Option<serde_json::Value> {
    if pointer.is_empty() {
        return Some(items.map(|item| item.json("").unwrap_or_default()).collect());
    }
    let rest = pointer.strip_prefix('/')?;
    let (index, inner) = match rest.find('/') {
        Some(end) => rest.split_at(end),
        None => (rest, ""),
    };
    items.nth(index.parse().ok()?)?.json(inner)
}

/// Bytes that a value holds, roughly: what bounded stores count.
pub fn value_size(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Text(text) | Value::Json(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Native(native) => native.size(),
            _ => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_reach_into_items() {
        let pair = Pair { first: Value::Integer(1), second: Value::Json(r#"{"id": [5, 6]}"#.into()) };
        assert_eq!(pair.json("/1/id/1"), Some(6.into()));
        assert_eq!(pair.json("/0"), Some(1.into()));
        assert_eq!(pair.json("/2"), None);
        assert_eq!(pair.json("").map(|json| json.to_string()).as_deref(), Some(r#"[1,{"id":[5,6]}]"#));
    }
}
