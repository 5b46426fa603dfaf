//! When a worker tells its figures: at every whole quarter of a second since the load's start.

use std::time::Duration;

use throng_measure::Moment;

/// From one time to the next.
const TICK: Duration = Duration::from_millis(250);

/// The times to tell figures at. One that was missed is left out; the ones behind it are where they were.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticks {
    next: Moment,
}

impl Ticks {
    /// The ticks behind `now`, in step with `start`, which may be still to come.
    pub(crate) fn after(now: Moment, start: Moment) -> Self {
        let until_start = start.since(now);
        // To the first tick: what is left of a whole one.
        let left = if until_start > 0 { until_start % nanos(TICK) } else { nanos(TICK) - now.since(start) % nanos(TICK) };
        let left = if left == 0 { nanos(TICK) } else { left };
        Self { next: now + Duration::from_nanos(left) }
    }

    /// The next one.
    pub(crate) fn next(&self) -> Moment {
        self.next
    }

    /// Goes on to the first one behind `now`. The last one that is over: until then counts what is told now.
    pub(crate) fn pass(&mut self, now: Moment) -> Moment {
        let late = now.since(self.next) % nanos(TICK);
        let last = if now < self.next { now } else { now - Duration::from_nanos(late) };
        *self = Self::after(now, self.next);
        last
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Moment {
        Moment::from_nanos(millis * 1_000_000)
    }

    #[test]
    fn ticks_are_in_step_with_the_start() {
        let next = |now, start| Ticks::after(at(now), at(start)).next();
        assert_eq!([next(100, 1_000), next(0, 1_100), next(1_000, 1_000), next(1_001, 1_000)], [250, 100, 1_250, 1_250].map(at));
        assert_eq!(next(250, 1_000), at(500), "not the moment itself");
    }

    #[test]
    fn a_late_tick_delays_none_behind_it() {
        let mut ticks = Ticks::after(at(1_000), at(1_000));
        assert_eq!((ticks.pass(at(1_250)), ticks.next()), (at(1_250), at(1_500)));
        assert_eq!((ticks.pass(at(1_504)), ticks.next()), (at(1_500), at(1_750)));
        assert_eq!((ticks.pass(at(2_300)), ticks.next()), (at(2_250), at(2_500)), "two were missed");
    }
}
