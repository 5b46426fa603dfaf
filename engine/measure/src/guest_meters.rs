//! Meters that scenarios record themselves: counters, gauges, timers, summaries, rates and throughputs.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use throng_protocols::{GuestMeter, MeterKind, MeterOperation};

use crate::Histogram;

/// What tells one guest meter of a step from another.
#[derive(Clone, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
pub struct MeterName {
    /// Its name.
    pub name: String,
    /// Its own tags, as given.
    pub tags: Vec<(String, String)>,
    /// What it records.
    #[schemars(schema_with = "crate::schema::meter_kind")]
    pub kind: MeterKind,
}

impl MeterName {
    /// Meters that are told apart in a scenario; what comes after these is recorded as [`MeterName::OTHER`], one per step and kind.
    pub const LIMIT: usize = 1_000;
    /// The name of what came after [`MeterName::LIMIT`] others.
    pub const OTHER: &str = "other";

    pub(crate) fn other(kind: MeterKind) -> Self {
        Self { name: Self::OTHER.to_owned(), tags: Vec::new(), kind }
    }
}

/// `basket{shop=a}`
impl fmt::Display for MeterName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        let mut tags = self.tags.iter().map(|(name, value)| format!("{name}={value}")).peekable();
        if tags.peek().is_none() { Ok(()) } else { write!(formatter, "{{{}}}", tags.collect::<Vec<_>>().join(",")) }
    }
}

impl From<&GuestMeter> for MeterName {
    fn from(meter: &GuestMeter) -> Self {
        Self { name: meter.name.clone(), tags: meter.tags.clone(), kind: meter.kind }
    }
}

/// What a guest meter holds.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeterValue {
    /// The count.
    Counter(u64),
    /// The last value set; between workers, that of the worker heard of last.
    Gauge(Option<f64>),
    /// Nanoseconds.
    Timer(Histogram),
    /// A distribution of numbers.
    Summary(Distribution),
    /// Benchmark ÷ total.
    Rate {
        /// The sum of the parts.
        benchmark: f64,
        /// The sum of the wholes.
        total: f64,
    },
    /// The quantity so far.
    Throughput(f64),
}

impl MeterValue {
    /// A meter that has recorded nothing.
    pub fn new(kind: MeterKind) -> Self {
        match kind {
            MeterKind::Counter => Self::Counter(0),
            MeterKind::Gauge => Self::Gauge(None),
            MeterKind::Timer => Self::Timer(Histogram::default()),
            MeterKind::Summary => Self::Summary(Distribution::default()),
            MeterKind::Rate => Self::Rate { benchmark: 0.0, total: 0.0 },
            MeterKind::Throughput => Self::Throughput(0.0),
        }
    }

    /// Records; false if the operation is not one of this kind of meter, or its number is not finite.
    pub fn apply(&mut self, operation: MeterOperation) -> bool {
        match (self, operation) {
            (Self::Counter(count), MeterOperation::Add(by)) => *count = count.saturating_add(by),
            (Self::Gauge(last), MeterOperation::Set(value)) if value.is_finite() => *last = Some(value),
            (Self::Timer(timer), MeterOperation::ObserveNanoseconds(nanoseconds)) => timer.record(nanoseconds),
            (Self::Summary(summary), MeterOperation::Observe(value)) if value.is_finite() => summary.record(value),
            (Self::Throughput(sum), MeterOperation::Observe(value)) if value.is_finite() => *sum += value,
            (Self::Rate { benchmark, total }, MeterOperation::AddRate { benchmark: part, total: whole })
                if part.is_finite() && whole.is_finite() =>
            {
                *benchmark += part;
                *total += whole;
            }
            _ => return false,
        }
        true
    }

    /// Adds what another worker, or the next period, has recorded in the same meter.
    pub fn merge(&mut self, other: &Self) {
        match (self, other) {
            (Self::Counter(count), Self::Counter(more)) => *count = count.saturating_add(*more),
            (Self::Gauge(last), Self::Gauge(next)) => *last = next.or(*last),
            (Self::Timer(timer), Self::Timer(more)) => timer.merge(more),
            (Self::Summary(summary), Self::Summary(more)) => summary.merge(more),
            (Self::Throughput(sum), Self::Throughput(more)) => *sum += more,
            (Self::Rate { benchmark, total }, Self::Rate { benchmark: part, total: whole }) => {
                *benchmark += part;
                *total += whole;
            }
            // The kind is part of the meter's name: these never meet.
            _ => {}
        }
    }
}

/// A distribution of numbers, kept in thousandths; those below zero count as zero in percentiles. Sum, least and greatest are exact.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Distribution {
    thousandths: Histogram,
    sum: f64,
    min: f64,
    max: f64,
}

impl Distribution {
    /// Adds one number.
    pub fn record(&mut self, value: f64) {
        let first = self.thousandths.is_empty();
        // `as` saturates: below zero is zero, too large is the greatest.
        self.thousandths.record((value * 1_000.0).round() as u64);
        self.sum += value;
        self.min = if first { value } else { self.min.min(value) };
        self.max = if first { value } else { self.max.max(value) };
    }

    /// Adds all of another one.
    pub fn merge(&mut self, other: &Self) {
        if other.thousandths.is_empty() {
            return;
        }
        let first = self.thousandths.is_empty();
        self.thousandths.merge(&other.thousandths);
        self.sum += other.sum;
        self.min = if first { other.min } else { self.min.min(other.min) };
        self.max = if first { other.max } else { self.max.max(other.max) };
    }

    /// The samples in thousandths, for count and percentiles.
    pub fn thousandths(&self) -> &Histogram {
        &self.thousandths
    }

    /// The sum.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The least; 0 without samples.
    pub fn min(&self) -> f64 {
        self.min
    }

    /// The greatest; 0 without samples.
    pub fn max(&self) -> f64 {
        self.max
    }
}

/// Guest meters as a list of pairs: text formats know text keys only.
pub(crate) mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{MeterName, MeterValue};

    pub(crate) fn serialize<S: Serializer>(meters: &BTreeMap<MeterName, MeterValue>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(meters)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<MeterName, MeterValue>, D::Error> {
        Vec::<(MeterName, MeterValue)>::deserialize(deserializer).map(BTreeMap::from_iter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Quantile;

    #[test]
    fn numbers_keep_three_decimals_and_their_exact_limits() {
        let mut summary = Distribution::default();
        for value in [-2.5, 0.125, 7.75] {
            summary.record(value);
        }
        let mut merged = Distribution::default();
        merged.merge(&summary);
        assert_eq!((merged.sum(), merged.min(), merged.max()), (5.375, -2.5, 7.75));
        assert_eq!(merged.thousandths().percentile(Quantile::P50).map(|percentile| percentile.value), Some(125));
    }

    #[test]
    fn an_operation_of_another_kind_is_refused() {
        let mut counter = MeterValue::new(MeterKind::Counter);
        assert!(counter.apply(MeterOperation::Add(2)));
        assert!(!counter.apply(MeterOperation::Observe(1.0)));
        assert!(matches!(counter, MeterValue::Counter(2)));
        assert!(!MeterValue::new(MeterKind::Gauge).apply(MeterOperation::Set(f64::NAN)));
    }

    #[test]
    fn an_unset_gauge_leaves_the_last_value_alone() {
        let mut gauge = MeterValue::Gauge(Some(3.0));
        gauge.merge(&MeterValue::Gauge(None));
        assert!(matches!(gauge, MeterValue::Gauge(Some(3.0))));
    }
}
