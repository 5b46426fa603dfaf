//! Operators that judge values.

use schemars::JsonSchema;
use serde::Deserialize;

use super::setup::{CallbackConfig, Setup, fault};
use super::{OperatorKind, Parsed, schema_of};
use crate::Operator;
use crate::check::Check;

pub(super) const KINDS: [OperatorKind; 4] = [
    OperatorKind {
        name: "verify",
        summary: "An assertion by callback; never retried.",
        schema: schema_of::<CallbackConfig>,
        parse: |setup| setup.callback().map(Operator::Verify),
    },
    OperatorKind {
        name: "verify-and-map",
        summary: "An assertion by callback that answers with the value to go on with; never retried.",
        schema: schema_of::<CallbackConfig>,
        parse: |setup| setup.callback().map(Operator::VerifyAndMap),
    },
    OperatorKind {
        name: "assert",
        summary: "Assertions without a callback; never retried.",
        schema: schema_of::<AssertConfig>,
        parse: |setup| checks(setup).map(Operator::Assert),
    },
    OperatorKind {
        name: "validate",
        summary: "Checks the input by callback; what is wrong with it exhausts the context.",
        schema: schema_of::<CallbackConfig>,
        parse: |setup| setup.callback().map(Operator::Validate),
    },
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with rules")]
struct AssertConfig {
    /// Checks that must all hold.
    #[schemars(length(min = 1), example = "status == 200", example = "time-to-last-byte < 250ms")]
    rules: Vec<String>,
}

fn checks(setup: &Setup<'_>) -> Parsed<Vec<Check>> {
    let config: AssertConfig = setup.read("{\"rules\": [\"status == 200\"]}")?;
    if config.rules.is_empty() {
        return Err(fault("/rules", "there is nothing to assert", "write a check like `status == 200`".to_owned()));
    }
    let (mut checks, mut faults) = (Vec::new(), Vec::new());
    for (index, rule) in config.rules.iter().enumerate() {
        match rule.parse::<Check>() {
            Ok(check) => checks.push(check),
            Err(error) => faults.extend(fault(format!("/rules/{index}"), error.to_string(), None)),
        }
    }
    if faults.is_empty() { Ok(checks) } else { Err(faults) }
}
