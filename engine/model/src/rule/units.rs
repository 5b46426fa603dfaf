//! What fits together: a statistic with its meter, selectors, the unit of its limit, and a phase.

use std::ops::Range;

use super::parse::{Refusal, refuse};
use super::print::subject_text;
use super::{Meter, RuleCondition, RuleSelector, RuleSubject, RuleValue, Statistic, Tally};

pub(super) fn check_selector(subject: &RuleSubject, selector: &RuleSelector, place: Range<usize>) -> Result<(), Refusal> {
    let RuleSubject::Meter(statistic, meter) = subject else { return Ok(()) };
    let selects_steps = selector.step.is_some() || !selector.tags.is_empty();
    match meter {
        Meter::Response | Meter::Service if !selects_steps => {
            let name = subject_text(subject);
            refuse(place.end, format!("{name} needs a step"), "add `, step:NAME`, or `, tag:KEY=VALUE` for all steps with that tag")
        }
        Meter::Journey | Meter::Starts if selects_steps => refuse(
            place.start,
            format!("{} is of whole runs, not of steps", subject_text(subject)),
            "select with `scenario:NAME`, or everything with nothing",
        ),
        Meter::Starts if !matches!(statistic, Statistic::Count | Statistic::Rate) => {
            refuse(place.start, format!("starts have no {}", subject_text(subject)), "write `count(starts)` or `rate(starts)`")
        }
        _ => Ok(()),
    }
}

/// Only these are kept by phase.
pub(super) fn check_phase(subject: &RuleSubject, place: usize) -> Result<(), Refusal> {
    match subject {
        RuleSubject::Meter(_, Meter::Response | Meter::Service | Meter::Journey) => Ok(()),
        RuleSubject::Tally(Tally::Errors | Tally::Failures | Tally::Timeouts) => Ok(()),
        _ => refuse(
            place,
            format!("{} is not kept by phase", subject_text(subject)),
            "leave `phase` out: `response`, `service`, `journey`, `errors`, `failures` and `timeouts` can have it",
        ),
    }
}

pub(super) fn check_condition(subject: &RuleSubject, condition: &RuleCondition, place: usize) -> Result<(), Refusal> {
    let (first, second) = match condition {
        RuleCondition::Compare(_, value) => (*value, None),
        RuleCondition::Between(low, high) | RuleCondition::NotBetween(low, high) => (*low, Some(*high)),
    };
    for value in [Some(first), second].into_iter().flatten() {
        let (fits, wanted) = fits(subject, value);
        if !fits {
            return refuse(place, format!("`{value}` does not fit {}", subject_text(subject)), wanted);
        }
    }
    let Some(second) = second else { return Ok(()) };
    if std::mem::discriminant(&first) != std::mem::discriminant(&second) {
        return refuse(place, format!("the bounds `{first}` and `{second}` differ in their unit"), "write both in the same");
    }
    if first.number() > second.number() {
        return refuse(place, format!("there is nothing between {first} and {second}"), format!("write `between {second} and {first}`"));
    }
    Ok(())
}

fn fits(subject: &RuleSubject, value: RuleValue) -> (bool, &'static str) {
    use RuleValue::{Duration, Number, PerSecond, Percent, PercentOfIntended};
    let counted = matches!(value, Number(number) if number >= 0.0);
    match subject {
        RuleSubject::Tally(Tally::Starved | Tally::Slipped) => (counted, "write how many: `0`, `5`"),
        RuleSubject::Tally(_) => (counted || matches!(value, Percent(_)), "write how many, or a share: `5`, `0.1%`"),
        RuleSubject::Meter(Statistic::Count, Meter::Starts) => {
            (counted || matches!(value, PercentOfIntended(_)), "write how many, or a share: `1000`, `99.5% of intended`")
        }
        RuleSubject::Meter(Statistic::Rate, Meter::Starts) => {
            (matches!(value, PerSecond(_) | PercentOfIntended(_)), "write how many a second, or a share: `50/s`, `99.5% of intended`")
        }
        RuleSubject::Meter(Statistic::Count, Meter::Named(_)) => (matches!(value, Number(_)), "write how many: `0`, `1000`"),
        RuleSubject::Meter(Statistic::Count, _) => (counted, "write how many: `0`, `1000`"),
        RuleSubject::Meter(Statistic::Rate, Meter::Named(_)) => (
            matches!(value, PerSecond(_) | Percent(_) | Number(_)),
            "write how many a second, `50/s`, or of a rate meter, a share or a number: `95%`, `0.95`",
        ),
        RuleSubject::Meter(Statistic::Rate, _) => (matches!(value, PerSecond(_)), "write how many a second: `50/s`"),
        RuleSubject::Meter(_, Meter::Named(_)) => {
            (matches!(value, Duration(_) | Number(_)), "write a duration for a timer, and a number for all others: `250ms`, `17.5`")
        }
        RuleSubject::Meter(..) => (matches!(value, Duration(_)), "write a duration: `250ms`"),
    }
}

impl RuleValue {
    /// In nanoseconds, percent, per second, or as it is.
    pub fn number(self) -> f64 {
        match self {
            Self::Number(number) | Self::PerSecond(number) | Self::Percent(number) | Self::PercentOfIntended(number) => number,
            Self::Duration(duration) => duration.as_nanos() as f64,
        }
    }
}
