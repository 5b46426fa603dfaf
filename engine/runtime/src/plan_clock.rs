//! The plan's own time: how it goes by on the campaign's clock. It stands still while the campaign is held, and runs faster or slower as
//! somebody asks. Everything that is planned has a time of the plan, and is asked here for its moment. Pure.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use throng_measure::{Moment, Pace};

/// The way from times of the plan, in nanoseconds since t₀ as they were planned, to moments, and back: straight between two changes of
/// pace. What must not move, such as the hard timeout and the windows of rules, doesn't ask here.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PlanClock {
    /// In order; one at least, and [`PlanClock::LEGS`] at most.
    legs: Vec<Leg>,
}

/// A straight piece of the way.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct Leg {
    from: Moment,
    /// The plan's time then.
    plan: u64,
    pace: Pace,
}

/// A change of pace.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Turn {
    /// When.
    pub at: Moment,
    /// To which.
    pub pace: Pace,
}

impl Default for PlanClock {
    fn default() -> Self {
        Self::new(Moment::default(), Pace::default())
    }
}

impl PlanClock {
    /// Straight pieces at most: a hold that is the last change can still end. No pace is taken after them.
    pub const LEGS: usize = Pace::CHANGES + 2;

    /// A plan that begins at t₀, at this pace.
    pub fn new(start: Moment, pace: Pace) -> Self {
        Self { legs: vec![Leg { from: start, plan: 0, pace }] }
    }

    /// The campaign's t₀.
    pub fn start(&self) -> Moment {
        self.legs.first().map_or_else(Moment::default, |leg| leg.from)
    }

    /// The pace now.
    pub fn pace(&self) -> Pace {
        self.last().pace
    }

    /// Since when it has been held, or has gone by at this speed.
    pub fn since(&self) -> Moment {
        self.last().from
    }

    /// Since when the plan has been held; none while it goes by.
    pub fn held_since(&self) -> Option<Moment> {
        self.pace().held.then(|| self.since())
    }

    /// The pace changes. What has begun already, at whatever pace, stays as it was; whether there was room for the change.
    pub fn turn(&mut self, turn: Turn) -> bool {
        let last = self.last();
        // Before t₀ no time of the plan has passed.
        let leg = Leg { from: turn.at.max(last.from), plan: last.time_at(turn.at), pace: turn.pace };
        let is_full = self.legs.len() >= Self::LEGS;
        match self.legs.last_mut() {
            // A hold goes on, whatever the speed behind it.
            Some(last) if last.pace.held && leg.pace.held => last.pace = leg.pace,
            Some(last) if last.from == leg.from => *last = leg,
            _ if is_full => return false,
            _ => self.legs.push(leg),
        }
        true
    }

    /// When the plan comes to one of its times; none while it is held before that, or at it.
    pub fn moment_of(&self, plan: u64) -> Option<Moment> {
        let next = self.legs.partition_point(|leg| leg.plan <= plan);
        let leg = self.legs.get(next.checked_sub(1)?)?;
        let at = leg.moment_of(plan)?;
        // Rounding must not take it behind what comes later in the plan.
        Some(self.legs.get(next).map_or(at, |next| at.min(next.from)))
    }

    /// The same as [`PlanClock::moment_of`], as if a plan that is held went on now.
    pub fn expected(&self, plan: u64, now: Moment) -> Moment {
        self.moment_of(plan).unwrap_or_else(|| {
            let last = self.last();
            let going = Leg { from: now, pace: Pace { held: false, ..last.pace }, ..last };
            going.moment_of(plan).unwrap_or(now)
        })
    }

    /// Whether the plan has come to one of its times.
    pub fn has_come(&self, plan: u64, now: Moment) -> bool {
        self.moment_of(plan).is_some_and(|at| at <= now)
    }

    fn last(&self) -> Leg {
        self.legs.last().copied().unwrap_or(Leg { from: Moment::default(), plan: 0, pace: Pace::default() })
    }
}

