//! The code of a component: compiled, linked to what the engine offers, and started as often as is needed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};
use throng_model::Secrets;
use wasmtime::Store;
use wasmtime::component::{Component as Compiled, ComponentExportIndex, ComponentNamedList, Instance, InstancePre, Lift, Linker, Lower};

use crate::fault::Fault;
use crate::guard::{Budget, Guard};
use crate::intake::{LoadError, Surface};
use crate::lane::{self, Linkage};
use crate::limits::Limits;
use crate::log::Log;
use crate::sandbox::Sandbox;
use crate::shortcut::{SHORTCUT, with_shortcut};
use crate::state::State;

/// What scenarios and step plugins have in common.
pub(crate) struct Code {
    pub(crate) digest: String,
    pub(crate) imports: Vec<String>,
    pub(crate) linkage: Linkage,
    pub(crate) limits: Limits,
    linked: InstancePre<State>,
    /// To what [`Self::new`] was told is called; none where the component would not have one.
    shortcut: Option<ComponentExportIndex>,
    sandbox: Sandbox,
}

impl Code {
    /// `called` is the function of an exported interface that calls go to, again and again.
    pub(crate) fn new(
        sandbox: Sandbox,
        linker: &Linker<State>,
        bytes: &[u8],
        surface: Surface,
        limits: Limits,
        called: (&'static str, &'static str),
    ) -> Result<Self, LoadError> {
        let (interface, function) = called;
        let longer = with_shortcut(bytes, interface, function).and_then(|longer| Compiled::new(sandbox.engine(), longer).ok());
        let shortcut = longer.as_ref().and_then(|longer| longer.get_export_index(None, SHORTCUT));
        let compiled = longer
            .map_or_else(|| Compiled::new(sandbox.engine(), bytes), Ok)
            .map_err(|error| LoadError::Invalid { message: causes(&error) })?;
        let linked = linker.instantiate_pre(&compiled).map_err(|error| LoadError::Mismatch { message: causes(&error) })?;
        let digest = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let linkage = if surface.uses_wasi { Linkage::Wasi } else { Linkage::Plain };
        Ok(Self { digest, imports: surface.imports, linkage, limits, linked, shortcut, sandbox })
    }

    /// Where a function of an exported interface is.
    pub(crate) fn export(&self, interface: &'static str, function: &str) -> Result<ComponentExportIndex, LoadError> {
        let missing = || LoadError::Mismatch { message: format!("`{interface}` has no function `{function}`") };
        let compiled = self.linked.component();
        let interface = compiled.get_export_index(None, interface).ok_or_else(missing)?;
        compiled.get_export_index(Some(&interface), function).ok_or_else(missing)
    }

    /// The same for the function that calls go to: by its shortcut, where there is one. It must be exported in any case.
    pub(crate) fn called(&self, (interface, function): (&'static str, &str)) -> Result<ComponentExportIndex, LoadError> {
        let exported = self.export(interface, function)?;
        Ok(self.shortcut.unwrap_or(exported))
    }

    /// Calls a function outside any visit, in an instance of its own. What it logs is without the secrets.
    pub(crate) fn ask<A, R>(
        &self,
        export: &ComponentExportIndex,
        name: &str,
        settings: &BTreeMap<String, String>,
        secrets: &Secrets,
        arguments: A,
    ) -> Result<R, Fault>
    where
        A: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift + 'static,
    {
        let guard = Guard::new(self.limits.memory_bytes, Arc::new(AtomicBool::new(false)));
        let log = Arc::new(Mutex::new(Log::new(self.limits.log_bytes_per_second, None, secrets.clone())));
        let state = State::new(&self.limits, guard, Arc::new(settings.clone()), None, log);
        let (mut store, instance) = self.start(state, &self.limits)?;
        let function = instance.get_typed_func::<A, R>(&mut store, export).map_err(|error| Fault::mismatch(name, &error))?;
        lane::call_outside(&mut store, &function, self.linkage, &self.limits, arguments)
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

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Code").field("digest", &self.digest).field("linkage", &self.linkage).finish_non_exhaustive()
    }
}

fn causes(error: &wasmtime::Error) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
