//! How well the starts of a scenario keep up with its plan.
//!
//! What workers tell is up to a tick old, so what the plan wants right now cannot have been told of yet. A second is therefore compared
//! with what the plan wanted of a second that lies a tick earlier; and the whole, while it goes on, with what was wanted a second ago.
//! At the end all is told, and nothing is shifted.

use super::reading::Plan;

/// How often workers tell, in nanoseconds.
const TICK: u64 = 250_000_000;

/// The plan of one scenario against its starts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Keeping {
    /// Starts that the plan wants by now; none if that is not known.
    wanted: Option<u64>,
    /// The tick in which that was noted, and what was last noted in a tick before.
    tick: u64,
    wanted_a_tick_ago: u64,
    /// What the plan wanted when the last second was closed.
    wanted_a_second_ago: u64,
    /// Where the last second was cut.
    cut: Plan,
}

impl Keeping {
    /// Tells what the plan wants by now.
    pub(super) fn note(&mut self, wanted: Option<u64>, at: u64) {
        if at / TICK > self.tick {
            self.tick = at / TICK;
            self.wanted_a_tick_ago = self.wanted.unwrap_or(0);
        }
        self.wanted = wanted;
    }

    /// Closes a second in which that many runs in all had started.
    pub(super) fn close(&mut self, started: u64) -> Option<Plan> {
        let before = std::mem::replace(&mut self.cut, Plan { wanted: self.wanted_a_tick_ago, made: started });
        self.wanted.map(|_| Plan { wanted: self.cut.wanted.saturating_sub(before.wanted), made: self.cut.made.saturating_sub(before.made) })
    }

    /// The whole campaign while it goes on.
    pub(super) fn so_far(&self, started: u64) -> Option<Plan> {
        let wanted = self.wanted_a_second_ago;
        self.wanted.map(|_| Plan { wanted, made: started.min(wanted) })
    }

    /// A second has been looked at.
    pub(super) fn go_on(&mut self) {
        self.wanted_a_second_ago = self.wanted.unwrap_or(0);
    }

    /// The whole campaign at its end.
    pub(super) fn whole(&self, started: u64) -> Option<Plan> {
        self.wanted.map(|wanted| Plan { wanted, made: started })
    }
}
