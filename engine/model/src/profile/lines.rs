//! Starting lines: the plan of a profile, made one line at a time.

use std::fmt;
use std::time::Duration;

use super::arrivals::{Line, Uniform};
use super::build::PERCENT_TOLERANCE;
use super::{Profile, ProfileError, StageMinions, spread};

/// So many minions start at the same time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StartingLine {
    /// How many; 0 where an even distribution has a place but no minion for it.
    pub count: u64,
    /// Nanoseconds from the campaign's t₀.
    pub offset: u64,
}

/// What a user's profile is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UserProfileInput {
    /// Nanoseconds between the last two lines; 0 the first time.
    pub past_period: u64,
    /// All minions.
    pub total: u64,
    /// The campaign's speed factor.
    pub speed: f64,
}

/// What a user's profile answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UserProfileAnswer {
    /// How many start; more than remain means all that remain.
    pub count: u64,
    /// Nanoseconds from the last line; negative means now.
    pub delay: i64,
}

/// A user's profile may answer so many lines of 0 in a row.
pub(super) const MAX_EMPTY_LINES: u32 = 1000;
const MAX_SPEED: f64 = 999.0;
const MILLI: f64 = 1e6;

type User<'a> = &'a mut dyn FnMut(UserProfileInput) -> Result<UserProfileAnswer, String>;

impl Profile {
    /// The plan for so many minions (or for [`Profile::fixed_minions`], if it fixes them) at a speed: a lazy iterator, which asks `user`
    /// only for the profile of that name. The same arguments give the same lines.
    ///
    /// # Errors
    /// The speed is not above 0 and at most 999; at this speed `faster` needs a `max-period`; nobody would start, or more than
    /// 4 294 967 295. The iterator itself
    /// yields an error, as its last item, when lines end before everybody has one, and when the user's profile fails.
    pub fn lines<'a>(&self, total: u64, speed: f64, seed: u64, user: User<'a>) -> Result<Lines<'a>, ProfileError> {
        if !(speed > 0.0 && speed <= MAX_SPEED) {
            return Err(ProfileError::Speed(speed));
        }
        let total = self.fixed_minions(speed).unwrap_or(total);
        if total == 0 {
            return Err(ProfileError::Nobody);
        }
        if total > u64::from(u32::MAX) {
            return Err(ProfileError::TooMany(total));
        }
        let plan = self.plan(total, speed, seed, user)?;
        Ok(Lines { plan, number: 0, total, remaining: total, speed })
    }

    fn plan<'a>(&self, total: u64, speed: f64, seed: u64, user: User<'a>) -> Result<Plan<'a>, ProfileError> {
        Ok(match self {
            Self::Immediate => Plan::Immediate,
            Self::Regular { period, minions } => Plan::Regular { period: *period, minions: *minions },
            Self::Faster { start_period, accelerator, min_period, minions, max_period } => {
                let accelerator = accelerator * speed;
                if accelerator < 1.0 && max_period.is_none() {
                    return Err(ProfileError::Slowing(accelerator));
                }
                let bounds = (nanos(*min_period), max_period.map_or(u64::MAX, nanos));
                Plan::Faster { minions: *minions, accelerator, bounds, period: nanos(*start_period), offset: 0 }
            }
            Self::More { period, minions_at_start, multiplier, max } => {
                Plan::More { period: *period, multiplier: multiplier * speed, max: *max, minions: (*minions_at_start).min(*max) }
            }
            Self::Timeframe { period, frame } => {
                let lines = (frame.as_nanos() / period.as_nanos().max(1)).max(1) as u64;
                Plan::Stages {
                    stages: vec![PlannedStage { minions: total, lines, start: 0, period: period.as_nanos() }],
                    current: 0,
                    line: 0,
                }
            }
            Self::Stages { .. } => Plan::Stages { stages: self.planned_stages(total), current: 0, line: 0 },
            Self::Rate { per_second, duration } => {
                Plan::Curve(Line { from: per_second * speed, to: per_second * speed, duration: *duration })
            }
            Self::Ramp { from, to, duration } => Plan::Curve(Line { from: from * speed, to: to * speed, duration: *duration }),
            Self::Poisson { duration, .. } => Plan::Poisson(Uniform::new(seed, total, *duration)),
            Self::User { .. } => Plan::User { user, past_period: 0, offset: 0, empty: 0 },
        })
    }

    fn planned_stages(&self, total: u64) -> Vec<PlannedStage> {
        let Self::Stages { stages, .. } = self else { return Vec::new() };
        let (mut start, mut percents, mut placed) = (0, 0.0, 0);
        let planned = stages.iter().map(|stage| {
            let minions = match stage.minions {
                StageMinions::Number(minions) => minions,
                StageMinions::Percent(percent) => {
                    percents += percent;
                    // Percentages like 33.3333333 are taken for the third that is meant.
                    let all = percents > 100.0 - PERCENT_TOLERANCE;
                    let until = if all { total } else { (total as f64 * percents / 100.0).round() as u64 };
                    until - std::mem::replace(&mut placed, until)
                }
            };
            let lines = stage.ramp_up.as_nanos().div_ceil(stage.resolution.as_nanos().max(1)).max(1) as u64;
            let planned = PlannedStage { minions, lines, start, period: stage.resolution.as_nanos() };
            start += stage.total.as_nanos();
            planned
        });
        planned.collect()
    }
}

