//! `throng inspect`: what a file's scenarios are, without running a step; or which step kinds a plugin brings.

use std::path::Path;

use serde_json::json;
use throng_campaign::{ComponentPlugin, PluginLock};
use throng_model::{to_json, to_mermaid, to_text};

use crate::arguments::{InspectArguments, InspectFormat};
use crate::commands::build::{Build, built};
use crate::config::Configuration;
use crate::engine::{in_file, is_step_plugin, load, print, registry, sandbox, step_plugins};
use crate::exit::{Exit, Failure};
use crate::plugin_store::as_url;

/// Prints the scenarios, or the plugin.
pub(crate) fn inspect(arguments: &InspectArguments, configuration: &Configuration) -> Result<Exit, Failure> {
    let Some(file) = &arguments.file else { return inspect_all_plugins(arguments.format()) };
    let limits = configuration.in_force(None, None, arguments.limits.document())?.limits();
    let sandbox = sandbox()?;
    let files = built(std::slice::from_ref(file), Build::IfStale)?;
    let Some(file) = files.first() else { return Err(Failure::engine("no file is left of the one that was given")) };
    if as_url(file).is_some() || is_step_plugin(file) {
        let plugins = step_plugins(&files, &PluginLock::default(), &sandbox, &limits)?;
        return plugins.iter().try_for_each(|plugin| inspect_plugin(plugin, file, arguments.format())).map(|()| Exit::Good);
    }
    let registry = step_plugins(&arguments.plugins.plugins, &PluginLock::default(), &sandbox, &limits)?.beside(registry());
    let loaded = load(file, &registry, &sandbox, &limits)?;
    let imports = loaded.component.as_ref().map(|component| component.imports()).unwrap_or_default();
    let text = match arguments.format() {
        InspectFormat::Json => {
            let scenarios: Vec<_> = loaded.scenarios.iter().map(to_json).collect();
            let digest = loaded.component.as_ref().map(|component| component.digest());
            let whole = json!({ "scenarios": scenarios, "imports": imports, "digest": digest });
            format!("{whole:#}\n")
        }
        InspectFormat::Mermaid => loaded.scenarios.iter().map(to_mermaid).collect::<Vec<_>>().join("\n"),
        InspectFormat::Text => {
            let scenarios = loaded.scenarios.iter().map(to_text).collect::<Vec<_>>().join("\n");
            let component = loaded.component.as_ref().map(|component| {
                let lines = imports.iter().map(|import| format!("  {import}\n"));
                format!("\ncomponent {}\nimports:\n{}", component.digest(), lines.collect::<String>())
            });
            scenarios + &component.unwrap_or_default()
        }
    };
    print(&text);
    Ok(Exit::Good)
}

/// The kinds of all plugins of this program.
fn inspect_all_plugins(format: InspectFormat) -> Result<Exit, Failure> {
    let registry = registry();
    match format {
        InspectFormat::Json => print(&format!("{:#}\n", registry.to_json())),
        InspectFormat::Text => print(&registry.to_text()),
        InspectFormat::Mermaid => {
            return Err(Failure::bad_input("plugins have no graph to be drawn; use `--format text` or `--format json`"));
        }
    }
    Ok(Exit::Good)
}

fn inspect_plugin(plugin: &ComponentPlugin, file: &Path, format: InspectFormat) -> Result<(), Failure> {
    match format {
        InspectFormat::Json => print(&format!("{:#}\n", plugin.to_json())),
        InspectFormat::Text => print(&plugin.to_text()),
        InspectFormat::Mermaid => {
            return Err(in_file(file, &"a step plugin has no graph to be drawn; use `--format text` or `--format json`"));
        }
    }
    Ok(())
}
