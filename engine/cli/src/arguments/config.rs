//! The arguments of `throng config`.

use std::path::PathBuf;

use clap::Args;

use super::CampaignOptions;

/// Show which options are in force, and who says them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  throng config
  throng config campaign.toml --preset smoke --json
  throng config --example > throng.toml

Defaults, `throng.toml`, the campaign document, the preset, the environment, the command line: a later one wins over an earlier one.
In the environment a key is in upper case behind THRONG_: THRONG_WORKERS=2, THRONG_SOFT_TIMEOUT=5m; lists have a line for each value.")]
pub(crate) struct ConfigArguments {
    /// A campaign document, whose options count as well
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) options: CampaignOptions,

    /// One JSON object instead of the table
    #[arg(long)]
    pub(crate) json: bool,

    /// Print an example of a `throng.toml`, with every key and its meaning, instead
    #[arg(long, conflicts_with_all = ["file", "json"])]
    pub(crate) example: bool,
}
