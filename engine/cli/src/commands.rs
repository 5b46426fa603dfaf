//! The commands that need no engine: they read a document and print what it says.

pub(crate) mod inspect;
pub(crate) mod plan;
pub(crate) mod schema;
pub(crate) mod validate;

use anyhow::bail;
use throng_model::{Catalog, Scenario, name_hint, parse_document};

/// The scenarios of a document.
///
/// # Errors
/// A `DocumentError` or `Faults`: the document is wrong, exit code 2.
pub(crate) fn read(document: &str, catalog: &dyn Catalog) -> anyhow::Result<Vec<Scenario>> {
    Ok(throng_model::validate(&parse_document(document)?, catalog)?)
}

/// The scenario of this name, or all where no name is given.
fn choose<'a>(scenarios: &'a [Scenario], name: Option<&str>) -> anyhow::Result<Vec<&'a Scenario>> {
    let Some(name) = name else { return Ok(scenarios.iter().collect()) };
    let found: Vec<_> = scenarios.iter().filter(|scenario| scenario.name == name).collect();
    if found.is_empty() {
        let hint = name_hint(name, scenarios.iter().map(|scenario| scenario.name.as_str())).unwrap_or_default();
        bail!("there is no scenario `{name}`; {hint}");
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use throng_model::{Catalog, ConfigFault, PluginUse, StepSetup};

    /// Operators alone.
    pub(super) struct NoPlugins;

    impl Catalog for NoPlugins {
        fn kinds(&self) -> Vec<(&'static str, &'static str)> {
            Vec::new()
        }

        fn check(&self, _: &StepSetup<'_>) -> Result<PluginUse, Vec<ConfigFault>> {
            Err(Vec::new())
        }
    }

    pub(super) const DOCUMENT: &str = r#"{"throng": "0.1", "scenarios": [
        {"name": "walk", "minions": 5, "profile": "regular(1500us, 2)", "steps": [{"name": "go", "start": true, "returns": "x"}]},
        {"name": "run", "profile": "rate(2, 1s)", "steps": [{"name": "go", "start": true, "returns": "x"}]}
    ]}"#;
}
