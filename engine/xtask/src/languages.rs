//! `cargo xtask setup-languages`: what builds the scenarios of the tests that are written in JavaScript, TypeScript, Python and C.
//!
//! The versions are those of the templates of `throng new`. All goes into `target/languages/`: the projects of the tests are made below it, so that
//! they find its `node_modules` as npm finds packages, and its `.venv` is put on their search path.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::process::{run, succeeds};
use crate::project;

/// The templates' lists of packages.
const NODE_PACKAGES: &str = "engine/project/templates/ts/package.json";
const PYTHON_PACKAGES: [&str; 2] = ["engine/project/templates/python/requirements.txt", "engine/project/templates/c/requirements.txt"];

/// Installs what is not there in the wanted versions.
pub(crate) fn set_up() -> Result<()> {
    let folder = folder();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    node(&folder)?;
    python(&folder)
}

fn folder() -> PathBuf {
    project::root().join("target/languages")
}

fn node(folder: &Path) -> Result<()> {
    let packages = read(NODE_PACKAGES)?.replace("@NAME@", "languages");
    once(folder, "package.json", &packages, || {
        ensure!(succeeds(Command::new("npm").arg("--version")), "`npm` is missing; install Node 20 or newer with npm");
        run(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder))
    })
}

fn python(folder: &Path) -> Result<()> {
    let packages = PYTHON_PACKAGES.map(read).into_iter().collect::<Result<Vec<_>>>()?.concat();
    once(folder, "requirements.txt", &packages, || {
        run(Command::new("python3").args(["-m", "venv", ".venv"]).current_dir(folder))?;
        run(Command::new(folder.join(".venv/bin/pip")).args(["install", "--quiet", "-r", "requirements.txt"]).current_dir(folder))
    })
}

/// Writes a list of packages and installs it, unless that was done already.
fn once(folder: &Path, list: &str, packages: &str, install: impl FnOnce() -> Result<()>) -> Result<()> {
    let done = folder.join(format!("{list}.installed"));
    if fs::read_to_string(&done).is_ok_and(|there| there == packages) {
        eprintln!("    `{list}` is installed in `{}`", folder.display());
        return Ok(());
    }
    fs::write(folder.join(list), packages)?;
    install()?;
    fs::write(done, packages)?;
    Ok(())
}

fn read(file: &str) -> Result<String> {
    fs::read_to_string(project::root().join(file)).with_context(|| format!("cannot read `{file}`"))
}
