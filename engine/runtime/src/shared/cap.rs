//! The cap on minions in flight, at its one owner. Pure.

use std::collections::VecDeque;

use throng_model::InFlightPolicy;

/// Slots, and who waits for one.
#[derive(Debug)]
pub(crate) struct Cap<T> {
    limit: u64,
    policy: InFlightPolicy,
    in_flight: u64,
    waiting: VecDeque<T>,
}

/// What becomes of a start.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Admission {
    /// It has a slot.
    Go,
    /// It waits for one.
    Wait,
    /// It is not made.
    Drop,
    /// Neither it nor any other is made.
    Stop,
}

impl<T> Cap<T> {
    pub(crate) fn new(limit: u64, policy: InFlightPolicy) -> Self {
        Self { limit, policy, in_flight: 0, waiting: VecDeque::new() }
    }

    /// A minion is to start.
    pub(crate) fn enter(&mut self, who: T) -> Admission {
        if self.in_flight < self.limit {
            self.in_flight += 1;
            return Admission::Go;
        }
        match self.policy {
            InFlightPolicy::Queue => {
                self.waiting.push_back(who);
                Admission::Wait
            }
            InFlightPolicy::Drop => Admission::Drop,
            InFlightPolicy::Stop => Admission::Stop,
        }
    }

    /// A minion is done; its slot goes to the one that is given.
    pub(crate) fn leave(&mut self) -> Option<T> {
        let next = self.waiting.pop_front();
        if next.is_none() {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
        next
    }

    /// Who waited has gone away.
    pub(crate) fn cancel(&mut self, is: impl Fn(&T) -> bool) {
        self.waiting.retain(|who| !is(who));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_go_round() {
        let mut cap = Cap::new(2, InFlightPolicy::Queue);
        assert_eq!([1, 2, 3, 4].map(|who| cap.enter(who)), [Admission::Go, Admission::Go, Admission::Wait, Admission::Wait]);
        cap.cancel(|who| *who == 3);
        assert_eq!([cap.leave(), cap.leave(), cap.leave()], [Some(4), None, None]);
        assert_eq!(cap.enter(5), Admission::Go);
        let mut cap = Cap::new(1, InFlightPolicy::Drop);
        assert_eq!([cap.enter(1), cap.enter(2)], [Admission::Go, Admission::Drop]);
    }
}
