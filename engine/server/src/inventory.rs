//! What was uploaded, ready to be run: the newest uses stay in memory.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use throng_campaign::{ComponentPlugin, LoadError, Loaded, Loader, PluginError};
use throng_guest::{Limits, Sandbox, World, world_of};
use throng_plugin_api::{Registry, Unversioned};

use crate::background::in_background;
use crate::files::Files;

/// Components that stay in memory, at most.
const KEPT: usize = 32;

/// Loads what was uploaded.
#[derive(Debug)]
pub(crate) struct Inventory {
    files: Files,
    shop: Shop,
    /// By digest; the one that was used last is the last.
    kept: Mutex<VecDeque<(String, Loaded)>>,
    /// By digest: those that were uploaded are there for every campaign, so all of them stay.
    plugins: Mutex<BTreeMap<String, ComponentPlugin>>,
}

/// What an uploaded file is.
#[derive(Debug)]
pub(crate) enum Uploaded {
    /// Scenarios: a component or a document.
    Scenarios(Box<Loaded>),
    /// Step kinds for scenarios.
    StepPlugin(ComponentPlugin),
}

/// Why an uploaded file is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadedError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Plugin(#[from] PluginError),
}

/// What loading needs. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    pub(crate) registry: Registry,
    pub(crate) sandbox: Sandbox,
    pub(crate) limits: Limits,
}

impl Shop {
    pub(crate) fn loader(&self) -> Loader<'_> {
        Loader { registry: &self.registry, sandbox: &self.sandbox, limits: self.limits.clone() }
    }

    /// The same with plugins that were uploaded. Of several versions the first is meant where none is said.
    pub(crate) fn with(&self, plugins: &[ComponentPlugin]) -> Self {
        let registry = plugins.iter().fold(self.registry.clone(), |registry, plugin| registry.with(plugin.clone()));
        Self { registry: registry.with_unversioned(Unversioned::First), ..self.clone() }
    }
}

impl Inventory {
    pub(crate) fn new(files: Files, shop: Shop) -> Self {
        Self { files, shop, kept: Mutex::default(), plugins: Mutex::default() }
    }

    /// What loading needs, without plugins that were uploaded.
    pub(crate) fn shop(&self) -> &Shop {
        &self.shop
    }

    /// The scenarios that were uploaded with this digest.
    pub(crate) async fn load(&self, digest: &str, shop: &Shop) -> Result<Loaded, LoadError> {
        if let Some(loaded) = self.kept(digest) {
            return Ok(loaded);
        }
        let (shop, path) = (shop.clone(), self.files.component(digest));
        // Compiles it if the sandbox's cache doesn't have it.
        let loaded = in_background(move || shop.loader().load(&path)).await??;
        self.keep(digest, loaded.clone());
        Ok(loaded)
    }

    /// The step plugin that was uploaded with this digest.
    pub(crate) async fn plugin(&self, digest: &str) -> Result<ComponentPlugin, PluginError> {
        if let Some(plugin) = self.plugins().get(digest) {
            return Ok(plugin.clone());
        }
        let (shop, path, origin) = (self.shop.clone(), self.files.component(digest), origin(digest));
        let plugin = in_background(move || ComponentPlugin::load(&std::fs::read(path)?, origin, &shop.sandbox, &shop.limits)).await??;
        self.keep_plugin(plugin.clone());
        Ok(plugin)
    }

    /// Reads a file that came in.
    pub(crate) async fn read(&self, path: &Path, digest: &str, shop: &Shop) -> Result<Uploaded, UploadedError> {
        let (shop, path, origin) = (shop.clone(), path.to_path_buf(), origin(digest));
        let read = move || {
            let bytes = std::fs::read(path).map_err(LoadError::Read)?;
            Ok(match world_of(&bytes) {
                Some(World::StepPlugin | World::SourcePlugin) => {
                    Uploaded::StepPlugin(ComponentPlugin::load(&bytes, origin, &shop.sandbox, &shop.limits)?)
                }
                Some(World::Scenario) | None => Uploaded::Scenarios(Box::new(shop.loader().load_bytes(&bytes)?)),
            })
        };
        in_background(read).await.map_err(LoadError::Read)?
    }

    /// Keeps a plugin that was just loaded in memory.
    pub(crate) fn keep_plugin(&self, plugin: ComponentPlugin) {
        self.plugins().insert(plugin.digest().to_owned(), plugin);
    }

    /// Keeps what was just loaded in memory.
    pub(crate) fn keep(&self, digest: &str, loaded: Loaded) {
        let mut kept = self.lock();
        kept.retain(|(known, _)| known != digest);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((digest.to_owned(), loaded));
    }

    /// Lets go of what was removed; campaigns that use it hold it themselves.
    pub(crate) fn forget(&self, digest: &str) {
        self.lock().retain(|(known, _)| known != digest);
        self.plugins().remove(digest);
    }

    fn kept(&self, digest: &str) -> Option<Loaded> {
        let mut kept = self.lock();
        let position = kept.iter().position(|(known, _)| known == digest)?;
        let entry = kept.remove(position)?;
        let loaded = entry.1.clone();
        kept.push_back(entry);
        Some(loaded)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(String, Loaded)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn plugins(&self) -> MutexGuard<'_, BTreeMap<String, ComponentPlugin>> {
        self.plugins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How messages name what was uploaded: where it is kept is nobody's business.
fn origin(digest: &str) -> PathBuf {
    format!("sha256:{digest}").into()
}
