//! Types as a TypeScript declaration file.

use std::fmt::Write as _;

use super::shape::{Body, Shape, Shapes};

/// Writes all types.
pub(super) fn print(shapes: &Shapes) -> String {
    let mut text = "// Made by `throng schema --types ts`.\n".to_owned();
    for definition in &shapes.definitions {
        text.push('\n');
        comment(&mut text, "", &definition.about);
        let name = &definition.name;
        match &definition.body {
            Body::Alias(shape) => line(&mut text, format_args!("export type {name} = {};", written(shape))),
            Body::Object(properties) if properties.is_empty() => {
                line(&mut text, format_args!("export type {name} = Record<string, never>;"))
            }
            Body::Object(properties) => {
                line(&mut text, format_args!("export interface {name} {{"));
                for property in properties {
                    comment(&mut text, "  ", &property.about);
                    let mark = if property.required { "" } else { "?" };
                    line(&mut text, format_args!("  {}{mark}: {};", key(&property.key), written(&property.shape)));
                }
                text.push_str("}\n");
            }
        }
    }
    text
}

fn written(shape: &Shape) -> String {
    match shape {
        Shape::Any => "unknown".to_owned(),
        Shape::Text => "string".to_owned(),
        Shape::Integer | Shape::Number => "number".to_owned(),
        Shape::Boolean => "boolean".to_owned(),
        Shape::Literal(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        Shape::List(items) if matches!(**items, Shape::Either(_)) => format!("({})[]", written(items)),
        Shape::List(items) => format!("{}[]", written(items)),
        Shape::Table(values) => format!("Record<string, {}>", written(values)),
        Shape::Named(name) => name.clone(),
        Shape::Either(choices) => {
            let mut choices: Vec<_> = choices.iter().map(written).collect();
            choices.dedup();
            choices.join(" | ")
        }
    }
}

fn comment(text: &mut String, indent: &str, about: &str) {
    if !about.is_empty() {
        line(text, format_args!("{indent}/** {} */", about.replace("*/", "*\\/")));
    }
}

fn key(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { name.to_owned() } else { format!("'{name}'") }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{line}");
}
