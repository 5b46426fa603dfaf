//! Durations as people write them: `250ms`, `1.5s`, `2m`.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

/// The units, each with its nanoseconds, longest first.
const UNITS: [(&str, u64); 6] =
    [("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1)];

/// Text that is no duration.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is not a duration; {hint}")]
pub struct DurationError {
    /// As written.
    pub text: String,
    /// How to write it instead.
    pub hint: String,
}

/// Reads a number and its unit: `ns`, `us`, `ms`, `s`, `m` or `h`. Fractions go down to the nanosecond.
///
/// # Errors
/// There is no number, no unit, an unknown unit, or more than 584 years.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let fault = |hint: String| DurationError { text: text.to_owned(), hint };
    let split = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    if !is_decimal(number) {
        return Err(fault("write a number and a unit, like `250ms`, `1.5s` or `2m`".to_owned()));
    }
    if unit.is_empty() {
        return Err(fault(format!("write `{text}ms`, or another unit: ns, us, ms, s, m, h")));
    }
    let unit = if unit == "µs" { "us" } else { unit };
    let (_, nanos) = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(|| fault(format!("`{unit}` is not a unit, these are: ns, us, ms, s, m, h")))?;
    scale(number, *nanos).map(Duration::from_nanos).ok_or_else(|| fault("it is longer than 584 years".to_owned()))
}

/// Writes a duration in the longest unit that needs no fraction: `90s`, `1500ms`.
pub fn format_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    let unit = UNITS.iter().find(|(_, unit)| nanos.is_multiple_of(u128::from(*unit)));
    let (name, unit) = unit.copied().unwrap_or(("ns", 1));
    format!("{}{name}", nanos / u128::from(unit))
}

fn is_decimal(number: &str) -> bool {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction)
}

/// Decimal text times whole nanoseconds, without the rounding of floats.
fn scale(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut nanos = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    let mut weight = unit;
    for digit in fraction.chars().filter_map(|letter| letter.to_digit(10)) {
        nanos = nanos.checked_add(u64::from(digit) * (weight / 10) + u64::from(digit) * (weight % 10) / 10)?;
        weight /= 10;
    }
    Some(nanos)
}

/// A duration that is written as text in documents; a bare number is refused.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct DurationText(pub Duration);

impl fmt::Display for DurationText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&format_duration(self.0))
    }
}

impl<'de> Deserialize<'de> for DurationText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DurationVisitor)
    }
}

struct DurationVisitor;

impl Visitor<'_> for DurationVisitor {
    type Value = DurationText;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a duration like \"250ms\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<DurationText, E> {
        parse_duration(text).map(DurationText).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<DurationText, E> {
        Err(bare(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<DurationText, E> {
        Err(bare(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<DurationText, E> {
        Err(bare(number))
    }
}

fn bare<E: Error>(number: impl fmt::Display) -> E {
    E::custom(format_args!("{number} has no unit; write `\"{number}ms\"`"))
}

impl Serialize for DurationText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for DurationText {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h)$", "examples": ["250ms", "1.5s", "2m"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, nanos: u64, printed: &str) {
        let duration = parse_duration(text).expect("valid");
        assert_eq!(duration, Duration::from_nanos(nanos), "{text}");
        assert_eq!(format_duration(duration), printed);
    }

    #[test]
    fn units_and_fractions() {
        check("250ms", 250_000_000, "250ms");
        check("1.5s", 1_500_000_000, "1500ms");
        check("60s", 60_000_000_000, "1m");
        check("90s", 90_000_000_000, "90s");
        check("1h", 3_600_000_000_000, "1h");
        check("10us", 10_000, "10us");
        check("10µs", 10_000, "10us");
        check("7ns", 7, "7ns");
        check("0ms", 0, "0s");
        check("0.000000001s", 1, "1ns");
        check("0.05m", 3_000_000_000, "3s");
    }

    #[test]
    fn refusals_say_what_to_write() {
        let hint = |text: &str| parse_duration(text).expect_err(text).to_string();
        assert_eq!(hint("1000"), "`1000` is not a duration; write `1000ms`, or another unit: ns, us, ms, s, m, h");
        assert_eq!(hint("1d"), "`1d` is not a duration; `d` is not a unit, these are: ns, us, ms, s, m, h");
        for text in ["", "s", "1.s", ".5s", "1..2s", "-1s", "1 s", "999999999h"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
        let bare = serde_json::from_str::<DurationText>("1000").expect_err("bare");
        assert!(bare.to_string().starts_with("1000 has no unit; write `\"1000ms\"`"), "{bare}");
    }
}
