//! Scenarios of this program as the workers' program.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use throng::native::{Host, Program, with_host};
use throng_protocols::Callbacks;
use throng_runtime::ProgramSetup;

use crate::campaign::words;
use crate::native::callbacks::Closures;
use crate::native::host::EngineHost;
use crate::subject::Build;

/// Makes each worker its own closures.
pub(crate) struct NativeProgram {
    build: Arc<Build>,
}

impl NativeProgram {
    pub(crate) fn new(build: Arc<Build>) -> Self {
        Self { build }
    }
}

impl throng_runtime::Program for NativeProgram {
    fn attach(&self, setup: ProgramSetup) -> Result<Rc<dyn Callbacks>, String> {
        Ok(Rc::new(Closures::new(Arc::clone(&self.build), setup)?))
    }
}

/// The scenario document with these settings. Time stands still at 0 meanwhile, as it does for components.
pub(crate) fn describe(build: &Build, settings: BTreeMap<String, String>) -> Result<String, String> {
    let host = Rc::new(RefCell::new(EngineHost::new(settings.into(), None)));
    Ok(build_with(build, host)?.document().to_string())
}

/// Builds the scenarios with a host behind them; a panic is a fault like others.
pub(crate) fn build_with(build: &Build, host: Rc<RefCell<dyn Host>>) -> Result<Program, String> {
    // Nothing that the closure touched is used after a panic.
    let built = catch_unwind(AssertUnwindSafe(|| with_host(host, build)));
    built.unwrap_or_else(|panic| Err(format!("the scenario panicked while it was built: {}", words(&*panic))))
}
