//! Whether a JSON value fits a JSON schema, as far as the scenario document's schema goes: types, keys, lists, references, choices.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value as Json;

/// Checks a value against the whole schema.
///
/// # Errors
/// Where and why it does not fit, or what the schema is missing.
pub fn check_fits(schema: &Json, value: &Json) -> Result<()> {
    fits(schema, schema, value, "")
}

fn fits(whole: &Json, schema: &Json, value: &Json, place: &str) -> Result<()> {
    if let Some(reference) = schema["$ref"].as_str() {
        let definition = reference.strip_prefix('#').and_then(|pointer| whole.pointer(pointer));
        fits(whole, definition.with_context(|| format!("the schema has no {reference}"))?, value, place)?;
    }
    if let Some(types) = schema.get("type") {
        let accepted = types.as_array().map_or(std::slice::from_ref(types), Vec::as_slice);
        ensure!(accepted.iter().any(|name| is_of(value, name)), "{place}: {value} is not of the type {types}");
    }
    if let Some(accepted) = schema["enum"].as_array() {
        ensure!(accepted.contains(value), "{place}: {value} is none of {accepted:?}");
    }
    if let Some(only) = schema.get("const") {
        ensure!(value == only, "{place}: {value} is not {only}");
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        ensure!(choices.iter().any(|choice| fits(whole, choice, value, place).is_ok()), "{place}: {value} fits nothing of {choices:?}");
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fitting = choices.iter().filter(|choice| fits(whole, choice, value, place).is_ok()).count();
        ensure!(fitting == 1, "{place}: {value} fits {fitting} of {choices:?}, not one");
    }
    for (number, item) in value.as_array().into_iter().flatten().enumerate().filter(|_| schema["items"].is_object()) {
        fits(whole, &schema["items"], item, &format!("{place}/{number}"))?;
    }
    keys(whole, schema, value, place)
}

fn keys(whole: &Json, schema: &Json, value: &Json, place: &str) -> Result<()> {
    let Some(object) = value.as_object() else { return Ok(()) };
    for key in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        ensure!(object.contains_key(key), "{place}: `{key}` is not there");
    }
    for (key, item) in object {
        let place = format!("{place}/{key}");
        match (schema["properties"].get(key), &schema["additionalProperties"]) {
            (Some(property), _) => fits(whole, property, item, &place)?,
            (None, Json::Bool(false)) => bail!("{place}: the schema does not know the key"),
            (None, additional) if additional.is_object() => fits(whole, additional, item, &place)?,
            (None, _) => {}
        }
    }
    Ok(())
}

fn is_of(value: &Json, name: &Json) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => false,
    }
}
