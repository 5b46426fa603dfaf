//! `cargo xtask deny`: licences, advisories, duplicates and sources of the dependencies, after `deny.toml`.

use anyhow::Result;

use crate::cargo_tool::install_where_missing;
use crate::phase::phase;
use crate::process::run;
use crate::project::cargo;

/// Installs cargo-deny where it is missing, then runs `cargo deny check` with these arguments.
pub(crate) fn deny(arguments: &[String]) -> Result<()> {
    install_where_missing("deny")?;
    phase("dependencies", || run(cargo(["deny", "check"]).args(arguments)))
}
