//! What a step does: exactly one key of it is a kind, of the engine or of a plugin.

use serde_json::Value as Json;

use super::operators::{OperatorKind, operators};
use crate::document::StepDocument;
use crate::nearest::name_hint;
use crate::{Catalog, ConfigFault};

/// The common options of steps, for errors about keys that are neither an option nor a kind.
const OPTIONS: [&str; 14] = [
    "name",
    "start",
    "after",
    "timeout",
    "retry",
    "iterate",
    "report",
    "monitoring",
    "tags",
    "tolerate",
    "run",
    "settle",
    "topic",
    "concurrency",
];

/// A step's kind, and its configuration.
pub(super) enum Kind<'a> {
    Operator { operator: &'static OperatorKind, config: &'a Json },
    Plugin { name: &'a str, plugin: &'static str, config: &'a Json },
}

/// Finds a step's kind among its keys.
pub(super) fn find<'a>(step: &'a StepDocument, catalog: &dyn Catalog) -> Result<Kind<'a>, Vec<ConfigFault>> {
    let plugins = catalog.kinds();
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for (name, config) in &step.kinds {
        if let Some(operator) = operators().find(|operator| operator.name == name) {
            found.push(Kind::Operator { operator, config });
        } else if let Some((_, plugin)) = plugins.iter().find(|(kind, _)| kind == name) {
            found.push(Kind::Plugin { name, plugin, config });
        } else {
            let kinds = operators().map(|operator| operator.name).chain(plugins.iter().map(|(name, _)| *name));
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
            Self::Operator { operator, .. } => operator.name,
            Self::Plugin { name, .. } => name,
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
