//! Sizes as people write them: `64MiB`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

/// The units, each with its bytes, largest first.
const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// A number of bytes, written as text with a unit, or as a bare number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SizeText(pub u64);

fn parse_size(text: &str) -> Option<u64> {
    let split = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let (_, bytes) = UNITS.into_iter().chain([("", 1)]).find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(bytes)
}

impl fmt::Display for SizeText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.iter().find(|(_, bytes)| self.0 != 0 && self.0.is_multiple_of(*bytes)) {
            Some((unit, bytes)) => write!(formatter, "{}{unit}", self.0 / bytes),
            None => write!(formatter, "{}", self.0),
        }
    }
}

impl<'de> Deserialize<'de> for SizeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SizeVisitor)
    }
}

struct SizeVisitor;

impl Visitor<'_> for SizeVisitor {
    type Value = SizeText;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a size like \"64MiB\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<SizeText, E> {
        let wrong = || E::custom(format_args!("`{text}` is not a size; write a number of bytes, or one with a unit: KiB, MiB, GiB"));
        parse_size(text).map(SizeText).ok_or_else(wrong)
    }

    fn visit_u64<E: Error>(self, bytes: u64) -> Result<SizeText, E> {
        Ok(SizeText(bytes))
    }
}

impl Serialize for SizeText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for SizeText {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string", "pattern": "^[0-9]+(KiB|MiB|GiB)?$", "examples": ["64MiB"] },
            { "type": "integer", "minimum": 0 }
        ] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        for (text, bytes, printed) in
            [("64MiB", 64 << 20, "64MiB"), ("1024KiB", 1 << 20, "1MiB"), ("1GiB", 1 << 30, "1GiB"), ("10", 10, "10")]
        {
            assert_eq!(parse_size(text), Some(bytes), "{text}");
            assert_eq!(SizeText(bytes).to_string(), printed);
        }
        for text in ["", "MiB", "1MB", "1.5MiB", "-1", "99999999999999999999", "99999999999GiB"] {
            assert_eq!(parse_size(text), None, "{text}");
        }
        let wrong = serde_json::from_str::<SizeText>("\"1MB\"").expect_err("a wrong unit").to_string();
        assert!(wrong.starts_with("`1MB` is not a size; write a number of bytes, or one with a unit: KiB, MiB, GiB"), "{wrong}");
    }
}
