//! What a step runs, checked but not yet bound to a worker.

use serde::Deserialize;
use serde_json::Value as Json;
use throng_model::CallbackPlace;
use throng_plugin_api::{Visit, read_options};
use throng_protocols::{Failure, Output, Value};

use crate::error::SqlError;
use crate::insert::InsertPlan;
use crate::parameters::ParameterPlan;
use crate::value::Parameter;

/// The use that the document must declare for a callback that answers statements.
const REQUEST_USE: &str = "request:sql";
/// The callback's answer is not a statement.
const WRONG_ANSWER: &str = "wrong-answer";

/// What a step runs.
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    /// What this callback answers.
    Callback(u32),
    /// One statement of the document.
    Statement { text: String, parameters: Vec<ParameterPlan> },
    /// Rows of the input into a table.
    Insert(InsertPlan),
}

/// A statement in JSON, as guests write it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    query: String,
    #[serde(default)]
    parameters: Vec<Json>,
}

impl Plan {
    /// The callbacks that it leans on.
    pub(crate) fn callbacks(&self) -> Vec<CallbackPlace> {
        match self {
            Self::Callback(callback) => {
                vec![CallbackPlace { option: "request".to_owned(), callback: *callback, required_use: REQUEST_USE.to_owned() }]
            }
            Self::Statement { .. } | Self::Insert(_) => Vec::new(),
        }
    }

    /// The statements of one visit, which succeed or fail together.
    pub(crate) fn statements(&self, visit: &Visit<'_>, input: &Value) -> Result<Vec<(String, Vec<Parameter>)>, Failure> {
        Ok(match self {
            Self::Callback(callback) => vec![requested(visit.call(*callback, input)?)?],
            Self::Statement { text, parameters } => {
                let given = if parameters.iter().any(ParameterPlan::needs_input) { json_of(input)? } else { Json::Null };
                let filled: Result<Vec<_>, _> = parameters.iter().map(|parameter| parameter.fill(visit, &given)).collect();
                vec![(text.clone(), filled?)]
            }
            Self::Insert(insert) => insert.statements(visit, input)?,
        })
    }
}

fn json_of(input: &Value) -> Result<Json, SqlError> {
    input.json("").ok_or_else(|| SqlError::Parameter(format!("the input `{}` cannot be read as JSON", input.excerpt(80))))
}

fn requested(answer: Output) -> Result<(String, Vec<Parameter>), Failure> {
    let json = match &answer {
        Output::One(value) => value.json(""),
        Output::Nothing | Output::Many(_) => None,
    };
    let json = json.ok_or_else(|| wrong_answer("no JSON"))?;
    let request: Request = read_options(&json, "").map_err(|faults| {
        let faults: Vec<_> = faults.into_iter().map(|fault| fault.message).collect();
        wrong_answer(&format!("JSON that is not a statement ({})", faults.join(", ")))
    })?;
    Ok((request.query, request.parameters.iter().map(Parameter::from).collect()))
}

fn wrong_answer(what: &str) -> Failure {
    let example = r#"{"query": "select $1::int", "parameters": [1]}"#;
    Failure::error(WRONG_ANSWER, format!("the callback answered {what}; a statement is wanted: JSON like {example}")).final_()
}
