//! The standard library of a WebAssembly target, built once from the source that belongs to the compiler.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::{WASI_TARGET, has_targets, library_folder, replace};
use crate::process::run;

/// What a WASI target links besides the library: C's start-up objects and archives.
const START_OBJECTS: [&str; 2] = ["crt1-command.o", "crt1-reactor.o"];

/// Builds it with the toolchain `name` in the folder `toolchain`, and puts it where rustup would have put it. Does nothing if it is there.
pub(super) fn build(name: &str, toolchain: &Path, target: &str, c_library: &Path, work: &Path) -> Result<()> {
    if has_targets(toolchain, &[target]) {
        return Ok(());
    }
    eprintln!("    building the standard library for {target}");
    let package = work.join(target);
    fs::create_dir_all(package.join("src"))?;
    let manifest = "[package]\nname = \"nothing\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[profile.release]\nopt-level = 3\n";
    fs::write(package.join("Cargo.toml"), manifest)?;
    fs::write(package.join("src/lib.rs"), "#![no_std]\n")?;
    let output = package.join("output");
    // Building std is an unstable feature; embedded bitcode lets guests be optimised across it.
    run(Command::new("cargo")
        .args([&format!("+{name}"), "build", "--quiet", "--release", "--target", target, "-Zbuild-std=std,panic_abort"])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_DIR", &output)
        .current_dir(&package))?;

    let made = work.join(format!("{target}-lib"));
    fs::create_dir_all(made.join("self-contained"))?;
    copy_matching(&output.join(target).join("release/deps"), &made, |file| {
        file.starts_with("lib") && file.ends_with(".rlib") && !file.starts_with("libnothing-")
    })?;
    if target == WASI_TARGET {
        copy_matching(c_library, &made.join("self-contained"), |file| {
            START_OBJECTS.contains(&file) || (file.starts_with("lib") && file.ends_with(".a"))
        })?;
    }
    replace(&made, &library_folder(toolchain, target))
}

fn copy_matching(from: &Path, to: &Path, wanted: impl Fn(&str) -> bool) -> Result<()> {
    for entry in from.read_dir().with_context(|| format!("cannot list `{}`", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(&wanted) {
            fs::copy(entry.path(), to.join(&name)).with_context(|| format!("cannot copy `{}`", entry.path().display()))?;
        }
    }
    Ok(())
}
