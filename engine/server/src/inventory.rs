//! What was uploaded, ready to be run: the newest uses stay in memory.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use throng_campaign::{LoadError, Loaded, Loader};
use throng_guest::{Limits, Sandbox};
use throng_plugin_api::Registry;

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
}

impl Inventory {
    pub(crate) fn new(files: Files, shop: Shop) -> Self {
        Self { files, shop, kept: Mutex::default() }
    }

    pub(crate) fn shop(&self) -> &Shop {
        &self.shop
    }

    /// What was uploaded with this digest.
    pub(crate) async fn load(&self, digest: &str) -> Result<Loaded, LoadError> {
        if let Some(loaded) = self.kept(digest) {
            return Ok(loaded);
        }
        let loaded = self.read(&self.files.component(digest)).await?;
        self.keep(digest, loaded.clone());
        Ok(loaded)
    }

    /// Reads a file, which compiles it if the sandbox's cache doesn't have it.
    pub(crate) async fn read(&self, path: &Path) -> Result<Loaded, LoadError> {
        let (shop, path) = (self.shop.clone(), path.to_path_buf());
        in_background(move || shop.loader().load(&path)).await?
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
}
