//! What the machine could not give a step: the generator's fault, never the target's.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something of which a step needed more than the machine, or its limits, had.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shortage {
    /// File descriptors of this process.
    Descriptors,
    /// File descriptors of the whole machine.
    MachineDescriptors,
    /// Local ports for connections to one address.
    Ports,
}

/// How often something was short, and since when.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Short {
    pub(crate) times: u64,
    /// Nanoseconds since the campaign's start.
    pub(crate) first: u64,
}

/// All that was short in one scenario.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Shortages(BTreeMap<Shortage, Short>);

impl Shortages {
    pub(crate) fn add(&mut self, shortage: Shortage, at: u64) {
        self.merge_one(shortage, Short { times: 1, first: at });
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (shortage, more) in &other.0 {
            self.merge_one(*shortage, *more);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Shortage, Short)> {
        self.0.iter().map(|(shortage, short)| (*shortage, *short))
    }

    fn merge_one(&mut self, shortage: Shortage, more: Short) {
        let known = self.0.entry(shortage).or_insert(Short { times: 0, ..more });
        known.times += more.times;
        known.first = known.first.min(more.first);
    }
}
