//! Rust, by cargo: the linker makes a component straight away.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use crate::command::{ask, run};
use crate::{Language, ProjectError};

/// A component without any WASI import.
const TARGET: &str = "wasm32-unknown-unknown";
/// The toolchain that is taken where the active one lacks the target.
const GUEST_TOOLCHAIN: &str = "wasm-guest";

/// Builds the package, in release mode.
pub(super) fn build(folder: &Path, component: &Path) -> Result<(), ProjectError> {
    let mut cargo = Command::new("cargo");
    cargo.args(toolchain(folder)?).args(["build", "--quiet", "--release", "--lib", "--target", TARGET]);
    let messages = run(cargo.arg("--message-format=json-render-diagnostics"), folder)?;
    let made = messages.lines().rev().find_map(module).ok_or_else(|| ProjectError::NotMade {
        file: component.to_path_buf(),
        remedy: "the package must be a library with `crate-type = [\"cdylib\"]`",
    })?;
    std::fs::copy(&made, component).map(drop).map_err(ProjectError::file(component, "written"))
}

/// What selects a toolchain that has the target.
fn toolchain(folder: &Path) -> Result<Option<String>, ProjectError> {
    let has_target = |sysroot: String| Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("lib").is_dir();
    if ask(Command::new("rustc").args(["--print", "sysroot"]), folder).is_some_and(has_target) {
        return Ok(None);
    }
    let guest = ask(Command::new("rustup").args(["run", GUEST_TOOLCHAIN, "rustc", "--print", "sysroot"]), folder);
    if guest.is_some_and(has_target) {
        return Ok(Some(format!("+{GUEST_TOOLCHAIN}")));
    }
    Err(ProjectError::Missing {
        what: format!("Rust's target `{TARGET}`"),
        language: Language::Rust,
        remedy: format!(
            "`rustup target add {TARGET}` adds it; where rustup may not download, `cargo xtask setup-guests` in throng's repository makes a toolchain"
        ),
    })
}

/// The component that a message of cargo tells of.
fn module(message: &str) -> Option<PathBuf> {
    let message: Json = serde_json::from_str(message).ok()?;
    let files = message.get("filenames").and_then(Json::as_array)?;
    files.iter().filter_map(Json::as_str).find(|file| file.ends_with(".wasm")).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_tells_where_the_component_is() {
        let artifact = r#"{"reason":"compiler-artifact","filenames":["/a/libshop.rlib","/a/shop.wasm"],"fresh":true}"#;
        assert_eq!(module(artifact), Some(PathBuf::from("/a/shop.wasm")));
        assert_eq!(module(r#"{"reason":"compiler-artifact","filenames":["/a/libserde.rlib"]}"#), None);
        assert_eq!(module(r#"{"reason":"build-finished","success":true}"#), None);
    }
}
