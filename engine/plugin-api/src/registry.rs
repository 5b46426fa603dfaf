//! All plugins of a process, listed once.

use std::fmt;
use std::sync::Arc;

use throng_model::{Catalog, ConfigFault, PluginUse, StepSetup};

use crate::{ConfiguredStep, ExporterInfo, KindInfo, Plugin};

/// The plugins that scenarios may use. The binary lists them; everybody else is handed the list.
#[derive(Clone, Default)]
pub struct Registry {
    plugins: Vec<Arc<dyn Plugin>>,
}

impl Registry {
    /// The same with one more plugin.
    #[must_use]
    pub fn with(mut self, plugin: impl Plugin + 'static) -> Self {
        self.plugins.push(Arc::new(plugin));
        self
    }

    /// All plugins, in the order in which they were listed.
    pub fn plugins(&self) -> impl Iterator<Item = &dyn Plugin> {
        self.plugins.iter().map(Arc::as_ref)
    }

    /// What brings the step kinds of this name: one plugin, or each version of it that there is when none is named.
    fn find(&self, kind: &str) -> Vec<(&dyn Plugin, KindInfo<'_>)> {
        let all = self.plugins().flat_map(|plugin| plugin.kinds().into_iter().map(move |info| (plugin, info)));
        all.filter(|(_, info)| info.name == kind || without_version(info.name) == Some(kind)).collect()
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
