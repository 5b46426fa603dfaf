//! Which phase of the load a sample belongs to, by its intended start.

use std::cell::Cell;

use throng_measure::{Moment, Phase};

/// The limits of a scenario's phases.
#[derive(Debug)]
pub(crate) struct Phases {
    warm_until: Moment,
    last_start: Moment,
    /// When the load stops: planned, or brought forward by a soft stop.
    load_stop: Cell<Moment>,
}

impl Phases {
    pub(crate) fn new(warm_until: Moment, last_start: Moment, load_stop: Option<Moment>) -> Self {
        Self { warm_until, last_start, load_stop: Cell::new(load_stop.unwrap_or(Moment::from_nanos(u64::MAX))) }
    }

    /// The load stops now, unless it has stopped already.
    pub(crate) fn stop_load(&self, now: Moment) {
        self.load_stop.set(self.load_stop.get().min(now));
    }

    pub(crate) fn of(&self, intended: Moment) -> Phase {
        if intended < self.warm_until {
            Phase::WarmUp
        } else if intended > self.load_stop.get() {
            Phase::Drain
        } else if intended <= self.last_start {
            Phase::Ramp
        } else {
            Phase::Steady
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_belong_to_the_earlier_phase() {
        let at = Moment::from_nanos;
        let phases = Phases::new(at(10), at(20), None);
        let seen: Vec<_> = [9, 10, 20, 21, 1000].map(|nanos| phases.of(at(nanos))).into();
        assert_eq!(seen, [Phase::WarmUp, Phase::Ramp, Phase::Ramp, Phase::Steady, Phase::Steady]);
        phases.stop_load(at(30));
        phases.stop_load(at(40));
        assert_eq!([30, 31].map(|nanos| phases.of(at(nanos))), [Phase::Steady, Phase::Drain]);
    }
}
