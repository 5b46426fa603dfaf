//! A scenario's component that was taken in: compiled, linked, ready to be described and to be called.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use throng_model::Secrets;
use wasmtime::component::{ComponentExportIndex, Linker};

use crate::bindings::calls::DescribeAnswer;
use crate::bindings::{CALLBACKS, DEFINITION};
use crate::code::Code;
use crate::fault::{Fault, MAY_NOT_WAIT};
use crate::intake::{LoadError, Surface};
use crate::lane::Linkage;
use crate::lanes::{LaneConfig, Lanes, LanesError};
use crate::limits::Limits;
use crate::sandbox::Sandbox;
use crate::state::State;

/// A scenario's component. It stays as it was loaded; other bytes are another component.
pub struct Component {
    code: Arc<Code>,
    describe: ComponentExportIndex,
    call: ComponentExportIndex,
}

/// Why a component gave no document.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DescribeError {
    /// It says itself what is wrong.
    #[error("the component does not describe itself: {0}")]
    Refused(String),
    /// It trapped or ran into a limit.
    #[error("the component failed while it described itself: {message}")]
    Trapped {
        /// `trap`, `deadline` or `memory`.
        code: &'static str,
        /// What happened.
        message: String,
    },
    /// The document is over the limit.
    #[error("the component's document has {bytes} bytes, the limit is {limit}; describe fewer steps, or raise the limit `document`")]
    TooLong {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
}

impl Component {
    pub(crate) fn new(sandbox: Sandbox, linker: &Linker<State>, bytes: &[u8], surface: Surface, limits: Limits) -> Result<Self, LoadError> {
        let called = (CALLBACKS, "call");
        let code = Code::new(sandbox, linker, bytes, surface, limits, called)?;
        let describe = code.export(DEFINITION, "describe")?;
        let call = code.called(called)?;
        Ok(Self { code: Arc::new(code), describe, call })
    }

    /// SHA-256 of its bytes, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.code.digest
    }

    /// The interfaces that it imports: `throng:host/log@0.1.0` …
    pub fn imports(&self) -> &[String] {
        &self.code.imports
    }

    /// Whether it imports WASI, of which nothing is granted but printing and clocks.
    pub fn uses_wasi(&self) -> bool {
        self.code.linkage == Linkage::Wasi
    }

    /// The limits that it was loaded under.
    pub fn limits(&self) -> &Limits {
        &self.code.limits
    }

    /// Asks the component for its scenario document, JSON, with these settings; in an instance of its own, outside any visit. Lines that
    /// it logs, and its refusal, are without the secrets.
    ///
    /// # Errors
    /// See [`DescribeError`].
    pub fn describe(&self, settings: &BTreeMap<String, String>, secrets: &Secrets) -> Result<String, DescribeError> {
        let (answer,): DescribeAnswer = self.code.ask(&self.describe, "describe", settings, secrets, ())?;
        let document = answer.map_err(|refusal| DescribeError::Refused(secrets.hide(&refusal).into_owned()))?;
        within(document, self.code.limits.document_bytes)
    }

    /// One worker's lanes for one scenario of this component; the first instance is started at once.
    ///
    /// # Errors
    /// The component doesn't start.
    pub fn lanes(self: &Arc<Self>, config: LaneConfig) -> Result<Lanes, LanesError> {
        Lanes::new(Arc::clone(&self.code), self.call, config)
    }
}

impl fmt::Debug for Component {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Component").field("code", &self.code).finish_non_exhaustive()
    }
}

/// A document, if it is not too long.
pub(crate) fn within(document: String, limit: usize) -> Result<String, DescribeError> {
    match document.len() {
        bytes if bytes > limit => Err(DescribeError::TooLong { bytes, limit }),
        _ => Ok(document),
    }
}

impl From<Fault> for DescribeError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Trapped { code, message } => Self::Trapped { code, message },
            Fault::Pending => Self::Trapped { code: "callbacks-may-not-wait", message: MAY_NOT_WAIT.into() },
        }
    }
}
