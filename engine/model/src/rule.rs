//! Rules: what must hold of the figures of a campaign, `p99(response, step:checkout) < 250ms over 30s then stop`.
//!
//! One grammar everywhere, described in `docs/rules.md`; this is its one parser and its one printer.

mod names;
mod parse;
mod print;
mod scan;
mod units;

use std::collections::BTreeMap;
use std::time::Duration;

pub use names::{RuleScope, RuleSelection, ScenarioScope, StepScope, UnknownName};
pub use parse::RuleError;

use crate::check::Comparison;

/// What must hold. Made only by the parser: its parts fit together.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What is looked at.
    pub subject: RuleSubject,
    /// Of which steps or scenarios.
    pub selector: RuleSelector,
    /// What must be true of it.
    pub condition: RuleCondition,
    /// When, and of which time.
    pub window: RuleWindow,
    /// What becomes of the campaign otherwise.
    pub action: RuleAction,
}

impl Rule {
    /// The longest `over`: what bounds the memory that a rule needs.
    pub const LONGEST_WINDOW: Duration = Duration::from_secs(600);

    /// Whether it says that failures may be so many and no more: it then judges the failures of the steps that it selects, and they do
    /// not fail their scenario by themselves.
    pub fn decides_failures(&self) -> bool {
        let counts_failures = matches!(self.subject, RuleSubject::Tally(Tally::Errors | Tally::Failures | Tally::Missing));
        counts_failures && self.condition.has_upper_bound()
    }
}

/// What a rule looks at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RuleSubject {
    /// `p99(response, …)`.
    Meter(Statistic, Meter),
    /// `errors(…)`: the statistic is the meter.
    Tally(Tally),
}

/// A figure of a meter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Statistic {
    /// How many samples, or how much was counted.
    Count,
    /// The same per second; of a scenario's rate meter, benchmark ÷ total.
    Rate,
    /// The mean.
    Mean,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// `p99.9`, in thousandths of a percent: above 0, at most 100 000.
    Percentile(u32),
}

/// What holds samples.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Meter {
    /// Of a step, from the intended start.
    Response,
    /// Of a step, the last attempt alone.
    Service,
    /// Of a scenario's runs, from the planned start to the end.
    Journey,
    /// Of a scenario: runs that began.
    Starts,
    /// Of a join.
    TimeToOutcome,
    /// Of a join: how late the late ones were.
    Lateness,
    /// A plugin's or a scenario's own.
    Named(String),
}

/// What is counted by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tally {
    /// Executions that ended in a failure, an error or a time-out.
    Errors,
    /// Executions whose assertion did not hold.
    Failures,
    /// Executions that ran over their time.
    Timeouts,
    /// Executions that were bypassed.
    Skipped,
    /// Visits that ended because what they waited for would never come.
    Starved,
    /// Values that came to a pace later than planned.
    Slipped,
    /// Lefts of a join whose right came in time.
    Matched,
    /// Lefts of a join whose right did not.
    Missing,
    /// Matches whose right was there first.
    Early,
    /// Rights of a join that were paired.
    Used,
    /// Rights whose left had timed out.
    Late,
    /// Rights whose key was already used.
    Duplicate,
    /// Rights that nobody asked for.
    Orphan,
    /// Rights without a key.
    Unkeyed,
}

/// Of what; all that is set must fit.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RuleSelector {
    /// `step:NAME`.
    pub step: Option<String>,
    /// `scenario:NAME`.
    pub scenario: Option<String>,
    /// `zone:NAME`.
    pub zone: Option<String>,
    /// `tag:KEY=VALUE`, each key once: tags of steps, and of a scenario's own meters.
    pub tags: BTreeMap<String, String>,
}

/// What must be true of the figure. Both values of a pair have the same unit.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleCondition {
    /// `< 250ms`.
    Compare(Comparison, RuleValue),
    /// `between 1 and 5`: the bounds belong to it.
    Between(RuleValue, RuleValue),
    /// `not between 1 and 5`.
    NotBetween(RuleValue, RuleValue),
}

impl RuleCondition {
    /// Whether there is a value above which it never holds.
    pub fn has_upper_bound(&self) -> bool {
        matches!(self, Self::Between(..) | Self::Compare(Comparison::Less | Comparison::AtMost | Comparison::Equal, _))
    }

