//! A scenario for people and tools: as text, as a diagram, as JSON.

mod json;
mod mermaid;
#[cfg(test)]
mod tests;
mod text;

pub use json::to_json;
pub use mermaid::to_mermaid;
pub use text::to_text;

use crate::{Function, Operator, Scenario, StepKind, format_duration};

/// What a step's kind does in this place, in a few words; "" where its name says it all.
fn detail(kind: &StepKind, scenario: &Scenario) -> String {
    let callback = |callback: &crate::CallbackNumber| {
        scenario.callbacks.get(callback.0 as usize).map_or(String::new(), |callback| format!("`{}`", callback.name))
    };
    match kind {
        StepKind::Plugin { .. } => String::new(),
        StepKind::Operator(operator) => match operator {
            Operator::Returns(Function::Constant(value)) => value.to_string(),
            Operator::Returns(Function::Template(template)) => template.to_string(),
            Operator::Returns(Function::Callback(number))
            | Operator::Execute(number)
            | Operator::Map(number)
            | Operator::FlatMap(number)
            | Operator::Filter(number)
            | Operator::OnEach(number)
            | Operator::Verify(number) => callback(number),
            Operator::Assert(checks) => checks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            Operator::Delay(duration) => format_duration(*duration),
            Operator::Pipe | Operator::Split | Operator::BlackHole => String::new(),
        },
    }
}
