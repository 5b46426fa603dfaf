//! Operators that see errors, and those that go on after them.

use super::functions::{function, function_schema};
use super::setup::{CallbackConfig, NoConfig};
use super::{OperatorKind, schema_of};
use crate::Operator;

pub(super) const KINDS: [OperatorKind; 4] = [
    OperatorKind {
        name: "catch-errors",
        summary: "Runs a callback whenever there are errors, then forwards.",
        schema: schema_of::<CallbackConfig>,
        parse: |setup| setup.callback().map(Operator::CatchErrors),
    },
    OperatorKind {
        name: "log-errors",
        summary: "Logs errors, then forwards.",
        schema: schema_of::<NoConfig>,
        parse: |setup| setup.nothing().map(|()| Operator::LogErrors),
    },
    OperatorKind {
        name: "catch-exhausted",
        summary: "Runs a callback on an exhausted context; what it emits goes on healthy.",
        schema: schema_of::<CallbackConfig>,
        parse: |setup| setup.callback().map(Operator::CatchExhausted),
    },
    OperatorKind {
        name: "recover",
        summary: "Makes an exhausted context healthy: with a constant, a template, or a callback's value.",
        schema: function_schema,
        parse: |setup| function(setup).map(Operator::Recover),
    },
];
