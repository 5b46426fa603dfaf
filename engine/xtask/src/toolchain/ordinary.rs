//! The guest toolchain of an ordinary machine: the active one, with targets added by rustup.

use std::process::Command;

use anyhow::Result;

use super::{active_sysroot, has_targets, link};
use crate::process::run;
use crate::project;

/// Adds the targets that are missing, and links the active toolchain under the guest toolchain's name.
pub(super) fn set_up(name: &str, targets: &[&str]) -> Result<()> {
    let sysroot = active_sysroot()?;
    if !has_targets(&sysroot, targets) {
        run(Command::new("rustup").args(["target", "add"]).args(targets).current_dir(project::root()))?;
    }
    link(name, &sysroot)
}
