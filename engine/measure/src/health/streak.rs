//! For how long something has been above a limit without a break.

/// The longest time above a limit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Streak {
    current: u64,
    begun: u64,
    longest: u64,
    since: u64,
}

impl Streak {
    /// A span of nanoseconds has passed, that ended `at`.
    pub(super) fn tell(&mut self, is_above: bool, span: u64, at: u64) {
        if !is_above {
            self.current = 0;
            return;
        }
        if self.current == 0 {
            self.begun = at.saturating_sub(span);
        }
        self.current += span;
        if self.current > self.longest {
            (self.longest, self.since) = (self.current, self.begun);
        }
    }

    /// Since when it was above, if it was for so long.
    pub(super) fn at_least(&self, span: u64) -> Option<u64> {
        (self.longest > 0 && self.longest >= span).then_some(self.since)
    }
}
