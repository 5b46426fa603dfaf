//! `throng inspect`: what a file's scenarios are, without running a step.

use serde_json::json;
use throng_model::{to_json, to_mermaid, to_text};

use crate::arguments::{InspectArguments, InspectFormat};
use crate::config::Configuration;
use crate::engine::{load, print, registry, sandbox};
use crate::exit::{Exit, Failure};

/// Prints the scenarios.
pub(crate) fn inspect(arguments: &InspectArguments, configuration: &Configuration) -> Result<Exit, Failure> {
    let limits = configuration.in_force(None, None, arguments.limits.document())?.limits();
    let loaded = load(&arguments.file, &registry(), &sandbox()?, &limits)?;
    let imports = loaded.component.as_ref().map(|component| component.imports()).unwrap_or_default();
    let text = match arguments.format {
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
