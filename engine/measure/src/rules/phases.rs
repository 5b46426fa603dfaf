//! When the phases of a scenario's load begin and end: what a rate is over.

use std::ops::Range;

/// The phases of one scenario, in nanoseconds since the campaign's start.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PhaseTimes {
    /// The end of the warm-up time.
    pub warm_until: u64,
    /// The last planned start.
    pub last_start: u64,
    /// When the load stopped; none while it goes on.
    pub load_stop: Option<u64>,
}

impl PhaseTimes {
    /// From the first of the phases that count to the end of the last, as far as they have come by now.
    pub(super) fn span(&self, phases: [bool; 4], now: u64) -> Range<u64> {
        let stop = self.load_stop.unwrap_or(now).min(now);
        let ramp = self.warm_until.min(stop);
        let steady = self.last_start.clamp(ramp, stop);
        let ends = [ramp, steady, stop, now];
        let begins = [0, ramp, steady, stop];
        let counting = |times: [u64; 4]| times.into_iter().zip(phases).filter(|(_, counts)| *counts).map(|(time, _)| time);
        counting(begins).min().unwrap_or(0)..counting(ends).max().unwrap_or(now)
    }
}
