//! The figures that are compared, and what a difference is worth.

use throng_measure::{Histogram, Quantile};

use super::bootstrap::{Resampled, Samples, interval};

/// What is compared of a step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names of the figures")]
pub enum FigureName {
    /// Executions of all phases; neither better nor worse.
    Count,
    /// The share of the executions that did not succeed.
    FailureShare,
    /// Executions per second of the whole campaign.
    Throughput,
    ResponseP50,
    ResponseP95,
    ResponseP99,
    ServiceP50,
    ServiceP95,
    ServiceP99,
}

/// A figure of both reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Which.
    pub figure: FigureName,
    /// Of the first report; times in nanoseconds, shares from 0 to 1.
    pub before: f64,
    /// Of the second report.
    pub after: f64,
    /// The second against the first; none if the first is 0.
    pub change: Option<f64>,
    /// Where the change lies with a confidence of 95 %; none if that cannot be said.
    pub interval: Option<Change>,
    /// What it is worth.
    pub mark: Mark,
}

/// Bounds of a relative change: 0.1 is 10 % more.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the bounds")]
pub struct Change {
    pub low: f64,
    pub high: f64,
}

/// What a difference is worth.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mark {
    /// There are too few samples, or nothing to be better or worse at.
    NotJudged,
    /// It can be chance.
    Same,
    /// Significantly better.
    Better,
    /// Significantly worse, and perhaps not by more than is tolerated.
    Worse,
    /// Significantly worse by more than is tolerated.
    TooMuchWorse,
}

/// What a report has of a step.
pub(super) struct Sample<'a> {
    pub(super) count: u64,
    /// None for journeys, which have no outcome.
    pub(super) failed: Option<u64>,
    /// How long the campaign took.
    pub(super) seconds: f64,
    pub(super) response: Timed<'a>,
    pub(super) service: Timed<'a>,
}

/// A timer, and its samples to draw from.
pub(super) struct Timed<'a> {
    histogram: &'a Histogram,
    samples: Samples,
}

impl<'a> From<&'a Histogram> for Timed<'a> {
    fn from(histogram: &'a Histogram) -> Self {
        Self { histogram, samples: histogram.into() }
    }
}

/// A figure, and how it is drawn again; none if it cannot be.
struct Known<'a> {
    value: f64,
    resampled: Option<Resampled<'a>>,
}

impl FigureName {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 9] = [
        Self::Count,
        Self::FailureShare,
        Self::Throughput,
        Self::ResponseP50,
        Self::ResponseP95,
        Self::ResponseP99,
        Self::ServiceP50,
        Self::ServiceP95,
        Self::ServiceP99,
    ];

    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::FailureShare => "failures",
            Self::Throughput => "throughput",
            Self::ResponseP50 => "response p50",
            Self::ResponseP95 => "response p95",
            Self::ResponseP99 => "response p99",
            Self::ServiceP50 => "service p50",
            Self::ServiceP95 => "service p95",
            Self::ServiceP99 => "service p99",
        }
    }

    /// How the change counts when it is judged: 1 if more is worse, −1 if less is; none if neither.
    const fn worse(self) -> Option<f64> {
        match self {
            Self::Count => None,
            Self::Throughput => Some(-1.0),
            _ => Some(1.0),
        }
    }

    fn of<'a>(self, sample: &'a Sample<'_>) -> Option<Known<'a>> {
        match self {
            Self::Count => Some(Known { value: sample.count as f64, resampled: None }),
            Self::FailureShare => {
                let failed = sample.failed.filter(|_| sample.count > 0)?;
                let resampled = Resampled::share(failed, sample.count);
                Some(Known { value: failed as f64 / sample.count as f64, resampled })
            }
            Self::Throughput => {
                let known = sample.count > 0 && sample.seconds > 0.0;
                known.then(|| Known {
                    value: sample.count as f64 / sample.seconds,
                    resampled: Resampled::rate(sample.count, sample.seconds),
                })
            }
            Self::ResponseP50 => percentile(&sample.response, Quantile::P50),
            Self::ResponseP95 => percentile(&sample.response, Quantile::P95),
            Self::ResponseP99 => percentile(&sample.response, Quantile::P99),
            Self::ServiceP50 => percentile(&sample.service, Quantile::P50),
            Self::ServiceP95 => percentile(&sample.service, Quantile::P95),
            Self::ServiceP99 => percentile(&sample.service, Quantile::P99),
        }
    }
}

fn percentile<'a>(timed: &'a Timed<'_>, quantile: Quantile) -> Option<Known<'a>> {
    let percentile = timed.histogram.percentile(quantile)?;
    // Where hardly a sample is above it, drawing again says nothing of what could have been there.
    let resampled = if percentile.few_samples { None } else { Resampled::percentile(&timed.samples, quantile) };
    Some(Known { value: percentile.value as f64, resampled })
}

/// A figure of both; none if one does not have it.
pub(super) fn difference(figure: FigureName, samples: &[Sample<'_>; 2], tolerated: f64) -> Option<Difference> {
    let [before, after] = samples;
    let (before, after) = (figure.of(before)?, figure.of(after)?);
    let interval = match (before.resampled, after.resampled) {
        (Some(one), Some(other)) => Some(interval(one, other)),
        _ => None,
    };
    let mark = match (figure.worse(), interval) {
        (Some(sign), Some(Change { low, high })) => mark(if sign > 0.0 { (low, high) } else { (-high, -low) }, tolerated),
        _ => Mark::NotJudged,
    };
    let change = (before.value > 0.0).then(|| after.value / before.value - 1.0);
    Some(Difference { figure, before: before.value, after: after.value, change, interval, mark })
}

/// Of the bounds of how much worse it is.
fn mark((low, high): (f64, f64), tolerated: f64) -> Mark {
    if low > tolerated {
        Mark::TooMuchWorse
    } else if low > 0.0 {
        Mark::Worse
    } else if high < 0.0 {
        Mark::Better
    } else {
        Mark::Same
    }
}
