//! The value of a setting as campaign documents write it: text, or a number or boolean without quotes.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

/// A setting's value, as the command line would give it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SettingText(pub String);

impl<'de> Deserialize<'de> for SettingText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SettingVisitor)
    }
}

struct SettingVisitor;

impl Visitor<'_> for SettingVisitor {
    type Value = SettingText;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a setting's value: text, a number, `true` or `false`; lists are written \"a,b,c\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<SettingText, E> {
        Ok(SettingText(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<SettingText, E> {
        Ok(SettingText(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<SettingText, E> {
        Ok(SettingText(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<SettingText, E> {
        Ok(SettingText(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<SettingText, E> {
        Ok(SettingText(value.to_string()))
    }
}

impl Serialize for SettingText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl JsonSchema for SettingText {
    fn schema_name() -> Cow<'static, str> {
        "SettingText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_text() {
        let read = |json: &str| serde_json::from_str::<SettingText>(json).map(|setting| setting.0).map_err(|error| error.to_string());
        for (json, text) in [("\"a\"", "a"), ("5", "5"), ("-5", "-5"), ("1.5", "1.5"), ("true", "true")] {
            assert_eq!(read(json).as_deref(), Ok(text), "{json}");
        }
        assert!(read("[1]").expect_err("a list").contains("lists are written \"a,b,c\""), "{:?}", read("[1]"));
    }
}
