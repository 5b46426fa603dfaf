//! Types as a Python module. Keys have hyphens, so `TypedDict`s are written as calls; names that come later are strings.

use std::fmt::Write as _;

use super::shape::{Body, Shape, Shapes};

/// Writes all types.
pub(super) fn print(shapes: &Shapes) -> String {
    let mut text = "\"\"\"Made by `throng schema --types python`.\"\"\"\n\n".to_owned();
    text.push_str("from typing import Any, Literal, NotRequired, TypedDict, Union\n");
    for definition in &shapes.definitions {
        text.push('\n');
        if !definition.about.is_empty() {
            line(&mut text, format_args!("# {}", definition.about));
        }
        let name = &definition.name;
        match &definition.body {
            Body::Alias(shape) => line(&mut text, format_args!("{name} = {}", written(shape))),
            Body::Object(properties) if properties.is_empty() => line(&mut text, format_args!("{name} = TypedDict(\"{name}\", {{}})")),
            Body::Object(properties) => {
                line(&mut text, format_args!("{name} = TypedDict(\"{name}\", {{"));
                for property in properties {
                    if !property.about.is_empty() {
                        line(&mut text, format_args!("    # {}", property.about));
                    }
                    let shape = written(&property.shape);
                    let shape = if property.required { shape } else { format!("NotRequired[{shape}]") };
                    line(&mut text, format_args!("    \"{}\": {shape},", property.key));
                }
                text.push_str("})\n");
            }
        }
    }
    text
}

fn written(shape: &Shape) -> String {
    match shape {
        Shape::Any => "Any".to_owned(),
        Shape::Text => "str".to_owned(),
        Shape::Integer => "int".to_owned(),
        Shape::Number => "float".to_owned(),
        Shape::Boolean => "bool".to_owned(),
        Shape::Literal(text) => format!("Literal[\"{}\"]", text.replace('\\', "\\\\").replace('"', "\\\"")),
        Shape::List(items) => format!("list[{}]", written(items)),
        Shape::Table(values) => format!("dict[str, {}]", written(values)),
        Shape::Named(name) => format!("\"{name}\""),
        Shape::Either(choices) => format!("Union[{}]", choices.iter().map(written).collect::<Vec<_>>().join(", ")),
    }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{line}");
}
