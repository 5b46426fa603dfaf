//! What a step does: exactly one key of it is a kind, of the engine or of a plugin.

use serde_json::Value as Json;

use super::operators::{OperatorKind, operators};
use crate::document::StepDocument;
use crate::nearest::{name_hint, nearest};
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
    Plugin { name: &'a str, plugin: &'a str, config: &'a Json },
}

/// Finds a step's kind among its keys.
pub(super) fn find<'a>(step: &'a StepDocument, catalog: &'a dyn Catalog) -> Result<Kind<'a>, Vec<ConfigFault>> {
    let plugins = catalog.kinds();
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for (name, config) in &step.kinds {
        if let Some(operator) = operators().find(|operator| operator.name == name) {
            found.push(Kind::Operator { operator, config });
        } else if let Some((_, plugin)) = plugins.iter().find(|(kind, _)| kind == name) {
            found.push(Kind::Plugin { name, plugin, config });
        } else {
            let hint = match is_address(name) {
                true => Some(address_hint(name, &plugins)),
                false => {
                    let kinds = operators().map(|operator| operator.name).chain(plugins.iter().map(|(name, _)| *name));
                    name_hint(name, kinds.filter(|kind| !is_address(kind)).chain(OPTIONS))
                }
            };
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

/// Whether this is the name of a component's plugin or of one of its kinds: `namespace:name`, `namespace:name/kind@version`.
pub(super) fn is_address(name: &str) -> bool {
    name.contains(':')
}

/// What to do about a kind out of a component that is not there.
fn address_hint(name: &str, plugins: &[(&str, &str)]) -> String {
    let addresses = plugins.iter().map(|(name, _)| *name).filter(|name| is_address(name));
    match nearest(name, addresses.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let remedy = "give the plugin that brings it: with `--plugin FILE`, under `plugins` in the campaign document, or by `throng push` to an engine that keeps running";
            let here: Vec<_> = addresses.filter(|name| name.contains('@')).map(|name| format!("`{name}`")).collect();
            if here.is_empty() { remedy.to_owned() } else { format!("{remedy}; plugins bring {}", here.join(", ")) }
        }
    }
}

impl Kind<'_> {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Operator { operator, .. } => operator.name,
            Self::Plugin { name, .. } => name,
        }
    }

    /// The name as a part of a step's name: of `namespace:name/kind@version` the kind.
    pub(super) fn short_name(&self) -> &str {
        let name = self.name();
        let kind = name.rsplit_once('/').map_or(name, |(_, kind)| kind);
        kind.split_once('@').map_or(kind, |(kind, _)| kind)
    }

    /// Where its configuration is: a JSON pointer inside of the step.
    pub(super) fn pointer(&self) -> String {
        pointer_to(self.name())
    }

    pub(super) fn config(&self) -> &Json {
        match self {
            Self::Operator { config, .. } | Self::Plugin { config, .. } => config,
        }
    }
}

/// A JSON pointer to a key.
fn pointer_to(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn fault(key: &str, message: impl Into<String>, hint: Option<String>) -> ConfigFault {
    let pointer = if key.is_empty() { String::new() } else { pointer_to(key) };
    ConfigFault { pointer, message: message.into(), hint }
}
