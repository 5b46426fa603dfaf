//! How one scenario comes to its end: when nothing under load goes on anywhere, what is held back is released, what runs beside the load
//! ends, and what comes behind it runs. Pure: reports and time come in, messages for all workers go out.
//!
//! Whether anything goes on is asked twice, and the workers' counts of messages to each other must be the same both times and balance: one
//! look alone can miss a message on its way between two workers that both were still when they said so (F. Mattern, *Algorithms for
//! distributed termination detection*, 1987: the four-counter method).

use std::time::Duration;

use throng_measure::Moment;
use throng_runtime::{Settle, Stillness, ToWorker, TreePhase};

/// One scenario's way to its end.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    scenario: u32,
    workers: usize,
    state: State,
    round: u32,
    /// The last report of each worker in this round.
    stillness: Vec<Option<Stillness>>,
    /// What the messages came to at the first of two looks.
    first_look: Option<(u64, u64)>,
    /// How long side trees that feed joins go on after the load.
    linger: Duration,
    has_trees_behind: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// Minions, or what they left in joins and collects, are under way.
    Load,
    /// Side trees go on for the sake of joins.
    Lingering(Moment),
    /// Side trees are ending.
    Draining,
    /// The trees behind the load wait for the other scenarios.
    Drained,
    /// They run, on so many workers.
    Behind(usize),
    /// They have left something in joins and collects.
    Clearing,
    /// So many workers have not let go yet.
    Closing(usize),
}

impl Lifecycle {
    pub(crate) fn new(scenario: u32, workers: usize, linger: Duration, has_trees_behind: bool) -> Self {
        Self { scenario, workers, state: State::Load, round: 0, stillness: vec![None; workers], first_look: None, linger, has_trees_behind }
    }

    /// Whether every worker has let go.
    pub(crate) fn has_ended(&self) -> bool {
        self.state == State::Closing(0)
    }

    /// Whether minions, or what they left in joins and collects, are under way.
    pub(crate) fn is_under_load(&self) -> bool {
        self.state == State::Load
    }

    /// Whether there is no load any more, nor anything beside it.
    pub(crate) fn is_drained(&self) -> bool {
        !matches!(self.state, State::Load | State::Lingering(_) | State::Draining)
    }

    /// When there is something to do though nobody reports.
    pub(crate) fn due(&self) -> Option<Moment> {
        match self.state {
            State::Lingering(until) => Some(until),
            _ => None,
        }
    }

    /// A worker says how still it is.
    pub(crate) fn heard(&mut self, worker: u32, stillness: Stillness, now: Moment) -> Option<ToWorker> {
        if stillness.round != self.round || !matches!(self.state, State::Load | State::Draining | State::Clearing) {
            return None;
        }
        *self.stillness.get_mut(worker as usize)? = Some(stillness);
        let all: Vec<Stillness> = self.stillness.iter().copied().collect::<Option<_>>()?;
        let beside = self.state != State::Load;
        let sent = |one: &Stillness| if beside { one.sent_in_all } else { one.sent };
        let received = |one: &Stillness| if beside { one.received_in_all } else { one.received };
        let look = (all.iter().map(sent).sum::<u64>(), all.iter().map(received).sum::<u64>());
        if look.0 != look.1 || all.iter().any(|one| !one.quiet) {
            self.first_look = None;
            return None;
        }
        if self.first_look.replace(look) != Some(look) {
            return Some(self.settle(Settle::Look));
        }
        self.first_look = None;
        if all.iter().any(|one| one.parked > 0) {
            return Some(self.settle(Settle::Release));
        }
        if let Some(step) = all.iter().filter_map(|one| one.collecting).min() {
            return Some(self.settle(Settle::Flush(step)));
        }
        match self.state {
            State::Load => {
                self.state = State::Lingering(now + self.linger);
                self.tick(now)
            }
            State::Clearing => Some(self.close()),
            _ => self.drained(),
        }
    }

    /// Time goes on.
    pub(crate) fn tick(&mut self, now: Moment) -> Option<ToWorker> {
        match self.state {
            State::Lingering(until) if now >= until => {
                self.state = State::Draining;
                Some(self.settle(Settle::EndCompanions))
            }
            _ => None,
        }
    }

    /// No scenario of the campaign is under load any more.
    pub(crate) fn go_behind(&mut self) -> Option<ToWorker> {
        (self.state == State::Drained).then(|| {
            self.state = State::Behind(self.workers);
            ToWorker::RunTrees { scenario: self.scenario, phase: TreePhase::AfterLoad }
        })
    }

