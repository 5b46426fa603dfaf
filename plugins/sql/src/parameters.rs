//! What a document says that placeholders stand for.

use serde_json::Value as Json;
use throng_model::{ConfigFault, Template};
use throng_plugin_api::{Visit, option_fault};

use crate::error::SqlError;
use crate::value::Parameter;

/// What one placeholder stands for.
#[derive(Clone, Debug)]
pub(crate) enum ParameterPlan {
    Constant(Parameter),
    /// A text with holes.
    Text(Template),
    /// What is under a pointer of the input, or of a row.
    Pointer(String),
}

impl ParameterPlan {
    /// Reads one.
    pub(crate) fn read(json: &Json, place: &str) -> Result<Self, ConfigFault> {
        if let Json::String(text) = json {
            let template = Template::parse(text).map_err(|error| option_fault(place, error.to_string(), None))?;
            return Ok(match template.as_text() {
                Some(text) => Self::Constant(Parameter::Text(text.to_owned())),
                None => Self::Text(template),
            });
        }
        let pointer = json.as_object().filter(|object| object.len() == 1).and_then(|object| object.get("json"));
        match pointer {
            None => Ok(Self::Constant(Parameter::from(json))),
            Some(Json::String(pointer)) => checked_pointer(pointer, place).map(Self::Pointer),
            Some(other) => {
                Err(option_fault(place, format!("`{other}` is not a JSON pointer"), Some("write it like `{\"json\": \"/id\"}`".to_owned())))
            }
        }
    }

    /// Reads a list of them.
    pub(crate) fn read_all(list: Option<&[Json]>) -> Result<Vec<Self>, Vec<ConfigFault>> {
        let (mut plans, mut faults) = (Vec::new(), Vec::new());
        for (index, json) in list.unwrap_or_default().iter().enumerate() {
            match Self::read(json, &format!("/parameters/{index}")) {
                Ok(plan) => plans.push(plan),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(plans) } else { Err(faults) }
    }

    /// What it stands for in one visit; `given` is the input, or a row.
    pub(crate) fn fill(&self, visit: &Visit<'_>, given: &Json) -> Result<Parameter, SqlError> {
        match self {
            Self::Constant(parameter) => Ok(parameter.clone()),
            Self::Text(template) => Ok(Parameter::Text(visit.render(template))),
            Self::Pointer(pointer) => match given.pointer(pointer) {
                Some(json) => Ok(Parameter::from(json)),
                None => Err(SqlError::Parameter(format!(
                    "there is nothing under `{pointer}` in `{}`; null would have to be written there",
                    excerpt(given)
                ))),
            },
        }
    }

    /// Whether the input is looked at.
    pub(crate) fn needs_input(&self) -> bool {
        matches!(self, Self::Pointer(_))
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

fn excerpt(json: &Json) -> String {
    let text = json.to_string();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
