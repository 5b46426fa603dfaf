//! Distributions of nanoseconds: an HDR histogram with exact count, sum, least and greatest value.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdrhistogram::serialization::{
    DeserializeError, Deserializer as HdrDeserializer, Serializer as HdrSerializer, V2SerializeError, V2Serializer,
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

type Counts = hdrhistogram::Histogram<u64>;

/// Three significant digits: a percentile is off by at most 0.1 %.
const SIGNIFICANT_DIGITS: u8 = 3;

/// A distribution of values, usually nanoseconds, from 0 to [`Histogram::LIMIT`].
///
/// Empty ones hold no memory; they grow with the greatest value, to about 260 KiB for an hour. They merge without loss.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    counts: Option<Counts>,
    sum: u64,
    min: u64,
    max: u64,
    clamped: u64,
    /// The size to begin with: what came before grew this far.
    grown: u64,
}

/// A share of samples, such as 99.9 %, exact to a thousandth of a percent.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Quantile(u32);

impl Quantile {
    /// The median.
    pub const P50: Self = Self(50_000);
    /// 90 %.
    pub const P90: Self = Self(90_000);
    /// 95 %.
    pub const P95: Self = Self(95_000);
    /// 99 %.
    pub const P99: Self = Self(99_000);
    /// 99.9 %.
    pub const P99_9: Self = Self(99_900);

    /// From thousandths of a percent: 99 900 is 99.9 %. What is above 100 % counts as 100 %.
    pub const fn from_thousandths_of_percent(thousandths: u32) -> Self {
        Self(if thousandths > 100_000 { 100_000 } else { thousandths })
    }

    /// The position of the sample that the quantile names, from 1, among `count` samples in order of size.
    pub fn rank(self, count: u64) -> u64 {
        let rank = (u128::from(count) * u128::from(self.0)).div_ceil(100_000);
        u64::try_from(rank).unwrap_or(count).max(1)
    }
}

/// A value that a share of the samples does not exceed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Percentile {
    /// In the histogram's unit.
    pub value: u64,
    /// Fewer than ten samples are above it: it says little.
    pub few_samples: bool,
}

impl Histogram {
    /// An hour in nanoseconds. Greater values count as this much and in [`Histogram::clamped`]; sum and maximum stay exact.
    pub const LIMIT: u64 = 3_600_000_000_000;

    /// Adds one value. Allocates only when the value is greater than all before, and then seldom.
    #[inline]
    pub fn record(&mut self, value: u64) {
        let counted = if value > Self::LIMIT {
            self.clamped += 1;
            Self::LIMIT
        } else {
            value
        };
        if self.counts.is_none() {
            self.counts = new_counts(counted.max(self.grown));
            (self.min, self.max) = (u64::MAX, 0);
        }
        if let Some(counts) = &mut self.counts
            && counts.record(counted).is_ok()
        {
            self.sum = self.sum.saturating_add(value);
            self.min = self.min.min(value);
            self.max = self.max.max(value);
        }
    }

    /// Adds all samples of another one, without loss.
    pub fn merge(&mut self, other: &Self) {
        if other.is_empty() {
            return;
        }
        if self.counts.is_none() {
            self.clone_from(other);
            return;
        }
        if let (Some(counts), Some(others)) = (&mut self.counts, &other.counts)
            && counts.add(others).is_ok()
        {
            self.sum = self.sum.saturating_add(other.sum);
            self.min = self.min.min(other.min);
            self.max = self.max.max(other.max);
            self.clamped += other.clamped;
        }
    }

    /// Takes out what was merged before. Least and greatest stay as they were, until [`Histogram::limit`] says otherwise.
    pub(crate) fn subtract(&mut self, other: &Self) {
        if let (Some(counts), Some(others)) = (&mut self.counts, other.counts.as_ref().filter(|others| !others.is_empty()))
            && counts.subtract(others).is_ok()
        {
            self.sum = self.sum.saturating_sub(other.sum);
            self.clamped = self.clamped.saturating_sub(other.clamped);
        }
    }

    /// Sets the least and the greatest value of what is left, from who knows them.
    pub(crate) fn limit(&mut self, limits: Option<(u64, u64)>) {
        (self.min, self.max) = limits.unwrap_or((u64::MAX, 0));
    }

    /// Forgets the samples and keeps the memory, for the next period.
    pub fn clear(&mut self) {
        if let Some(counts) = &mut self.counts {
            counts.reset();
        }
        (self.sum, self.clamped, self.min, self.max) = (0, 0, u64::MAX, 0);
    }

    /// Hands out the samples, if any, and goes on with an empty one: a spare, or one that begins as large as this has grown.
    pub(crate) fn take(&mut self, spares: &mut Vec<Self>) -> Self {
        if self.is_empty() {
            return Self::default();
        }
        let grown = self.counts.as_ref().map_or(self.grown, Counts::high);
        let next = spares.pop().unwrap_or_else(|| Self { grown, ..Self::default() });
        std::mem::replace(self, next)
    }

