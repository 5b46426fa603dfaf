//! Commands of cargo's that come from the registry.

use anyhow::Result;

use crate::phase::phase;
use crate::process::{run, succeeds};
use crate::project::cargo;

/// Installs `cargo TOOL` where it is missing.
pub(crate) fn install_where_missing(tool: &str) -> Result<()> {
    if succeeds(&mut cargo([tool, "--version"])) {
        return Ok(());
    }
    let package = format!("cargo-{tool}");
    phase(&format!("installing {package} into cargo's bin folder, once; this takes some minutes"), || {
        run(&mut cargo(["install", package.as_str(), "--locked"]))
    })
}
