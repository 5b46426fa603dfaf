//! Keys that are done with, remembered for a while by 64-bit fingerprints: enough to tell a late or doubled value from an unasked one.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use rustc_hash::FxHashMap;
use throng_measure::Moment;

/// Why a key is done with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Trace {
    /// It was paired.
    Used,
    /// Its left had timed out, at this moment.
    TimedOut(Moment),
    /// Its right was dropped for want of room.
    Dropped,
}

/// The traces of the last `window`.
#[derive(Debug, Default)]
pub(crate) struct Fingerprints {
    window: u64,
    traces: FxHashMap<u64, (Trace, Moment)>,
    /// In the order in which they were left; one that was left again since is skipped.
    order: VecDeque<(Moment, u64)>,
}

/// A key's fingerprint: the same in every process (SipHash-1-3 without a secret).
pub(crate) fn fingerprint(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

impl Fingerprints {
    pub(crate) fn new(window: std::time::Duration) -> Self {
        Self { window: u64::try_from(window.as_nanos()).unwrap_or(u64::MAX), ..Self::default() }
    }

    /// Remembers a key.
    pub(crate) fn leave(&mut self, key: &str, trace: Trace, now: Moment) {
        self.forget_old(now);
        let print = fingerprint(key);
        self.traces.insert(print, (trace, now));
        self.order.push_back((now, print));
    }

    /// What is remembered of a key.
    pub(crate) fn find(&mut self, key: &str, now: Moment) -> Option<Trace> {
        self.forget_old(now);
        self.traces.get(&fingerprint(key)).map(|(trace, _)| *trace)
    }

    fn forget_old(&mut self, now: Moment) {
        while let Some((left, print)) = self.order.front().copied().filter(|(left, _)| now.since(*left) > self.window) {
            self.order.pop_front();
            if self.traces.get(&print).is_some_and(|(_, last)| *last == left) {
                self.traces.remove(&print);
            }
        }
    }
}
