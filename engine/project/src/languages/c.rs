//! C, by zig's compiler: it has a C library for WebAssembly, and nothing else to install.

use std::path::{Path, PathBuf};
use std::process::Command;

use wit_bindgen_core::WorldGenerator;

use super::program;
use super::python::{VIRTUAL_ENVIRONMENT, virtual_environment};
use crate::command::{ask, run};
use crate::component::{encode, write_bindings};
use crate::{Language, ProjectError};

/// The contract in C, made anew when it has changed.
const BINDINGS: &str = "bindings";
/// What the compiler makes.
const MODULE: &str = "bindings/module.wasm";

/// Builds all `.c` files of the folder.
pub(super) fn build(folder: &Path, component: &Path) -> Result<(), ProjectError> {
    let (compiler, words) = compiler(folder)?;
    write_bindings(folder, generator(), &folder.join(BINDINGS))?;
    let mut command = Command::new(compiler);
    command.args(words).args(["cc", "-target", "wasm32-wasi", "-mexec-model=reactor", "-O2", "-Wall", "-Wextra", "-I", BINDINGS]);
    command.args(sources(folder)?).args(["bindings/scenario.c", "bindings/scenario_component_type.o", "-s", "-o", MODULE]);
    run(&mut command, folder)?;
    encode(&folder.join(MODULE), component)
}

/// Installs the compiler, `requirements.txt`, into `.venv`.
pub(super) fn set_up(folder: &Path) -> Result<(), ProjectError> {
    virtual_environment(folder, Language::C)
}

fn generator() -> Box<dyn WorldGenerator> {
    // A borrowed handle is dropped when the call is over, so that no callback has to.
    wit_bindgen_c::Opts { autodrop_borrows: wit_bindgen_c::Enabled::Yes, ..Default::default() }.build()
}

/// Zig itself, or its package for Python, which is started by `python3 -m ziglang`.
fn compiler(folder: &Path) -> Result<(PathBuf, &'static [&'static str]), ProjectError> {
    if let Some(zig) = program(folder, "zig") {
        return Ok((zig, &[]));
    }
    let package = ["-m", "ziglang"].as_slice();
    let python = program(folder, "python3");
    let found = python.filter(|python| ask(Command::new(python).args(package).arg("version"), folder).is_some());
    found.map(|python| (python, package)).ok_or_else(|| ProjectError::Missing {
        what: "`zig`".to_owned(),
        language: Language::C,
        remedy: VIRTUAL_ENVIRONMENT.to_owned(),
    })
}

/// The project's own files, in order.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, ProjectError> {
    let mut sources = Vec::new();
    for entry in folder.read_dir().map_err(ProjectError::file(folder, "read"))? {
        let path = entry.map_err(ProjectError::file(folder, "read"))?.path();
        if path.extension().is_some_and(|extension| extension == "c") {
            sources.extend(path.file_name().map(PathBuf::from));
        }
    }
    sources.sort();
    Ok(sources)
}
