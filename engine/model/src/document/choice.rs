//! Options with two written forms, read so that errors name what is wrong inside, not just that no form fits.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::RetryDocument;

/// `"login"` or `["login", "register"]`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OneOrMany(pub Vec<String>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = OneOrMany;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a step's name, or a list of them")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<OneOrMany, E> {
        Ok(OneOrMany(vec![name.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<OneOrMany, A::Error> {
        let mut all = Vec::new();
        while let Some(name) = names.next_element()? {
            all.push(name);
        }
        Ok(OneOrMany(all))
    }
}

impl Serialize for OneOrMany {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [name] => name.serialize(serializer),
            names => names.serialize(serializer),
        }
    }
}

impl JsonSchema for OneOrMany {
    fn schema_name() -> Cow<'static, str> {
        "StepNames".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }] })
    }
}

/// `"none"` or a retry policy.
#[derive(Clone, Debug, PartialEq)]
pub enum RetryChoice {
    /// Not even the scenario's.
    None,
    /// The step's own.
    Some(RetryDocument),
}

impl<'de> Deserialize<'de> for RetryChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RetryVisitor)
    }
}

struct RetryVisitor;

impl<'de> Visitor<'de> for RetryVisitor {
    type Value = RetryChoice;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("\"none\" or an object like {\"retries\": 3, \"delay\": \"100ms\"}")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<RetryChoice, E> {
        match text {
            "none" => Ok(RetryChoice::None),
            _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RetryChoice, A::Error> {
        RetryDocument::deserialize(MapAccessDeserializer::new(map)).map(RetryChoice::Some)
    }
}

impl Serialize for RetryChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_str("none"),
            Self::Some(retry) => retry.serialize(serializer),
        }
    }
}

impl JsonSchema for RetryChoice {
    fn schema_name() -> Cow<'static, str> {
        "StepRetry".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let retry = generator.subschema_for::<RetryDocument>();
        json_schema!({ "anyOf": [{ "const": "none" }, retry] })
    }
}
