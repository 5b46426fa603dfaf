//! Zones: which share of a scenario's minions each of them gets.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::profile::spread_range;

/// A percentage from 0 to 100, exact to six decimals; written `60%`, `33.5%`, or as a bare number.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Percentage(u32);

/// Text or a number that is no percentage.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is not a percentage; write a number from 0 to 100 with `%`, such as `60%`")]
pub struct PercentageError(String);

impl Percentage {
    /// How many of it are 1%.
    const ONE: u32 = 1_000_000;
    const WHOLE: u32 = 100 * Self::ONE;

    /// Reads `60%`.
    ///
    /// # Errors
    /// It is something else, or not from 0 to 100.
    pub fn parse(text: &str) -> Result<Self, PercentageError> {
        let number =
            text.strip_suffix('%').map(str::trim_end).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
        let number = number.and_then(|number| number.parse::<f64>().ok());
        number.and_then(Self::of).ok_or_else(|| PercentageError(text.to_owned()))
    }

    fn of(percent: f64) -> Option<Self> {
        (0.0..=100.0).contains(&percent).then(|| Self((percent * f64::from(Self::ONE)).round() as u32))
    }

    /// From 0 to 1.
    pub fn share(self) -> f64 {
        f64::from(self.0) / f64::from(Self::WHOLE)
    }
}

impl fmt::Display for Percentage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}%", f64::from(self.0) / f64::from(Self::ONE))
    }
}

impl<'de> Deserialize<'de> for Percentage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PercentageVisitor)
    }
}

struct PercentageVisitor;

impl Visitor<'_> for PercentageVisitor {
    type Value = Percentage;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a percentage like \"60%\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Percentage, E> {
        Percentage::parse(text).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Percentage, E> {
        Percentage::of(number).ok_or_else(|| E::custom(PercentageError(number.to_string())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Percentage, E> {
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Percentage, E> {
        self.visit_f64(number as f64)
    }
}

impl Serialize for Percentage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Percentage {
    fn schema_name() -> Cow<'static, str> {
        "Percentage".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? *%$", "examples": ["60%", "33.5%"] },
            { "type": "number", "minimum": 0, "maximum": 100 }
        ] })
    }
}

/// The shares of all zones of a scenario: 100% together.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Zones(BTreeMap<String, Percentage>);

/// Shares that are not 100% together.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the zones' percentages add up to {sum}%")]
pub struct ZonesError {
    /// What they add up to, in percent.
    pub sum: f64,
}

/// What a zone gets of a scenario.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ZoneShare<'a> {
    /// Its name.
    pub zone: &'a str,
    /// How much of it.
    pub percentage: Percentage,
    /// How many minions that is.
    pub minions: u64,
}

impl Zones {
    /// The zones by their names, each with its share.
    ///
    /// # Errors
    /// They are not 100% together.
    pub fn new(shares: BTreeMap<String, Percentage>) -> Result<Self, ZonesError> {
        let sum: u64 = shares.values().map(|share| u64::from(share.0)).sum();
        if sum == u64::from(Percentage::WHOLE) {
            Ok(Self(shares))
        } else {
            Err(ZonesError { sum: sum as f64 / f64::from(Percentage::ONE) })
        }
    }

    /// In the order of their names.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.keys().map(String::as_str)
    }

    /// The share of a zone; 0 of one that is not named.
    pub fn percentage(&self, zone: &str) -> Percentage {
        self.0.get(zone).copied().unwrap_or_default()
    }

    /// What each zone gets of so many minions, in the order of their names: spread over the cumulative percentages, so that all together
    /// get all.
    pub fn shares(&self, minions: u64) -> impl Iterator<Item = ZoneShare<'_>> {
        self.0.iter().scan(0_u64, move |before, (zone, percentage)| {
            let from = *before;
            *before += u64::from(percentage.0);
            let minions = spread_range(minions, u64::from(Percentage::WHOLE), from..*before);
            Some(ZoneShare { zone, percentage: *percentage, minions })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(shares: &[(&str, &str)]) -> Result<Zones, ZonesError> {
        Zones::new(shares.iter().map(|(zone, share)| ((*zone).to_owned(), Percentage::parse(share).expect(share))).collect())
    }

    #[test]
    fn percentages_are_read_and_printed() {
        for (text, printed) in [("60%", "60%"), ("0%", "0%"), ("100%", "100%"), ("33.5 %", "33.5%"), ("0.000001%", "0.000001%")] {
            assert_eq!(Percentage::parse(text).map(|percentage| percentage.to_string()).as_deref(), Ok(printed), "{text}");
        }
        for text in ["", "%", "60", "-5%", "+5%", "100.1%", "NaN%", "1e1%", "a%"] {
            assert!(Percentage::parse(text).is_err(), "{text}");
        }
        let read = |json: &str| serde_json::from_str::<Percentage>(json).map_err(|error| error.to_string());
        assert_eq!((read("60").map(|share| share.to_string()), read("12.5").map(Percentage::share)), (Ok("60%".into()), Ok(0.125)));
        let refused = "`-5` is not a percentage; write a number from 0 to 100 with `%`, such as `60%`";
        assert!(read("-5").expect_err("negative").starts_with(refused), "{:?}", read("-5"));
        assert!(read("true").expect_err("no percentage").contains("expected a percentage like \"60%\""), "{:?}", read("true"));
    }

    #[test]
    fn shares_are_100_percent_together() {
        let sum = |shares: &[(&str, &str)]| zones(shares).map_err(|error| error.to_string()).map(|_| ());
        assert_eq!(sum(&[("a", "60%"), ("b", "40%")]), Ok(()));
        assert_eq!(sum(&[("a", "33.333333%"), ("b", "33.333333%"), ("c", "33.333334%")]), Ok(()));
        assert_eq!(sum(&[("a", "60%"), ("b", "30.5%")]), Err("the zones' percentages add up to 90.5%".into()));
        assert_eq!(sum(&[("a", "60%"), ("b", "60%")]), Err("the zones' percentages add up to 120%".into()));
        assert_eq!(sum(&[]), Err("the zones' percentages add up to 0%".into()));
    }

    #[test]
    fn every_minion_has_one_zone() {
        let zones = zones(&[("a", "33.333333%"), ("b", "33.333333%"), ("c", "33.333334%")]).expect("valid");
        let shares = |minions| zones.shares(minions).map(|share| share.minions).collect::<Vec<_>>();
        // ⌊10 × 0.33…⌋ = 3, ⌊10 × 0.66…⌋ − 3 = 3, 10 − 6 = 4.
        assert_eq!((shares(10), shares(1), shares(0)), (vec![3, 3, 4], vec![0, 0, 1], vec![0, 0, 0]));
        let all = u64::from(u32::MAX);
        assert_eq!(shares(all).iter().sum::<u64>(), all);
    }

    #[test]
    fn a_zone_that_is_not_named_gets_nothing() {
        let zones = zones(&[("north", "100%")]).expect("valid");
        assert_eq!([zones.percentage("north").to_string(), zones.percentage("south").to_string()], ["100%", "0%"]);
        assert_eq!(zones.names().collect::<Vec<_>>(), ["north"]);
    }
}