    /// How many samples it holds.
    pub fn count(&self) -> u64 {
        self.counts.as_ref().map_or(0, Counts::len)
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Whether it holds memory, with or without samples.
    pub(crate) fn is_allocated(&self) -> bool {
        self.counts.is_some()
    }

    /// How much memory it holds, in bytes.
    pub fn bytes(&self) -> u64 {
        self.counts.as_ref().map_or(0, |counts| counts.distinct_values() as u64 * size_of::<u64>() as u64)
    }

    /// The sum of all values, exact.
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// The least value, exact; none without samples.
    pub fn min(&self) -> Option<u64> {
        (!self.is_empty()).then_some(self.min)
    }

    /// The greatest value, exact; none without samples.
    pub fn max(&self) -> Option<u64> {
        (!self.is_empty()).then_some(self.max)
    }

    /// The mean, from the exact sum; none without samples.
    pub fn mean(&self) -> Option<f64> {
        (!self.is_empty()).then(|| self.sum as f64 / self.count() as f64)
    }

    /// How many values were above [`Histogram::LIMIT`].
    pub fn clamped(&self) -> u64 {
        self.clamped
    }

    /// The value of a quantile; none without samples.
    pub fn percentile(&self, quantile: Quantile) -> Option<Percentile> {
        let counts = self.counts.as_ref().filter(|counts| !counts.is_empty())?;
        let count = counts.len();
        let rank = quantile.rank(count);
        // Half a rank lower, so that no rounding of the quotient can reach the next sample.
        let value = counts.value_at_quantile((rank as f64 - 0.5) / count as f64);
        Some(Percentile { value: value.clamp(self.min, self.max), few_samples: count - rank < 10 })
    }
}

/// The same samples, whatever memory holds them.
impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        let figures = |histogram: &Self| (histogram.count(), histogram.sum, histogram.clamped, histogram.min(), histogram.max());
        figures(self) == figures(other) && self.recorded().eq(other.recorded())
    }
}

impl Histogram {
    /// All values with how many samples have them, ascending; a value stands for those that differ from it by less than 0.1 %.
    pub fn recorded(&self) -> impl Iterator<Item = (u64, u64)> {
        let recorded = self.counts.as_ref().filter(|counts| !counts.is_empty()).map(Counts::iter_recorded);
        recorded.into_iter().flatten().map(|value| (value.value_iterated_to(), value.count_at_value()))
    }
}

fn new_counts(high: u64) -> Option<Counts> {
    let mut counts = Counts::new_with_bounds(1, high.max(2), SIGNIFICANT_DIGITS).ok()?;
    counts.auto(true);
    Some(counts)
}

/// A histogram as it is sent and stored: a few KiB. `counts` is HDR's own V2 encoding: bytes, or base64 in text formats.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
pub(crate) struct Packed {
    count: u64,
    sum: u64,
    min: u64,
    max: u64,
    clamped: u64,
    #[schemars(with = "String")]
    counts: V2,
}

/// In text formats.
impl JsonSchema for Histogram {
    fn schema_name() -> Cow<'static, str> {
        "Histogram".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Packed::json_schema(generator)
    }
}

/// Why packing or unpacking failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PackingError {
    #[error("cannot encode a histogram: {0}")]
    Encode(#[from] V2SerializeError),
    #[error("cannot decode a histogram: {0}; it must be in the V2 encoding of HDR histograms")]
    Decode(#[from] DeserializeError),
    #[error("the histogram says {said} samples and holds {held}; it was damaged on its way")]
    Count { said: u64, held: u64 },
}

impl Packed {
    pub(crate) fn new(histogram: &Histogram) -> Result<Self, PackingError> {
        let Some(counts) = histogram.counts.as_ref().filter(|counts| !counts.is_empty()) else { return Ok(Self::default()) };
        let mut bytes = Vec::new();
        V2Serializer::new().serialize(counts, &mut bytes)?;
        let &Histogram { sum, min, max, clamped, .. } = histogram;
        Ok(Self { count: counts.len(), sum, min, max, clamped, counts: V2(bytes) })
    }

    /// The least and the greatest value; none without samples.
    pub(crate) fn limits(&self) -> Option<(u64, u64)> {
        (self.count > 0).then_some((self.min, self.max))
    }

    pub(crate) fn unpack(&self) -> Result<Histogram, PackingError> {
        if self.count == 0 {
            return Ok(Histogram::default());
        }
        let mut counts: Counts = HdrDeserializer::new().deserialize(&mut self.counts.0.as_slice())?;
        if counts.len() != self.count {
            return Err(PackingError::Count { said: self.count, held: counts.len() });
        }
        counts.auto(true);
        Ok(Histogram { counts: Some(counts), sum: self.sum, min: self.min, max: self.max, clamped: self.clamped, grown: 0 })
    }
}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Packed::new(self).map_err(ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Packed::deserialize(deserializer)?.unpack().map_err(de::Error::custom)
    }
}

#[derive(Clone, Debug, Default)]
struct V2(Vec<u8>);

impl Serialize for V2 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.serialize_str(&BASE64.encode(&self.0)) } else { serializer.serialize_bytes(&self.0) }
    }
}

impl<'de> Deserialize<'de> for V2 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            BASE64.decode(text).map(Self).map_err(de::Error::custom)
        } else {
            deserializer.deserialize_byte_buf(Bytes).map(Self)
        }
    }
}

struct Bytes;

impl de::Visitor<'_> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the bytes of a histogram")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
