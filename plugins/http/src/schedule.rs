//! When polls start: on a grid that never drifts, later after failures.

use std::time::Duration;

use throng_measure::Moment;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The plan of one source's polls: poll k is meant to start at the first one's start + k × the period.
#[derive(Debug)]
pub(crate) struct Schedule {
    period: u64,
    first: Option<Moment>,
    /// The number of the next poll.
    next: u64,
    /// After a failure: when to try again at the earliest, and how long the pause was.
    pause: Option<(Moment, Duration)>,
}

impl Schedule {
    /// With a period of at least a nanosecond.
    pub(crate) fn new(period: Duration) -> Self {
        Self { period: u64::try_from(period.as_nanos()).unwrap_or(u64::MAX).max(1), first: None, next: 0, pause: None }
    }

    /// When the next poll starts; in the past when it is late. The first one starts at once.
    pub(crate) fn next_start(&mut self, now: Moment) -> Moment {
        let first = *self.first.get_or_insert(now);
        let planned = first + Duration::from_nanos(self.period.saturating_mul(self.next));
        self.pause.map_or(planned, |(until, _)| planned.max(until))
    }

    /// A poll starts now. Answers how many planned ones were left out because those before took too long: a late source does not hurry.
    pub(crate) fn start(&mut self, now: Moment) -> u64 {
        let first = *self.first.get_or_insert(now);
        let number = self.next.max(now.since(first) / self.period);
        let skipped = number - self.next;
        self.next = number + 1;
        skipped
    }

    /// The server could not be asked: the next poll waits, twice as long each time.
    pub(crate) fn fail(&mut self, now: Moment) {
        let pause = self.pause.map_or(FIRST_PAUSE, |(_, pause)| (pause * 2).min(LONGEST_PAUSE));
        self.pause = Some((now + pause, pause));
    }

    /// The server has answered.
    pub(crate) fn succeed(&mut self) {
        self.pause = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Moment {
        Moment::from_nanos(milliseconds * 1_000_000)
    }

    #[test]
    fn starts_do_not_drift() {
        let mut schedule = Schedule::new(Duration::from_millis(10));
        for poll in 0..1000 {
            let planned = at(5 + poll * 10);
            assert_eq!(schedule.next_start(at(5)), planned);
            assert_eq!(schedule.start(planned + Duration::from_millis(7)), 0, "a late start moves no plan");
        }
    }

    #[test]
    fn what_was_missed_is_left_out() {
        let mut schedule = Schedule::new(Duration::from_millis(10));
        schedule.next_start(at(0));
        assert_eq!(schedule.start(at(0)), 0);
        assert_eq!((schedule.next_start(at(35)), schedule.start(at(35))), (at(10), 2));
        assert_eq!(schedule.next_start(at(36)), at(40));
        assert_eq!(schedule.start(at(40)), 0);
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_end_with_a_success() {
        let mut schedule = Schedule::new(Duration::from_millis(10));
        schedule.next_start(at(0));
        schedule.start(at(0));
        let pauses: Vec<_> = (0..8)
            .map(|_| {
                schedule.fail(at(1));
                schedule.next_start(at(1)).since(at(1)) / 1_000_000
            })
            .collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        schedule.succeed();
        assert_eq!(schedule.next_start(at(1)), at(10));
        let mut slow = Schedule::new(Duration::from_secs(60));
        slow.next_start(at(0));
        slow.start(at(0));
        slow.fail(at(1));
        assert_eq!(slow.next_start(at(1)), at(60_000), "a pause never makes a source faster");
    }
}
