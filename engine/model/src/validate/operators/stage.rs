//! The operator that makes a sub-graph one step.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value as Json;

use super::setup::{InnerStep, Setup, fault};
use super::{OperatorKind, Parsed, schema_of};
use crate::nearest::name_hint;
use crate::{Operator, StepNumber};

pub(super) const KINDS: [OperatorKind; 1] =
    [OperatorKind { name: "stage", summary: "A sub-graph as one step.", schema: schema_of::<StageConfig>, parse: stage }];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with steps")]
struct StageConfig {
    /// As a scenario's; without `after`, a step comes after the one before it, and the first is where the stage begins.
    #[schemars(schema_with = "steps_schema")]
    steps: Vec<Json>,
    /// The step whose values the stage emits; by default the one that no other follows.
    output: Option<String>,
}

fn stage(setup: &Setup<'_>) -> Parsed {
    let config: StageConfig = setup.read("\"stage\": {\"steps\": [{\"http\": {}}, {\"assert\": {}}]}")?;
    if config.steps.is_empty() {
        return Err(fault("/steps", "the stage has no steps", "it needs at least one".to_owned()));
    }
    // When none of them is a step, that is told already.
    let first = setup.inner.first().ok_or_else(Vec::new)?.number;
    Ok(Operator::Stage { first, output: output(&setup.inner, config.output.as_deref())? })
}

fn output(inner: &[InnerStep<'_>], wanted: Option<&str>) -> Parsed<StepNumber> {
    if let Some(wanted) = wanted {
        let hint = || name_hint(wanted, inner.iter().map(|step| step.name));
        return inner
            .iter()
            .find(|step| step.name == wanted)
            .map(|step| step.number)
            .ok_or_else(|| fault("/output", format!("there is no step `{wanted}` in the stage"), hint()));
    }
    let ends: Vec<_> = inner.iter().filter(|step| !step.is_followed).collect();
    match ends.as_slice() {
        [end] => Ok(end.number),
        // Steps that follow each other in a circle have no end; that is told already.
        [] => Err(Vec::new()),
        ends => {
            let names: Vec<_> = ends.iter().map(|step| format!("`{}`", step.name)).collect();
            let hint = "say with `output` which one gives the stage's values".to_owned();
            Err(fault("", format!("the stage ends with several steps: {}", names.join(", ")), hint))
        }
    }
}

fn steps_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "$ref": "#/$defs/StepDocument" }, "minItems": 1 })
}
