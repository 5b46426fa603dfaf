//! One worker's lanes for one scenario: what answers its calls.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use throng_model::{Secrets, Targets};
use throng_protocols::{Call, CallStatistics, Callbacks, CallbacksError, Effects, Message, Output, Session, Severity, Timekeeper, Value};
use tokio::sync::Semaphore;
use wasmtime::component::ComponentExportIndex;

use crate::code::Code;
use crate::fault::{Fault, MAY_NOT_WAIT};
use crate::guard::Guard;
use crate::lane::{Health, Lane};
use crate::limits::Limits;
use crate::log::Log;
use crate::network::Network;
use crate::plugin_lanes::Uses;
use crate::state::State;
use crate::step_plugin::ConfigureError;
use crate::stopwatch::Stopwatch;

/// How lanes are set up.
#[derive(Clone)]
pub struct LaneConfig {
    /// What an instance may use.
    pub limits: Limits,
    /// What guests read as their settings.
    pub settings: Arc<BTreeMap<String, String>>,
    /// Those of their values that no line of the log may have.
    pub secrets: Secrets,
    /// What guests read as the time; the log's limit is kept by it, too.
    pub timekeeper: Arc<dyn Timekeeper>,
    /// Ends calls that are running, within two ticks of 10 ms, once it is set.
    pub abort: Arc<AtomicBool>,
    /// A test mode: a new instance for each call shows whether a guest relies on its globals.
    pub fresh_instance_per_call: bool,
}

impl fmt::Debug for LaneConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LaneConfig").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Why there are no lanes.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LanesError {
    /// No instance could be started.
    #[error("the component does not start: {message}")]
    Start {
        /// `trap`, `deadline` or `memory`.
        code: &'static str,
        /// What happened.
        message: String,
    },
}

/// One worker's lanes for one scenario. Stays on its worker.
///
/// Callbacks never suspend, so one lane serves any number of minions.
#[derive(Debug)]
pub struct Lanes {
    code: Arc<Code>,
    call: ComponentExportIndex,
    /// What instances of a step plugin are told of; none for a scenario.
    uses: Option<Uses>,
    config: LaneConfig,
    log: SharedLog,
    /// Those that nobody uses: one at most, unless calls may wait.
    #[allow(clippy::vec_box, reason = "each call takes one out and puts it back: a pointer, not the whole lane")]
    idle: RefCell<Vec<Box<Lane>>>,
    /// What calls that may wait can reach, and their places; none where no call may.
    waiting: Option<Waiting>,
    counters: Counters,
    stopwatch: Stopwatch,
}

#[derive(Debug)]
struct Waiting {
    targets: Arc<Targets>,
    places: Semaphore,
}

/// What lanes have done so far.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Statistics {
    /// Calls made.
    pub calls: u64,
    /// Time spent in them, in nanoseconds, the copying of values included.
    pub guest_nanos: u64,
    /// Calls that trapped, those below included.
    pub traps: u64,
    /// Calls that ran over their time.
    pub deadlines: u64,
    /// Calls that wanted too much memory and trapped.
    pub memory_refusals: u64,
    /// Instances that were started after the first one.
    pub rebuilt: u64,
}

#[derive(Debug, Default)]
struct Counters {
    calls: Cell<u64>,
    guest_nanos: Cell<u64>,
    traps: Cell<u64>,
    deadlines: Cell<u64>,
    memory_refusals: Cell<u64>,
    rebuilt: Cell<u64>,
}

impl Lanes {
    pub(crate) fn new(code: Arc<Code>, call: ComponentExportIndex, config: LaneConfig) -> Result<Self, LanesError> {
        Self::begin(code, call, config, None, None)
    }

    /// Its calls may wait if there are targets.
    pub(crate) fn of_plugin(
        code: Arc<Code>,
        call: ComponentExportIndex,
        config: LaneConfig,
        uses: Uses,
        targets: Option<Arc<Targets>>,
    ) -> Result<Self, LanesError> {
        let waiting = targets.map(|targets| Waiting { targets, places: Semaphore::new(config.limits.lanes) });
        Self::begin(code, call, config, Some(uses), waiting)
    }

    fn begin(
        code: Arc<Code>,
        call: ComponentExportIndex,
        config: LaneConfig,
        uses: Option<Uses>,
        waiting: Option<Waiting>,
    ) -> Result<Self, LanesError> {
        let log = Log::new(config.limits.log_bytes_per_second, Some(Arc::clone(&config.timekeeper)), config.secrets.clone());
        let log = SharedLog(Arc::new(Mutex::new(log)));
        let (idle, counters, stopwatch) = (RefCell::default(), Counters::default(), Stopwatch::new());
        let lanes = Self { code, call, uses, config, log, idle, waiting, counters, stopwatch };
        let first = lanes.start()?;
        lanes.idle.borrow_mut().push(first);
        Ok(lanes)
    }

    /// What these lanes have done so far.
    pub fn statistics(&self) -> Statistics {
        Statistics {
            calls: self.counters.calls.get(),
            guest_nanos: self.counters.guest_nanos.get(),
            traps: self.counters.traps.get(),
            deadlines: self.counters.deadlines.get(),
            memory_refusals: self.counters.memory_refusals.get(),
            rebuilt: self.counters.rebuilt.get(),
        }
    }

