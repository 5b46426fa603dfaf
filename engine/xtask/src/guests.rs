//! `cargo xtask build-guests`: the guests of the tests and the examples, built as components.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::phase::phase;
use crate::process::run;
use crate::toolchain::{self, COMPONENT_TARGET, Source, WASI_TARGET};
use crate::{project, toolchain::toolchain_name};

/// A cargo workspace of guests. It has its own target folder, because its compiler is not the engine's.
#[derive(Clone, Copy)]
pub(crate) struct GuestWorkspace {
    folder: &'static str,
    /// The packages that are built for WASI, each if it is there; all others are components without any WASI import.
    wasi_packages: &'static [&'static str],
}

/// One small program for each behaviour of a guest.
pub(crate) const TEST_GUESTS: GuestWorkspace = GuestWorkspace { folder: "tests/guests", wasi_packages: &["wasi"] };
/// What users are shown.
pub(crate) const EXAMPLES: GuestWorkspace = GuestWorkspace { folder: "guest-examples", wasi_packages: &["feed", "resp"] };

/// Sets up the toolchain and builds all guests.
pub(crate) fn build_all() -> Result<()> {
    phase("guest toolchain", || toolchain::set_up(&toolchain::ALL_TARGETS, Source::Auto))?;
    phase("guests of the tests", || TEST_GUESTS.build())?;
    phase("example guests", || EXAMPLES.build())
}

impl GuestWorkspace {
    /// Builds all its guests in release mode.
    pub(crate) fn build(self) -> Result<()> {
        let folder = self.folder();
        let wasi: Vec<&str> = self.wasi_packages.iter().copied().filter(|package| is_package(&folder, package)).collect();

        let mut components = self.cargo();
        components.arg(format!("+{}", toolchain_name())).args(["build", "--release", "--workspace", "--target", COMPONENT_TARGET]);
        run(components.args(wasi.iter().flat_map(|package| ["--exclude", package])))?;
        if wasi.is_empty() {
            return Ok(());
        }
        let mut programs = self.cargo();
        programs.arg(format!("+{}", toolchain_name())).args(["build", "--release", "--target", WASI_TARGET]);
        run(programs.args(wasi.iter().flat_map(|package| ["--package", package])))
    }

    /// Cargo in this workspace, with its own target folder.
    pub(crate) fn cargo(self) -> Command {
        let mut command = Command::new("cargo");
        command.current_dir(self.folder()).env_remove("CARGO_TARGET_DIR").env_remove("CARGO_BUILD_TARGET_DIR");
        command
    }

    /// The component that the package or example `name` is built into.
    pub(crate) fn component(self, name: &str) -> PathBuf {
        self.folder().join("target").join(COMPONENT_TARGET).join("release").join(format!("{name}.wasm"))
    }

    /// All components that are built.
    pub(crate) fn built(self) -> Vec<PathBuf> {
        let folders = [COMPONENT_TARGET, WASI_TARGET].map(|target| self.folder().join("target").join(target).join("release"));
        let files = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten().map(|entry| entry.path());
        files.filter(|file| file.extension().is_some_and(|extension| extension == "wasm")).collect()
    }

    fn folder(self) -> PathBuf {
        project::root().join(self.folder)
    }
}

fn is_package(workspace: &Path, package: &str) -> bool {
    workspace.join(package).join("Cargo.toml").is_file()
}
