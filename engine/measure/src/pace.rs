//! How fast the plan of a campaign goes by, as somebody has asked for it while it runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a campaign's plan is held, and how fast it goes by when it is not.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Pace {
    /// Nothing new starts; minions that are under way go on.
    pub held: bool,
    /// 1 is as it was planned, 2 twice as fast.
    pub speed: f64,
}

impl Default for Pace {
    /// As it was planned.
    fn default() -> Self {
        Self { held: false, speed: 1.0 }
    }
}

impl Pace {
    /// The greatest speed.
    pub const MAX_SPEED: f64 = 999.0;
    /// The least: below, nobody could tell it from a hold.
    pub const MIN_SPEED: f64 = 0.001;
    /// How often a campaign's pace is changed, at most: each change is kept to its end. The end of a hold is always taken.
    pub const CHANGES: usize = 1_000;

    /// Whether a plan can go by at a speed.
    pub fn is_speed(speed: f64) -> bool {
        (Self::MIN_SPEED..=Self::MAX_SPEED).contains(&speed)
    }

    /// Whether a change to this is taken after so many.
    pub fn may_follow(self, before: Self, changes: usize) -> bool {
        changes < Self::CHANGES || (before.held && !self.held)
    }

    /// The plan's time that goes by in a span of real time, per unit.
    pub fn rate(self) -> f64 {
        if self.held { 0.0 } else { self.speed }
    }

    /// The state of a campaign under load whose plan goes by like this: `running`, `held`, `running at speed 2`.
    pub fn state(self) -> String {
        match (self.held, self.speed) {
            (true, _) => "held".to_owned(),
            (false, 1.0) => "running".to_owned(),
            (false, speed) => format!("running at speed {speed}"),
        }
    }
}
