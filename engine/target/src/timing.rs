//! When an answer may leave: delays and the freeze.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde::Serialize;
use throng_measure::{Histogram, Moment, Quantile};
use throng_plugin_api::Clock;
use tokio::sync::Semaphore;

use crate::TargetOptions;
use crate::draws::{Draws, Purpose};

/// The waiting before answers.
#[derive(Debug)]
pub(crate) struct Timing {
    clock: Clock,
    draws: Draws,
    delay: Duration,
    jitter: Duration,
    freeze: Option<Freeze>,
    /// How long answers were held back, in nanoseconds, where any may be.
    waits: Mutex<Histogram>,
}

/// How long answers were held back, in milliseconds: what a client can have seen at least.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Waits {
    count: u64,
    p50: f64,
    p95: f64,
    p99: f64,
    p99_9: f64,
    max: f64,
}

impl Timing {
    pub(crate) fn new(options: &TargetOptions, clock: Clock) -> Self {
        let freeze = options.freeze_at.zip(options.freeze_for).map(|(after, length)| Freeze::new(after, length));
        Self { clock, draws: Draws::new(options.seed), delay: options.delay, jitter: options.delay_jitter, freeze, waits: Mutex::default() }
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// Waits before the answer to the request of this number; `asked` goes before the delay of the options.
    pub(crate) async fn wait_for_answer(&self, number: u64, asked: Option<Duration>) {
        let delay = asked.unwrap_or_else(|| self.draws.around(self.delay, self.jitter, Purpose::AnswerJitter, number));
        if delay.is_zero() && self.freeze.is_none() {
            return;
        }
        let now = self.clock.now();
        let due = now + delay;
        match &self.freeze {
            Some(freeze) if freeze.holds(freeze.first(now, self.clock), due) => freeze.wait().await,
            _ if due > now => self.clock.sleep_until(due).await,
            _ => {}
        }
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).record(self.clock.now().since(now));
    }

    /// How long answers were held back so far; none where nothing holds any back.
    pub(crate) fn waits(&self) -> Option<Waits> {
        let waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        let milliseconds = |nanoseconds: u64| nanoseconds as f64 / 1e6;
        let percentile = |quantile| waits.percentile(quantile).map(|percentile| milliseconds(percentile.value));
        Some(Waits {
            count: waits.count(),
            p50: percentile(Quantile::P50)?,
            p95: percentile(Quantile::P95)?,
            p99: percentile(Quantile::P99)?,
            p99_9: percentile(Quantile::P99_9)?,
            max: milliseconds(waits.max()?),
        })
    }

    /// Waits only while the target is frozen.
    pub(crate) async fn wait_for_thaw(&self) {
        if let Some((freeze, first)) = self.freeze.as_ref().and_then(|freeze| Some((freeze, freeze.first.get()?)))
            && freeze.holds(*first, self.clock.now())
        {
            freeze.wait().await;
        }
    }
}

/// A time in which nothing is answered. Behind it answers leave in the order in which they were due, as those of a process that stood still.
#[derive(Debug)]
struct Freeze {
    after: Duration,
    length: Duration,
    first: OnceLock<Moment>,
    /// Has no permits, and is closed at the end: who waits is let go in turn then, which timers of their own would not see to.
    gate: Arc<Semaphore>,
}

impl Freeze {
    fn new(after: Duration, length: Duration) -> Self {
        Self { after, length, first: OnceLock::new(), gate: Arc::new(Semaphore::new(0)) }
    }

    /// When the first request came, from which the freeze counts; it may be this one.
    fn first(&self, now: Moment, clock: Clock) -> Moment {
        *self.first.get_or_init(|| {
            let (gate, end) = (Arc::clone(&self.gate), now + self.after + self.length);
            tokio::spawn(async move {
                // To the microsecond where the machine can: how long a freeze was is what is measured.
                if let Ok(mut timer) = clock.precise_timer() {
                    let _ = timer.sleep_until(end).await;
                }
                clock.sleep_until(end).await;
                gate.close();
            });
            now
        })
    }

    /// Whether an answer that is due then is held.
    fn holds(&self, first: Moment, due: Moment) -> bool {
        let start = first + self.after;
        (start..start + self.length).contains(&due)
    }

    async fn wait(&self) {
        // It is never acquired, only closed.
        let _ = self.gate.acquire().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(change: impl FnOnce(&mut TargetOptions)) -> Timing {
        let mut options = TargetOptions::default();
        change(&mut options);
        Timing::new(&options, Clock::paused())
    }

    /// Microseconds that the answer to a request takes which comes at `at`.
    async fn answered_after(timing: &Timing, at: u64, asked: Option<Duration>) -> u64 {
        let arrival = Moment::from_nanos(at * 1000);
        timing.clock.sleep_until(arrival).await;
        timing.wait_for_answer(at, asked).await;
        timing.clock.now().since(arrival) / 1000
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_asked_for_is_no_wait() {
        assert_eq!(answered_after(&timing(|_| ()), 5, None).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn delays_are_the_options_or_the_requests() {
        let timing = timing(|options| options.delay = Duration::from_millis(5));
        assert_eq!(answered_after(&timing, 0, None).await, 5000);
        assert_eq!(answered_after(&timing, 10_000, Some(Duration::from_millis(20))).await, 20_000);
        assert_eq!(answered_after(&timing, 50_000, Some(Duration::ZERO)).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_freeze_counts_from_the_first_request_and_lets_go_at_its_end() {
        let timing = timing(|options| {
            options.freeze_at = Some(Duration::from_millis(5));
            options.freeze_for = Some(Duration::from_millis(1));
        });
        timing.wait_for_thaw().await;
        assert_eq!(timing.clock.now().as_nanos(), 0, "nothing has come in, so nothing is frozen");
        // The first request comes at 100 ms: frozen from 105 ms to 106 ms.
        for (at, wait) in [(100_000, 0), (104_999, 0), (105_000, 1000)] {
            assert_eq!(answered_after(&timing, at, None).await, wait, "at {at} µs");
        }
        assert_eq!(answered_after(&timing, 106_000, None).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_freeze_held_leaves_in_the_order_in_which_it_came() {
        let timing = Arc::new(timing(|options| {
            options.freeze_at = Some(Duration::from_millis(5));
            options.freeze_for = Some(Duration::from_millis(1000));
        }));
        answered_after(&timing, 0, None).await;
        let left = Arc::new(std::sync::Mutex::new(Vec::new()));
        let held = (10..500).map(|at| {
            let (timing, left) = (Arc::clone(&timing), Arc::clone(&left));
            tokio::spawn(async move {
                answered_after(&timing, at * 2000, None).await;
                left.lock().expect("nobody panics").push(at);
            })
        });
        for one in held.collect::<Vec<_>>() {
            one.await.expect("it is let go");
        }
        assert_eq!(*left.lock().expect("nobody panics"), (10..500).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn what_would_leave_within_a_freeze_leaves_at_its_end() {
        let timing = timing(|options| {
            options.delay = Duration::from_millis(2);
            options.freeze_at = Some(Duration::from_millis(5));
            options.freeze_for = Some(Duration::from_millis(10));
        });
        assert_eq!(answered_after(&timing, 0, None).await, 2000);
        assert_eq!(answered_after(&timing, 3500, None).await, 11_500);
    }
}
