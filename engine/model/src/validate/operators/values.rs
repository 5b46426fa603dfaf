//! Operators that make, change, drop and forward values.

use serde_json::{Value as Json, json};

use super::functions::{function, function_schema};
use super::setup::{CallbackConfig, NoConfig};
use super::{OperatorKind, schema_of};
use crate::Operator;

pub(super) const KINDS: [OperatorKind; 13] = [
    OperatorKind {
        name: "returns",
        summary: "One value per minion: a constant, a template, or a callback's.",
        schema: function_schema,
        parse: |setup| function(setup).map(Operator::Returns),
    },
    OperatorKind {
        name: "execute",
        summary: "No, one or many values by callback.",
        schema: schema_of::<CallbackConfig>,
        parse: |setup| setup.callback().map(Operator::Execute),
    },
    OperatorKind {
        name: "map",
        summary: "One value into another by callback.",
        schema: schema_of::<CallbackConfig>,
        parse: |setup| setup.callback().map(Operator::Map),
    },
    OperatorKind {
        name: "flat-map",
        summary: "One value into any number by callback.",
        schema: schema_of::<CallbackConfig>,
        parse: |setup| setup.callback().map(Operator::FlatMap),
    },
    OperatorKind {
        name: "flatten",
        summary: "A list into its items, one after another.",
        schema: schema_of::<NoConfig>,
        parse: |setup| setup.nothing().map(|()| Operator::Flatten),
    },
    OperatorKind {
        name: "filter",
        summary: "Drops quietly the values that the callback says no to.",
        schema: schema_of::<CallbackConfig>,
        parse: |setup| setup.callback().map(Operator::Filter),
    },
    OperatorKind {
        name: "filter-not-none",
        summary: "Drops quietly values that are none.",
        schema: schema_of::<NoConfig>,
        parse: |setup| setup.nothing().map(|()| Operator::FilterNotNone),
    },
    OperatorKind {
        name: "on-each",
        summary: "A side effect by callback; the value goes on unchanged.",
        schema: schema_of::<CallbackConfig>,
        parse: |setup| setup.callback().map(Operator::OnEach),
    },
    OperatorKind {
        name: "delay",
        summary: "Waits, then forwards.",
        schema: duration_schema,
        parse: |setup| setup.duration().map(Operator::Delay),
    },
    OperatorKind {
        name: "pipe",
        summary: "Forwards.",
        schema: schema_of::<NoConfig>,
        parse: |setup| setup.nothing().map(|()| Operator::Pipe),
    },
    OperatorKind {
        name: "split",
        summary: "Forwards to all branches concurrently.",
        schema: schema_of::<NoConfig>,
        parse: |setup| setup.nothing().map(|()| Operator::Split),
    },
    OperatorKind {
        name: "black-hole",
        summary: "Swallows.",
        schema: schema_of::<NoConfig>,
        parse: |setup| setup.nothing().map(|()| Operator::BlackHole),
    },
    OperatorKind {
        name: "datasource",
        summary: "A source by callback: called with 0, 1, 2 …; answering nothing ends it.",
        schema: schema_of::<CallbackConfig>,
        parse: |setup| setup.callback().map(Operator::Datasource),
    },
];

/// A duration as it stands in the whole document's schema.
pub(super) fn duration_schema() -> Json {
    json!({ "$ref": "#/$defs/Duration" })
}
