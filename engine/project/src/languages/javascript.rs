//! JavaScript and TypeScript: esbuild makes one module of the project's files and packages, `componentize-js` makes that a component.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::program;
use crate::command::run;
use crate::contract::{FOLDER, WORLD};
use crate::{Language, ProjectError};

/// The bundle, in the folder of what is made.
const BUNDLE: &str = "bindings/bundle.js";

/// Builds `main.ts` or `main.js` with all that it imports.
pub(super) fn build(language: Language, folder: &Path, component: &Path) -> Result<(), ProjectError> {
    let bundler = package_program(language, folder, "esbuild")?;
    let compiler = package_program(language, folder, "componentize-js")?;
    let output = format!("--outfile={BUNDLE}");
    // The engine's own modules stay imports.
    let flags = ["--bundle", "--format=esm", "--target=es2022", "--external:throng:*", "--external:wasi:*", "--log-level=warning", &output];
    run(Command::new(bundler).arg(language.mark()).args(flags), folder)?;
    let arguments = [BUNDLE, "--wit", FOLDER, "--world-name", WORLD, "--out"];
    run(Command::new(compiler).args(arguments).arg(component), folder).map(drop)
}

/// Installs `package.json` into `node_modules`.
pub(super) fn set_up(folder: &Path) -> Result<(), ProjectError> {
    let npm = program(folder, "npm").ok_or_else(|| ProjectError::Missing {
        what: "`npm`".to_owned(),
        language: Language::JavaScript,
        remedy: "install Node 20 or newer with npm, such as by `apt-get install nodejs npm`".to_owned(),
    })?;
    run(Command::new(npm).args(["install", "--no-audit", "--no-fund"]), folder).map(drop)
}

/// A program of an installed package. Packages may be installed above the project, as npm looks for them.
fn package_program(language: Language, folder: &Path, name: &str) -> Result<PathBuf, ProjectError> {
    let mut candidates = folder.ancestors().map(|above| above.join("node_modules/.bin").join(name));
    candidates.find(|candidate| candidate.exists()).ok_or_else(|| ProjectError::Missing {
        what: format!("`{name}`"),
        language,
        remedy: "`throng build --setup`, or `npm install` in the project, installs `package.json` into its `node_modules`".to_owned(),
    })
}
