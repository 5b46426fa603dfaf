//! The cap on minions at a time, as it is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::InFlightPolicy;

/// Minions of the scenario that are under way at a time, at most.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "an object like {\"limit\": 500}")]
pub struct MaxInFlightDocument {
    /// How many.
    #[schemars(range(min = 1))]
    pub limit: u64,
    /// What becomes of a start above it; `queue` by default.
    #[serde(default)]
    pub policy: InFlightPolicy,
}
