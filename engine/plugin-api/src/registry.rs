//! All plugins of a process, listed once.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use throng_model::{Catalog, ConfigFault, PluginUse, StepSetup};

use crate::{ConfiguredStep, ExporterInfo, FileAccess, Files, KindInfo, Plugin};

/// The plugins that scenarios may use. The binary lists them; everybody else is handed the list.
#[derive(Clone, Default)]
pub struct Registry {
    plugins: Vec<Arc<dyn Plugin>>,
    unversioned: Unversioned,
    file_access: FileAccess,
}

/// What a kind without its version means where several versions of its plugin are there.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Unversioned {
    /// Nothing: whoever uses it has to say which.
    #[default]
    Ambiguous,
    /// That of the plugin that was listed first.
    First,
}

impl Registry {
    /// The same with one more plugin.
    #[must_use]
    pub fn with(mut self, plugin: impl Plugin + 'static) -> Self {
        self.plugins.push(Arc::new(plugin));
        self
    }

    /// The same with another meaning of kinds without their version.
    #[must_use]
    pub fn with_unversioned(self, unversioned: Unversioned) -> Self {
        Self { unversioned, ..self }
    }

    /// The same, with other files that scenarios may read; any without this.
    #[must_use]
    pub fn with_file_access(self, file_access: FileAccess) -> Self {
        Self { file_access, ..self }
    }

    /// The files that a scenario may read whose relative paths begin at this folder.
    pub fn files(&self, folder: &Path) -> Files {
        Files::new(self.file_access.clone(), folder)
    }

    /// The same without those plugins that are no part of the engine and bring none of these kinds.
    #[must_use]
    pub fn used_by<'a>(&self, kinds: impl IntoIterator<Item = &'a str>) -> Self {
        let used: Vec<_> = kinds.into_iter().filter_map(|kind| self.find(kind).first().and_then(|(plugin, _)| plugin.facts())).collect();
        let is_used = |plugin: &Arc<dyn Plugin>| plugin.facts().is_none_or(|facts| used.contains(&facts));
        Self { plugins: self.plugins.iter().filter(|plugin| is_used(plugin)).cloned().collect(), ..self.clone() }
    }

    /// All plugins, in the order in which they were listed.
    pub fn plugins(&self) -> impl Iterator<Item = &dyn Plugin> {
        self.plugins.iter().map(Arc::as_ref)
    }

    /// What brings the step kinds of this name: one plugin, or, where that is ambiguous, each version of it that there is.
    fn find(&self, kind: &str) -> Vec<(&dyn Plugin, KindInfo<'_>)> {
        let all = self.plugins().flat_map(|plugin| plugin.kinds().into_iter().map(move |info| (plugin, info)));
        let found = all.filter(|(_, info)| info.name == kind || without_version(info.name) == Some(kind));
        match self.unversioned {
            Unversioned::Ambiguous => found.collect(),
            Unversioned::First => found.take(1).collect(),
        }
    }

    /// All kinds of exporters.
    pub fn exporters(&self) -> impl Iterator<Item = &'static ExporterInfo> {
        self.plugins().flat_map(Plugin::exporters)
    }

    /// Checks one use of a kind and keeps it.
    ///
    /// # Errors
    /// The kind is unknown, or everything that is wrong with the configuration.
    pub fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
        let fault = |message, hint| Err(vec![ConfigFault { pointer: String::new(), message, hint }]);
        match self.find(setup.kind).as_slice() {
            [] => fault(format!("no plugin brings the step kind `{}`", setup.kind), None),
            [(plugin, info)] => plugin.configure(&StepSetup { kind: info.name, ..*setup }),
            several => {
                let versions: Vec<_> = several.iter().map(|(_, info)| format!("`{}`", info.name)).collect();
                let hint = format!("say which: {}", versions.join(" or "));
                fault(format!("`{}` is here in several versions", setup.kind), Some(hint))
            }
        }
    }
}

/// A kind's name without its version; none for a kind that has no version.
fn without_version(kind: &str) -> Option<&str> {
    kind.split_once('@').map(|(name, _)| name)
}

impl Catalog for Registry {
    fn kinds(&self) -> Vec<(&str, &str)> {
        let mut kinds = Vec::new();
        for plugin in self.plugins() {
            for kind in plugin.kinds() {
                let names = std::iter::once(kind.name).chain(without_version(kind.name));
                kinds.extend(names.map(|name| (name, plugin.name())));
            }
        }
        kinds
    }

    fn check(&self, setup: &StepSetup<'_>) -> Result<PluginUse, Vec<ConfigFault>> {
        self.configure(setup).map(|step| step.uses())
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.plugins().map(Plugin::name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value as Json, json};
    use throng_measure::PluginFacts;
    use throng_model::Targets;

    use super::*;

    /// A component's plugin with one kind, in some version; it takes no options, and says so with its version.
    struct Versioned(&'static str, &'static str);

    fn any() -> Json {
        json!({})
    }

    impl Plugin for Versioned {
        fn name(&self) -> &str {
            "acme:codes"
        }

        fn kinds(&self) -> Vec<KindInfo<'_>> {
            vec![KindInfo { name: self.1, summary: "", schema: &any }]
        }

        fn configure(&self, _: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
            Err(vec![crate::option_fault("", self.0, None)])
        }

        fn facts(&self) -> Option<PluginFacts> {
            Some(PluginFacts { name: "acme:codes".into(), version: self.0.into(), digest: self.0.into() })
        }
    }

    fn both() -> Registry {
        Registry::default().with(Versioned("2.0.0", "acme:codes/check@2.0.0")).with(Versioned("1.0.0", "acme:codes/check@1.0.0"))
    }

    /// Who answers for a kind.
    fn meant(registry: &Registry, kind: &str) -> String {
        let targets = Targets::default();
        let setup = StepSetup { kind, step: "checked", config: &json!({}), defaults: None, targets: &targets };
        let faults = registry.configure(&setup).err().unwrap_or_default();
        faults.into_iter().map(|fault| fault.message).collect()
    }

    #[test]
    fn a_kind_without_its_version_means_the_first_or_nothing() {
        let first = both().with_unversioned(Unversioned::First);
        assert_eq!(meant(&both(), "acme:codes/check"), "`acme:codes/check` is here in several versions");
        assert_eq!(meant(&first, "acme:codes/check"), "2.0.0");
        for registry in [both(), first] {
            assert_eq!(meant(&registry, "acme:codes/check@1.0.0"), "1.0.0");
            assert_eq!(meant(&registry, "acme:codes/check@3.0.0"), "no plugin brings the step kind `acme:codes/check@3.0.0`");
        }
    }

    #[test]
    fn what_nobody_uses_is_left_out() {
        let left = |kinds: &[&str]| {
            let registry = both().with_unversioned(Unversioned::First).used_by(kinds.iter().copied());
            registry.plugins().filter_map(Plugin::facts).map(|facts| facts.version).collect::<BTreeSet<_>>()
        };
        let versions = |versions: &[&str]| versions.iter().map(|version| (*version).to_owned()).collect();
        assert_eq!(left(&["http"]), versions(&[]));
        assert_eq!(left(&["acme:codes/check"]), versions(&["2.0.0"]));
        assert_eq!(left(&["acme:codes/check@1.0.0", "acme:codes/check"]), versions(&["1.0.0", "2.0.0"]));
    }
}
