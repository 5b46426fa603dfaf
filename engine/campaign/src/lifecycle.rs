//! How one scenario goes from its trees before the load to its end: when nothing goes on anywhere, what is held back is released; when
//! nothing is, the load begins, or what runs beside it ends, or what comes behind it runs. Pure: reports and time come in, messages for all workers go out.
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
    trees: Trees,
}

/// What a scenario has beside its load.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trees {
    /// Whether trees run before it.
    pub(crate) before: bool,
    /// How long side trees that feed joins go on after it.
    pub(crate) linger: Duration,
    /// Whether trees run behind it.
    pub(crate) behind: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// The trees before the load run.
    Before,
    /// There is nothing to do before the load, or no more.
    Ready,
    /// Minions, or what they left in joins and collects, are under way.
    Load,
    /// Side trees go on for the sake of joins.
    Lingering(Moment),
    /// Side trees are ending.
    Draining,
    /// The trees behind the load wait for the other scenarios.
    Drained,
    /// They run, or what they left in joins and collects is under way.
    Behind,
    /// So many workers have not let go yet.
    Closing(usize),
}

impl Lifecycle {
    pub(crate) fn new(scenario: u32, workers: usize, trees: Trees) -> Self {
        Self { scenario, workers, state: State::Ready, round: 0, stillness: vec![None; workers], first_look: None, trees }
    }

    /// Whether every worker has let go.
    pub(crate) fn has_ended(&self) -> bool {
        self.state == State::Closing(0)
    }

    /// Whether trees before the load run.
    pub(crate) fn is_before_load(&self) -> bool {
        self.state == State::Before
    }

    /// Whether there was a load, and minions and what they left in joins and collects have ended.
    pub(crate) fn is_past_load(&self) -> bool {
        !matches!(self.state, State::Before | State::Ready | State::Load)
    }

    /// Until when side trees go on for the sake of joins.
    pub(crate) fn lingers_until(&self) -> Option<Moment> {
        match self.state {
            State::Lingering(until) => Some(until),
            _ => None,
        }
    }

    /// Whether there is no load any more, nor anything beside it.
    pub(crate) fn is_drained(&self) -> bool {
        matches!(self.state, State::Drained | State::Behind | State::Closing(_))
    }

    /// The trees before the load are to run, if there are any.
    pub(crate) fn go_before(&mut self) -> Option<ToWorker> {
        (self.state == State::Ready && self.trees.before).then(|| {
            self.state = State::Before;
            self.settle(Settle::RunTrees(TreePhase::BeforeLoad))
        })
    }

    /// The load begins; the round that it begins with, unless the scenario was cancelled before.
    pub(crate) fn begin(&mut self) -> Option<u32> {
        (self.state == State::Ready).then(|| {
            self.state = State::Load;
            self.next_round()
        })
    }

    /// There will be no load.
    pub(crate) fn skip_load(&mut self) -> Option<ToWorker> {
        if self.state == State::Ready { self.drained() } else { None }
    }

