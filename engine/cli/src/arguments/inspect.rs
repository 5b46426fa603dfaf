//! The arguments of `throng inspect`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::LimitArguments;

/// Show a file's scenarios: steps, edges, settings, targets, imports
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  throng inspect checkout.wasm --format mermaid")]
pub(crate) struct InspectArguments {
    /// A component or document
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,

    /// As what
    #[arg(long, default_value = "text")]
    pub(crate) format: InspectFormat,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum InspectFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// A flow chart
    Mermaid,
}
