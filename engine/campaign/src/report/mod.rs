//! How a report is shown and stored: the summary for people, JSON for programs.

mod errors;
mod health;
mod joins;
mod json;
mod meters;
mod paint;
mod rules;
mod steps;
mod summary;
mod table;

pub use json::{ReportError, from_json, to_json};
pub use paint::Style;
pub use summary::summary;

#[cfg(test)]
mod tests;