    /// A worker's trees behind the load have ended.
    pub(crate) fn trees_done(&mut self) -> Option<ToWorker> {
        match self.state {
            State::Behind(1) => {
                self.state = State::Clearing;
                Some(self.settle(Settle::Look))
            }
            State::Behind(left) => {
                self.state = State::Behind(left - 1);
                None
            }
            _ => None,
        }
    }

    /// A worker has let go.
    pub(crate) fn ended(&mut self) {
        self.state = match self.state {
            State::Closing(left) => State::Closing(left.saturating_sub(1)),
            _ => State::Closing(self.workers.saturating_sub(1)),
        };
    }

    /// Everything was cancelled: the workers let go by themselves.
    pub(crate) fn cancelled(&mut self) {
        if !matches!(self.state, State::Closing(_)) {
            self.state = State::Closing(self.workers);
        }
    }

    fn drained(&mut self) -> Option<ToWorker> {
        if self.has_trees_behind {
            self.state = State::Drained;
            return None;
        }
        Some(self.close())
    }

    fn close(&mut self) -> ToWorker {
        self.state = State::Closing(self.workers);
        ToWorker::Close { scenario: self.scenario }
    }

    fn settle(&mut self, settle: Settle) -> ToWorker {
        self.round += 1;
        self.stillness.fill(None);
        ToWorker::Settle { scenario: self.scenario, round: self.round, settle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn still(round: u32, sent: u64, received: u64) -> Stillness {
        Stillness { round, quiet: true, sent, received, sent_in_all: sent, received_in_all: received, ..Stillness::default() }
    }

    fn told(message: Option<ToWorker>) -> String {
        match message {
            None => "nothing".to_owned(),
            Some(ToWorker::Settle { round, settle, .. }) => format!("{round} {settle:?}"),
            Some(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn a_message_on_its_way_keeps_the_load_alive() {
        let now = Moment::from_nanos(0);
        let mut life = Lifecycle::new(0, 2, Duration::ZERO, false);
        assert_eq!(told(life.heard(0, still(0, 1, 0), now)), "nothing");
        assert_eq!(told(life.heard(1, still(0, 0, 0), now)), "nothing", "one was sent, none received");
        assert_eq!(told(life.heard(1, still(0, 0, 1), now)), "1 Look");
        // Worker 1 has answered worker 0, which works on it.
        assert_eq!(told(life.heard(1, still(1, 1, 1), now)), "nothing");
        assert_eq!(told(life.heard(0, Stillness { quiet: false, ..still(1, 1, 1) }, now)), "nothing");
        assert_eq!(told(life.heard(0, still(1, 1, 1), now)), "2 Look");
        assert_eq!(told(life.heard(0, still(2, 1, 1), now)), "nothing");
        assert_eq!(told(life.heard(1, still(2, 1, 1), now)), "3 EndCompanions");
    }

    #[test]
    fn what_is_held_back_is_released_first() {
        let now = Moment::from_nanos(0);
        let second = Duration::from_secs(1);
        let mut life = Lifecycle::new(0, 1, second, true);
        let parked = |round| Stillness { parked: 2, collecting: Some(7), ..still(round, 0, 0) };
        let collecting = |round| Stillness { collecting: Some(7), ..still(round, 0, 0) };
        let mut messages = Vec::new();
        for round in 0.. {
            let stillness = if round < 2 {
                parked(round)
            } else if round < 4 {
                collecting(round)
            } else {
                still(round, 0, 0)
            };
            match told(life.heard(0, stillness, now)).as_str() {
                "nothing" => break,
                message => messages.push(message.to_owned()),
            }
        }
        assert_eq!(messages, ["1 Look", "2 Release", "3 Look", "4 Flush(7)", "5 Look"]);
        assert_eq!(life.due(), Some(now + second));
        assert_eq!(told(life.tick(now + second)), "6 EndCompanions");
        assert!(life.heard(0, still(6, 0, 0), now).is_some() && life.heard(0, still(7, 0, 0), now).is_none());
        assert!(life.is_drained() && life.go_behind().is_some() && life.go_behind().is_none());
        assert_eq!(told(life.trees_done()), "8 Look");
        assert_eq!(told(life.heard(0, collecting(8), now)), "9 Look");
        assert_eq!(told(life.heard(0, collecting(9), now)), "10 Flush(7)");
        assert_eq!(told(life.heard(0, still(10, 0, 0), now)), "11 Look");
        assert!(matches!(life.heard(0, still(11, 0, 0), now), Some(ToWorker::Close { scenario: 0 })));
        life.ended();
        assert!(life.has_ended());
    }
}
