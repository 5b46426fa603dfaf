//! The JSON report: a [`Report`] as it is, histograms included, so that two can be compared.

use serde::Deserialize;
use throng_measure::{REPORT_VERSION, Report};

/// Why a report could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It has a form that this version doesn't know.
    #[error("the report is of version `{found}`, and this throng reads `{REPORT_VERSION}`; read it with the throng that wrote it")]
    Version {
        /// What it says.
        found: String,
    },
    /// It is not a report.
    #[error("this is not a report of throng: {source}; give a file that `--report json=FILE` has written")]
    Read {
        /// Where and why.
        source: serde_json::Error,
    },
    /// It could not be written as XML.
    #[error("cannot write the report as XML: {source}")]
    Xml {
        /// Why.
        source: std::io::Error,
    },
    /// It could not be encoded.
    #[error("cannot encode the report: {source}")]
    Write {
        /// Why.
        source: serde_json::Error,
    },
}

/// The report as JSON. Times are in nanoseconds, histograms are in base64 of HDR's V2 encoding.
///
/// # Errors
/// A histogram that cannot be encoded.
pub fn to_json(report: &Report) -> Result<String, ReportError> {
    serde_json::to_string_pretty(report).map_err(|source| ReportError::Write { source })
}

/// Reads what [`to_json`] wrote.
///
/// # Errors
/// Another version, or not a report.
pub fn from_json(text: &str) -> Result<Report, ReportError> {
    #[derive(Deserialize)]
    struct Version {
        report: String,
    }
    let version: Version = serde_json::from_str(text).map_err(|source| ReportError::Read { source })?;
    if version.report != REPORT_VERSION {
        return Err(ReportError::Version { found: version.report });
    }
    serde_json::from_str(text).map_err(|source| ReportError::Read { source })
}
