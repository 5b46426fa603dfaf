//! Step plugins out of components, of step kinds and of sources: loaded from files, each once, and offered to scenarios as the engine's own plugins are.

mod description;
mod lock;
mod options;
mod plugin;
mod show;
mod source;

use std::io;
use std::path::{Path, PathBuf};

use throng_guest::{ConfigureError, DescribeError, Limits, Sandbox};
use throng_measure::PluginFacts;
use throng_plugin_api::{Plugin, Registry};

pub use description::{DescriptionError, KindDescription, PluginDescription};
pub use lock::{LockError, LockMode, PluginLock};
pub use plugin::ComponentPlugin;

/// Why a file is no plugin that can be used.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// The sandbox does not take it.
    #[error(transparent)]
    Component(#[from] throng_guest::LoadError),
    /// It does not say what it is.
    #[error(transparent)]
    Describe(#[from] DescribeError),
    /// What it says of itself is wrong.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// Another file is the same plugin, with other code.
    #[error("it is the plugin `{address}`, and so is `{}`, with other code; give one of them", .other.display())]
    Twice {
        /// `namespace:name@version`
        address: String,
        /// The file that came first.
        other: PathBuf,
    },
}

/// The plugins of a campaign that are no part of the engine.
#[derive(Clone, Debug, Default)]
pub struct StepPlugins {
    plugins: Vec<ComponentPlugin>,
    /// What each file is, in the order in which they were given.
    files: Vec<PluginFacts>,
}

impl StepPlugins {
    /// Takes files in, read as the caller does it. A file that is given twice, or under two names, is one plugin.
    ///
    /// # Errors
    /// The first file that is wrong, and why.
    pub fn load(
        files: &[PathBuf],
        read: impl Fn(&Path) -> io::Result<Vec<u8>>,
        sandbox: &Sandbox,
        limits: &Limits,
    ) -> Result<Self, (PathBuf, PluginError)> {
        let mut all = Self::default();
        for file in files {
            let load = || ComponentPlugin::load(&read(file)?, file.clone(), sandbox, limits);
            load().and_then(|plugin| all.add(plugin)).map_err(|error| (file.clone(), error))?;
        }
        Ok(all)
    }

    fn add(&mut self, plugin: ComponentPlugin) -> Result<(), PluginError> {
        self.files.extend(plugin.facts());
        match self.plugins.iter().find(|other| other.address() == plugin.address()) {
            None => self.plugins.push(plugin),
            Some(same) if same.digest() == plugin.digest() => {}
            Some(other) => return Err(PluginError::Twice { address: plugin.address(), other: other.origin().to_owned() }),
        }
        Ok(())
    }

    /// These plugins beside others.
    #[must_use]
    pub fn beside(&self, registry: Registry) -> Registry {
        self.plugins.iter().fold(registry, |registry, plugin| registry.with(plugin.clone()))
    }

    /// What each file is, in the order in which they were given; one that is given twice is here twice.
    pub fn files(&self) -> &[PluginFacts] {
        &self.files
    }

    /// All of them, in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = &ComponentPlugin> {
        self.plugins.iter()
    }
}

/// A plugin's own words about options, with who says them.
pub(crate) fn in_words(error: &ConfigureError, address: &str, origin: &Path) -> String {
    match error {
        ConfigureError::Refused(_) => format!("the plugin `{address}` (`{}`) refuses the options: {error}", origin.display()),
        ConfigureError::Trapped { .. } => format!("the plugin `{address}` (`{}`) fails: {error}", origin.display()),
    }
}
