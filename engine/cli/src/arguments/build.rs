//! The arguments of `throng build`.

use std::path::PathBuf;

use clap::Args;

use super::{LimitArguments, PluginArguments};

/// Build a project's component, `NAME.wasm` in its folder, and check it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  throng build
  throng build my-shop --setup
  throng build my-shop --plugin signature_check.wasm

The language is told by the project's main file: Cargo.toml, main.ts, main.js, main.py, main.c or main.go.")]
pub(crate) struct BuildArguments {
    /// The project's folder
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) folder: PathBuf,

    /// First install what the language needs into the project's folder: `node_modules`, `.venv`
    #[arg(long)]
    pub(crate) setup: bool,

    #[command(flatten)]
    pub(crate) plugins: PluginArguments,

    #[command(flatten)]
    pub(crate) limits: LimitArguments,
}
