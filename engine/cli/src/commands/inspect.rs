//! `throng inspect`: what a document's scenarios are, without running a step.

use std::io::Write;

use throng_model::{Catalog, to_json, to_mermaid, to_text};

/// Which scenarios, and how they are shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct InspectArguments {
    /// All where none is named.
    pub(crate) scenario: Option<String>,
    /// How they are shown.
    pub(crate) format: InspectFormat,
}

/// How a scenario is shown.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum InspectFormat {
    /// Settings and a tree of steps.
    #[default]
    Text,
    /// A Mermaid flowchart each.
    Mermaid,
    /// One JSON array.
    Json,
}

/// Prints scenarios.
///
/// # Errors
/// The document is wrong, or has no such scenario.
pub(crate) fn inspect(document: &str, catalog: &dyn Catalog, arguments: &InspectArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let scenarios = super::read(document, catalog)?;
    let chosen = super::choose(&scenarios, arguments.scenario.as_deref())?;
    if arguments.format == InspectFormat::Json {
        let described: Vec<_> = chosen.into_iter().map(to_json).collect();
        serde_json::to_writer_pretty(&mut *out, &described)?;
        writeln!(out)?;
        return Ok(());
    }
    let describe = if arguments.format == InspectFormat::Mermaid { to_mermaid } else { to_text };
    let texts: Vec<_> = chosen.into_iter().map(describe).collect();
    write!(out, "{}", texts.join("\n"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{DOCUMENT, NoPlugins};
    use super::*;

    fn printed(scenario: Option<&str>, format: InspectFormat) -> String {
        let arguments = InspectArguments { scenario: scenario.map(str::to_owned), format };
        let mut out = Vec::new();
        inspect(DOCUMENT, &NoPlugins, &arguments, &mut out).expect("valid");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn formats() {
        let text = printed(None, InspectFormat::Text);
        assert!(text.contains("walk (version 0)\n") && text.contains("run (version 0)\n  minions: 2\n"), "{text}");
        assert_eq!(printed(Some("walk"), InspectFormat::Mermaid), "flowchart TD\n    s0[\"go<br/>returns\"]\n");
        let json: serde_json::Value = serde_json::from_str(&printed(None, InspectFormat::Json)).expect("JSON");
        assert_eq!((&json[0]["name"], &json[1]["minions"]), (&"walk".into(), &2.into()));
    }
}
