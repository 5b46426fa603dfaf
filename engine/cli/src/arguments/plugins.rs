//! The step plugins that scenarios are given.

use std::path::PathBuf;

use clap::Args;

#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PluginArguments {
    /// A step plugin, a component whose kinds the scenarios use; again for more
    #[arg(long = "plugin", value_name = "FILE")]
    pub(crate) plugins: Vec<PathBuf>,
}
