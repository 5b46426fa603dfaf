//! `cargo xtask setup-guests`: the rustup toolchain `wasm-guest`, which builds WebAssembly guests.
//!
//! On an ordinary machine it is the active toolchain with the WebAssembly targets added. Where rustup may not download anything, it is
//! Debian's `rustc-web` in a private folder, with the standard library built once from the source that belongs to it.
//!
//! Three environment variables change its place, for trials: `WASM_GUEST_TOOLCHAIN` (the name, `wasm-guest`), `WASM_GUEST_HOME` (the
//! private folder, `wasm-guest` in the user's data folder), and rustup's own `RUSTUP_AUTO_INSTALL` (`0`: rustup downloads nothing).

pub(crate) mod debian;
mod ordinary;
mod standard_library;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;

use crate::process::{read, run};
use crate::project;

/// The target of guests without any WASI import.
pub(crate) const COMPONENT_TARGET: &str = "wasm32-unknown-unknown";
/// The target of guests that import WASI 0.2.
pub(crate) const WASI_TARGET: &str = "wasm32-wasip2";
/// Every target that some guest needs.
pub(crate) const ALL_TARGETS: [&str; 2] = [COMPONENT_TARGET, WASI_TARGET];

/// Where the guest toolchain comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Source {
    /// What is there already; else rustup, or Debian where rustup may not download (`RUSTUP_AUTO_INSTALL=0`).
    #[default]
    Auto,
    /// The active toolchain, with the targets added by rustup.
    Rustup,
    /// Debian's `rustc-web`, in a private folder; nothing is installed system-wide.
    Debian,
}

/// Makes the guest toolchain able to build for these targets. Quick when it is already.
pub(crate) fn set_up(targets: &[&str], source: Source) -> Result<()> {
    let name = toolchain_name();
    if source == Source::Auto && is_ready(&name, targets) {
        eprintln!("    `{name}` is there, with {}", targets.join(" and "));
        return Ok(());
    }
    match source {
        Source::Rustup => ordinary::set_up(&name, targets)?,
        Source::Debian => debian::set_up(&name, &home()?, targets)?,
        Source::Auto if rustup_may_download() || has_targets(&active_sysroot()?, targets) => ordinary::set_up(&name, targets)?,
        Source::Auto => debian::set_up(&name, &home()?, targets)?,
    }
    if !is_ready(&name, targets) {
        bail!(
            "the toolchain `{name}` still lacks {}; set it up by hand, or try `cargo xtask setup-guests --from rustup`",
            targets.join(" or ")
        );
    }
    Ok(())
}

/// The name by which rustup knows the guest toolchain.
pub(crate) fn toolchain_name() -> String {
    std::env::var("WASM_GUEST_TOOLCHAIN").unwrap_or_else(|_| "wasm-guest".to_owned())
}

/// The triple of this machine, as the active compiler names it.
pub(crate) fn host() -> Result<String> {
    let version = read(Command::new("rustc").arg("-vV").current_dir(project::root()))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("`rustc -vV` names no host")
}

/// The private folder of a toolchain that is not rustup's own.
fn home() -> Result<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("WASM_GUEST_HOME")
        .or_else(|| variable("XDG_DATA_HOME").map(|data| data.join("wasm-guest")))
        .or_else(|| variable("HOME").map(|home| home.join(".local/share/wasm-guest")))
        .context("no place for the guest toolchain is known; set `WASM_GUEST_HOME` to a folder")
}

/// `RUSTUP_AUTO_INSTALL=0` is the machine's word that rustup is not to download anything.
fn rustup_may_download() -> bool {
    std::env::var_os("RUSTUP_AUTO_INSTALL").is_none_or(|value| value != "0")
}

fn is_ready(name: &str, targets: &[&str]) -> bool {
    let sysroot = read(Command::new("rustup").args(["run", name, "rustc", "--print", "sysroot"]));
    sysroot.is_ok_and(|sysroot| has_targets(Path::new(&sysroot), targets))
}

/// Whether a standard library for each target is in this toolchain.
fn has_targets(sysroot: &Path, targets: &[&str]) -> bool {
    targets.iter().all(|target| {
        let mut files = library_folder(sysroot, target).read_dir().into_iter().flatten().flatten();
        files.any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

/// Where a toolchain keeps the libraries of a target.
fn library_folder(sysroot: &Path, target: &str) -> PathBuf {
    sysroot.join("lib/rustlib").join(target).join("lib")
}

/// The folder of the toolchain that is active in the project. It lends cargo and the WebAssembly linkers.
fn active_sysroot() -> Result<PathBuf> {
    read(Command::new("rustc").args(["--print", "sysroot"]).current_dir(project::root())).map(PathBuf::from)
}

fn link(name: &str, sysroot: &Path) -> Result<()> {
    run(Command::new("rustup").args(["toolchain", "link", name]).arg(sysroot))
}

/// Puts the folder `from` where `to` is or shall be, in one step as seen by others, once the old one is away.
fn replace(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("cannot remove the old `{}`", to.display()))?;
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).with_context(|| format!("cannot make the folder `{}`", parent.display()))?;
    }
    move_to(from, to)
}

fn move_to(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).with_context(|| format!("cannot move `{}` to `{}`", from.display(), to.display()))
}
