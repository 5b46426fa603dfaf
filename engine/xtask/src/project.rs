//! Where the project's parts are on this machine.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use anyhow::{Context as _, Result};

/// The project's root folder. Asked of cargo first, because one target folder may serve several clones.
pub(crate) fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        Path::new(&here).ancestors().nth(2).map_or_else(|| PathBuf::from("."), Path::to_path_buf)
    });
    &ROOT
}

/// The release build of `program`; cargo puts it beside the profile folder that this very command was built into.
pub(crate) fn release_program(program: &str) -> Result<PathBuf> {
    built_program(program, "release")
}

/// A program of the workspace as a profile builds it, in the target folder that this program is in.
pub(crate) fn built_program(program: &str, profile: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().context("the path of this program is not known")?;
    let target = own.ancestors().nth(2).context("this program is not in a target folder; start it by `cargo xtask`")?;
    Ok(target.join(profile).join(format!("{program}{}", std::env::consts::EXE_SUFFIX)))
}

/// Cargo, in the project's root.
pub(crate) fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(root());
    command
}
