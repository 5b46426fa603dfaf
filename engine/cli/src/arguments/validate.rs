//! The arguments of `throng validate`.

use std::path::PathBuf;

use clap::Args;

use super::{LimitArguments, PluginArguments};

/// Check a file without running it; all faults are listed at once
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  throng validate smoke.json checkout.wasm campaign.toml")]
pub(crate) struct ValidateArguments {
    /// Components of scenarios and of step plugins, scenario documents, campaign documents, and folders of projects
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) plugins: PluginArguments,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}
