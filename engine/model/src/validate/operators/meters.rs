//! Operators that record a number and pass the value on.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::Value as Json;

use super::functions::{Role, extract, extract_schema};
use super::setup::{Setup, fault};
use super::{OperatorKind, Parsed, schema_of};
use crate::validate::names;
use crate::{MeterStep, MeterStepKind, Operator};

pub(super) const KINDS: [OperatorKind; 6] = [
    OperatorKind {
        name: "counter",
        summary: "Counts: adds a number, or 1.",
        schema: schema_of::<MeterConfig>,
        parse: |setup| meter(setup, MeterStepKind::Counter),
    },
    OperatorKind {
        name: "gauge",
        summary: "Records the current height of something.",
        schema: schema_of::<MeterConfig>,
        parse: |setup| meter(setup, MeterStepKind::Gauge),
    },
    OperatorKind {
        name: "timer",
        summary: "Records a duration, in nanoseconds.",
        schema: schema_of::<MeterConfig>,
        parse: |setup| meter(setup, MeterStepKind::Timer),
    },
    OperatorKind {
        name: "summary",
        summary: "Records numbers for their distribution.",
        schema: schema_of::<MeterConfig>,
        parse: |setup| meter(setup, MeterStepKind::Summary),
    },
    OperatorKind {
        name: "throughput",
        summary: "Records amounts per second.",
        schema: schema_of::<MeterConfig>,
        parse: |setup| meter(setup, MeterStepKind::Throughput),
    },
    OperatorKind {
        name: "rate",
        summary: "Records two numbers by callback: a benchmark and its total.",
        schema: schema_of::<RateConfig>,
        parse: |setup| meter(setup, MeterStepKind::Rate),
    },
];

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "an object with `value`")]
struct MeterConfig {
    /// The meter's; the step's by default.
    name: Option<String>,
    /// The number; a counter without one counts 1, all others need it.
    #[schemars(schema_with = "number_schema")]
    value: Option<Json>,
    /// What must hold of the whole.
    should: Vec<String>,
}

/// For the schema alone: what a rate has differs in its value.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "read as `MeterConfig`")]
struct RateConfig {
    /// The meter's; the step's by default.
    name: Option<String>,
    /// The two numbers.
    #[schemars(schema_with = "rate_schema")]
    value: Json,
    /// What must hold of the whole.
    #[schemars(default)]
    should: Vec<String>,
}

fn meter(setup: &Setup<'_>, kind: MeterStepKind) -> Parsed {
    let role = if kind == MeterStepKind::Rate { Role::Rate } else { Role::Number };
    let example = if kind == MeterStepKind::Rate { "{\"callback\": 0}" } else { "{\"json\": \"/amount\"}" };
    let config: MeterConfig = setup.read(&format!("\"{}\": {{\"value\": {example}}}", setup.kind))?;
    if let Some(Err((message, hint))) = config.name.as_deref().map(names::check) {
        return Err(fault("/name", message, hint));
    }
    if let Some(index) = config.should.iter().position(|rule| rule.trim().is_empty()) {
        return Err(fault(format!("/should/{index}"), "there is no rule", "write one like `count >= 5`".to_owned()));
    }
    let value = config.value.map(|value| extract(setup, &value, "/value", role)).transpose()?;
    if value.is_none() && kind != MeterStepKind::Counter {
        return Err(fault("", "there is nothing to record", format!("give a `value` like `{example}`")));
    }
    Ok(Operator::Meter(MeterStep { kind, name: config.name.unwrap_or_else(|| setup.step.to_owned()), value, should: config.should }))
}

fn number_schema(_: &mut SchemaGenerator) -> Schema {
    Schema::try_from(extract_schema(Role::Number)).unwrap_or_default()
}

fn rate_schema(_: &mut SchemaGenerator) -> Schema {
    Schema::try_from(extract_schema(Role::Rate)).unwrap_or_default()
}
