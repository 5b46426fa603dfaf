//! From what was gathered to the one number that a rule compares; its text and its distance from the limit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use throng_model::{Comparison, Rule, RuleCondition, RuleSubject, RuleValue, Statistic};

use super::reading::{Held, Reading};
use crate::{Histogram, Quantile, humane};

/// A number that a rule compares.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFigure {
    /// In its unit.
    pub number: f64,
    /// What it counts.
    pub unit: RuleUnit,
    /// For people.
    pub text: String,
}

/// The unit of a rule's figure and of its limit.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleUnit {
    /// Plain.
    Number,
    /// Nanoseconds.
    Nanoseconds,
    /// Per second.
    PerSecond,
    /// Percent of all.
    Percent,
    /// Percent of the starts that the plan wants.
    PercentOfIntended,
}

/// The meter cannot have such a figure: why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Unfit(pub String);

impl RuleUnit {
    pub(super) fn of(rule: &Rule) -> Self {
        match rule.condition.value() {
            RuleValue::Number(_) => Self::Number,
            RuleValue::Duration(_) => Self::Nanoseconds,
            RuleValue::PerSecond(_) => Self::PerSecond,
            RuleValue::Percent(_) => Self::Percent,
            RuleValue::PercentOfIntended(_) => Self::PercentOfIntended,
        }
    }

    fn text(self, number: f64) -> String {
        match self {
            Self::Number => plain(number),
            Self::Nanoseconds => humane::duration(number.round() as u64),
            Self::PerSecond => format!("{}/s", plain(number)),
            Self::Percent => format!("{} %", plain(number)),
            Self::PercentOfIntended => format!("{} % of intended", plain(number)),
        }
    }

    /// A difference of two such figures.
    fn distance(self, number: f64) -> String {
        match self {
            Self::Percent | Self::PercentOfIntended if number == 1.0 => "1 point".to_owned(),
            Self::Percent | Self::PercentOfIntended => format!("{} points", plain(number)),
            unit => unit.text(number),
        }
    }
}

/// Whole numbers whole, others with three digits that say something.
fn plain(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        let sign = if number < 0.0 { "-" } else { "" };
        return format!("{sign}{}", humane::count(number.abs() as u64));
    }
    if number.abs() >= 999.5 {
        return humane::number(number);
    }
    let least = 2 - number.abs().log10().floor().clamp(-7.0, 2.0) as i32;
    // What is nearly whole does not look whole: 99.999 is not 100.
    let decimals =
        (least.max(0) as usize..=9).find(|decimals| format!("{number:.decimals$}").parse().is_ok_and(|shown: f64| shown.fract() != 0.0));
    format!("{number:.*}", decimals.unwrap_or(9)).trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl RuleFigure {
    pub(super) fn new(number: f64, unit: RuleUnit) -> Self {
        Self { number, unit, text: unit.text(number) }
    }
}

