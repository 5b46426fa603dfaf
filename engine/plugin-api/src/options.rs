//! Options of a plugin, read out of JSON so that every fault has its place and a remedy.

use serde::Deserializer;
use serde::de::{DeserializeOwned, Error as _, Visitor, value::Error as ProbeError};
use serde_json::Value as Json;
use throng_model::ConfigFault;

/// A fault at a place of a configuration.
pub fn option_fault(pointer: impl Into<String>, message: impl Into<String>, hint: Option<String>) -> ConfigFault {
    ConfigFault { pointer: pointer.into(), message: message.into(), hint }
}

/// Reads an object of options. Unknown ones are all listed, each with the nearest right name.
///
/// # Errors
/// Everything that is wrong, at its place below `pointer`.
pub fn read_options<T: DeserializeOwned>(json: &Json, pointer: &str) -> Result<T, Vec<ConfigFault>> {
    let Json::Object(object) = json else {
        return Err(vec![option_fault(pointer, "an object of options is expected here", None)]);
    };
    let known = fields_of::<T>();
    let unknown: Vec<_> = object
        .keys()
        .filter(|key| !known.contains(&key.as_str()))
        .map(|key| {
            option_fault(
                format!("{pointer}/{}", pointer_token(key)),
                format!("there is no option `{key}`"),
                Some(option_remedy(key, known)),
            )
        })
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    serde_json::from_value(json.clone()).map_err(|error| vec![option_fault(pointer, error.to_string(), None)])
}

/// What to write instead of an unknown name.
pub fn option_remedy(name: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|known| (strsim::damerau_levenshtein(name, known), known)).min();
    match nearest {
        Some((distance, nearest)) if distance <= 3.min(nearest.len() / 2) => format!("did you mean `{nearest}`?"),
        _ => format!("the options are `{}`", known.join("`, `")),
    }
}

/// Reads a number of bytes: `65536`, `64KiB`, `10MiB`, `1GiB`, as text or as a JSON number.
///
/// # Errors
/// No number, or an unknown unit.
pub fn parse_size(json: &Json) -> Result<u64, String> {
    let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    let wrong = || format!("`{text}` is not a size; write a number of bytes, or a text like `64KiB` or `10MiB`");
    let trimmed = text.trim();
    let end = trimmed.find(|character: char| !character.is_ascii_digit()).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(end);
    let bytes: u64 = match unit.trim_start() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(wrong()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(bytes)).ok_or_else(wrong)
}

/// A key as a part of a JSON pointer.
pub fn pointer_token(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The names of a struct's fields, as its own deserialisation has them.
fn fields_of<T: DeserializeOwned>() -> &'static [&'static str] {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    #[allow(dead_code, reason = "only read")]
    struct Options {
        body_limit: Option<u32>,
    }

    #[test]
    fn unknown_options_have_a_place_and_a_remedy() {
        let faults = |json: Json| read_options::<Options>(&json, "/http").expect_err("unknown");
        let hint = |text: &str| Some(text.to_owned());
        assert_eq!(
            faults(json!({ "body-limt": 1, "a/b": 2 })),
            [
                option_fault("/http/body-limt", "there is no option `body-limt`", hint("did you mean `body-limit`?")),
                option_fault("/http/a~1b", "there is no option `a/b`", hint("the options are `body-limit`")),
            ]
        );
        assert_eq!(faults(json!([]))[0].pointer, "/http");
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size(&json!("10MiB")), Ok(10 << 20));
        assert_eq!(parse_size(&json!(17)), Ok(17));
        for wrong in [json!("10MB"), json!("99999999999GiB"), json!(1.5), json!(-1), json!(null)] {
            assert!(parse_size(&wrong).is_err(), "{wrong}");
        }
    }
}
