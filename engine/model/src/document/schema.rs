//! The JSON schema of documents, with all step kinds that there are.

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::{Map, Value as Json, json};

use super::Document;
use crate::validate::operators;

/// A plugin's step kind, for the schema.
#[derive(Clone, Debug)]
pub struct KindSchema {
    /// The key in a step.
    pub name: String,
    /// One line.
    pub summary: String,
    /// The schema of its configuration.
    pub schema: Json,
}

/// The schema of the scenario document: draft 2020-12, with the engine's operators and these kinds.
pub fn scenario_schema(kinds: &[KindSchema]) -> Json {
    let mut root = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Document>().to_value();
    let operators = operators().map(|operator| KindSchema {
        name: operator.name.to_owned(),
        summary: operator.summary.to_owned(),
        schema: (operator.schema)(),
    });
    add_kinds(&mut root, "StepDocument", operators.chain(kinds.iter().cloned()));
    root
}

/// Makes one of these kinds a key that a definition must have, and no other keys than these and its own.
pub(crate) fn add_kinds(root: &mut Json, definition: &str, kinds: impl Iterator<Item = KindSchema>) {
    let mut definitions = Map::new();
    let mut properties = Map::new();
    let mut choices = Vec::new();
    for kind in kinds {
        let name = kind.name.clone();
        properties.insert(name.clone(), hoisted(kind, &mut definitions));
        choices.push(json!({ "required": [name] }));
    }
    if let Some(Json::Object(all)) = root.get_mut("$defs") {
        all.append(&mut definitions);
    }
    if let Some(Json::Object(step)) = root.pointer_mut(&format!("/$defs/{definition}")) {
        if let Some(Json::Object(options)) = step.get_mut("properties") {
            options.append(&mut properties);
        }
        step.insert("oneOf".to_owned(), Json::Array(choices));
        step.insert("additionalProperties".to_owned(), Json::Bool(false));
    }
}

/// A kind's schema as a property; its own definitions move up to the document's, under names that no other kind has.
fn hoisted(kind: KindSchema, definitions: &mut Map<String, Json>) -> Json {
    let KindSchema { name, summary, mut schema } = kind;
    let own = schema.as_object_mut().and_then(|schema| {
        schema.remove("$schema");
        schema.remove("$defs")
    });
    if let Some(Json::Object(own)) = own {
        // A reference is a JSON pointer, and there are kinds with a `/` in their names.
        let token = name.replace('~', "~0").replace('/', "~1");
        rename_references(&mut schema, &token);
        for (definition, mut body) in own {
            rename_references(&mut body, &token);
            definitions.insert(format!("{name}.{definition}"), body);
        }
    }
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), Json::String(summary));
    }
    schema
}

fn rename_references(schema: &mut Json, kind: &str) {
    match schema {
        Json::Object(entries) => {
            for (key, value) in entries {
                match value {
                    Json::String(reference) if key == "$ref" => *reference = reference.replace("#/$defs/", &format!("#/$defs/{kind}.")),
                    other => rename_references(other, kind),
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| rename_references(item, kind)),
        _ => {}
    }
}

/// The schema of a profile: its written form, or an object with one key.
pub fn profile(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "description": "When minions start: `regular(1s, 50)`, or the same as an object.",
        "anyOf": [
            { "type": "string", "examples": ["immediate", "regular(1s, 50)"] },
            { "type": "object", "minProperties": 1, "maxProperties": 1 }
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_part_of_steps() {
        let schema = json!({
            "$schema": "x", "type": "object", "properties": { "request": { "$ref": "#/$defs/Request" } },
            "$defs": { "Request": { "type": "object", "properties": { "next": { "$ref": "#/$defs/Request" } } } }
        });
        let kind = KindSchema { name: "http".to_owned(), summary: "One request.".to_owned(), schema };
        let root = scenario_schema(&[kind]);
        let at = |pointer: &str| root.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is missing"));
        assert_eq!(at("/$defs/StepDocument/properties/http/properties/request/$ref"), "#/$defs/http.Request");
        assert_eq!(at("/$defs/http.Request/properties/next/$ref"), "#/$defs/http.Request");
        assert_eq!(at("/$defs/StepDocument/properties/http/description"), "One request.");
        assert_eq!(at("/$defs/StepDocument/properties/delay/$ref"), "#/$defs/Duration");
        assert_eq!(at("/$defs/StepDocument/oneOf").as_array().map(Vec::len), Some(operators().count() + 1));
        assert_eq!(at("/$defs/StepDocument/properties/after/anyOf/0/$ref"), "#/$defs/StepNames");
        assert_eq!(at("/$defs/StepDocument/properties/stage/properties/steps/items/$ref"), "#/$defs/StepDocument");
        assert_eq!(at("/$defs/StepDocument/properties/zip/properties/right/anyOf/1/items/$ref"), "#/$defs/StepDocument");
        assert_eq!(at("/$defs/StepDocument/properties/inner-join/required"), &json!(["right", "left-key", "right-key"]));
        assert_eq!(at("/additionalProperties"), false);
        assert!(root.pointer("/$defs/StepDocument/properties/kinds").is_none());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(schema: &Json, found: &mut Vec<String>) {
            match schema {
                Json::Object(entries) => {
                    found.extend(entries.get("$ref").and_then(Json::as_str).map(str::to_owned));
                    entries.values().for_each(|value| references(value, found));
                }
                Json::Array(items) => items.iter().for_each(|item| references(item, found)),
                _ => {}
            }
        }
        let root = scenario_schema(&[]);
        let mut found = Vec::new();
        references(&root, &mut found);
        assert!(found.len() > 5, "{found:?}");
        for reference in found {
            assert!(root.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
    }
}
