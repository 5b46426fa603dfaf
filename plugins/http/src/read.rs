//! Reads options out of JSON, so that every fault has its place and a remedy.

use serde::Deserializer;
use serde::de::{DeserializeOwned, Error as _, Visitor, value::Error as ProbeError};
use serde_json::Value as Json;
use throng_model::ConfigFault;

/// A fault at a place of a configuration.
pub(crate) fn fault(pointer: impl Into<String>, message: impl Into<String>, hint: Option<String>) -> ConfigFault {
    ConfigFault { pointer: pointer.into(), message: message.into(), hint }
}

/// Reads an object of options. Unknown ones are all listed, each with the nearest right name.
pub(crate) fn read<T: DeserializeOwned>(json: &Json, pointer: &str) -> Result<T, Vec<ConfigFault>> {
    let Json::Object(object) = json else {
        return Err(vec![fault(pointer, "an object of options is expected here", None)]);
    };
    let known = fields_of::<T>();
    let unknown: Vec<_> = object
        .keys()
        .filter(|key| !known.contains(&key.as_str()))
        .map(|key| fault(format!("{pointer}/{}", escaped(key)), format!("there is no option `{key}`"), Some(remedy(key, known))))
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    serde_json::from_value(json.clone()).map_err(|error| vec![fault(pointer, error.to_string(), None)])
}

/// What to write instead of an unknown name.
pub(crate) fn remedy(name: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|known| (strsim::damerau_levenshtein(name, known), known)).min();
    match nearest {
        Some((distance, nearest)) if distance <= 3.min(nearest.len() / 2) => format!("did you mean `{nearest}`?"),
        _ => format!("the options are `{}`", known.join("`, `")),
    }
}

/// A key as a part of a JSON pointer.
pub(crate) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The names of a struct's fields, as its own deserialisation has them.
pub(crate) fn fields_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    // It always ends in an error: nothing but the names was wanted.
    let _ = T::deserialize(Probe { fields: &mut fields });
    fields
}

struct Probe<'a> {
    fields: &'a mut &'static [&'static str],
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = ProbeError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ProbeError> {
        Err(ProbeError::custom("only the names of the fields are read"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ProbeError> {
        *self.fields = fields;
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}
