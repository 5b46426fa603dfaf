//! The registry as text and JSON: each plugin with its kinds, exporters and their options.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::{Registry, options_of};

impl Registry {
    /// For people.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for plugin in self.plugins() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "plugin {}\n", plugin.name());
            for kind in plugin.kinds() {
                push_kind(&mut text, kind.name, kind.summary, &(kind.schema)());
            }
            for exporter in plugin.exporters() {
                push_kind(&mut text, &format!("exporter {}", exporter.name), exporter.summary, &(exporter.schema)());
            }
        }
        text
    }

    /// For programs: `plugins`, each with its `kinds` and `exporters`, each with its `options` and its JSON `schema`.
    pub fn to_json(&self) -> Json {
        let described = |name: &str, summary: &str, schema: Json| json!({ "name": name, "summary": summary, "options": options_of(&schema), "schema": schema });
        let plugins = self.plugins().map(|plugin| {
            let kinds: Vec<_> = plugin.kinds().iter().map(|kind| described(kind.name, kind.summary, (kind.schema)())).collect();
            let exporters: Vec<_> =
                plugin.exporters().iter().map(|exporter| described(exporter.name, exporter.summary, (exporter.schema)())).collect();
            json!({ "name": plugin.name(), "kinds": kinds, "exporters": exporters })
        });
        json!({ "plugins": plugins.collect::<Vec<_>>() })
    }
}

fn push_kind(text: &mut String, name: &str, summary: &str, schema: &Json) {
    let _ = writeln!(text, "{name}\n  {summary}");
    let options = options_of(schema);
    let width = options.iter().map(|option| option.name.len()).max().unwrap_or(0);
    for option in options {
        let default = match (option.required, &option.default) {
            (true, _) => " Required.".to_owned(),
            (false, Some(default)) => format!(" Default: {default}."),
            (false, None) => String::new(),
        };
        let _ = writeln!(text, "    {:width$}  {}{default}", option.name, option.description);
    }
    text.push('\n');
}
