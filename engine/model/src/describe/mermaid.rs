//! A scenario as a Mermaid flowchart.

use std::fmt::{self, Write};

use crate::Scenario;

/// The graph of a scenario, for documentation and code hosts that draw Mermaid.
pub fn to_mermaid(scenario: &Scenario) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_chart(scenario, &mut text);
    text
}

fn write_chart(scenario: &Scenario, text: &mut String) -> fmt::Result {
    writeln!(text, "flowchart TD")?;
    for (number, step) in scenario.graph.steps.iter().enumerate() {
        // Names and kinds are kebab-case, so there is nothing to escape.
        writeln!(text, "    s{number}[\"{}<br/>{}\"]", step.name, step.kind.name())?;
    }
    for (number, step) in scenario.graph.steps.iter().enumerate() {
        for next in &step.next {
            writeln!(text, "    s{number} --> s{}", next.0)?;
        }
    }
    Ok(())
}
