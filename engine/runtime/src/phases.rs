//! Which phase of the load a sample belongs to, by its intended start.

use std::cell::Cell;

use throng_measure::{Moment, Phase};

use crate::message::PlannedPhases;
use crate::plan_clock::PlanClock;

/// A time of the plan that it does not come to.
const NEVER: Moment = Moment::from_nanos(u64::MAX);

/// The limits of a scenario's phases.
#[derive(Debug)]
pub(crate) struct Phases {
    planned: PlannedPhases,
    /// As the plan goes by now: each sample asks for them.
    limits: Cell<Limits>,
    /// When the load was stopped before its time.
    stopped: Cell<Moment>,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    warm_until: Moment,
    last_start: Moment,
    load_stop: Moment,
}

impl Phases {
    pub(crate) fn new(planned: PlannedPhases, clock: &PlanClock) -> Self {
        Self { planned, limits: Cell::new(Limits::of(planned, clock)), stopped: Cell::new(NEVER) }
    }

    /// The plan goes by at another pace: what it has not come to is at other moments.
    pub(crate) fn turn(&self, clock: &PlanClock) {
        self.limits.set(Limits::of(self.planned, clock));
    }

    /// The load stops now, unless it has stopped already.
    pub(crate) fn stop_load(&self, now: Moment) {
        self.stopped.set(self.stopped.get().min(now));
    }

    pub(crate) fn of(&self, intended: Moment) -> Phase {
        let limits = self.limits.get();
        if intended < limits.warm_until {
            Phase::WarmUp
        } else if intended > limits.load_stop.min(self.stopped.get()) {
            Phase::Drain
        } else if intended <= limits.last_start {
            Phase::Ramp
        } else {
            Phase::Steady
        }
    }
}

impl Limits {
    fn of(planned: PlannedPhases, clock: &PlanClock) -> Self {
        let moment = |plan| clock.moment_of(plan).unwrap_or(NEVER);
        Self {
            warm_until: moment(planned.warm_until),
            last_start: moment(planned.last_start),
            load_stop: planned.load_stop.map_or(NEVER, moment),
        }
    }
}

#[cfg(test)]
mod tests {
    use throng_measure::Pace;

    use super::*;
    use crate::plan_clock::Turn;

    #[test]
    fn limits_belong_to_the_earlier_phase() {
        let at = Moment::from_nanos;
        let clock = PlanClock::default();
        let phases = Phases::new(PlannedPhases { warm_until: 10, last_start: 20, load_stop: None }, &clock);
        let seen: Vec<_> = [9, 10, 20, 21, 1000].map(|nanos| phases.of(at(nanos))).into();
        assert_eq!(seen, [Phase::WarmUp, Phase::Ramp, Phase::Ramp, Phase::Steady, Phase::Steady]);
        phases.stop_load(at(30));
        phases.stop_load(at(40));
        assert_eq!([30, 31].map(|nanos| phases.of(at(nanos))), [Phase::Steady, Phase::Drain]);
    }

    #[test]
    fn a_hold_moves_the_limits_behind_it() {
        let at = Moment::from_nanos;
        let mut clock = PlanClock::default();
        let phases = Phases::new(PlannedPhases { warm_until: 10, last_start: 20, load_stop: Some(30) }, &clock);
        clock.turn(Turn { at: at(15), pace: Pace { held: true, ..Pace::default() } });
        phases.turn(&clock);
        assert_eq!([9, 10, 1000].map(|nanos| phases.of(at(nanos))), [Phase::WarmUp, Phase::Ramp, Phase::Ramp]);
        clock.turn(Turn { at: at(115), pace: Pace::default() });
        phases.turn(&clock);
        let seen = [120, 121, 130, 131].map(|nanos| phases.of(at(nanos)));
        assert_eq!(seen, [Phase::Ramp, Phase::Steady, Phase::Steady, Phase::Drain]);
    }
}
