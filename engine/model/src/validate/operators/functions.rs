//! Functions: what is computed from a value, with or without the guest.

use serde_json::{Value as Json, json};

use super::Parsed;
use super::setup::{Setup, fault, read};
use crate::{Extract, Function, Template};

/// What a function's result is used for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    /// To find the counterpart.
    Key,
    /// To be recorded.
    Number,
    /// Two numbers at once.
    Rate,
    /// To be kept.
    Shelved,
}

impl Role {
    /// The use of a callback at such a place.
    fn usage(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Number => "number",
            Self::Rate => "rate",
            Self::Shelved => "map",
        }
    }

    /// What can be written.
    fn forms(self) -> &'static str {
        match self {
            Self::Key => "`{\"json\": \"/id\"}`, `{\"callback\": 0}`, or a template like `\"order-{minion}\"`",
            Self::Number => "`{\"json\": \"/amount\"}` or `{\"callback\": 0}`",
            Self::Rate => "`{\"callback\": 0}`",
            Self::Shelved => "`{}` for the input, `{\"json\": \"/id\"}`, `{\"callback\": 0}`, or a template like `\"order-{minion}\"`",
        }
    }
}

/// The value of an operator that takes a constant, a template or a callback of the use that is named like itself.
pub(super) fn function(setup: &Setup<'_>) -> Parsed<Function> {
    match setup.config {
        Json::String(text) => {
            let template = template(text, "")?;
            Ok(match template.as_text() {
                Some(text) => Function::Constant(Json::from(text)),
                None => Function::Template(template),
            })
        }
        Json::Object(entries) if entries.contains_key("callback") => setup.callback().map(Function::Callback),
        constant => Ok(Function::Constant(constant.clone())),
    }
}

/// The schema of what [`function`] reads.
pub(super) fn function_schema() -> Json {
    json!({ "description": "A constant, text with holes like `{minion}`, or `{\"callback\": n}`." })
}

/// A function of the input.
pub(super) fn extract(setup: &Setup<'_>, config: &Json, pointer: &str, role: Role) -> Parsed<Extract> {
    match config {
        Json::String(text) if matches!(role, Role::Key | Role::Shelved) => template(text, pointer).map(Extract::Template),
        Json::Object(entries) if entries.is_empty() && role == Role::Shelved => Ok(Extract::Input),
        Json::Object(entries) if entries.contains_key("callback") => {
            setup.callback_at(config, pointer, role.usage()).map(Extract::Callback)
        }
        Json::Object(entries) if entries.contains_key("json") && role != Role::Rate => json_pointer(config, pointer).map(Extract::Json),
        other => Err(fault(pointer, format!("`{other}` is no function that can stand here"), format!("write {}", role.forms()))),
    }
}

/// The schema of a key or a number.
pub(super) fn extract_schema(role: Role) -> Json {
    let mut forms = vec![json!({
        "type": "object", "required": ["callback"], "additionalProperties": false,
        "properties": { "callback": { "type": "integer", "minimum": 0, "description": format!("A callback of the use `{}`.", role.usage()) } }
    })];
    if role != Role::Rate {
        forms.push(json!({
            "type": "object", "required": ["json"], "additionalProperties": false,
            "properties": { "json": { "type": "string", "pattern": "^(/.*)?$", "description": "A JSON pointer into the value." } }
        }));
    }
    if matches!(role, Role::Key | Role::Shelved) {
        forms.push(json!({ "type": "string", "description": "Text with holes like `{minion}`." }));
    }
    if role == Role::Shelved {
        forms.push(json!({ "type": "object", "maxProperties": 0, "description": "The input itself." }));
    }
    json!({ "anyOf": forms })
}

fn template(text: &str, pointer: &str) -> Parsed<Template> {
    Template::parse(text).map_err(|error| fault(pointer, error.to_string(), None))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with a JSON pointer")]
struct PointerConfig {
    json: String,
}

fn json_pointer(config: &Json, pointer: &str) -> Parsed<String> {
    let PointerConfig { json } = read(config, pointer, "{\"json\": \"/id\"}")?;
    if json.is_empty() || json.starts_with('/') {
        return Ok(json);
    }
    let hint = format!("write `{{\"json\": \"/{}\"}}`", json.replace('.', "/"));
    Err(fault(format!("{pointer}/json"), format!("`{json}` is no JSON pointer"), hint))
}
