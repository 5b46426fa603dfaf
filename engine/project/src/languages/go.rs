//! Go, by its own compiler: a library for WASI's first preview, which is made a component here.

use std::path::Path;
use std::process::Command;

use wit_bindgen_core::WorldGenerator;

use super::program;
use super::python::{VIRTUAL_ENVIRONMENT, virtual_environment};
use crate::command::run;
use crate::component::{embed_and_encode, write_bindings, write_changed};
use crate::{Language, ProjectError};

/// The contract in Go, made anew when it has changed.
const BINDINGS: &str = "bindings";
/// What the compiler makes.
const MODULE: &str = "bindings/module.wasm";
/// What connects the generated exports with the project: files below the bindings.
const CONNECTIONS: [(&str, &str); 3] = [
    ("scenario/scenario.go", include_str!("../../templates/go/bindings/scenario.go")),
    ("exports/export_throng_scenario_definition/definition.go", include_str!("../../templates/go/bindings/definition.go")),
    ("exports/export_throng_scenario_callbacks/callbacks.go", include_str!("../../templates/go/bindings/callbacks.go")),
];

/// Builds the package in the folder, with the modules that its `go.mod` names, which Go brings as cargo brings crates.
pub(super) fn build(folder: &Path, component: &Path) -> Result<(), ProjectError> {
    let compiler = program(folder, "go").ok_or_else(|| ProjectError::Missing {
        what: "`go`".to_owned(),
        language: Language::Go,
        remedy: format!("install Go 1.27 or newer; {VIRTUAL_ENVIRONMENT}"),
    })?;
    // A workspace further up is not the project's.
    let go = || {
        let mut go = Command::new(&compiler);
        go.env("GOWORK", "off");
        go
    };
    let own = run(go().args(["list", "-m"]), folder)?.trim().to_owned();
    let bindings = folder.join(BINDINGS);
    write_bindings(folder, generator(&own), &bindings)?;
    for (path, text) in CONNECTIONS {
        write_changed(&bindings.join(path), text.replace("@MODULE@", &own).as_bytes())?;
    }
    let mut command = go();
    command.args(["build", "-mod=mod", "-buildmode=c-shared", "-buildvcs=false", "-trimpath"]);
    // The support of the bindings allocates by a function of the runtime that is linked by name.
    command.args(["-ldflags=-checklinkname=0 -s -w", "-o", MODULE, "."]).envs([("GOOS", "wasip1"), ("GOARCH", "wasm")]);
    run(&mut command, folder)?;
    embed_and_encode(folder, &folder.join(MODULE), component)
}

/// Installs the compiler, `requirements.txt`, into `.venv`.
pub(super) fn set_up(folder: &Path) -> Result<(), ProjectError> {
    virtual_environment(folder, Language::Go)
}

fn generator(own: &str) -> Box<dyn WorldGenerator> {
    let name = Some(format!("{own}/{BINDINGS}"));
    wit_bindgen_go::Opts { format: wit_bindgen_go::Format::False, pkg_name: name, quiet: true, ..Default::default() }.build()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_template_wants_the_support_that_its_bindings_are_made_for() {
        let manifest = include_str!("../../templates/go/go.mod");
        let wanted = wit_bindgen_go::remote_pkg_version();
        assert!(manifest.contains(&format!("require {wanted}\n")), "{wanted} is not in {manifest}");
    }
}
