//! How a worker has been: how late its loop has turned, and how much of its processor it has used.
//!
//! A beat that should come every few milliseconds is part of the future that drives the worker, which the runtime polls between any few
//! tasks: what delays it delays everything here.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use throng_measure::{Held, Histogram, Moment, WorkerSample};
use throng_plugin_api::Clock;

/// How often the loop should turn at least.
const BEAT: Duration = Duration::from_millis(5);

/// The runtime's own timers round up to whole milliseconds: what is later by less is not.
const NOTED: u64 = 2_000_000;

/// One worker's pulse.
pub(crate) struct Pulse {
    clock: Clock,
    stalls: RefCell<Histogram>,
    /// Time in calls that the sandbox had to end, since the last beat: who made them is known, and judged for it.
    excused: Cell<u64>,
    /// When it last said how it had been, and the processor time then.
    told: Cell<(Moment, Option<u64>)>,
}

impl fmt::Debug for Pulse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pulse").field("told", &self.told).finish_non_exhaustive()
    }
}

impl Pulse {
    /// Must be made on the worker's own thread.
    pub(crate) fn new(clock: Clock) -> Self {
        let told = Cell::new((clock.now(), clock.thread_time()));
        Self { clock, stalls: RefCell::default(), excused: Cell::new(0), told }
    }

    /// Does the worker's work, with the beat beside it. Virtual time never stands still, so that nothing beats there.
    pub(crate) async fn beside<T>(&self, work: impl Future<Output = T>) -> T {
        if self.clock.is_virtual() {
            return work.await;
        }
        tokio::select! {
            biased;
            never = self.beat() => match never {},
            done = work => done,
        }
    }

    /// A call that the sandbox had to end took so long.
    pub(crate) fn excuse(&self, nanos: u64) {
        self.excused.set(self.excused.get().saturating_add(nanos));
    }

    /// How it has been since this was last asked.
    pub(crate) fn take(&self, held: Held) -> WorkerSample {
        let (now, used) = (self.clock.now(), self.clock.thread_time());
        let (before, used_before) = self.told.replace((now, used));
        let processor = used.zip(used_before).map(|(used, before)| used.saturating_sub(before));
        WorkerSample { span: now.since(before), processor, stalls: self.stalls.take(), held }
    }

    async fn beat(&self) -> Infallible {
        let mut last = self.clock.now();
        loop {
            self.clock.sleep_until(last + BEAT).await;
            let now = self.clock.now();
            self.note(now.since(last + BEAT));
            last = now;
        }
    }

    fn note(&self, late: u64) {
        let late = late.saturating_sub(self.excused.take());
        if late >= NOTED {
            self.stalls.borrow_mut().record(late);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_sandbox_ended_is_nobodys_stall_but_the_guests() {
        let pulse = Pulse::new(Clock::system());
        pulse.note(NOTED - 1);
        pulse.note(80_000_000);
        pulse.excuse(100_000_000);
        pulse.note(101_000_000);
        pulse.note(60_000_000);
        let sample = pulse.take(Held::default());
        assert_eq!((sample.stalls.count(), sample.stalls.max()), (2, Some(80_000_000)));
        assert!(pulse.take(Held::default()).stalls.is_empty(), "each is told once");
    }

    #[test]
    fn a_thread_that_computes_is_seen_to() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let clock = Clock::system();
        let pulse = Pulse::new(clock);
        let hog = async {
            // Let it beat once.
            clock.sleep_until(clock.now() + BEAT).await;
            let until = clock.now() + Duration::from_millis(60);
            while clock.now() < until {
                std::hint::spin_loop();
            }
            clock.sleep_until(clock.now() + BEAT).await;
        };
        runtime.block_on(pulse.beside(hog));
        let sample = pulse.take(Held::default());
        assert!(sample.stalls.max().is_some_and(|longest| longest >= 50_000_000), "{sample:?}");
        #[cfg(target_os = "linux")]
        assert!(sample.processor.is_some_and(|used| used > 0), "{sample:?}");
    }
}
