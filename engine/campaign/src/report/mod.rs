//! How a report is shown, stored and compared. All forms are made of one [`throng_measure::Report`], none computes a figure of its own.

mod compare;
mod errors;
mod format;
mod health;
mod html;
mod joins;
mod json;
mod junit;
mod markdown;
mod meters;
mod paint;
mod rules;
mod schema;
mod steps;
mod summary;
mod table;

pub use compare::{
    Change, Comparison, Difference, FigureName, Mark, ScenarioComparison, Side, StepComparison, markdown as comparison_markdown,
    text as comparison_text,
};
pub use format::{ReportFormat, UnknownFormat};
pub use json::{ReportError, from_json, to_json};
pub use paint::Style;
pub use schema::report_schema;
pub use summary::summary;

#[cfg(test)]
mod tests;
