//! What the validator must know about the steps that plugins bring; the plugin API's registry answers it.

use serde_json::Value as Json;

use crate::{SourceUse, Targets};

/// The step kinds of plugins.
pub trait Catalog {
    /// All names of step kinds, each with the plugin that brings it, whose name is the key of its defaults: `("http-with", "http")`. A kind
    /// out of a component has two, with its version and without.
    fn kinds(&self) -> Vec<(&str, &str)>;

    /// Checks one use of a kind, without side effects.
    ///
    /// # Errors
    /// Everything that is wrong with its configuration.
    fn check(&self, setup: &StepSetup<'_>) -> Result<PluginUse, Vec<ConfigFault>>;
}

/// One use of a plugin's step kind, before it is checked.
#[derive(Clone, Copy, Debug)]
pub struct StepSetup<'a> {
    /// The kind: `http`, `http-with` …
    pub kind: &'a str,
    /// The step's name.
    pub step: &'a str,
    /// What the document has under the kind's key.
    pub config: &'a Json,
    /// The scenario's defaults for this plugin.
    pub defaults: Option<&'a Json>,
    /// The hosts that the document declares.
    pub targets: &'a Targets,
}

/// What a checked use of a kind leans on.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PluginUse {
    /// Callbacks, each with the use that the document must declare for it.
    pub callbacks: Vec<CallbackPlace>,
    /// Other steps by name, such as the one whose connection is used; each must be an ancestor.
    pub steps: Vec<String>,
    /// For a kind that makes records by itself.
    pub source: Option<SourceUse>,
    /// Whether there is something to open before the load.
    pub warms_up: bool,
}

/// A callback at its place in a configuration.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallbackPlace {
    /// The option: `request`.
    pub option: String,
    /// The position in the document's list of callbacks.
    pub callback: u32,
    /// The use that must be declared: `request:http`.
    pub required_use: String,
}

/// Something wrong with a configuration.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConfigFault {
    /// JSON pointer inside the configuration; "" is the whole.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}
