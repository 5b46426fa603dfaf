//! The arguments of `throng inspect`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{LimitArguments, PluginArguments};

/// Show a file's scenarios: steps, edges, settings, targets, imports; or a step plugin's kinds with their options
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  throng inspect checkout.wasm --format mermaid\n  throng inspect signature_check.wasm")]
pub(crate) struct InspectArguments {
    /// A component, of scenarios or of a step plugin, a document, or a project's folder
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) plugins: PluginArguments,

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