    fn start(&self) -> Result<Box<Lane>, Fault> {
        let LaneConfig { limits, settings, timekeeper, abort, .. } = &self.config;
        let guard = Guard::new(limits.memory_bytes, Arc::clone(abort));
        let mut state = State::new(limits, guard, Arc::clone(settings), Some(Arc::clone(timekeeper)), Arc::clone(&self.log.0));
        if let Some(uses) = &self.uses {
            state.session.confine_to(Arc::clone(&uses.session));
        }
        if let Some(waiting) = &self.waiting {
            state.session.be_absent();
            state.let_reach(Network::towards(Arc::clone(&waiting.targets)));
        }
        let mut lane = Lane::new(&self.code, &self.call, state, limits)?;
        self.uses.as_ref().map_or(Ok(()), |uses| uses.tell(&mut lane))?;
        Ok(Box::new(lane))
    }

    /// Tells a step plugin of one more step; a lane that trapped in doing so is dropped.
    pub(crate) fn configure(&self, add: impl FnOnce(&mut Lane, &Uses) -> Result<u32, ConfigureError>) -> Result<u32, ConfigureError> {
        let Some(uses) = &self.uses else {
            return Err(ConfigureError::Refused(Vec::new()));
        };
        let mut lane = self.lane()?;
        let added = add(&mut lane, uses);
        if !matches!(added, Err(ConfigureError::Trapped { .. })) {
            self.idle.borrow_mut().push(lane);
        }
        added
    }

    /// A call that may wait, in a lane of its own; there are so many of them at a time as the limit `lanes` says, the others wait for a place.
    pub(crate) async fn call_waiting(&self, call: Call, input: &Value, effects: &mut Effects) -> Result<Output, CallbacksError> {
        let Some(waiting) = &self.waiting else {
            let mut session = Session::default();
            return self.call(call, input, &mut session, effects);
        };
        let place = waiting.places.try_acquire();
        let waited = place.is_err();
        // It is never closed.
        let _place = match place {
            Ok(place) => Ok(place),
            Err(_) => waiting.places.acquire().await,
        };
        if waited {
            let limit = self.config.limits.lanes;
            let text = format!("calls waited for one of the plugin's {limit} lanes on a worker; raise the limit `lanes`");
            effects.messages.push(Message { severity: Severity::Warn, text });
        }
        let mut lane = match self.lane() {
            Ok(lane) => lane,
            Err(fault) => return self.count(Err(fault.into())),
        };
        let (health, nanos, result) = lane.call_waiting(call, input, effects, &self.stopwatch).await;
        add(&self.counters.guest_nanos, nanos);
        add(&self.counters.calls, 1);
        if health == Health::Sound && !self.config.fresh_instance_per_call {
            self.idle.borrow_mut().push(lane);
        }
        self.count(result)
    }

    /// The lane, or a new one in its place.
    fn lane(&self) -> Result<Box<Lane>, Fault> {
        let idle = self.idle.borrow_mut().pop();
        if let Some(lane) = idle {
            return Ok(lane);
        }
        add(&self.counters.rebuilt, 1);
        self.start()
    }

    fn count<T>(&self, result: Result<T, CallbacksError>) -> Result<T, CallbacksError> {
        if let Err(CallbacksError::Trapped { code, .. }) = &result {
            add(&self.counters.traps, 1);
            match *code {
                "deadline" => add(&self.counters.deadlines, 1),
                "memory" => add(&self.counters.memory_refusals, 1),
                _ => {}
            }
        }
        result
    }
}

impl Callbacks for Lanes {
    fn call(&self, call: Call, input: &Value, session: &mut Session, effects: &mut Effects) -> Result<Output, CallbacksError> {
        // The lane is taken out, so nothing of the engine is borrowed while the guest is on the stack.
        let mut lane = match self.lane() {
            Ok(lane) => lane,
            Err(fault) => return self.count(Err(fault.into())),
        };
        let begun = self.stopwatch.read();
        let (health, result) = lane.call(call, input, session, effects);
        add(&self.counters.guest_nanos, self.stopwatch.nanos_since(begun));
        add(&self.counters.calls, 1);
        if health == Health::Sound && !self.config.fresh_instance_per_call {
            self.idle.borrow_mut().push(lane);
        }
        self.count(result)
    }

    fn statistics(&self) -> CallStatistics {
        let Statistics { calls, guest_nanos: nanos, traps, deadlines, memory_refusals, .. } = Lanes::statistics(self);
        CallStatistics { calls, nanos, traps, deadlines, memory_refusals }
    }
}

fn add(counter: &Cell<u64>, by: u64) {
    counter.set(counter.get().wrapping_add(by));
}

impl From<Fault> for LanesError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Trapped { code, message } => Self::Start { code, message },
            Fault::Pending => Self::Start { code: "callbacks-may-not-wait", message: MAY_NOT_WAIT.into() },
        }
    }
}

struct SharedLog(Arc<Mutex<Log>>);

impl fmt::Debug for SharedLog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Log")
    }
}
