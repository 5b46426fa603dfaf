//! A plugin as `throng inspect` shows it.

use std::fmt::Write;

use serde_json::{Value as Json, json};

use super::description::KindDescription;
use super::plugin::ComponentPlugin;

impl ComponentPlugin {
    /// For people.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        let description = self.description();
        writeln!(text, "plugin {}{}", description.address(), described(&description.summary))?;
        for kind in &description.kinds {
            writeln!(text, "\n{}\n  {}", description.address_of(&kind.name), kind.summary)?;
            if self.is_source() {
                writeln!(text, "  a source {}", if kind.endless == Some(false) { "with an end" } else { "without an end" })?;
            }
            write_options(kind, text)?;
            for (word, what) in [("takes", &kind.takes), ("gives", &kind.gives)] {
                if !what.is_empty() {
                    writeln!(text, "  {word}: {what}")?;
                }
            }
            if !kind.documentation.is_empty() {
                writeln!(text, "\n{}", indented(&kind.documentation))?;
            }
        }
        writeln!(text, "\ncomponent {}\nimports:", self.digest())?;
        self.imports().iter().try_for_each(|import| writeln!(text, "  {import}"))
    }

    /// For programs.
    pub fn to_json(&self) -> Json {
        let description = self.description();
        let kind = |kind: &KindDescription| {
            let mut json = json!(kind);
            if let Some(json) = json.as_object_mut() {
                json.insert("address".to_owned(), description.address_of(&kind.name).into());
            }
            json
        };
        json!({
            "plugin": description.name,
            "world": if self.is_source() { "source-plugin" } else { "step-plugin" },
            "version": description.version,
            "summary": description.summary,
            "kinds": description.kinds.iter().map(kind).collect::<Vec<_>>(),
            "imports": self.imports(),
            "digest": self.digest(),
        })
    }
}

fn write_options(kind: &KindDescription, text: &mut String) -> std::fmt::Result {
    let Some(properties) = kind.options.get("properties").and_then(Json::as_object).filter(|properties| !properties.is_empty()) else {
        return writeln!(text, "  options: none");
    };
    writeln!(text, "  options:")?;
    let required = kind.options.get("required").and_then(Json::as_array);
    for (name, schema) in properties {
        let is_required = required.is_some_and(|required| required.iter().any(|required| required == name.as_str()));
        let about: Vec<_> = [
            schema.get("type").and_then(Json::as_str).map(str::to_owned),
            is_required.then(|| "required".to_owned()),
            schema.get("default").map(|default| format!("default {default}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
        let description = schema.get("description").and_then(Json::as_str).unwrap_or_default();
        writeln!(text, "    {name}{about}{}", described(description))?;
    }
    Ok(())
}

fn described(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { String::new() } else { format!("  {line}") }).collect::<Vec<_>>().join("\n")
}
