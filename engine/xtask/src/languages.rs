//! `cargo xtask setup-languages`: what builds the scenarios of the tests that are written in JavaScript, TypeScript, Python, C and Go.
//!
//! The versions are those of the templates of `throng new`. All goes into `target/languages/`: the projects of the tests are made below it, so that
//! they find its `node_modules` as npm finds packages, and its `.venv` is put on their search path.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value as Json;

use crate::process::{self, run, succeeds};
use crate::project::{self, cargo};

/// The templates' lists of packages.
const NODE_PACKAGES: &str = "engine/project/templates/ts/package.json";
const PYTHON_PACKAGES: [&str; 3] = [
    "engine/project/templates/python/requirements.txt",
    "engine/project/templates/c/requirements.txt",
    "engine/project/templates/go/requirements.txt",
];
/// The version of `wac`, which composes components, in a test; no template needs it.
const COMPOSER: &str = "0.12.0";
const GO_MODULES: &str = "engine/project/templates/go/go.mod";

/// The crate that makes Go's bindings has the source of the one module that they import.
const GO_CRATE: &str = "wit-bindgen-go";
/// Makes a module proxy of files of it, so that the tests ask no other.
const GO_PROXY: &str = "engine/xtask/src/go_proxy.py";

/// Installs what is not there in the wanted versions.
pub(crate) fn set_up() -> Result<()> {
    let folder = folder();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    node(&folder)?;
    python(&folder)?;
    go(&folder)?;
    composer(&folder)
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

fn go(folder: &Path) -> Result<()> {
    let modules = read(GO_MODULES)?.replace("@NAME@", "languages");
    once(folder, "go.mod", &modules, || {
        let required = modules.lines().find_map(|line| line.strip_prefix("require ")?.split_once(' '));
        let (module, version) = required.with_context(|| format!("`{GO_MODULES}` requires no module"))?;
        let source = folder_of_crate(GO_CRATE)?.join("src/pkg");
        run(Command::new("python3").arg(project::root().join(GO_PROXY)).arg(source).arg(folder.join("go-proxy")).args([module, version]))
    })
}

/// Without its registry, which would bring a hundred crates.
fn composer(folder: &Path) -> Result<()> {
    once(folder, "wac.version", COMPOSER, || {
        let install = ["install", "wac-cli", "--quiet", "--debug", "--locked", "--no-default-features", "--version", COMPOSER];
        run(cargo(install).arg("--root").arg(folder.join("wac")))
    })
}

/// Where cargo keeps the source of a dependency.
fn folder_of_crate(name: &str) -> Result<PathBuf> {
    let metadata: Json = serde_json::from_str(&process::read(&mut cargo(["metadata", "--format-version", "1", "--locked"]))?)?;
    let packages = metadata.get("packages").and_then(Json::as_array).into_iter().flatten();
    let manifest = packages.filter(|package| package.get("name").is_some_and(|found| found == name));
    let manifest = manifest.filter_map(|package| package.get("manifest_path")?.as_str()).next();
    let folder = manifest.and_then(|manifest| Path::new(manifest).parent());
    folder.map(Path::to_path_buf).with_context(|| format!("`{name}` is no dependency"))
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
