//! A component that was taken in: compiled, linked, ready to be described and to be called.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};
use throng_model::Secrets;
use wasmtime::Store;
use wasmtime::component::{Component as Compiled, ComponentExportIndex, Instance, InstancePre, Linker};

use crate::bindings::calls::DescribeFunction;
use crate::bindings::{CALLBACKS, DEFINITION};
use crate::fault::{Fault, MAY_NOT_WAIT};
use crate::guard::{Budget, Guard};
use crate::intake::{LoadError, Surface};
use crate::lane::{self, Linkage};
use crate::lanes::{LaneConfig, Lanes, LanesError};
use crate::limits::Limits;
use crate::log::Log;
use crate::sandbox::Sandbox;
use crate::state::State;

/// A scenario's component. It stays as it was loaded; other bytes are another component.
pub struct Component {
    digest: String,
    imports: Vec<String>,
    linkage: Linkage,
    limits: Limits,
    linked: InstancePre<State>,
    describe: ComponentExportIndex,
    call: ComponentExportIndex,
    sandbox: Sandbox,
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
        let compiled = Compiled::new(sandbox.engine(), bytes).map_err(|error| LoadError::Invalid { message: causes(&error) })?;
        let linked = linker.instantiate_pre(&compiled).map_err(|error| LoadError::Mismatch { message: causes(&error) })?;
        let describe = exported(&compiled, DEFINITION, "describe")?;
        let call = exported(&compiled, CALLBACKS, "call")?;
        let digest = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let linkage = if surface.uses_wasi { Linkage::Wasi } else { Linkage::Plain };
        Ok(Self { digest, imports: surface.imports, linkage, limits, linked, describe, call, sandbox })
    }

    /// SHA-256 of its bytes, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The interfaces that it imports: `throng:host/log@0.1.0` …
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// Whether it imports WASI, of which nothing is granted but printing and clocks.
    pub fn uses_wasi(&self) -> bool {
        self.linkage == Linkage::Wasi
    }

    /// The limits that it was loaded under.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Asks the component for its scenario document, JSON, with these settings; in an instance of its own, outside any visit. Lines that
    /// it logs, and its refusal, are without the secrets.
    ///
    /// # Errors
    /// See [`DescribeError`].
    pub fn describe(&self, settings: &BTreeMap<String, String>, secrets: &Secrets) -> Result<String, DescribeError> {
        let guard = Guard::new(self.limits.memory_bytes, Arc::new(AtomicBool::new(false)));
        let log = Arc::new(Mutex::new(Log::new(self.limits.log_bytes_per_second, None, secrets.clone())));
        let state = State::new(&self.limits, guard, Arc::new(settings.clone()), None, log);
        let (mut store, instance) = self.start(state, &self.limits)?;
        let function: DescribeFunction =
            instance.get_typed_func(&mut store, self.describe).map_err(|error| Fault::mismatch("describe", &error))?;
        store.data_mut().guard.begin(Budget::new(self.limits.describe_time, "describe-time"));
        store.set_epoch_deadline(1);
        let answer = match self.linkage {
            Linkage::Plain => Some(function.call(&mut store, ())),
            Linkage::Wasi => lane::poll_once(function.call_async(&mut store, ())),
        };
        store.data().log().end();
        match answer {
            None => Err(Fault::Pending.into()),
            Some(Err(error)) => Err(lane::fault(&store, &error).into()),
            Some(Ok((Err(refusal),))) => Err(DescribeError::Refused(secrets.hide(&refusal).into_owned())),
            Some(Ok((Ok(document),))) if document.len() > self.limits.document_bytes => {
                Err(DescribeError::TooLong { bytes: document.len(), limit: self.limits.document_bytes })
            }
            Some(Ok((Ok(document),))) => Ok(document),
        }
    }

    /// One worker's lanes for one scenario of this component; the first instance is started at once.
    ///
    /// # Errors
    /// The component doesn't start.
    pub fn lanes(self: &Arc<Self>, config: LaneConfig) -> Result<Lanes, LanesError> {
        Lanes::new(Arc::clone(self), config)
    }

    pub(crate) fn linkage(&self) -> Linkage {
        self.linkage
    }

    pub(crate) fn call_export(&self) -> &ComponentExportIndex {
        &self.call
    }

    /// Starts an instance in a store of its own.
    pub(crate) fn start(&self, state: State, limits: &Limits) -> Result<(Store<State>, Instance), Fault> {
        let mut store = Store::new(self.sandbox.engine(), state);
        store.limiter(|state| &mut state.guard);
        store.epoch_deadline_callback(|mut context| context.data_mut().guard.tick());
        // The handles of values have their own limit, with a better message; this one holds for all other kinds.
        store.set_max_component_handles(limits.handles.saturating_mul(3));
        store.set_hostcall_fuel(limits.memory_bytes);
        store.data_mut().guard.begin(Budget::new(limits.describe_time, "describe-time"));
        store.set_epoch_deadline(1);
        let instance = match self.linkage {
            Linkage::Plain => Some(self.linked.instantiate(&mut store)),
            Linkage::Wasi => lane::poll_once(self.linked.instantiate_async(&mut store)),
        };
        match instance {
            Some(Ok(instance)) => Ok((store, instance)),
            Some(Err(error)) => Err(lane::fault(&store, &error)),
            None => Err(Fault::Pending),
        }
    }
}

impl fmt::Debug for Component {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Component").field("digest", &self.digest).field("linkage", &self.linkage).finish_non_exhaustive()
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

fn exported(compiled: &Compiled, interface: &'static str, function: &str) -> Result<ComponentExportIndex, LoadError> {
    let missing = || LoadError::Mismatch { message: format!("`{interface}` has no function `{function}`") };
    let interface = compiled.get_export_index(None, interface).ok_or_else(missing)?;
    compiled.get_export_index(Some(&interface), function).ok_or_else(missing)
}

fn causes(error: &wasmtime::Error) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
