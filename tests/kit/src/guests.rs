//! Components that `cargo xtask build-guests` builds.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The guest `name` of `tests/guests`: one small program for each behaviour.
///
/// # Errors
/// It has not been built; the error says how.
pub fn guest(name: &str) -> Result<PathBuf> {
    component("tests/guests", name)
}

/// The example `name` of `guest-examples`.
///
/// # Errors
/// It has not been built; the error says how.
pub fn example(name: &str) -> Result<PathBuf> {
    component("guest-examples", name)
}

/// The folder with the compilers of the languages other than Rust; projects below it find them.
///
/// # Errors
/// They are not installed; the error says how.
pub fn languages_folder() -> Result<PathBuf> {
    let folder = project()?.join("target/languages");
    for list in ["package.json.installed", "requirements.txt.installed", "go.mod.installed"] {
        if !folder.join(list).is_file() {
            bail!("{} is not complete; run `cargo xtask setup-languages` first", folder.display());
        }
    }
    Ok(folder)
}

fn component(workspace: &str, name: &str) -> Result<PathBuf> {
    let target = project()?.join(workspace).join("target");
    let file = format!("{}.wasm", name.replace('-', "_"));
    // Most guests import nothing of WASI; those that do are built for it.
    let places = ["wasm32-unknown-unknown", "wasm32-wasip2"].map(|kind| target.join(kind).join("release").join(&file));
    let Some(built) = places.iter().find(|place| place.is_file()) else {
        bail!("{file} is not in {}; run `cargo xtask build-guests` first", target.display());
    };
    Ok(built.clone())
}

/// The project's root. Asked of cargo first, because one target folder may serve several clones.
pub fn project() -> Result<PathBuf> {
    let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let root = Path::new(&package).ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    root.map(Path::to_path_buf).context("no folder above this package has a `Cargo.lock`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_built_says_how() {
        for error in [guest("no-such").expect_err("not there"), example("no-such").expect_err("not there")] {
            let error = error.to_string();
            assert!(error.starts_with("no_such.wasm is not in ") && error.ends_with("; run `cargo xtask build-guests` first"), "{error}");
        }
    }
}
