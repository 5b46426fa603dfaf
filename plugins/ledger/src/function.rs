//! What is taken out of a value: a key, or what belongs to it.

use serde_json::Value as Json;
use throng_model::{ConfigFault, Template};
use throng_plugin_api::{Visit, option_fault};
use throng_protocols::Failure;

/// The value has no key.
pub(crate) const UNKEYED: &str = "unkeyed";

/// What is taken out of a value.
#[derive(Clone, Debug)]
pub(crate) enum Function {
    /// What is under a JSON pointer.
    Pointer(String),
    /// The same text, but for its holes.
    Template(Template),
}

impl Function {
    /// Reads one.
    pub(crate) fn read(json: &Json, place: &str) -> Result<Self, ConfigFault> {
        let wrong = || {
            let hint = "write `{\"json\": \"/id\"}` or a template such as `\"order-{minion}\"`".to_owned();
            option_fault(place, format!("`{json}` takes nothing out of a value"), Some(hint))
        };
        match json {
            Json::String(text) => Template::parse(text).map(Self::Template).map_err(|error| option_fault(place, error.to_string(), None)),
            Json::Object(object) if object.len() == 1 => {
                let pointer = object.get("json").and_then(Json::as_str).ok_or_else(wrong)?;
                checked_pointer(pointer, place).map(Self::Pointer)
            }
            _ => Err(wrong()),
        }
    }

    /// What it takes out of a value; none where there is nothing, or null.
    pub(crate) fn of(&self, visit: &Visit<'_>, value: &Json) -> Option<Json> {
        match self {
            Self::Pointer(pointer) => value.pointer(pointer).filter(|found| !found.is_null()).cloned(),
            Self::Template(template) => Some(visit.render(template).into()),
        }
    }

    /// The key that it takes out of a value.
    pub(crate) fn key(&self, visit: &Visit<'_>, value: &Json) -> Result<String, Failure> {
        match self.of(visit, value) {
            Some(Json::String(key)) => Ok(key),
            Some(Json::Number(key)) if !key.is_f64() => Ok(key.to_string()),
            Some(other) => Err(Failure::error(UNKEYED, format!("the key `{other}` is neither a text nor a whole number")).final_()),
            None => {
                let pointer = if let Self::Pointer(pointer) = self { pointer } else { "" };
                Err(Failure::error(UNKEYED, format!("there is no key under `{pointer}`")).final_())
            }
        }
    }
}

/// A JSON pointer that can be one.
pub(crate) fn checked_pointer(pointer: &str, place: &str) -> Result<String, ConfigFault> {
    match pointer.is_empty() || pointer.starts_with('/') {
        true => Ok(pointer.to_owned()),
        false => {
            let message = format!("`{pointer}` is not a JSON pointer: it does not begin with `/`");
            Err(option_fault(place, message, Some(format!("write `/{pointer}`"))))
        }
    }
}
