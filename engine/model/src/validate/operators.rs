//! Operators: what their configuration looks like, and from it to the operator.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::callbacks;
use crate::check::Check;
use crate::document::CallbackDeclaration;
use crate::duration::parse_duration;
use crate::nearest::unknown_name_hint;
use crate::{CallbackNumber, ConfigFault, Function, Operator, Template};

/// Operators of this version, each with a line for documentation.
pub(crate) const OPERATORS: [(&str, &str); 12] = [
    ("returns", "One value per minion: a constant, a template, or a callback's."),
    ("execute", "No, one or many values by callback."),
    ("map", "One value into another by callback."),
    ("flat-map", "One value into any number by callback."),
    ("filter", "Drops quietly the values that the callback says no to."),
    ("on-each", "A side effect by callback; the value goes on unchanged."),
    ("verify", "An assertion by callback; never retried."),
    ("assert", "Assertions without a callback; never retried."),
    ("delay", "Waits, then forwards."),
    ("pipe", "Forwards."),
    ("split", "Forwards to all branches concurrently."),
    ("black-hole", "Swallows."),
];

/// Operators of the language that this version cannot run.
pub(super) const LATER_OPERATORS: [&str; 28] = [
    "datasource",
    "flatten",
    "filter-not-none",
    "validate",
    "verify-and-map",
    "inner-join",
    "left-join",
    "zip",
    "zip-last",
    "collect",
    "pace",
    "constant-pace",
    "accelerating-pace",
    "shelve",
    "unshelve",
    "unshelve-and-delete",
    "stage",
    "catch-errors",
    "log-errors",
    "catch-exhausted",
    "recover",
    "singleton-pipe",
    "counter",
    "gauge",
    "timer",
    "rate",
    "throughput",
    "summary",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with a callback")]
struct CallbackConfig {
    callback: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with rules")]
struct AssertConfig {
    rules: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an empty object")]
struct NoConfig {}

/// The JSON schema of an operator's configuration.
pub(crate) fn config_schema(operator: &str) -> Json {
    let callback = json!({
        "type": "object", "properties": { "callback": { "type": "integer", "minimum": 0 } },
        "required": ["callback"], "additionalProperties": false
    });
    match operator {
        "returns" => json!({ "description": "A constant, text with holes like `{minion}`, or `{\"callback\": n}`." }),
        "assert" => json!({
            "type": "object", "required": ["rules"], "additionalProperties": false,
            "properties": { "rules": {
                "type": "array", "minItems": 1,
                "items": { "type": "string", "examples": ["status == 200", "time-to-last-byte < 250ms"] }
            } }
        }),
        "delay" => json!({ "$ref": "#/$defs/Duration" }),
        "pipe" | "split" | "black-hole" => json!({ "type": "object", "additionalProperties": false }),
        _ => callback,
    }
}

/// Makes an operator of this version.
pub(super) fn parse(name: &str, config: &Json, callbacks: &[CallbackDeclaration]) -> Result<Operator, Vec<ConfigFault>> {
    let callback = || callback(name, config, callbacks);
    let operator = match name {
        "returns" => Operator::Returns(function(name, config, callbacks)?),
        "execute" => Operator::Execute(callback()?),
        "map" => Operator::Map(callback()?),
        "flat-map" => Operator::FlatMap(callback()?),
        "filter" => Operator::Filter(callback()?),
        "on-each" => Operator::OnEach(callback()?),
        "verify" => Operator::Verify(callback()?),
        "assert" => Operator::Assert(checks(config)?),
        "delay" => Operator::Delay(delay(config)?),
        "split" => nothing(name, config).map(|()| Operator::Split)?,
        "black-hole" => nothing(name, config).map(|()| Operator::BlackHole)?,
        _ => nothing(name, config).map(|()| Operator::Pipe)?,
    };
    Ok(operator)
}

fn fault(pointer: impl Into<String>, message: impl Into<String>, hint: Option<String>) -> Vec<ConfigFault> {
    vec![ConfigFault { pointer: pointer.into(), message: message.into(), hint }]
}

fn read<'a, T: Deserialize<'a>>(config: &'a Json, wanted: &str) -> Result<T, Vec<ConfigFault>> {
    T::deserialize(config).map_err(|error| {
        let message = error.to_string();
        let hint = unknown_name_hint(&message).unwrap_or_else(|| format!("write `{wanted}`"));
        fault("", message, Some(hint))
    })
}

fn callback(name: &str, config: &Json, callbacks: &[CallbackDeclaration]) -> Result<CallbackNumber, Vec<ConfigFault>> {
    let config: CallbackConfig = read(config, "{\"callback\": 0}")?;
    callbacks::check_place(callbacks, config.callback, name).map_err(|(message, hint)| fault("/callback", message, hint))
}

fn function(name: &str, config: &Json, callbacks: &[CallbackDeclaration]) -> Result<Function, Vec<ConfigFault>> {
    match config {
        Json::String(text) => {
            let template = Template::parse(text).map_err(|error| fault("", error.to_string(), None))?;
            Ok(match template.as_text() {
                Some(text) => Function::Constant(Json::from(text)),
                None => Function::Template(template),
            })
        }
        Json::Object(entries) if entries.contains_key("callback") => callback(name, config, callbacks).map(Function::Callback),
        constant => Ok(Function::Constant(constant.clone())),
    }
}

fn checks(config: &Json) -> Result<Vec<Check>, Vec<ConfigFault>> {
    let config: AssertConfig = read(config, "{\"rules\": [\"status == 200\"]}")?;
    if config.rules.is_empty() {
        return Err(fault("/rules", "there is nothing to assert", Some("write a check like `status == 200`".to_owned())));
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

fn delay(config: &Json) -> Result<std::time::Duration, Vec<ConfigFault>> {
    let text = match config {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    parse_duration(&text).map_err(|error| fault("", error.to_string(), None))
}

fn nothing(name: &str, config: &Json) -> Result<(), Vec<ConfigFault>> {
    if config.is_null() {
        return Ok(());
    }
    let wanted = format!("\"{name}\": {{}}");
    read::<NoConfig>(config, &wanted).map(|NoConfig {}| ())
}
