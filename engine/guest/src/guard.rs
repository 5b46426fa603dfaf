//! Keeps a guest within its time and memory, and remembers which limit it ran into.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use wasmtime::{ResourceLimiter, UpdateDeadline};

use crate::fault::HostTrap;
use crate::ticker;

/// How long a guest may compute in one go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Budget {
    /// The time.
    pub(crate) time: Duration,
    /// The limit that it comes from, as its user calls it.
    pub(crate) option: &'static str,
    ticks: u64,
}

impl Budget {
    /// So much time, as the limit `option` has it.
    pub(crate) fn new(time: Duration, option: &'static str) -> Self {
        Self { time, option, ticks: ticker::ticks(time) }
    }
}

/// Why a guest was stopped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stopped {
    /// It ran longer than this.
    Deadline(Budget),
    /// The campaign was aborted.
    Aborted,
}

/// One store's limits of time and memory.
#[derive(Debug)]
pub(crate) struct Guard {
    abort: Arc<AtomicBool>,
    budget: Budget,
    ticks_left: u64,
    stopped: Option<Stopped>,
    memory_limit: usize,
    memory_used: usize,
    memory_refused: bool,
}

/// Entries of a table: function pointers, a few thousand in big components.
const TABLE_ELEMENTS: usize = 1_000_000;

impl Guard {
    /// Guards a store that ends when `abort` is set.
    pub(crate) fn new(memory_limit: usize, abort: Arc<AtomicBool>) -> Self {
        Self {
            abort,
            budget: Budget::new(Duration::ZERO, "call-time"),
            ticks_left: 0,
            stopped: None,
            memory_limit,
            memory_used: 0,
            memory_refused: false,
        }
    }

    /// The guest begins to compute.
    pub(crate) fn begin(&mut self, budget: Budget) {
        self.budget = budget;
        self.ticks_left = budget.ticks;
        self.memory_refused = false;
    }

    /// Ticks come only while the guest computes, each at most once, so a call that waits or a thread that is held up is not charged.
    pub(crate) fn tick(&mut self) -> wasmtime::Result<UpdateDeadline> {
        let stopped = if self.abort.load(Ordering::Relaxed) {
            Stopped::Aborted
        } else if let Some(left) = self.ticks_left.checked_sub(1) {
            self.ticks_left = left;
            return Ok(UpdateDeadline::Continue(1));
        } else {
            Stopped::Deadline(self.budget)
        };
        self.stopped = Some(stopped);
        Err(HostTrap::new("stopped").into())
    }

    /// Why the guest was stopped, if it was.
    pub(crate) fn stopped(&self) -> Option<Stopped> {
        self.stopped
    }

    /// The limit of memory, if the guest asked for more in this call.
    pub(crate) fn memory_refused(&self) -> Option<usize> {
        self.memory_refused.then_some(self.memory_limit)
    }
}

impl ResourceLimiter for Guard {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let used = self.memory_used.saturating_add(desired.saturating_sub(current));
        if used > self.memory_limit {
            self.memory_refused = true;
            return Ok(false);
        }
        self.memory_used = used;
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_memories_count_together() {
        let mut guard = Guard::new(100, Arc::default());
        assert!(guard.memory_growing(0, 60, None).expect("never fails"));
        assert!(!guard.memory_growing(0, 60, None).expect("never fails"));
        assert_eq!(guard.memory_refused(), Some(100));
        guard.begin(Budget::new(Duration::ZERO, "call-time"));
        assert!(guard.memory_growing(60, 100, None).expect("never fails"));
        assert_eq!(guard.memory_refused(), None);
    }

    #[test]
    fn a_limit_is_never_undercut() {
        let mut guard = Guard::new(0, Arc::default());
        let budget = Budget::new(Duration::from_millis(15), "call-time");
        guard.begin(budget);
        let survived = (0..10).take_while(|_| guard.tick().is_ok()).count();
        assert_eq!(survived, 2, "the third tick comes 20 to 30 ms after the start");
        assert_eq!(guard.stopped(), Some(Stopped::Deadline(budget)));
    }
}
