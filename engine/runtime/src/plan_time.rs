//! The plan's time on one worker, for one scenario: who waits for a time of the plan, or for the end of a hold, waits here.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use throng_measure::Moment;
use tokio::sync::Notify;

use crate::plan_clock::{PlanClock, Turn};
use crate::timers::Timers;

/// The plan's clock, and who is woken when its pace changes.
#[derive(Default)]
pub(crate) struct PlanTime {
    clock: RefCell<PlanClock>,
    /// What the clock says as well: each start asks.
    held: Cell<bool>,
    /// Whether the load is stopped: nobody waits any more.
    stopped: Cell<bool>,
    changed: Notify,
}

impl PlanTime {
    pub(crate) fn begin(&self, clock: PlanClock) {
        self.held.set(clock.held_since().is_some());
        self.clock.replace(clock);
        self.changed.notify_waiters();
    }

    pub(crate) fn turn(&self, turn: Turn) {
        let mut clock = self.clock.borrow_mut();
        clock.turn(turn);
        self.held.set(clock.held_since().is_some());
        drop(clock);
        self.changed.notify_waiters();
    }

    /// There is nothing more to wait for.
    pub(crate) fn stop(&self) {
        self.stopped.set(true);
        self.changed.notify_waiters();
    }

    pub(crate) fn with<R>(&self, read: impl FnOnce(&PlanClock) -> R) -> R {
        read(&self.clock.borrow())
    }

    /// When the plan comes to one of its times; none while it is held before that.
    pub(crate) fn moment_of(&self, plan: u64) -> Option<Moment> {
        self.clock.borrow().moment_of(plan)
    }

    pub(crate) fn is_held(&self) -> bool {
        self.held.get()
    }

    /// Waits until the plan comes to one of its times: when that was to be.
    pub(crate) async fn comes_to(&self, plan: u64, timers: &Timers) -> Moment {
        loop {
            // Made before the clock is read, so that no change is missed.
            let changed = self.changed.notified();
            let Some(at) = self.moment_of(plan) else {
                changed.await;
                continue;
            };
            tokio::select! {
                biased;
                () = timers.sleep_until(at) => return at,
                () = changed => {}
            }
        }
    }

    /// Waits while the plan is held, and the load is not stopped: how long the hold was, whenever this task came to hear of its end.
    pub(crate) async fn goes_by(&self) -> Duration {
        let Some(since) = self.with(PlanClock::held_since) else { return Duration::ZERO };
        while self.is_held() && !self.stopped.get() {
            self.changed.notified().await;
        }
        Duration::from_nanos(self.with(PlanClock::since).since(since))
    }
}
