//! When an answer may leave: delays and the freeze.

use std::sync::OnceLock;
use std::time::Duration;

use throng_measure::Moment;
use throng_plugin_api::Clock;

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
}

impl Timing {
    pub(crate) fn new(options: &TargetOptions, clock: Clock) -> Self {
        let freeze = options.freeze_at.zip(options.freeze_for).map(|(after, length)| Freeze { after, length, first: OnceLock::new() });
        Self { clock, draws: Draws::new(options.seed), delay: options.delay, jitter: options.delay_jitter, freeze }
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
        let due = match &self.freeze {
            Some(freeze) => freeze.thaw(*freeze.first.get_or_init(|| now), now + delay),
            None => now + delay,
        };
        self.wait_until(now, due).await;
    }

    /// Waits only while the target is frozen.
    pub(crate) async fn wait_for_thaw(&self) {
        if let Some((freeze, first)) = self.freeze.as_ref().and_then(|freeze| Some((freeze, freeze.first.get()?))) {
            let now = self.clock.now();
            self.wait_until(now, freeze.thaw(*first, now)).await;
        }
    }

    async fn wait_until(&self, now: Moment, due: Moment) {
        if due > now {
            self.clock.sleep_until(due).await;
        }
    }
}

/// A time in which nothing is answered.
#[derive(Debug)]
struct Freeze {
    after: Duration,
    length: Duration,
    first: OnceLock<Moment>,
}

impl Freeze {
    /// When an answer that is due at `due` leaves.
    fn thaw(&self, first: Moment, due: Moment) -> Moment {
        let (start, end) = (first + self.after, first + self.after + self.length);
        if (start..end).contains(&due) { end } else { due }
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
