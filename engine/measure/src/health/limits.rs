//! From where on the generator's own health bears on the verdict.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// From where on the generator's own health bears on the verdict. Times are in nanoseconds, shares from 0 to 1.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct HealthLimits {
    /// A start lag whose 99th percentile is above this warns.
    pub start_lag_warns: u64,
    /// A start lag whose 99th percentile is above this, and above the share of the response time, voids.
    pub start_lag_voids: u64,
    /// The share of the first step's median response that a start lag must exceed to void.
    pub share_of_response: f64,
    /// The share of planned starts below which a campaign warns.
    pub achieved_starts: f64,
    /// The share of planned starts below which a campaign is void, if the generator is the cause.
    pub achieved_starts_voids: f64,
    /// A worker's loop that stands still longer than this, where there is a schedule to miss, warns.
    pub stall_warns: u64,
    /// Stalls of a worker's loop that are longer than this void, if they take more than their share of the run.
    pub stall_voids: u64,
    /// The share of the run that a worker may spend in stalls that void; never less than a second.
    pub stall_share: f64,
    /// A worker that uses more than this share of a processor, for `processor_for`, warns.
    pub processor_warns: f64,
    /// A worker that uses more than this share of a processor, for as long, voids if starts are late as well.
    pub processor_voids: f64,
    /// How long a worker must use its processor so much.
    pub processor_for: u64,
    /// A share of the machine's processor time, taken away by its host, that warns.
    pub stolen_warns: f64,
    /// A share of the run in which the container's processor quota held this process back that warns.
    pub throttled_warns: f64,
    /// A share of the memory that there is to use that warns.
    pub memory_warns: f64,
    /// A share of the file descriptors that this process may open that warns.
    pub descriptors_warns: f64,
    /// A share of the local ports for connections to one address that warns.
    pub ports_warns: f64,
}

impl Default for HealthLimits {
    fn default() -> Self {
        Self {
            start_lag_warns: 1_000_000,
            start_lag_voids: 10_000_000,
            share_of_response: 0.2,
            achieved_starts: 0.999,
            achieved_starts_voids: 0.99,
            stall_warns: 5_000_000,
            stall_voids: 50_000_000,
            stall_share: 0.01,
            processor_warns: 0.8,
            processor_voids: 0.95,
            processor_for: 5_000_000_000,
            stolen_warns: 0.1,
            throttled_warns: 0.01,
            memory_warns: 0.8,
            descriptors_warns: 0.8,
            ports_warns: 0.8,
        }
    }
}

impl HealthLimits {
    /// Stalls that are shorter than this in all never void: a single hiccup says nothing of a short run.
    pub(crate) const LEAST_STALLED: u64 = 1_000_000_000;
}
