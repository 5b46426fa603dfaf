//! A JSON schema as named types, before they are written in any language.
//!
//! Objects inside of objects get names of their own, by where they are; those that are the same share one.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

/// What a value may be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    Any,
    Text,
    Integer,
    Number,
    Boolean,
    Literal(String),
    List(Box<Self>),
    Table(Box<Self>),
    Named(String),
    /// One of several.
    Either(Vec<Self>),
}

/// A named type.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) body: Body,
}

/// What a named type is.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Body {
    Object(Vec<Property>),
    Alias(Shape),
}

/// A key of an object.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Property {
    pub(super) key: String,
    pub(super) about: String,
    pub(super) required: bool,
    pub(super) shape: Shape,
}

/// All types of a schema; each comes behind those that it names, as far as that goes.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    pub(super) definitions: Vec<Definition>,
    names: BTreeSet<String>,
}

impl Shapes {
    /// The types of a schema, and the one of this name for the whole.
    pub(super) fn of(schema: &Json, whole: &str) -> Self {
        let mut shapes = Self::default();
        let definitions = schema.get("$defs").and_then(Json::as_object);
        let definitions: Vec<_> = definitions.into_iter().flatten().map(|(name, schema)| (type_name(name), schema)).collect();
        shapes.names = definitions.iter().map(|(name, _)| name.clone()).chain([whole.to_owned()]).collect();
        for (name, schema) in definitions {
            shapes.define(name, schema);
        }
        shapes.define(whole.to_owned(), schema);
        shapes
    }

    fn define(&mut self, name: String, schema: &Json) {
        let body = match object(schema) {
            Some(properties) => Body::Object(self.properties(&name, schema, properties)),
            None => Body::Alias(self.shape(&name, schema)),
        };
        self.definitions.push(Definition { about: about(schema), name, body });
    }

    fn properties(&mut self, owner: &str, schema: &Json, properties: &Map<String, Json>) -> Vec<Property> {
        let required: Vec<_> = schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
        let property = |(key, schema): (&String, &Json)| Property {
            key: key.clone(),
            about: about(schema),
            required: required.contains(&key.as_str()),
            shape: self.shape(&format!("{owner}{}", type_name(key)), schema),
        };
        properties.iter().map(property).collect()
    }

    /// What a schema says; `place` names it, if it needs a name.
    fn shape(&mut self, place: &str, schema: &Json) -> Shape {
        if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
            return match reference.rsplit('/').next() {
                Some(name) if name != "#" => Shape::Named(type_name(name)),
                _ => Shape::Any,
            };
        }
        if let Some(literal) = schema.get("const") {
            return literal.as_str().map_or(Shape::Any, |text| Shape::Literal(text.to_owned()));
        }
        if let Some(literals) = schema.get("enum").and_then(Json::as_array) {
            return either(literals.iter().filter_map(Json::as_str).map(|text| Shape::Literal(text.to_owned())).collect());
        }
        for several in ["anyOf", "oneOf"] {
            if let Some(choices) = schema.get(several).and_then(Json::as_array) {
                let choices = choices.iter().filter(|choice| !is_null(choice));
                return either(choices.map(|choice| self.shape(place, choice)).collect());
            }
        }
        if let Some(properties) = object(schema) {
            return self.hoisted(place, schema, properties);
        }
        match schema.get("type") {
            Some(Json::String(name)) => self.of_type(place, name, schema),
            Some(Json::Array(names)) => {
                let names = names.iter().filter_map(Json::as_str).filter(|name| *name != "null");
                either(names.map(|name| self.of_type(place, name, schema)).collect())
            }
            _ => Shape::Any,
        }
    }

    fn of_type(&mut self, place: &str, name: &str, schema: &Json) -> Shape {
        match name {
            "string" => Shape::Text,
            "integer" => Shape::Integer,
            "number" => Shape::Number,
            "boolean" => Shape::Boolean,
            "array" => Shape::List(Box::new(schema.get("items").map_or(Shape::Any, |items| self.shape(place, items)))),
            "object" => {
                let values = schema.get("additionalProperties").filter(|values| values.is_object());
                Shape::Table(Box::new(values.map_or(Shape::Any, |values| self.shape(place, values))))
            }
            _ => Shape::Any,
        }
    }

    /// An object inside of something else, under a name: that of one which is the same, or a new one.
    fn hoisted(&mut self, place: &str, schema: &Json, properties: &Map<String, Json>) -> Shape {
        let body = Body::Object(self.properties(place, schema, properties));
        if let Some(same) = self.definitions.iter().find(|definition| definition.body == body) {
            return Shape::Named(same.name.clone());
        }
        // The only object that is everywhere is the reference to a callback.
        let is_callback = properties.len() == 1 && properties.contains_key("callback");
        let wished = if is_callback { "Callback" } else { place };
        let mut name = wished.to_owned();
        let mut number = 2;
        while !self.names.insert(name.clone()) {
            name = format!("{wished}{number}");
            number += 1;
        }
        let about = if is_callback { String::new() } else { about(schema) };
        self.definitions.push(Definition { name: name.clone(), about, body });
        Shape::Named(name)
    }
}

/// The properties of an object whose keys are known.
fn object(schema: &Json) -> Option<&Map<String, Json>> {
    let closed = schema.get("additionalProperties") == Some(&Json::Bool(false)) && schema.get("type").is_some_and(|name| name == "object");
    static NONE: std::sync::LazyLock<Map<String, Json>> = std::sync::LazyLock::new(Map::new);
    schema.get("properties").and_then(Json::as_object).or_else(|| closed.then_some(&*NONE))
}

/// One of several; without doubles, and without a layer around a single one.
fn either(choices: Vec<Shape>) -> Shape {
    let mut several: Vec<Shape> = Vec::new();
    for choice in choices {
        let parts = if let Shape::Either(parts) = choice { parts } else { vec![choice] };
        for part in parts {
            if !several.contains(&part) {
                several.push(part);
            }
        }
    }
    match several.len() {
        0 => Shape::Any,
        1 => several.remove(0),
        _ => Shape::Either(several),
    }
}

fn is_null(schema: &Json) -> bool {
    schema.get("type").is_some_and(|name| name == "null")
}

/// The description, on one line.
fn about(schema: &Json) -> String {
    let text = schema.get("description").and_then(Json::as_str).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `http.RequestOptions` is `HttpRequestOptions`, `flat-map` is `FlatMap`, `StepDocument` is `Step`.
fn type_name(name: &str) -> String {
    let name = name.strip_suffix("Document").filter(|rest| !rest.is_empty()).unwrap_or(name);
    let mut pascal = String::with_capacity(name.len());
    for word in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        pascal.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        pascal.push_str(letters.as_str());
    }
    pascal
}
