//! The arguments of `throng plan`.

use std::path::PathBuf;

use clap::Args;

use super::{LimitArguments, Overrides, PluginArguments, SettingArguments};

/// Print the starting lines that a run would follow, without running
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  throng plan checkout.wasm --speed 2 --json\n  throng plan campaign.toml")]
pub(crate) struct PlanArguments {
    /// A component, a scenario document, a campaign document, or a project's folder
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) overrides: Overrides,

    #[command(flatten)]
    pub(crate) settings: SettingArguments,

    #[command(flatten)]
    pub(crate) plugins: PluginArguments,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,

    /// `[{"count": n, "offset_ms": n}, …]`; with several scenarios an object of such lists by name
    #[arg(long)]
    pub(crate) json: bool,
}
