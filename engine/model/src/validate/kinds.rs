//! What a step does: exactly one key of it is a kind, of the engine or of a plugin.

use serde_json::Value as Json;

use super::operators::{self, LATER_OPERATORS, OPERATORS};
use crate::document::StepDocument;
use crate::nearest::name_hint;
use crate::{Catalog, ConfigFault};

/// The common options of steps, for errors about keys that are neither an option nor a kind.
const OPTIONS: [&str; 11] = ["name", "start", "after", "timeout", "retry", "iterate", "report", "monitoring", "tags", "tolerate", "run"];

/// A step's kind, and its configuration.
pub(super) enum Kind<'a> {
    Operator { name: &'a str, config: &'a Json },
    Plugin { name: &'a str, plugin: &'static str, config: &'a Json },
}

/// Finds a step's kind among its keys.
pub(super) fn find<'a>(step: &'a StepDocument, catalog: &dyn Catalog) -> Result<Kind<'a>, Vec<ConfigFault>> {
    let plugins = catalog.kinds();
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for (name, config) in &step.kinds {
        if OPERATORS.iter().any(|(operator, _)| operator == name) {
            found.push(Kind::Operator { name, config });
        } else if let Some((_, plugin)) = plugins.iter().find(|(kind, _)| kind == name) {
            found.push(Kind::Plugin { name, plugin, config });
        } else if LATER_OPERATORS.contains(&name.as_str()) {
            let names: Vec<_> = OPERATORS.iter().map(|(name, _)| format!("`{name}`")).collect();
            let hint = format!("it has {}", names.join(", "));
            faults.push(fault(name, format!("this version does not have the operator `{name}` yet"), Some(hint)));
        } else {
            let kinds = OPERATORS.iter().map(|(name, _)| *name).chain(plugins.iter().map(|(name, _)| *name));
            let hint = name_hint(name, kinds.chain(OPTIONS));
            faults.push(fault(name, format!("`{name}` is neither a step kind nor an option of steps"), hint));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let names: Vec<_> = found.iter().map(|kind| format!("`{}`", kind.name())).collect();
    match found.pop() {
        Some(kind) if names.len() == 1 => Ok(kind),
        Some(_) => {
            Err(vec![fault("", format!("the step has several kinds: {}", names.join(", ")), Some("make it several steps".to_owned()))])
        }
        None => Err(vec![fault("", "the step has no kind", Some("add a key such as `http` or `map`".to_owned()))]),
    }
}

impl Kind<'_> {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Operator { name, .. } | Self::Plugin { name, .. } => name,
        }
    }

    pub(super) fn config(&self) -> &Json {
        match self {
            Self::Operator { config, .. } | Self::Plugin { config, .. } => config,
        }
    }
}

fn fault(key: &str, message: impl Into<String>, hint: Option<String>) -> ConfigFault {
    let pointer = if key.is_empty() { String::new() } else { format!("/{key}") };
    ConfigFault { pointer, message: message.into(), hint }
}

/// The settings that templates anywhere in a configuration ask for, each with the place.
pub(super) fn settings_in(config: &Json, pointer: &str, found: &mut Vec<(String, String)>) {
    match config {
        Json::String(text) => {
            if let Ok(template) = crate::Template::parse(text) {
                found.extend(template.settings().map(|name| (pointer.to_owned(), name.to_owned())));
            }
        }
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| settings_in(item, &format!("{pointer}/{index}"), found));
        }
        Json::Object(entries) => entries.iter().for_each(|(key, item)| settings_in(item, &format!("{pointer}/{key}"), found)),
        _ => {}
    }
}

pub(super) use operators::parse as parse_operator;
