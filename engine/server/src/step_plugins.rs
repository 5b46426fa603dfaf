//! Step plugins that were uploaded: which of them campaigns may use, and in which order.

use throng_campaign::{ComponentPlugin, PluginError};
use throng_model::{CampaignDocument, Fault, Faults};

use crate::engine::Engine;
use crate::inventory::Shop;
use crate::problem::Problem;
use crate::store::{PinnedFile, StoreError};

impl Engine {
    /// What scenarios can be loaded with: the engine's own plugins, and all that were uploaded, the newest first.
    pub(crate) async fn shop(&self) -> Result<Shop, StoreError> {
        Ok(self.inventory.shop().with(&self.uploaded_plugins().await?))
    }

    /// All that were uploaded: first those that a campaign names, in its order, then the others, the newest first. And what is wrong
    /// with what it names.
    pub(crate) async fn find_plugins(&self, document: &CampaignDocument) -> Result<(Vec<ComponentPlugin>, Vec<Fault>), StoreError> {
        let mut others = self.uploaded_plugins().await?;
        let (mut plugins, mut faults) = (Vec::new(), Vec::new());
        for (position, name) in document.plugins.iter().enumerate() {
            // The first one is the newest.
            match others.iter().position(|plugin| is_meant(plugin, name)) {
                Some(found) => plugins.push(others.remove(found)),
                None if plugins.iter().any(|plugin| is_meant(plugin, name)) => {}
                None => {
                    let hint = "name it by its digest, as `namespace:name`, or as `namespace:name@version`; upload it first: `throng push`";
                    let fault =
                        Fault::new(format!("/plugins/{position}"), format!("there is no step plugin `{name}`"), Some(hint.to_owned()));
                    faults.push(fault);
                }
            }
        }
        plugins.extend(others);
        Ok((plugins, faults))
    }

    /// Those that a campaign was pinned to, in its order.
    pub(crate) async fn pinned_plugins(&self, pinned: &[PinnedFile]) -> Result<Vec<ComponentPlugin>, Problem> {
        let (mut plugins, mut faults) = (Vec::new(), Vec::new());
        for (position, pinned) in pinned.iter().enumerate() {
            match self.inventory.plugin(&pinned.digest).await {
                Ok(plugin) => plugins.push(plugin),
                Err(PluginError::Read(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                    let message = format!("`{}` was deleted", pinned.name);
                    faults.push(Fault::new(format!("/plugins/{position}"), message, Some("upload it again".to_owned())));
                }
                Err(error) => return Err(Problem::of_plugin(error)),
            }
        }
        Ok(Faults::unless(faults, plugins)?)
    }

    /// The newest first. One that cannot be loaded any more is left out: whoever uses it is told that it is not there.
    async fn uploaded_plugins(&self) -> Result<Vec<ComponentPlugin>, StoreError> {
        let mut plugins = Vec::new();
        for record in self.store.step_plugins().await? {
            match self.inventory.plugin(&record.digest).await {
                Ok(plugin) => plugins.push(plugin),
                Err(error) => tracing::warn!(%error, plugin = %record.name, digest = %record.digest, "a step plugin cannot be loaded"),
            }
        }
        Ok(plugins)
    }
}

/// Whether a name means a plugin: its digest, its name, or its name and version.
fn is_meant(plugin: &ComponentPlugin, name: &str) -> bool {
    name == plugin.description().name || name == plugin.address() || name.strip_prefix("sha256:").unwrap_or(name) == plugin.digest()
}
