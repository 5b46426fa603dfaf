//! The JSON schemas of what crates below this one name.

use schemars::{Schema, SchemaGenerator, json_schema};

pub(crate) fn severity(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": ["trace", "debug", "info", "warn", "error", "abort"] })
}

pub(crate) fn meter_kind(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": ["counter", "gauge", "timer", "rate", "summary", "throughput"] })
}
