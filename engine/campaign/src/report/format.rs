//! The forms in which a report is stored: one renderer each, all of the same [`Report`].

use std::fmt;
use std::str::FromStr;

use throng_measure::Report;

use super::json::{ReportError, to_json};
use super::paint::Style;
use super::{html, junit, markdown, summary};

/// A form of a stored report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReportFormat {
    /// XML that build servers read: a suite per scenario, a case per step, join and verdict.
    Junit,
    /// One page with charts that needs nothing else.
    Html,
    /// The whole report with its histograms, for programs and comparisons.
    Json,
    /// Tables for job summaries and merge requests.
    Markdown,
    /// The summary, 120 columns wide.
    Text,
}

/// A name that no form has.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("there is no report format `{0}`; known are `junit`, `html`, `json`, `md`, `text`")]
pub struct UnknownFormat(String);

impl ReportFormat {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Junit, Self::Html, Self::Json, Self::Markdown, Self::Text];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Junit => "junit",
            Self::Html => "html",
            Self::Json => "json",
            Self::Markdown => "md",
            Self::Text => "text",
        }
    }

    /// The report in this form.
    ///
    /// # Errors
    /// A histogram, or XML, that cannot be encoded.
    pub fn render(self, report: &Report) -> Result<String, ReportError> {
        match self {
            Self::Junit => junit::render(report),
            Self::Html => Ok(html::render(report)),
            Self::Json => to_json(report),
            Self::Markdown => Ok(markdown::render(report)),
            Self::Text => Ok(summary::summary(report, Style { color: false, width: 120 })),
        }
    }
}

impl FromStr for ReportFormat {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

impl fmt::Display for ReportFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