    /// A worker says how still it is.
    pub(crate) fn heard(&mut self, worker: u32, stillness: Stillness, now: Moment) -> Option<ToWorker> {
        if stillness.round != self.round || !matches!(self.state, State::Before | State::Load | State::Draining | State::Behind) {
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
        // What a collect still holds may be what somebody waits for.
        if let Some(step) = all.iter().filter_map(|one| one.collecting).min() {
            return Some(self.settle(Settle::Flush(step)));
        }
        if all.iter().any(|one| one.parked > 0) {
            return Some(self.settle(Settle::Release));
        }
        match self.state {
            State::Before => {
                self.state = State::Ready;
                None
            }
            State::Load => {
                self.state = State::Lingering(now + self.trees.linger);
                self.tick(now)
            }
            State::Behind => Some(self.close()),
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
            self.state = State::Behind;
            self.settle(Settle::RunTrees(TreePhase::AfterLoad))
        })
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
        if self.trees.behind {
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
        ToWorker::Settle { scenario: self.scenario, round: self.next_round(), settle }
    }

    /// What was told of how still it is holds no longer.
    fn next_round(&mut self) -> u32 {
        self.round += 1;
        self.stillness.fill(None);
        self.round
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
        let mut life = Lifecycle::new(0, 2, Trees::default());
        assert_eq!(life.begin(), Some(1));
        assert_eq!(told(life.heard(0, still(0, 0, 0), now)), "nothing", "that was before the load");
        assert_eq!(told(life.heard(0, still(1, 1, 0), now)), "nothing");
        assert_eq!(told(life.heard(1, still(1, 0, 0), now)), "nothing", "one was sent, none received");
        assert_eq!(told(life.heard(1, still(1, 0, 1), now)), "2 Look");
        // Worker 1 has answered worker 0, which works on it.
        assert_eq!(told(life.heard(1, still(2, 1, 1), now)), "nothing");
        assert_eq!(told(life.heard(0, Stillness { quiet: false, ..still(2, 1, 1) }, now)), "nothing");
        assert_eq!(told(life.heard(0, still(2, 1, 1), now)), "3 Look");
        assert_eq!(told(life.heard(0, still(3, 1, 1), now)), "nothing");
        assert_eq!(told(life.heard(1, still(3, 1, 1), now)), "4 EndCompanions");
    }

    /// Tells what a single worker is told when this is what it says, once and again, until nothing more is asked of it.
    fn said(life: &mut Lifecycle, states: &[Stillness], now: Moment) -> Vec<String> {
        let mut messages = Vec::new();
        for stillness in states.iter().flat_map(|one| [one, one]) {
            let stillness = Stillness { round: life.round, ..*stillness };
            messages.push(told(life.heard(0, stillness, now)));
        }
        messages
    }

    #[test]
    fn what_is_held_back_is_released_first() {
        let now = Moment::from_nanos(0);
        let second = Duration::from_secs(1);
        let mut life = Lifecycle::new(0, 1, Trees { before: true, linger: second, behind: true });
        let quiet = still(0, 0, 0);
        let collecting = Stillness { collecting: Some(7), ..quiet };
        let parked = Stillness { parked: 2, ..quiet };
        assert_eq!(told(life.go_before()), "1 RunTrees(BeforeLoad)");
        assert!(life.is_before_load() && life.begin().is_none());
        assert_eq!(said(&mut life, &[collecting, quiet], now), ["2 Look", "3 Flush(7)", "4 Look", "nothing"]);
        assert_eq!(life.begin(), Some(5));
        assert!(!life.is_past_load());
        // Those who wait may wait for what is held.
        let both = Stillness { collecting: Some(7), ..parked };
        let expected = ["6 Look", "7 Flush(7)", "8 Look", "9 Release", "10 Look", "nothing"];
        assert_eq!(said(&mut life, &[both, parked, quiet], now), expected);
        assert_eq!(life.lingers_until(), Some(now + second));
        assert_eq!(told(life.tick(now + second)), "11 EndCompanions");
        assert_eq!(said(&mut life, &[quiet], now), ["12 Look", "nothing"]);
        assert!(life.is_drained());
        assert_eq!(told(life.go_behind()), "13 RunTrees(AfterLoad)");
        assert!(life.go_behind().is_none());
        let expected = ["14 Look", "15 Flush(7)", "16 Look", "Close { scenario: 0 }"];
        assert_eq!(said(&mut life, &[collecting, quiet], now), expected);
        life.ended();
        assert!(life.has_ended());
    }

    #[test]
    fn without_a_load_the_trees_behind_it_still_run() {
        let mut life = Lifecycle::new(0, 1, Trees { behind: true, ..Trees::default() });
        assert_eq!(told(life.skip_load()), "nothing");
        assert_eq!(told(life.go_behind()), "1 RunTrees(AfterLoad)");
        let mut life = Lifecycle::new(0, 1, Trees::default());
        assert_eq!(told(life.skip_load()), "Close { scenario: 0 }");
    }
}
