//! `cargo xtask deny`: licences, advisories, duplicates and sources of the dependencies, after `deny.toml`.

use anyhow::Result;

use crate::phase::phase;
use crate::process::{run, succeeds};
use crate::project::cargo;

/// Installs cargo-deny where it is missing, then runs `cargo deny check` with these arguments.
pub(crate) fn deny(arguments: &[String]) -> Result<()> {
    if !succeeds(&mut cargo(["deny", "--version"])) {
        phase("installing cargo-deny into cargo's bin folder, once; this takes some minutes", || {
            run(&mut cargo(["install", "cargo-deny", "--locked"]))
        })?;
    }
    phase("dependencies", || run(cargo(["deny", "check"]).args(arguments)))
}
