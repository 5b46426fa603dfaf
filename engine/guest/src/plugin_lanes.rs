//! One worker's lanes for a step plugin: what answers the calls of all steps of one scenario that use it.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::sync::Arc;

use throng_model::Targets;
use throng_protocols::{Call, CallStatistics, Callbacks, CallbacksError, Effects, Output, Session, Value, WaitingCallbacks};
use wasmtime::component::ComponentExportIndex;

use crate::code::Code;
use crate::fault::Fault;
use crate::lane::Lane;
use crate::lanes::{LaneConfig, Lanes, LanesError};
use crate::step_plugin::{ConfigureError, Exports};

/// One worker's lanes for a step plugin. Stays on its worker.
///
/// The calls of a plugin without network never suspend, so one lane serves any number of steps and minions. Those of one with network do, and
/// each has a lane of its own. A call's `callback` is the number that [`PluginLanes::configure`] gave to the step.
#[derive(Debug)]
pub struct PluginLanes {
    lanes: Lanes,
    /// Of the statistics.
    told: Cell<CallStatistics>,
}

/// The steps that use a plugin, told to every instance of it.
#[derive(Debug)]
pub(crate) struct Uses {
    configure: ComponentExportIndex,
    list: RefCell<Vec<Use>>,
    /// Under which name the plugin's part of a minion's session is.
    pub(crate) session: Arc<str>,
}

/// A kind with its options, JSON.
#[derive(Clone, Debug)]
struct Use {
    kind: String,
    options: String,
}

impl PluginLanes {
    pub(crate) fn new(
        code: Arc<Code>,
        exports: Exports,
        config: LaneConfig,
        session: &str,
        targets: Option<Arc<Targets>>,
    ) -> Result<Self, LanesError> {
        let uses = Uses { configure: exports.configure, list: RefCell::default(), session: session.into() };
        Lanes::of_plugin(code, exports.call, config, uses, targets).map(|lanes| Self { lanes, told: Cell::default() })
    }

    /// Configures one more step: the number that its calls carry.
    ///
    /// # Errors
    /// See [`ConfigureError`].
    pub fn configure(&self, kind: &str, options: &str) -> Result<u32, ConfigureError> {
        let added = Use { kind: kind.to_owned(), options: options.to_owned() };
        self.lanes.configure(|lane, uses| uses.add(lane, added))
    }
}

impl Uses {
    /// Tells all of them to a new instance.
    pub(crate) fn tell(&self, lane: &mut Lane) -> Result<(), Fault> {
        // No borrow is held while the guest is on the stack.
        let known = self.list.borrow().clone();
        for (number, known) in (0..).zip(&known) {
            if let Err(refused) = lane.configure(&self.configure, number, &known.kind, &known.options)? {
                let first = refused.first().map(|refusal| refusal.message.as_str()).unwrap_or_default();
                let message = format!("the plugin took the options of a step and now refuses the same: {first}");
                return Err(Fault::Trapped { code: "trap", message });
            }
        }
        Ok(())
    }

    fn add(&self, lane: &mut Lane, added: Use) -> Result<u32, ConfigureError> {
        let number = self.list.borrow().len() as u32;
        match lane.configure(&self.configure, number, &added.kind, &added.options)? {
            Ok(()) => {
                self.list.borrow_mut().push(added);
                Ok(number)
            }
            Err(refusals) => Err(ConfigureError::Refused(refusals)),
        }
    }
}

impl Callbacks for PluginLanes {
    fn call(&self, call: Call, input: &Value, session: &mut Session, effects: &mut Effects) -> Result<Output, CallbacksError> {
        self.lanes.call(call, input, session, effects)
    }

    fn statistics(&self) -> CallStatistics {
        Callbacks::statistics(&self.lanes)
    }
}

impl WaitingCallbacks for PluginLanes {
    fn call<'a>(
        &'a self,
        call: Call,
        input: &'a Value,
        effects: &'a mut Effects,
    ) -> Pin<Box<dyn Future<Output = Result<Output, CallbacksError>> + 'a>> {
        Box::pin(self.lanes.call_waiting(call, input, effects))
    }

    fn take_statistics(&self) -> CallStatistics {
        let now = Callbacks::statistics(&self.lanes);
        now.since(self.told.replace(now))
    }
}
