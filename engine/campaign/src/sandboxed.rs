//! A component as the workers' program.

use std::rc::Rc;
use std::sync::Arc;

use throng_guest::{Component, LaneConfig, Limits};
use throng_protocols::Callbacks;
use throng_runtime::{Program, ProgramSetup};

pub(crate) struct Sandboxed {
    pub(crate) component: Arc<Component>,
    pub(crate) limits: Limits,
}

impl Program for Sandboxed {
    fn attach(&self, setup: ProgramSetup) -> Result<Rc<dyn Callbacks>, String> {
        let config = LaneConfig {
            limits: self.limits.clone(),
            settings: setup.settings,
            secrets: setup.secrets,
            timekeeper: setup.timekeeper,
            abort: setup.abort,
            fresh_instance_per_call: setup.fresh_instances,
        };
        let lanes = self.component.lanes(config).map_err(|error| error.to_string())?;
        Ok(Rc::new(lanes))
    }
}
