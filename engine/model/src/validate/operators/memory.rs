//! Operators that keep values of a minion, and those that take them.

use std::collections::BTreeSet;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::functions::{Role, extract, extract_schema};
use super::setup::{Setup, fault, keep, positive};
use super::{OperatorKind, Parsed, schema_of};
use crate::{DurationText, Operator};

pub(super) const KINDS: [OperatorKind; 3] = [
    OperatorKind {
        name: "shelve",
        summary: "Keeps named values of the minion; the input goes on.",
        schema: schema_of::<ShelveConfig>,
        parse: shelve,
    },
    OperatorKind {
        name: "unshelve",
        summary: "A pair of the input and the kept value, or an object of several.",
        schema: schema_of::<UnshelveConfig>,
        parse: |setup| names(setup).map(|names| Operator::Unshelve { names, delete: false }),
    },
    OperatorKind {
        name: "unshelve-and-delete",
        summary: "As `unshelve`, and forgets the values.",
        schema: schema_of::<UnshelveConfig>,
        parse: |setup| names(setup).map(|names| Operator::Unshelve { names, delete: true }),
    },
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with values")]
struct ShelveConfig {
    /// What is kept under each name.
    #[schemars(schema_with = "values_schema")]
    values: Map<String, Json>,
    /// For how long; without end by default.
    ttl: Option<DurationText>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with names")]
struct UnshelveConfig {
    /// Which values.
    #[schemars(length(min = 1))]
    names: Vec<String>,
}

fn shelve(setup: &Setup<'_>) -> Parsed {
    let config: ShelveConfig = setup.read("\"shelve\": {\"values\": {\"order\": {\"json\": \"/id\"}}}")?;
    let mut faults = Vec::new();
    if config.values.is_empty() {
        faults.extend(fault("/values", "there is nothing to keep", "write `{\"all\": {}}` for the input".to_owned()));
    }
    let mut values = Vec::new();
    for (name, value) in &config.values {
        if let Some(value) = keep(extract(setup, value, &format!("/values/{name}"), Role::Shelved), &mut faults) {
            values.push((name.clone(), value));
        }
    }
    let ttl = config.ttl.map(|ttl| positive(ttl.0, "/ttl", "values that are kept for no time are never found")).transpose();
    let ttl = keep(ttl, &mut faults);
    match ttl {
        Some(ttl) if faults.is_empty() => Ok(Operator::Shelve { values, ttl }),
        _ => Err(faults),
    }
}

fn names(setup: &Setup<'_>) -> Parsed<Vec<String>> {
    let config: UnshelveConfig = setup.read(&format!("\"{}\": {{\"names\": [\"order\"]}}", setup.kind))?;
    if config.names.is_empty() {
        return Err(fault("/names", "there is nothing to take", "name at least one value".to_owned()));
    }
    let mut seen = BTreeSet::new();
    for (index, name) in config.names.iter().enumerate() {
        if !seen.insert(name) {
            return Err(fault(format!("/names/{index}"), format!("`{name}` is there twice"), "remove one".to_owned()));
        }
    }
    Ok(config.names)
}

fn values_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "minProperties": 1, "additionalProperties": extract_schema(Role::Shelved) })
}
