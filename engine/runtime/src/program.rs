//! Where a worker finds the code that a scenario is made of.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustc_hash::FxHashMap;
use throng_measure::Moment;
use throng_model::Secrets;
use throng_plugin_api::{Clock, Registry};
use throng_protocols::{Callbacks, Timekeeper};

/// The code behind a document's callbacks: a component in the sandbox, or native closures in tests.
pub trait Program: Send + Sync {
    /// Makes one worker's callbacks for one scenario.
    ///
    /// # Errors
    /// Why it cannot run here.
    fn attach(&self, setup: ProgramSetup) -> Result<Rc<dyn Callbacks>, String>;
}

/// What a program is given.
#[derive(Clone)]
pub struct ProgramSetup {
    /// Settings, checked and complete.
    pub settings: Arc<BTreeMap<String, String>>,
    /// Those of their values that are not to be shown.
    pub secrets: Secrets,
    /// The campaign's time.
    pub timekeeper: Arc<dyn Timekeeper>,
    /// Set when everything must end now, also a guest in mid-call.
    pub abort: Arc<AtomicBool>,
    /// Whether every call gets a fresh instance.
    pub fresh_instances: bool,
}

impl fmt::Debug for ProgramSetup {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ProgramSetup").field("fresh_instances", &self.fresh_instances).finish_non_exhaustive()
    }
}

/// The time that a scenario's guests read on one worker; zero is the campaign's t₀.
#[derive(Debug)]
pub(crate) struct CampaignTime {
    clock: Clock,
    start: AtomicU64,
}

impl CampaignTime {
    /// Before the campaign has started, its time is that since the assignment.
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, start: AtomicU64::new(clock.now().as_nanos()) }
    }

    pub(crate) fn begin(&self, start: Moment) {
        self.start.store(start.as_nanos(), Ordering::Relaxed);
    }
}

/// The time for callbacks that are asked before the campaign starts: zero is now.
pub fn timekeeper(clock: Clock) -> Arc<dyn Timekeeper> {
    Arc::new(CampaignTime::new(clock))
}

impl Timekeeper for CampaignTime {
    fn since_start(&self) -> u64 {
        self.clock.now().since(Moment::from_nanos(self.start.load(Ordering::Relaxed)))
    }

    fn unix_time(&self) -> u64 {
        self.clock.unix_time(self.clock.now())
    }
}

/// What the workers of a process share: all of it read-only but the abort flag.
#[derive(Clone, Default)]
pub struct Resources {
    /// The plugins.
    pub registry: Registry,
    /// Programs by digest.
    pub programs: FxHashMap<String, Arc<dyn Program>>,
    /// Set when everything must end now.
    pub abort: Arc<AtomicBool>,
}

impl fmt::Debug for Resources {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Resources")
            .field("registry", &self.registry)
            .field("programs", &self.programs.len())
            .finish_non_exhaustive()
    }
}
