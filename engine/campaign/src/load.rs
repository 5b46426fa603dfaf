//! From a file to scenarios that can be run: a component or a document, told apart by its first bytes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use throng_guest::{Component, DescribeError, Limits, Sandbox};
use throng_model::{DocumentError, Faults, Scenario, Secrets, parse_document, validate};
use throng_plugin_api::Registry;
use throng_runtime::Program;

use crate::sandboxed::Sandboxed;
use crate::settings::resolve_all;

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

    /// Describes the scenarios again with a campaign's settings: that document is pinned.
    ///
    /// # Errors
    /// A setting is missing or of the wrong type; or the description fails. Keys that nobody declares are found by [`check_declared`](crate::check_declared).
    pub fn pin(&self, loaded: &Loaded, given: &BTreeMap<String, String>) -> Result<(Loaded, BTreeMap<String, String>), LoadError> {
        let settings = resolve_all(&loaded.scenarios, given)?;
        // The plugins may be others than those that it was loaded with.
        let Some(component) = &loaded.component else { return Ok((self.check(loaded.document.to_string(), None)?, settings)) };
        let secrets = Secrets::of(loaded.scenarios.iter().flat_map(|scenario| &scenario.settings), &settings);
        let document = component.describe(&settings, &secrets)?;
        let pinned = self.check(document, Some(Arc::clone(component)))?;
        Ok((pinned, settings))
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
