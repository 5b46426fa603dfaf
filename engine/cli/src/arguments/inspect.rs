//! The arguments of `throng inspect`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{LimitArguments, PluginArguments};

/// Show a file's scenarios: steps, edges, settings, targets, imports; or the kinds of plugins with their options
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  throng inspect checkout.wasm --format mermaid\n  throng inspect signature_check.wasm\n  throng inspect --plugins"
)]
pub(crate) struct InspectArguments {
    /// A component, of scenarios or of a step plugin, a document, or a project's folder
    #[arg(required_unless_present = "all_plugins")]
    pub(crate) file: Option<PathBuf>,

    /// Show the kinds of all plugins that this program has, with their options
    #[arg(long = "plugins", conflicts_with_all = ["file", "plugins"])]
    pub(crate) all_plugins: bool,

    #[command(flatten)]
    pub(crate) plugins: PluginArguments,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,

    /// As what
    #[arg(long, default_value = "text")]
    pub(crate) format: InspectFormat,

    /// Short for `--format json`
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
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

impl InspectArguments {
    /// As what it is asked for.
    pub(crate) fn format(&self) -> InspectFormat {
        if self.json { InspectFormat::Json } else { self.format }
    }
}
