//! Events of before t₀ is known: trees before the load have steps as well.

use std::collections::VecDeque;

use throng_measure::{Event, Events};

/// Holds events, with the scenarios that they are of, until they can be told with their time.
#[derive(Debug, Default)]
pub(super) struct Early {
    held: VecDeque<(Option<usize>, Event)>,
    dropped: u64,
}

impl Early {
    /// Holds one; of more than a worker would hold, the oldest goes.
    pub(super) fn hold(&mut self, scenario: Option<usize>, event: Event) {
        if self.held.len() >= Events::HELD {
            self.held.pop_front();
            self.dropped += 1;
        }
        self.held.push_back((scenario, event));
    }

    /// Takes all, and how many went.
    pub(super) fn take(&mut self) -> (VecDeque<(Option<usize>, Event)>, u64) {
        let Self { held, dropped } = std::mem::take(self);
        (held, dropped)
    }
}
