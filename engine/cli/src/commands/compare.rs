//! `throng compare`: two JSON reports against each other.

use std::path::Path;

use throng_campaign::report::{Comparison, comparison_markdown, comparison_text, from_json};
use throng_measure::Report;

use crate::arguments::CompareArguments;
use crate::commands::report_files::{check_place, write};
use crate::engine::{in_file, print};
use crate::exit::{Exit, Failure};
use crate::style::Style;

/// Compares, and fails when something is worse than is tolerated.
pub(crate) fn compare(arguments: &CompareArguments, style: Style) -> Result<Exit, Failure> {
    arguments.md.as_deref().map_or(Ok(()), check_place)?;
    let (before, after) = (read(&arguments.before)?, read(&arguments.after)?);
    let comparison = Comparison::new(&before, &after, arguments.fail_above);
    print(&comparison_text(&comparison, style.of_report()));
    if let Some(file) = &arguments.md {
        write(file, &comparison_markdown(&comparison))?;
    }
    Ok(if comparison.is_worse() { Exit::Failed } else { Exit::Good })
}

fn read(file: &Path) -> Result<Report, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| in_file(file, &format!("cannot be read: {error}")))?;
    from_json(&text).map_err(|error| in_file(file, &error))
}