    /// Its first value, which tells the unit.
    pub fn value(&self) -> RuleValue {
        match self {
            Self::Compare(_, value) | Self::Between(value, _) | Self::NotBetween(value, _) => *value,
        }
    }
}

/// A limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RuleValue {
    /// `5`, finite.
    Number(f64),
    /// `250ms`.
    Duration(Duration),
    /// `50/s`, finite and not below 0.
    PerSecond(f64),
    /// `0.1%`, from 0 to 100.
    Percent(f64),
    /// `99.5% of intended`, finite and not below 0.
    PercentOfIntended(f64),
}

/// When a rule is evaluated, and of which samples.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RuleWindow {
    /// `over 30s`: of the last so long, in whole seconds; of the whole campaign by default.
    pub over: Option<Duration>,
    /// `for 10s`: broken once it has not held for so long without pause.
    pub lasting: Option<Duration>,
    /// `after 1m`: not evaluated sooner after the campaign's start.
    pub after: Option<Duration>,
    /// `phase drain`: of the samples of this phase; of ramp and steady load by default.
    pub phase: Option<RulePhase>,
}

/// The phase of a sample's intended start.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RulePhase {
    /// Before the load.
    WarmUp,
    /// Until the last planned start.
    Ramp,
    /// Until the load stops.
    Steady,
    /// After the load.
    Drain,
}

/// What becomes of a campaign whose rule is broken.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RuleAction {
    /// It fails at its end.
    #[default]
    Fail,
    /// It is no worse than a warning.
    Warn,
    /// It is stopped softly, and has failed.
    Stop,
}

impl Statistic {
    const NAMES: [(&'static str, Self); 5] =
        [("count", Self::Count), ("rate", Self::Rate), ("mean", Self::Mean), ("min", Self::Min), ("max", Self::Max)];
}

impl Meter {
    const NAMES: [(&'static str, Self); 6] = [
        ("response", Self::Response),
        ("service", Self::Service),
        ("journey", Self::Journey),
        ("starts", Self::Starts),
        ("time-to-outcome", Self::TimeToOutcome),
        ("lateness", Self::Lateness),
    ];

    /// Whether it is of scenarios rather than of steps.
    pub fn is_of_scenarios(&self) -> bool {
        matches!(self, Self::Journey | Self::Starts)
    }
}

impl Tally {
    const NAMES: [(&'static str, Self); 14] = [
        ("errors", Self::Errors),
        ("failures", Self::Failures),
        ("timeouts", Self::Timeouts),
        ("skipped", Self::Skipped),
        ("starved", Self::Starved),
        ("slipped", Self::Slipped),
        ("matched", Self::Matched),
        ("missing", Self::Missing),
        ("early", Self::Early),
        ("used", Self::Used),
        ("late", Self::Late),
        ("duplicate", Self::Duplicate),
        ("orphan", Self::Orphan),
        ("unkeyed", Self::Unkeyed),
    ];

    /// As written; of a join's class, also the name of its counter.
    pub fn name(self) -> &'static str {
        name_in(&Self::NAMES, &self)
    }

    /// Whether only joins count it.
    pub fn is_of_joins(self) -> bool {
        use Tally::{Duplicate, Early, Late, Matched, Missing, Orphan, Unkeyed, Used};
        matches!(self, Matched | Missing | Early | Used | Late | Duplicate | Orphan | Unkeyed)
    }
}

impl RulePhase {
    const NAMES: [(&'static str, Self); 4] =
        [("warm-up", Self::WarmUp), ("ramp", Self::Ramp), ("steady", Self::Steady), ("drain", Self::Drain)];
}

impl RuleAction {
    const NAMES: [(&'static str, Self); 3] = [("fail", Self::Fail), ("warn", Self::Warn), ("stop", Self::Stop)];
}

fn name_in<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
    names.iter().find(|(_, named)| named == value).map_or("", |(name, _)| name)
}

fn named_in<T: Clone>(names: &[(&'static str, T)], name: &str) -> Option<T> {
    names.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
}

#[cfg(test)]
mod tests;
