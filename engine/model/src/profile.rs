//! Execution profiles: when minions start.

mod arrivals;
mod build;
mod error;
mod lines;
mod print;
mod spread;
mod syntax;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use std::str::FromStr;
use std::time::Duration;

use serde_json::Value as Json;

use crate::CallbackNumber;

pub use error::{ProfileError, ProfilePlace};
pub use lines::{Lines, StartingLine, UserProfileAnswer, UserProfileInput};
pub use spread::spread;
pub(crate) use spread::spread_range;

/// When minions start: a plan that yields starting lines.
///
/// Written as `regular(1s, 50)` or as `{"regular": {"period": "1s", "minions": 50}}`; displayed in the first form.
#[derive(Clone, Debug, PartialEq)]
pub enum Profile {
    /// Everybody at once.
    Immediate,
    /// So many every period.
    Regular {
        /// Divided by the speed.
        period: Duration,
        /// At each line.
        minions: u64,
    },
    /// So many each time, at shorter and shorter periods.
    Faster {
        /// Between the first two lines.
        start_period: Duration,
        /// Each period is the last one divided by this, in whole milliseconds; multiplied by the speed.
        accelerator: f64,
        /// No period is shorter.
        min_period: Duration,
        /// At each line.
        minions: u64,
        /// No later period is longer; needed when the accelerator is below 1.
        max_period: Option<Duration>,
    },
    /// More and more every period.
    More {
        /// Between two lines.
        period: Duration,
        /// At the first line.
        minions_at_start: u64,
        /// Each line starts the last one's number times this; multiplied by the speed.
        multiplier: f64,
        /// No line starts more.
        max: u64,
    },
    /// Everybody spread evenly over a time.
    Timeframe {
        /// Between two lines; divided by the speed.
        period: Duration,
        /// The whole; divided by the speed.
        frame: Duration,
    },
    /// Ramps and plateaus; minions that complete are started again until the last stage ends.
    Stages {
        /// In order; all in percent, or none.
        stages: Vec<Stage>,
        /// How it ends.
        completion: Completion,
    },
    /// Arrivals at a constant rate.
    Rate {
        /// Multiplied by the speed.
        per_second: f64,
        /// Of all arrivals.
        duration: Duration,
    },
    /// Arrivals at a rate that changes evenly.
    Ramp {
        /// Per second, at the beginning; multiplied by the speed.
        from: f64,
        /// Per second, at the end; multiplied by the speed.
        to: f64,
        /// Of all arrivals.
        duration: Duration,
    },
    /// Arrivals at random, drawn from the seed, independent of each other.
    Poisson {
        /// On average; multiplied by the speed.
        per_second: f64,
        /// Of all arrivals.
        duration: Duration,
    },
    /// What the scenario's callback says.
    User {
        /// Declared with the use `profile`.
        callback: CallbackNumber,
    },
}

/// One ramp and the plateau after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// How many it adds.
    pub minions: StageMinions,
    /// In which time they start.
    pub ramp_up: Duration,
    /// From its start to the next stage's.
    pub total: Duration,
    /// Between two lines of the ramp.
    pub resolution: Duration,
}

/// How many minions a stage adds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StageMinions {
    /// Of the scenario's minions.
    Percent(f64),
    /// So many; the sum over all stages replaces the scenario's minions.
    Number(u64),
}

/// How stages end.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Completion {
    /// Minions are started again while time remains, and end by themselves.
    #[default]
    Graceful,
    /// Minions are started again only if the last run's duration still fits; at the end what runs is stopped.
    Hard,
}

impl Profile {
    /// Reads the form that documents have: the written form as text, or an object with one key, the profile's name.
    ///
    /// # Errors
    /// What is wrong, with its JSON pointer or column.
    pub fn from_json(json: &Json) -> Result<Self, ProfileError> {
        build::profile(&match json {
            Json::String(text) => syntax::parse_text(text)?,
            _ => syntax::parse_json(json)?,
        })
    }

    /// The object form: `{"regular": {"period": "1s", "minions": 50}}`.
    pub fn to_json(&self) -> Json {
        print::json(&print::call(self))
    }

    /// The number of minions, where the profile itself says it: absolute stages, and the area under the curve of arrivals, rounded.
    pub fn fixed_minions(&self, speed: f64) -> Option<u64> {
        match self {
            Self::Stages { stages, .. } => stages
                .iter()
                .map(|stage| match stage.minions {
                    StageMinions::Number(minions) => Some(minions),
                    StageMinions::Percent(_) => None,
                })
                .sum(),
            Self::Rate { per_second, duration } | Self::Poisson { per_second, duration } => {
                Some(arrivals::number(*per_second, *per_second, speed, *duration))
            }
            Self::Ramp { from, to, duration } => Some(arrivals::number(*from, *to, speed, *duration)),
            _ => None,
        }
    }

    /// How long stages last, speed counted in: so long are minions that complete started again. None for the other profiles, which run
    /// each minion once.
    pub fn planned_end(&self, speed: f64) -> Option<Duration> {
        let Self::Stages { stages, .. } = self else { return None };
        let total = stages.iter().map(|stage| stage.total.as_nanos()).sum();
        Some(Duration::from_nanos(lines::at_speed(total, speed)))
    }

    /// When its stages end, from t₀; none for profiles without stages.
    pub fn stage_ends(&self, speed: f64) -> Vec<Duration> {
        let Self::Stages { stages, .. } = self else { return Vec::new() };
        let ends = stages.iter().scan(0, |end, stage| {
            *end += stage.total.as_nanos();
            Some(Duration::from_nanos(lines::at_speed(*end, speed)))
        });
        ends.collect()
    }

    /// How minions that are done are started again; none for profiles that run each once.
    pub fn completion(&self) -> Option<Completion> {
        match self {
            Self::Stages { completion, .. } => Some(*completion),
            _ => None,
        }
    }

    /// The same with its absolute stages (truncated, at least 1) and its rates multiplied; the others are scaled by their minions alone.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let mut scaled = self.clone();
        match &mut scaled {
            Self::Stages { stages, .. } => {
                for stage in stages {
                    if let StageMinions::Number(minions @ 1..) = &mut stage.minions {
                        *minions = ((*minions as f64 * factor) as u64).max(1);
                    }
                }
            }
            Self::Rate { per_second, .. } | Self::Poisson { per_second, .. } => *per_second *= factor,
            Self::Ramp { from, to, .. } => {
                *from *= factor;
                *to *= factor;
            }
            _ => {}
        }
        scaled
    }
}

impl FromStr for Profile {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, ProfileError> {
        build::profile(&syntax::parse_text(text)?)
    }
}
