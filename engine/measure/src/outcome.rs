//! How an execution ended, and in which phase of the load it belongs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a step's execution ended, after its retries.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The work was done.
    Success,
    /// An assertion did not hold.
    Failure,
    /// The work could not be done.
    Error,
    /// An attempt ran over its time.
    Timeout,
    /// Bypassed, because an earlier step had used up its retries.
    Skipped,
}

impl Outcome {
    /// All outcomes, in the order in which they are shown and indexed.
    pub const ALL: [Self; 5] = [Self::Success, Self::Failure, Self::Error, Self::Timeout, Self::Skipped];

    /// The position in [`Outcome::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::Skipped => "skipped",
        }
    }
}

/// The part of the load in which a sample was intended to start.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Before t₀, or within the campaign's warm-up time.
    WarmUp,
    /// Until the last planned start.
    Ramp,
    /// From then until load stops.
    Steady,
    /// After that.
    Drain,
}

impl Phase {
    /// All phases, in order of time.
    pub const ALL: [Self; 4] = [Self::WarmUp, Self::Ramp, Self::Steady, Self::Drain];

    /// The position in [`Phase::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}
