//! The options of a kind as a list, out of its schema: for people, and for whoever compares documentation with what is there.

use serde::Serialize;
use serde_json::Value as Json;

/// Options inside of options, at most: a schema may go round in circles.
const DEPTH: usize = 6;

/// One option of a kind.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct OptionInfo {
    /// Its key; `timeouts.connect` for one inside of an object, `columns[].name` for one inside of each item of a list.
    pub name: String,
    /// Whether the object that it is in must have it: as the schema says, or the description by `Required.` at its end.
    pub required: bool,
    /// What holds when it is not said, as the description has it behind `Default:`, or as the schema has it.
    pub default: Option<String>,
    /// What it says, without its default.
    pub description: String,
}

/// All options of a schema, those inside of others behind them.
pub fn options_of(schema: &Json) -> Vec<OptionInfo> {
    let mut options = Vec::new();
    add_options(schema, schema, "", Shape::Only, DEPTH, &mut options);
    options
}

/// Whether what is looked at is the one form that an option can have, or one of several.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Shape {
    Only,
    Choice,
}

fn add_options(whole: &Json, schema: &Json, prefix: &str, shape: Shape, depth: usize, options: &mut Vec<OptionInfo>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    // A choice of one key is described at the choice.
    let described = schema.get("description").and_then(Json::as_str).filter(|_| shape == Shape::Choice);
    let schema = resolved(whole, schema);
    let required = schema.get("required").and_then(Json::as_array).filter(|_| shape == Shape::Only);
    for (name, property) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
        let is_required = required.is_some_and(|required| required.iter().any(|required| required == name.as_str()));
        let name = format!("{prefix}{name}");
        // Two shapes of one option may have a key in common.
        if options.iter().all(|known| known.name != name) {
            let mut option = option(whole, property, described, name.clone());
            option.required |= is_required;
            options.push(option);
        }
        add_options(whole, property, &format!("{name}."), Shape::Only, depth, options);
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        let shapes = schema.get(key).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        let is_null = |shape: &&Json| shape.get("type").is_some_and(|kind| kind == "null");
        let inner = if key != "allOf" && shapes.iter().filter(|shape| !is_null(shape)).count() > 1 { Shape::Choice } else { Shape::Only };
        shapes.iter().for_each(|shape| add_options(whole, shape, prefix, inner, depth, options));
    }
    if let Some(items) = schema.get("items") {
        let prefix = format!("{}[].", prefix.strip_suffix('.').unwrap_or(prefix));
        add_options(whole, items, &prefix, Shape::Only, depth, options);
    }
}

fn option(whole: &Json, property: &Json, described: Option<&str>, name: String) -> OptionInfo {
    let text = |schema: &Json| schema.get("description").and_then(Json::as_str).map(str::to_owned);
    let description = text(property).or_else(|| described.map(str::to_owned)).or_else(|| text(resolved(whole, property)));
    let description = description.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    // What is only known when all is put together is not in the schema's list.
    let (description, required) = match description.strip_suffix("Required.") {
        Some(before) => (before.trim_end().to_owned(), true),
        None => (description, false),
    };
    let (description, told) = match description.split_once("Default: ") {
        Some((before, default)) => (before.trim_end().to_owned(), Some(default.trim_end_matches('.').to_owned())),
        None => (description, None),
    };
    let default = told.or_else(|| property.get("default").filter(|default| !default.is_null()).map(Json::to_string));
    OptionInfo { name, required, default, description }
}

fn resolved<'a>(whole: &'a Json, schema: &'a Json) -> &'a Json {
    let pointer = schema.get("$ref").and_then(Json::as_str).and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| whole.pointer(pointer)).unwrap_or(schema)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn options_inside_of_others_are_listed() {
        let schema = json!({
            "properties": {
                "file": { "type": "string", "description": "The path." },
                "trim": { "type": "boolean", "description": "Whether\nblanks go. Default: `false`." },
                "size": { "type": "integer", "default": 5, "description": "Bytes." },
                "columns": { "description": "More.", "anyOf": [{ "$ref": "#/$defs/Columns" }, { "type": "null" }] },
            },
            "required": ["file"],
            "$defs": {
                "Columns": { "type": "array", "items": { "$ref": "#/$defs/Column" } },
                "Column": { "properties": { "name": { "description": "Its name." }, "inner": { "$ref": "#/$defs/Column" } } },
            },
        });
        let options = options_of(&schema);
        let names: Vec<_> = options.iter().take(6).map(|option| option.name.as_str()).collect();
        assert_eq!(names, ["file", "trim", "size", "columns", "columns[].name", "columns[].inner"]);
        let framing = json!({
            "properties": { "framing": { "description": "How.", "anyOf": [{ "$ref": "#/$defs/Framing" }, { "type": "null" }] } },
            "$defs": { "Framing": { "oneOf": [
                { "const": "none" },
                { "description": "So many bytes.", "properties": { "length": { "type": "integer" } }, "required": ["length"] },
            ] } },
        });
        let length = options_of(&framing).pop().expect("an option");
        let wanted = OptionInfo { name: "framing.length".into(), required: false, default: None, description: "So many bytes.".into() };
        assert_eq!(length, wanted);
        let told: Vec<_> =
            options.iter().take(3).map(|option| (option.required, option.default.as_deref(), option.description.as_str())).collect();
        assert_eq!(told, [(true, None, "The path."), (false, Some("`false`"), "Whether blanks go."), (false, Some("5"), "Bytes.")]);
    }
}
