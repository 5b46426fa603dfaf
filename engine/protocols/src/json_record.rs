//! Records of sources whose parts are JSON: messages of brokers, rows of stores.

use std::any::Any;

use crate::Native;

/// A record, taken apart once: who looks at one part of it parses nothing.
#[derive(Clone, Debug)]
pub struct JsonRecord {
    /// What it is: `rabbitmq/message` …
    pub kind: &'static str,
    /// All of it.
    pub json: serde_json::Value,
    /// Bytes that it holds, roughly.
    pub size: usize,
}

impl Native for JsonRecord {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn json(&self, pointer: &str) -> Option<serde_json::Value> {
        self.json.pointer(pointer).cloned()
    }

    fn size(&self) -> usize {
        self.size
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
