//! What workers and machine say of themselves, as plain data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Histogram;

/// What a worker says of itself since it last did.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct WorkerSample {
    /// Nanoseconds since it last did.
    pub span: u64,
    /// Nanoseconds of processor time within; none where that is not measured.
    pub processor: Option<u64>,
    /// How much later than it should have its loop has turned, in nanoseconds; only what is worth noting.
    pub stalls: Histogram,
    /// What its steps hold now.
    pub held: Held,
}

/// Values that shared steps hold, in entries.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Lefts that wait for their right, and rights that wait for their left.
    pub joins: u64,
    /// Records of topics.
    pub topics: u64,
    /// Values that collects have not released.
    pub collects: u64,
}

impl Held {
    /// Adds what another worker, or another scenario, holds.
    pub fn add(&mut self, more: Self) {
        self.joins += more.joins;
        self.topics += more.topics;
        self.collects += more.collects;
    }

    pub(crate) fn max(self, other: Self) -> Self {
        Self { joins: self.joins.max(other.joins), topics: self.topics.max(other.topics), collects: self.collects.max(other.collects) }
    }
}

/// What the machine says of this process. What is none is not measured here.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MachineSample {
    /// Nanoseconds since the last sample.
    pub span: u64,
    /// Bytes.
    pub memory: Option<Usage>,
    /// File descriptors.
    pub descriptors: Option<Usage>,
    /// Local ports that connections to one address use, the address with the most of them.
    pub ports: Option<Usage>,
    /// The share of the machine's processor time that its host took away since the last sample, 0 to 1.
    pub stolen: Option<f64>,
    /// The share of the time since the last sample in which the container's quota held this process back, 0 to 1.
    pub throttled: Option<f64>,
}

/// How much of something is used.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// In use.
    pub used: u64,
    /// What there is.
    pub limit: u64,
}

impl Usage {
    /// From 0 to 1, and above where a limit is none.
    pub fn share(self) -> f64 {
        if self.limit == 0 { 0.0 } else { self.used as f64 / self.limit as f64 }
    }

    /// The one of which more is used.
    pub fn worse(self, other: Self) -> Self {
        if other.share() > self.share() { other } else { self }
    }
}
