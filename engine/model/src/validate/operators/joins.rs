//! Operators that put several values together: of two steps, or of all minions.

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value as Json;

use super::functions::{Role, extract, extract_schema};
use super::setup::{Setup, counted, fault, keep, positive};
use super::{OperatorKind, Parsed, schema_of};
use crate::{Collect, DurationText, Join, JoinKind, Operator, StepNumber, Zip, ZipOrder};

pub(super) const KINDS: [OperatorKind; 6] = [
    OperatorKind {
        name: "inner-join",
        summary: "A value and its later counterpart as a pair; a value without one is a failure.",
        schema: schema_of::<JoinConfig>,
        parse: |setup| join(setup, JoinKind::Inner),
    },
    OperatorKind {
        name: "left-join",
        summary: "A value and its later counterpart as a pair; without one the pair has none.",
        schema: schema_of::<JoinConfig>,
        parse: |setup| join(setup, JoinKind::Left),
    },
    OperatorKind {
        name: "zip",
        summary: "A pair with the next value of another step, in order.",
        schema: schema_of::<ZipConfig>,
        parse: zip,
    },
    OperatorKind {
        name: "zip-last",
        summary: "A pair with the latest value of another step.",
        schema: schema_of::<ZipLastConfig>,
        parse: zip_last,
    },
    OperatorKind { name: "collect", summary: "Values of all minions into lists.", schema: schema_of::<CollectConfig>, parse: collect },
    OperatorKind {
        name: "singleton-pipe",
        summary: "A value of a side tree, through a topic.",
        schema: schema_of::<SingletonPipeConfig>,
        parse: singleton_pipe,
    },
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "an object with `right` and two keys")]
struct JoinConfig {
    /// The step whose values are the rights, or steps in place.
    #[schemars(schema_with = "right_schema")]
    right: Json,
    /// Gives the key of a value that comes.
    #[schemars(schema_with = "key_schema")]
    left_key: Json,
    /// Gives the key of a right.
    #[schemars(schema_with = "key_schema")]
    right_key: Json,
    /// How long a value waits; 10 s by default.
    #[serde(default = "ten_seconds")]
    timeout: DurationText,
    /// How long a used or timed-out key is remembered; 60 s by default.
    #[serde(default = "sixty_seconds")]
    window: DurationText,
    /// Rights that are kept, at most; 1 000 000 by default.
    #[serde(default = "a_million")]
    #[schemars(range(min = 1))]
    capacity: u64,
    /// How long a right is kept; without end by default.
    ttl: Option<DurationText>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `right`")]
struct ZipConfig {
    /// The step whose values are the rights, or steps in place.
    #[schemars(schema_with = "right_schema")]
    right: Json,
    /// Rights that wait; 1 000 by default. A full buffer makes the right side wait.
    #[serde(default = "a_thousand")]
    #[schemars(range(min = 1))]
    buffer: u64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `right`")]
struct ZipLastConfig {
    /// The step whose values are the rights, or steps in place.
    #[schemars(schema_with = "right_schema")]
    right: Json,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "an object with `timeout`, `batch` or both")]
struct CollectConfig {
    /// From the first value of a list to its release.
    timeout: Option<DurationText>,
    /// A list of so many is released at once.
    #[schemars(range(min = 1))]
    batch: Option<u64>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `from`")]
struct SingletonPipeConfig {
    /// A step of a side tree.
    from: String,
}

fn join(setup: &Setup<'_>, kind: JoinKind) -> Parsed {
    let config: JoinConfig = setup.read(&format!(
        "\"{}\": {{\"right\": \"feed\", \"left-key\": {{\"json\": \"/id\"}}, \"right-key\": {{\"json\": \"/id\"}}}}",
        setup.kind
    ))?;
    let mut faults = Vec::new();
    let right = keep(right(setup, &config.right), &mut faults);
    let left_key = keep(extract(setup, &config.left_key, "/left-key", Role::Key), &mut faults);
    let right_key = keep(extract(setup, &config.right_key, "/right-key", Role::Key), &mut faults);
    let timeout = keep(positive(config.timeout.0, "/timeout", "a timeout of 0 finds nothing"), &mut faults);
    let capacity = keep(counted(config.capacity, "/capacity", "a capacity of 0 keeps nothing"), &mut faults);
    let ttl = config.ttl.map(|ttl| positive(ttl.0, "/ttl", "rights that are kept for no time are never found")).transpose();
    let ttl = keep(ttl, &mut faults);
    match (right, left_key, right_key, timeout, capacity, ttl) {
        (Some(right), Some(left_key), Some(right_key), Some(timeout), Some(capacity), Some(ttl)) => {
            Ok(Operator::Join(Join { kind, right, left_key, right_key, timeout, window: config.window.0, capacity, ttl }))
        }
        _ => Err(faults),
    }
}

fn zip(setup: &Setup<'_>) -> Parsed {
    let config: ZipConfig = setup.read("\"zip\": {\"right\": \"feed\"}")?;
    let buffer = counted(config.buffer, "/buffer", "a buffer of 0 keeps nothing")?;
    Ok(Operator::Zip(Zip { right: right(setup, &config.right)?, order: ZipOrder::Next, buffer }))
}

fn zip_last(setup: &Setup<'_>) -> Parsed {
    let config: ZipLastConfig = setup.read("\"zip-last\": {\"right\": \"feed\"}")?;
    Ok(Operator::Zip(Zip { right: right(setup, &config.right)?, order: ZipOrder::Last, buffer: 1 }))
}

fn collect(setup: &Setup<'_>) -> Parsed {
    let config: CollectConfig = setup.read("\"collect\": {\"timeout\": \"1s\", \"batch\": 100}")?;
    if config.timeout.is_none() && config.batch.is_none() {
        return Err(fault("", "nothing says when a list is whole", "give a `timeout`, a `batch` or both".to_owned()));
    }
    let timeout = config.timeout.map(|timeout| positive(timeout.0, "/timeout", "a timeout of 0 gathers nothing")).transpose()?;
    let batch = config.batch.map(|batch| counted(batch, "/batch", "a list of 0 values is never whole")).transpose()?;
    Ok(Operator::Collect(Collect { timeout, batch }))
}

fn singleton_pipe(setup: &Setup<'_>) -> Parsed {
    let config: SingletonPipeConfig = setup.read("\"singleton-pipe\": {\"from\": \"feed\"}")?;
    Ok(Operator::SingletonPipe { from: setup.step_at(&config.from, "/from")? })
}

/// The step whose values are the rights.
fn right(setup: &Setup<'_>, right: &Json) -> Parsed<StepNumber> {
    match right {
        Json::String(name) => setup.step_at(name, "/right"),
        Json::Array(steps) if steps.is_empty() => {
            Err(fault("/right", "there are no steps", "write at least one, or the name of a step".to_owned()))
        }
        // When a step in place is none, that is told already.
        Json::Array(_) => setup.in_place.ok_or_else(Vec::new),
        other => Err(fault("/right", format!("`{other}` is no step"), "write the name of a step, or a list of steps in place".to_owned())),
    }
}

fn right_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "$ref": "#/$defs/StepDocument" }, "minItems": 1 }] })
}

fn key_schema(_: &mut SchemaGenerator) -> Schema {
    Schema::try_from(extract_schema(Role::Key)).unwrap_or_default()
}

fn ten_seconds() -> DurationText {
    DurationText(Duration::from_secs(10))
}

fn sixty_seconds() -> DurationText {
    DurationText(Duration::from_secs(60))
}

fn a_million() -> u64 {
    1_000_000
}

fn a_thousand() -> u64 {
    1_000
}
