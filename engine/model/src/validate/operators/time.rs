//! Operators that let values go no earlier than planned.

use schemars::JsonSchema;
use serde::Deserialize;

use super::setup::{CallbackConfig, Setup, fault, positive};
use super::values::duration_schema;
use super::{OperatorKind, Parsed, schema_of};
use crate::{DurationText, Operator, Pace};

pub(super) const KINDS: [OperatorKind; 3] = [
    OperatorKind {
        name: "constant-pace",
        summary: "Per minion: the next value leaves no earlier than this after the last.",
        schema: duration_schema,
        parse: constant,
    },
    OperatorKind {
        name: "accelerating-pace",
        summary: "A pace whose period is divided by the accelerator each time.",
        schema: schema_of::<AcceleratingConfig>,
        parse: accelerating,
    },
    OperatorKind {
        name: "pace",
        summary: "A pace whose period is made by a callback from the last one.",
        schema: schema_of::<CallbackConfig>,
        parse: |setup| setup.callback().map(|callback| Operator::Pace(Pace::Callback(callback))),
    },
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `start`, `accelerator` and `min`")]
struct AcceleratingConfig {
    /// The first period.
    start: DurationText,
    /// What a period is divided by for the next one; at least 1.
    #[schemars(range(min = 1))]
    accelerator: f64,
    /// The shortest period.
    min: DurationText,
}

fn constant(setup: &Setup<'_>) -> Parsed {
    let period = positive(setup.duration()?, "", "a pace of 0 holds nothing back")?;
    Ok(Operator::Pace(Pace::Constant(period)))
}

fn accelerating(setup: &Setup<'_>) -> Parsed {
    let config: AcceleratingConfig = setup.read("\"accelerating-pace\": {\"start\": \"1s\", \"accelerator\": 1.5, \"min\": \"100ms\"}")?;
    if !(config.accelerator >= 1.0 && config.accelerator.is_finite()) {
        let hint = "write a number from 1; `pace` makes any other period by a callback".to_owned();
        return Err(fault("/accelerator", format!("the accelerator is {}", config.accelerator), hint));
    }
    let start = positive(config.start.0, "/start", "a pace of 0 holds nothing back")?;
    if config.min.0 > start {
        return Err(fault("/min", "the shortest period is longer than the first", "write at most the `start`".to_owned()));
    }
    Ok(Operator::Pace(Pace::Accelerating { start, accelerator: config.accelerator, min: config.min.0 }))
}