impl Leg {
    fn moment_of(&self, plan: u64) -> Option<Moment> {
        let ahead = plan.saturating_sub(self.plan);
        match self.pace.rate() {
            0.0 => None,
            1.0 => Some(self.from + Duration::from_nanos(ahead)),
            rate => Some(self.from + Duration::from_nanos((ahead as f64 / rate).round() as u64)),
        }
    }

    fn time_at(&self, now: Moment) -> u64 {
        let passed = now.since(self.from);
        match self.pace.rate() {
            1.0 => self.plan.saturating_add(passed),
            rate => self.plan.saturating_add((passed as f64 * rate).round() as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: u64) -> Moment {
        Moment::from_nanos(nanos)
    }

    fn clock(start: u64, turns: &[(u64, bool, f64)]) -> PlanClock {
        let mut clock = PlanClock::new(at(start), Pace::default());
        for (moment, held, speed) in turns {
            assert!(clock.turn(Turn { at: at(*moment), pace: Pace { held: *held, speed: *speed } }));
        }
        clock
    }

    fn moments(clock: &PlanClock, plan: impl IntoIterator<Item = u64>) -> Vec<Option<u64>> {
        plan.into_iter().map(|plan| clock.moment_of(plan).map(Moment::as_nanos)).collect()
    }

    #[test]
    fn a_hold_moves_what_is_not_yet_there() {
        let held = clock(1000, &[(1300, true, 1.0)]);
        assert_eq!(moments(&held, [0, 299, 300, 301]), [Some(1000), Some(1299), None, None], "what is due at the hold waits as well");
        assert_eq!(held.held_since(), Some(at(1300)));
        assert!(held.has_come(299, at(5000)) && !held.has_come(300, at(5000)));
        let resumed = clock(1000, &[(1300, true, 1.0), (1900, false, 1.0)]);
        assert_eq!(moments(&resumed, [0, 299, 300, 400]), [Some(1000), Some(1299), Some(1900), Some(2000)]);
        assert_eq!((resumed.held_since(), resumed.start()), (None, at(1000)));
    }

    #[test]
    fn speed_shrinks_what_is_left() {
        let sped = clock(0, &[(100, false, 2.0), (200, false, 0.5)]);
        assert_eq!(moments(&sped, [50, 100, 200, 299, 300, 310]), [50, 100, 150, 200, 200, 220].map(Some));
    }

    #[test]
    fn speed_and_hold_are_apart() {
        let both = clock(0, &[(100, true, 1.0), (150, true, 2.0), (200, false, 2.0)]);
        assert_eq!(moments(&both, [99, 100, 120]), [99, 200, 210].map(Some));
        assert_eq!(clock(0, &[(100, true, 1.0), (150, true, 2.0)]).held_since(), Some(at(100)));
        let held = clock(0, &[(100, true, 2.0)]);
        assert_eq!([held.expected(50, at(500)), held.expected(140, at(500))], [at(50), at(520)]);
    }

    #[test]
    fn before_the_start_no_time_of_the_plan_has_passed() {
        let held = clock(1000, &[(400, true, 1.0)]);
        assert_eq!(moments(&held, [0]), [None]);
        assert_eq!(moments(&clock(1000, &[(400, true, 1.0), (600, false, 1.0)]), [0, 5]), [1000, 1005].map(Some), "it was over in time");
        assert_eq!(moments(&clock(1000, &[(400, true, 1.0), (1600, false, 1.0)]), [0, 5]), [1600, 1605].map(Some));
    }

    /// Two times of the plan never change places, whatever the pace; and what is kept is bounded.
    #[test]
    fn the_plan_stays_in_order() {
        let mut clock = PlanClock::new(at(7), Pace::default());
        let speeds = [0.001, 0.37, 1.0, 1.7, 999.0];
        for turn in 0..PlanClock::LEGS as u64 + 10 {
            let pace = Pace { held: turn % 5 == 1, speed: speeds.get(turn as usize % 5).copied().unwrap_or(1.0) };
            assert_eq!(clock.turn(Turn { at: at(10 + turn * 13), pace }), turn + 1 < PlanClock::LEGS as u64);
        }
        let moments: Vec<_> = (0..400_000).map_while(|plan| clock.moment_of(plan)).collect();
        assert!(moments.len() > 1000 && moments.is_sorted());
    }
}