/// The number that the rule compares; none without samples. `nanoseconds` is what a rate is over.
pub(super) fn figure(rule: &Rule, reading: &Reading, nanoseconds: u64) -> Result<Option<f64>, Unfit> {
    let unit = RuleUnit::of(rule);
    let statistic = match &rule.subject {
        RuleSubject::Meter(statistic, _) => *statistic,
        RuleSubject::Tally(_) => Statistic::Count,
    };
    match (&reading.held, statistic, unit) {
        (Held::Nothing, Statistic::Count, _) => Ok(Some(0.0)),
        (Held::Nothing, Statistic::Rate, RuleUnit::PerSecond) => Ok(per_second(0.0, nanoseconds)),
        (Held::Nothing, ..) => Ok(None),
        (Held::Share { part, .. }, _, RuleUnit::Number) => Ok(Some(*part as f64)),
        (Held::Share { part, whole }, ..) => Ok(percent(*part as f64, *whole as f64)),
        (Held::Started { plan, .. }, _, RuleUnit::PercentOfIntended) => {
            Ok(plan.and_then(|plan| percent(plan.made as f64, plan.wanted as f64)))
        }
        (Held::Started { started, .. }, Statistic::Rate, _) => Ok(per_second(*started as f64, nanoseconds)),
        (Held::Started { started, .. }, ..) => Ok(Some(*started as f64)),
        (Held::Times(times), Statistic::Count, _) => Ok(Some(times.count() as f64)),
        (Held::Times(times), Statistic::Rate, RuleUnit::PerSecond) => Ok(per_second(times.count() as f64, nanoseconds)),
        (Held::Times(times), _, RuleUnit::Nanoseconds) => Ok(of_times(times, statistic)),
        (Held::Times(_), ..) => unfit("it is a timer: compare it with a duration, like `250ms`, or its `rate` with `50/s`"),
        (Held::Summary(_, numbers), Statistic::Count, _) => Ok(Some(numbers.count as f64)),
        (Held::Summary(_, numbers), Statistic::Rate, RuleUnit::PerSecond) => Ok(per_second(numbers.count as f64, nanoseconds)),
        (Held::Summary(samples, numbers), _, RuleUnit::Number) => Ok(match statistic {
            Statistic::Percentile(thousandths) => quantile(samples, thousandths).map(|value| value / 1_000.0),
            Statistic::Mean => (numbers.count > 0).then(|| numbers.sum / numbers.count as f64),
            Statistic::Min => (numbers.count > 0).then_some(numbers.min),
            _ => (numbers.count > 0).then_some(numbers.max),
        }),
        (Held::Summary(..), ..) => unfit("it is a summary: compare it with a number, or its `rate` with `50/s`"),
        (Held::Amount(sum), Statistic::Count, _) => Ok(Some(*sum)),
        (Held::Amount(sum), Statistic::Rate, RuleUnit::PerSecond) => Ok(per_second(*sum, nanoseconds)),
        (Held::Amount(_), ..) => unfit("it counts: compare its `count` with a number, or its `rate` with `50/s`"),
        (Held::Quotient(part, whole), Statistic::Rate, RuleUnit::Percent) => Ok(percent(*part, *whole)),
        (Held::Quotient(part, whole), Statistic::Rate, RuleUnit::Number) => Ok((*whole != 0.0).then(|| part / whole)),
        (Held::Quotient(..), ..) => unfit("it is a rate: compare its `rate` with a share or a number, like `95%` or `0.95`"),
        (Held::Heights(heights), Statistic::Count, _) => Ok(Some(heights.count as f64)),
        (Held::Heights(heights), Statistic::Mean, RuleUnit::Number) => Ok(Some(heights.sum / heights.count as f64)),
        (Held::Heights(heights), Statistic::Min, RuleUnit::Number) => Ok(Some(heights.min)),
        (Held::Heights(heights), Statistic::Max, RuleUnit::Number) => Ok(Some(heights.max)),
        (Held::Heights(_), ..) => unfit("it is a gauge: compare its `mean`, `min`, `max` or `count` with a number"),
    }
}

fn of_times(times: &Histogram, statistic: Statistic) -> Option<f64> {
    match statistic {
        Statistic::Percentile(thousandths) => quantile(times, thousandths),
        Statistic::Mean => times.mean(),
        Statistic::Min => times.min().map(|value| value as f64),
        _ => times.max().map(|value| value as f64),
    }
}

fn quantile(samples: &Histogram, thousandths: u32) -> Option<f64> {
    samples.percentile(Quantile::from_thousandths_of_percent(thousandths)).map(|percentile| percentile.value as f64)
}

fn percent(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part * 100.0 / whole)
}

fn per_second(quantity: f64, nanoseconds: u64) -> Option<f64> {
    (nanoseconds > 0).then(|| quantity * 1e9 / nanoseconds as f64)
}

fn unfit<T>(why: &str) -> Result<T, Unfit> {
    Err(Unfit(why.to_owned()))
}

/// Whether a number is as the rule wants it.
pub(super) fn holds(condition: &RuleCondition, number: f64) -> bool {
    match condition {
        RuleCondition::Between(low, high) => low.number() <= number && number <= high.number(),
        RuleCondition::NotBetween(low, high) => number < low.number() || high.number() < number,
        RuleCondition::Compare(comparison, limit) => match comparison {
            Comparison::Less => number < limit.number(),
            Comparison::AtMost => number <= limit.number(),
            Comparison::Greater => number > limit.number(),
            Comparison::AtLeast => number >= limit.number(),
            Comparison::Equal => number == limit.number(),
            Comparison::NotEqual => number != limit.number(),
        },
    }
}

/// How far a number that breaks the rule is from its limit.
pub(super) fn distance(rule: &Rule, number: f64) -> String {
    let unit = RuleUnit::of(rule);
    let from = |limit: RuleValue| {
        let distance = number - limit.number();
        match distance {
            0.0 => "the limit itself".to_owned(),
            above if above > 0.0 => format!("{} above the limit", unit.distance(above)),
            below => format!("{} below the limit", unit.distance(-below)),
        }
    };
    match &rule.condition {
        RuleCondition::Compare(_, limit) => from(*limit),
        RuleCondition::Between(low, _) if number < low.number() => from(*low),
        RuleCondition::Between(_, high) => from(*high),
        RuleCondition::NotBetween(..) => "within the bounds".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_the_digits_that_say_something() {
        let shown = [0.0, 5.0, 1_000.0, 0.5, 0.1234, 0.0012345, 17.25, 312.4, 1_234.5, -5.0, 99.99, 99.9999].map(plain);
        insta::assert_snapshot!(shown.join(" | "), @"0 | 5 | 1 000 | 0.5 | 0.123 | 0.00123 | 17.2 | 312.4 | 1 235 | -5 | 99.99 | 99.9999");
    }
}
