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

    /// The plugin that brings a step kind, and the kind.
    pub fn find(&self, kind: &str) -> Option<(&dyn Plugin, &'static KindInfo)> {
        self.plugins().find_map(|plugin| plugin.kinds().iter().find(|info| info.name == kind).map(|info| (plugin, info)))
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
        let Some((plugin, _)) = self.find(setup.kind) else {
            let message = format!("no plugin brings the step kind `{}`", setup.kind);
            return Err(vec![ConfigFault { pointer: String::new(), message, hint: None }]);
        };
        plugin.configure(setup)
    }
}

impl Catalog for Registry {
    fn kinds(&self) -> Vec<(&'static str, &'static str)> {
        self.plugins().flat_map(|plugin| plugin.kinds().iter().map(move |kind| (kind.name, plugin.name()))).collect()
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
