//! A scenario for people and tools: as text, as a diagram, as JSON.

mod detail;
mod json;
mod mermaid;
#[cfg(test)]
mod tests;
mod text;

pub use json::to_json;
pub use mermaid::to_mermaid;
pub use text::to_text;

use crate::{TreeRun, format_duration};

/// When a side tree runs, in a few words.
fn describe_run(run: TreeRun) -> String {
    match run {
        TreeRun::During => "during the load".to_owned(),
        TreeRun::BeforeLoad => "before the load".to_owned(),
        TreeRun::AfterLoad { settle } if settle.is_zero() => "after the load".to_owned(),
        TreeRun::AfterLoad { settle } => format!("{} after the load", format_duration(settle)),
        TreeRun::AfterStage => "after each stage".to_owned(),
    }
}
