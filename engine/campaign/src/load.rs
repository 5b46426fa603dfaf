//! From a file to scenarios that can be run: a component or a document, told apart by its first bytes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use throng_guest::{Component, DescribeError, Limits, Sandbox};
use throng_model::{DocumentError, Fault, Faults, Scenario, Secrets, parse_document, validate};
use throng_plugin_api::Registry;
use throng_runtime::Program;

use crate::sandboxed::Sandboxed;
use crate::settings::{GivenSettings, SettingsGroup, resolve_each};

/// Loads files.
#[derive(Debug)]
pub struct Loader<'a> {
    /// The plugins.
    pub registry: &'a Registry,
    /// Where components run.
    pub sandbox: &'a Sandbox,
    /// What a guest may use.
    pub limits: Limits,
}

/// A file with its scenarios.
#[derive(Clone)]
pub struct Loaded {
    /// The document as it was described or written.
    pub document: Arc<str>,
    /// All scenarios of the document.
    pub scenarios: Vec<Scenario>,
    /// The component; none for a plain document.
    pub component: Option<Arc<Component>>,
    limits: Limits,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.scenarios.iter().map(|scenario| &scenario.name).collect();
        formatter.debug_struct("Loaded").field("scenarios", &names).field("is_component", &self.component.is_some()).finish()
    }
}

/// Those scenarios of a file that have the same settings, as they are with these.
#[derive(Clone, Debug)]
pub struct Pinned {
    /// The file, with these scenarios alone.
    pub loaded: Loaded,
    /// Their settings, checked and complete, beside those that others of the file declare.
    pub settings: BTreeMap<String, String>,
}

/// Why a file cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// It is neither a component nor a document.
    #[error(
        "neither a WebAssembly component nor a scenario document (JSON that begins with `{{`); build a component with the SDK, or see `throng schema scenario`"
    )]
    Unknown,
    /// The sandbox does not take it.
    #[error(transparent)]
    Component(#[from] throng_guest::LoadError),
    /// It does not describe its scenarios.
    #[error(transparent)]
    Describe(#[from] DescribeError),
    /// The document is not a scenario document.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The scenarios are wrong.
    #[error(transparent)]
    Faults(#[from] Faults),
    /// A plain document with callbacks.
    #[error("the document names callbacks, but a plain document has no code to call; build a component, or use constants and templates")]
    CallbacksWithoutComponent,
}

impl Loader<'_> {
    /// Reads a file, compiles it if it is a component, and checks its scenarios without any settings given.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub fn load(&self, path: &Path) -> Result<Loaded, LoadError> {
        self.load_bytes(&std::fs::read(path)?)
    }

    /// The same for what has been read already.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub fn load_bytes(&self, bytes: &[u8]) -> Result<Loaded, LoadError> {
        match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{') => self.load_document(bytes),
            Some(_) if bytes.starts_with(b"\0asm") || looks_native(bytes) => self.load_component(bytes),
            _ => Err(LoadError::Unknown),
        }
    }

    /// Describes the scenarios again with a campaign's settings, once for each set of them: these documents are pinned.
    ///
    /// # Errors
    /// A setting is missing or of the wrong type; or the description fails. Keys that nobody declares are found by [`check_declared`](crate::check_declared).
    pub fn pin(&self, loaded: &Loaded, given: &GivenSettings) -> Result<Vec<Pinned>, LoadError> {
        let groups = resolve_each(&loaded.scenarios, given)?;
        let is_one = groups.len() == 1;
        let pin = |SettingsGroup { settings, scenarios }| {
            let described = self.describe_with(loaded, &settings)?;
            // All have the same settings: whatever is described with them is meant.
            let loaded = if is_one { described } else { described.only(&scenarios)? };
            Ok(Pinned { loaded, settings })
        };
        groups.into_iter().map(pin).collect()
    }

    fn describe_with(&self, loaded: &Loaded, settings: &BTreeMap<String, String>) -> Result<Loaded, LoadError> {
        // The plugins may be others than those that it was loaded with.
        let Some(component) = &loaded.component else { return self.check(loaded.document.to_string(), None) };
        let secrets = Secrets::of(loaded.scenarios.iter().flat_map(|scenario| &scenario.settings), settings);
        let document = component.describe(settings, &secrets)?;
        self.check(document, Some(Arc::clone(component)))
    }

    fn load_document(&self, bytes: &[u8]) -> Result<Loaded, LoadError> {
        let text = std::str::from_utf8(bytes).map_err(|_| LoadError::Unknown)?;
        self.check(text.to_owned(), None)
    }

    fn load_component(&self, bytes: &[u8]) -> Result<Loaded, LoadError> {
        let component = self.sandbox.load(bytes, self.limits.clone())?;
        let document = component.describe(&BTreeMap::new(), &Secrets::default())?;
        self.check(document, Some(component))
    }

    fn check(&self, document: String, component: Option<Arc<Component>>) -> Result<Loaded, LoadError> {
        let parsed = parse_document(&document)?;
        let scenarios = validate(&parsed, self.registry)?;
        if component.is_none() && !parsed.callbacks.is_empty() {
            return Err(LoadError::CallbacksWithoutComponent);
        }
        Ok(Loaded { document: document.into(), scenarios, component, limits: self.limits.clone() })
    }
}

impl Loaded {
    /// These scenarios of it.
    fn only(mut self, names: &[String]) -> Result<Self, Faults> {
        self.scenarios.retain(|scenario| names.contains(&scenario.name));
        let missing = names.iter().filter(|name| self.scenarios.iter().all(|scenario| scenario.name != **name));
        let fault = |name: &String| {
            let hint = "give all scenarios of the file the same settings".to_owned();
            Fault::new(format!("/scenarios/{name}/settings"), "with its own settings the scenario is not described any more", Some(hint))
        };
        Faults::unless(missing.map(fault).collect(), ()).map(|()| self)
    }

    /// The digest of the component, and what the workers run it by.
    pub fn program(&self) -> Option<(String, Arc<dyn Program>)> {
        let component = self.component.as_ref()?;
        let program = Sandboxed { component: Arc::clone(component), limits: self.limits.clone() };
        Some((component.digest().to_owned(), Arc::new(program)))
    }
}

/// Precompiled code is an ELF file: the sandbox refuses it with the reason.
fn looks_native(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x7fELF")
}
