//! Execution profiles: when minions start. What each means is the engine's; here they are written down.

use std::time::Duration;

use serde_json::json;

use crate::Failure;
use crate::duration::{nanoseconds, written};
use crate::program::Callback;
use crate::{Output, Value};

/// When minions start.
pub struct Profile(pub(crate) Plan);

pub(crate) enum Plan {
    /// `regular(1s, 50)`.
    Written(String),
    User(Callback),
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Plan::Written(text) => formatter.write_str(text),
            Plan::User(_) => formatter.write_str("user(…)"),
        }
    }
}

fn plan(text: String) -> Profile {
    Profile(Plan::Written(text))
}

/// Everybody at once.
pub fn immediate() -> Profile {
    plan("immediate".into())
}

/// `minions` every `period`.
pub fn regular(period: Duration, minions: u32) -> Profile {
    plan(format!("regular({}, {minions})", written(period)))
}

/// `minions` each time, after waits that shrink by `accelerator` from `start_period` to `min_period`.
pub fn faster(start_period: Duration, accelerator: f64, min_period: Duration, minions: u32) -> Profile {
    plan(format!("faster({}, {accelerator:?}, {}, {minions})", written(start_period), written(min_period)))
}

/// Every `period` `multiplier` times as many, from `at_start` up to `max`.
pub fn more(period: Duration, at_start: u32, multiplier: f64, max: u32) -> Profile {
    plan(format!("more({}, {at_start}, {multiplier:?}, {max})", written(period)))
}

/// Everybody by the end of `frame`, spread over its periods.
pub fn timeframe(period: Duration, frame: Duration) -> Profile {
    plan(format!("timeframe({}, {})", written(period), written(frame)))
}

/// A steady rate of arrivals.
pub fn rate(per_second: f64, duration: Duration) -> Profile {
    plan(format!("rate({per_second:?}, {})", written(duration)))
}

/// A rate of arrivals that grows or shrinks from `from` to `to` per second.
pub fn ramp(from: f64, to: f64, duration: Duration) -> Profile {
    plan(format!("ramp({from:?}, {to:?}, {})", written(duration)))
}

/// Random arrivals with this mean, drawn from the campaign's seed.
pub fn poisson(per_second: f64, duration: Duration) -> Profile {
    plan(format!("poisson({per_second:?}, {})", written(duration)))
}

/// Stages that keep their minions active until the last one ends.
///
/// ```
/// use throng::{percent, secs, stage, stages, Completion};
///
/// let profile = stages([stage(percent(40.0), secs(12), secs(30)), stage(percent(60.0), secs(15), secs(30))], Completion::Graceful);
/// assert_eq!(format!("{profile:?}"), "stages(stage(40%, 12s, 30s), stage(60%, 15s, 30s), completion: graceful)");
/// ```
pub fn stages(stages: impl IntoIterator<Item = Stage>, completion: Completion) -> Profile {
    let stages: Vec<_> = stages.into_iter().map(|stage| stage.0).collect();
    let completion = match completion {
        Completion::Graceful => "graceful",
        Completion::Hard => "hard",
    };
    plan(format!("stages({}, completion: {completion})", stages.join(", ")))
}

/// One stage of [`stages`].
#[derive(Clone, Debug)]
pub struct Stage(String);

/// Starts its minions within `ramp_up`; the next stage starts `total` after this one.
pub fn stage(minions: impl Into<StageMinions>, ramp_up: Duration, total: Duration) -> Stage {
    Stage(format!("stage({}, {}, {})", minions.into().0, written(ramp_up), written(total)))
}

/// How many minions a stage has: a number, or [`percent`].
#[derive(Clone, Debug)]
pub struct StageMinions(String);

impl From<u32> for StageMinions {
    fn from(minions: u32) -> Self {
        Self(minions.to_string())
    }
}

/// A share of the scenario's minions; those of all stages add up to 100.
pub fn percent(share: f64) -> StageMinions {
    StageMinions(format!("{share}%"))
}

/// What happens to minions that complete before the last stage ends.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Completion {
    /// They start again while time remains.
    #[default]
    Graceful,
    /// They start again only if the last run's duration still fits; at the end, what runs is stopped.
    Hard,
}

/// One's own: given the past period (0 the first time), the number of minions and the campaign's speed factor,
/// answers how many start next, and after which delay.
///
/// ```
/// use throng::{millis, user};
///
/// // Ten at once, then one every 100 ms, faster with the speed factor.
/// user(|past, _total, speed| if past.is_zero() { (10, millis(100)) } else { (1, millis(100).div_f64(speed)) });
/// ```
pub fn user(next: impl Fn(Duration, u64, f64) -> (u64, Duration) + 'static) -> Profile {
    #[derive(serde::Deserialize)]
    struct Past {
        past: u64,
        total: u64,
        speed: f64,
    }
    Profile(Plan::User(Box::new(move |_, value| {
        let Value::Json(json) = value else { return Err(Failure::error("a profile takes json").code("wrong-value")) };
        let Past { past, total, speed } = serde_json::from_str(&json)?;
        let (count, delay) = next(Duration::from_nanos(past), total, speed);
        Ok(Output::One(Value::Json(json!({"count": count, "delay": nanoseconds(delay)}).to_string())))
    })))
}
