//! What is known of the generator so far: workers and machine, merged from their samples.

use super::machine::Machine;
use super::streak::Streak;
use super::{HealthLimits, Held, MachineSample, WorkerSample};
use crate::Histogram;

/// The generator, over the campaign.
#[derive(Clone, Debug, Default)]
pub struct Generator {
    pub(super) limits: HealthLimits,
    pub(super) workers: Vec<WorkerHealth>,
    pub(super) machine: Option<Machine>,
    /// The most that was held at a time, by all workers.
    pub(super) held: Held,
}

/// One worker, over the campaign.
#[derive(Clone, Debug, Default)]
pub(super) struct WorkerHealth {
    pub(super) stalls: Histogram,
    /// Since when there were stalls that warn, and such that void.
    pub(super) stalled_since: [Option<u64>; 2],
    pub(super) processor: Processor,
    held: Held,
}

/// A worker's use of its processor, in windows of a second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Processor {
    window: (u64, u64),
    total: (u64, u64),
    pub(super) now: Option<f64>,
    pub(super) peak: Option<f64>,
    /// Above what warns, and above what voids.
    pub(super) above: [Streak; 2],
}

/// Workers report more often than a share says anything.
const WINDOW: u64 = 1_000_000_000;

impl Processor {
    fn tell(&mut self, used: u64, span: u64, limits: &HealthLimits, at: u64) {
        self.total = (self.total.0 + used, self.total.1 + span);
        let (used, span) = (self.window.0 + used, self.window.1 + span);
        self.window = (used, span);
        if span < WINDOW {
            return;
        }
        self.window = (0, 0);
        let share = used as f64 / span as f64;
        self.now = Some(share);
        self.peak = Some(self.peak.map_or(share, |peak| peak.max(share)));
        for (streak, limit) in self.above.iter_mut().zip([limits.processor_warns, limits.processor_voids]) {
            streak.tell(share > limit, span, at);
        }
    }

    /// Over the campaign; none if it was not measured.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.total.1 > 0).then(|| self.total.0 as f64 / self.total.1 as f64)
    }
}

impl WorkerHealth {
    /// Nanoseconds in stalls that are longer than this.
    pub(super) fn stalled(&self, longer_than: u64) -> u64 {
        let long = self.stalls.recorded().filter(|(nanos, _)| *nanos > longer_than);
        long.fold(0, |sum, (nanos, count)| sum.saturating_add(nanos.saturating_mul(count)))
    }
}

impl Generator {
    pub(crate) fn new(limits: HealthLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// What it is judged by.
    pub(crate) fn limits(&self) -> &HealthLimits {
        &self.limits
    }

    /// A worker says how it has been; `at` is in nanoseconds since the campaign's start.
    pub fn hear(&mut self, worker: usize, sample: &WorkerSample, at: u64) {
        if self.workers.len() <= worker {
            self.workers.resize_with(worker + 1, WorkerHealth::default);
        }
        let Some(known) = self.workers.get_mut(worker) else { return };
        if let Some(used) = sample.processor {
            known.processor.tell(used, sample.span, &self.limits, at);
        }
        for (since, limit) in known.stalled_since.iter_mut().zip([self.limits.stall_warns, self.limits.stall_voids]) {
            if let Some(longest) = sample.stalls.max().filter(|longest| *longest > limit) {
                since.get_or_insert(at.saturating_sub(longest));
            }
        }
        known.stalls.merge(&sample.stalls);
        known.held = sample.held;
        let mut held = Held::default();
        self.workers.iter().for_each(|worker| held.add(worker.held));
        self.held = self.held.max(held);
    }

    /// The machine says how this process is; `at` is in nanoseconds since the campaign's start.
    pub fn look(&mut self, sample: &MachineSample, at: u64) {
        self.machine.get_or_insert_default().tell(sample, &self.limits, at);
    }
}