/// The starting lines of a profile, in the order of their offsets.
pub struct Lines<'a> {
    plan: Plan<'a>,
    /// Of the next line.
    number: u64,
    total: u64,
    remaining: u64,
    speed: f64,
}

enum Plan<'a> {
    Immediate,
    Regular { period: Duration, minions: u64 },
    Faster { minions: u64, accelerator: f64, bounds: (u64, u64), period: u64, offset: u64 },
    More { period: Duration, multiplier: f64, max: u64, minions: u64 },
    Stages { stages: Vec<PlannedStage>, current: usize, line: u64 },
    Curve(Line),
    Poisson(Uniform),
    User { user: User<'a>, past_period: u64, offset: u64, empty: u32 },
}

/// Minions spread over lines; times in nanoseconds at speed 1.
struct PlannedStage {
    minions: u64,
    lines: u64,
    start: u128,
    period: u128,
}

impl Lines<'_> {
    /// All minions that the lines start.
    pub fn total(&self) -> u64 {
        self.total
    }

    fn next_line(&mut self) -> Result<Option<StartingLine>, ProfileError> {
        let number = self.number;
        self.number += 1;
        let every = |period: Duration| at_speed(period.as_nanos() * u128::from(number), self.speed);
        let (count, offset) = match &mut self.plan {
            Plan::Immediate => (self.total, 0),
            Plan::Regular { period, minions } => (*minions, every(*period)),
            Plan::Faster { minions, accelerator, bounds: (shortest, longest), period, offset } => {
                let line = (*minions, *offset);
                *offset = offset.saturating_add(*period);
                let millis = floor(*period as f64 / *accelerator / MILLI);
                *period = ((millis * MILLI) as u64).max(*shortest).min(*longest);
                line
            }
            Plan::More { period, multiplier, max, minions } => {
                let line = (*minions, at_speed(period.as_nanos() * u128::from(number), 1.0));
                *minions = (floor(*minions as f64 * *multiplier) as u64).max(1).min(*max);
                line
            }
            Plan::Stages { stages, current, line } => match next_of(stages, current, line) {
                Some((count, offset)) => (count, at_speed(offset, self.speed)),
                None => return Ok(None),
            },
            Plan::Curve(line) => (1, line.offset(number)),
            Plan::Poisson(uniform) => (1, if number == 0 { 0 } else { uniform.next_offset() }),
            Plan::User { user, past_period, offset, empty } => {
                let input = UserProfileInput { past_period: *past_period, total: self.total, speed: self.speed };
                let answer = user(input).map_err(ProfileError::User)?;
                *past_period = u64::try_from(answer.delay).unwrap_or(0);
                *offset = offset.saturating_add(*past_period);
                *empty = if answer.count == 0 { *empty + 1 } else { 0 };
                if *empty > MAX_EMPTY_LINES {
                    return Err(ProfileError::EmptyLines);
                }
                (answer.count, *offset)
            }
        };
        Ok(Some(StartingLine { count: count.min(self.remaining), offset }))
    }
}

impl Iterator for Lines<'_> {
    type Item = Result<StartingLine, ProfileError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.remaining == 0 {
            return None;
        }
        let line = self.next_line().and_then(|line| line.ok_or(ProfileError::LeftOver(self.remaining)));
        self.remaining = line.as_ref().map_or(0, |line| self.remaining - line.count);
        Some(line)
    }
}

impl fmt::Debug for Lines<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Lines").field("number", &self.number).field("remaining", &self.remaining).finish_non_exhaustive()
    }
}

fn next_of(stages: &[PlannedStage], current: &mut usize, line: &mut u64) -> Option<(u64, u128)> {
    let stage = stages.get(*current)?;
    let next = (spread(stage.minions, stage.lines, *line), stage.start + stage.period * u128::from(*line));
    *line += 1;
    if *line == stage.lines {
        *line = 0;
        *current += 1;
    }
    Some(next)
}

/// Nanoseconds divided by the speed, to the nearest one.
pub(super) fn at_speed(nanos: u128, speed: f64) -> u64 {
    if speed == 1.0 { u64::try_from(nanos).unwrap_or(u64::MAX) } else { (nanos as f64 / speed).round() as u64 }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Rounds down, but not below a whole number that only the inexactness of floats has missed: 30 × 0.7 is 21.
fn floor(number: f64) -> f64 {
    (number * (1.0 + 1e-12)).floor()
}
