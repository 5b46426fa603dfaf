//! Calls of guests that held their worker up, by step.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Long calls of one step's callbacks.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct GuestStall {
    /// How many.
    pub calls: u64,
    /// All of them together, in nanoseconds.
    pub nanos: u64,
    /// The longest, in nanoseconds.
    pub longest: u64,
}

/// Long calls of one scenario, by step; at most as many as it has steps.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct GuestStalls(BTreeMap<u32, GuestStall>);

impl GuestStalls {
    /// Calls that take less than this many nanoseconds hold nobody up.
    pub const NOTED: u64 = 5_000_000;

    pub(crate) fn add(&mut self, step: u32, nanos: u64) {
        self.merge_one(step, GuestStall { calls: 1, nanos, longest: nanos });
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (step, more) in &other.0 {
            self.merge_one(*step, *more);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, GuestStall)> {
        self.0.iter().map(|(step, stall)| (*step, *stall))
    }

    fn merge_one(&mut self, step: u32, more: GuestStall) {
        let known = self.0.entry(step).or_default();
        known.calls += more.calls;
        known.nanos = known.nanos.saturating_add(more.nanos);
        known.longest = known.longest.max(more.longest);
    }
}
