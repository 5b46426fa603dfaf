//! What a step is given when it becomes part of a worker.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustc_hash::FxHashMap;
use throng_model::Secrets;
use throng_protocols::Timekeeper;

use crate::{Clock, Files};

/// The worker that a step is attached to.
pub struct AttachContext<'a> {
    /// The step's own name.
    pub step: &'a str,
    /// The clock of this worker.
    pub clock: Clock,
    /// This worker's number, from 0.
    pub worker: u32,
    /// How many workers there are; limits are shared out among them.
    pub workers: u32,
    /// The files that it may read.
    pub files: &'a Files,
    /// The scenario's settings, checked and complete; there may be secrets among them.
    pub settings: &'a BTreeMap<String, String>,
    /// What code in the sandbox is given here.
    pub sandbox: &'a SandboxContext,
    /// Where the step registers its own meters.
    pub meters: &'a mut dyn Meters,
    /// What steps of one scenario share on this worker.
    pub shared: &'a mut Shared,
}

impl AttachContext<'_> {
    /// This worker's share of a campaign-wide limit: at least 1, and the shares' sum is at least the limit.
    pub fn share_of(&self, limit: u32) -> u32 {
        limit.div_ceil(self.workers.max(1)).max(1)
    }
}

impl fmt::Debug for AttachContext<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AttachContext").field("step", &self.step).field("worker", &self.worker).finish_non_exhaustive()
    }
}

/// What code in the sandbox is given on a worker.
#[derive(Clone)]
pub struct SandboxContext {
    /// The time that it reads.
    pub time: Arc<dyn Timekeeper>,
    /// Ends calls that are running, once it is set.
    pub abort: Arc<AtomicBool>,
    /// Whether every call gets a fresh instance.
    pub fresh_instances: bool,
    /// The values of settings that no line of its log may have.
    pub secrets: Secrets,
}

impl SandboxContext {
    /// With this clock, and nobody who aborts.
    pub fn new(clock: Clock) -> Self {
        Self { time: Arc::new(clock), abort: Arc::default(), fresh_instances: false, secrets: Secrets::default() }
    }
}

impl fmt::Debug for SandboxContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SandboxContext").field("fresh_instances", &self.fresh_instances).finish_non_exhaustive()
    }
}

/// A meter of one step on one worker.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MeterId(pub u32);

/// Registers the meters that a plugin adds to its steps: `http-connect`, `kafka-produce-bytes` …
pub trait Meters {
    /// A histogram of nanoseconds.
    fn timer(&mut self, name: &'static str) -> MeterId;

    /// A count.
    fn counter(&mut self, name: &'static str) -> MeterId;
}

/// What steps of one scenario share on one worker, by type: such as the connections that `http` opens and `http-with` uses.
#[derive(Default)]
pub struct Shared {
    values: FxHashMap<TypeId, Rc<dyn Any>>,
}

impl Shared {
    /// The value of this type, made when first asked for.
    pub fn get_or_default<T: Default + 'static>(&mut self) -> Rc<T> {
        let value = Rc::clone(self.values.entry(TypeId::of::<T>()).or_insert_with(|| Rc::new(T::default())));
        value.downcast().unwrap_or_default()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").field("values", &self.values.len()).finish()
    }
}
