//! Python, by `componentize-py`: an interpreter and the project's modules become one component.

use std::path::Path;
use std::process::Command;

use super::program;
use crate::command::run;
use crate::contract::{FOLDER, WORLD};
use crate::{Language, ProjectError};

/// Builds `main.py` with all that it imports.
pub(super) fn build(folder: &Path, component: &Path) -> Result<(), ProjectError> {
    let compiler = program(folder, "componentize-py").ok_or_else(|| ProjectError::Missing {
        what: "`componentize-py`".to_owned(),
        language: Language::Python,
        remedy: VIRTUAL_ENVIRONMENT.to_owned(),
    })?;
    run(Command::new(compiler).args(["-d", FOLDER, "-w", WORLD, "componentize", "main", "-p", "."]).arg("-o").arg(component), folder)
        .map(drop)
}

/// Installs `requirements.txt` into `.venv`.
pub(super) fn set_up(folder: &Path) -> Result<(), ProjectError> {
    virtual_environment(folder, Language::Python)
}

/// How to get what is missing in a virtual environment.
pub(super) const VIRTUAL_ENVIRONMENT: &str = "`throng build --setup` installs `requirements.txt` into the project's `.venv`; by hand: \
                                              `python3 -m venv .venv && .venv/bin/pip install -r requirements.txt`";

/// Makes `.venv`, if it is not there, and installs `requirements.txt` into it.
pub(super) fn virtual_environment(folder: &Path, language: Language) -> Result<(), ProjectError> {
    let python = program(folder, "python3").ok_or_else(|| ProjectError::Missing {
        what: "`python3`".to_owned(),
        language,
        remedy: "install Python 3.10 or newer, such as by `apt-get install python3 python3-venv`".to_owned(),
    })?;
    if !folder.join(".venv/bin/pip").is_file() {
        run(Command::new(python).args(["-m", "venv", ".venv"]), folder)?;
    }
    run(Command::new(folder.join(".venv/bin/pip")).args(["install", "--quiet", "-r", "requirements.txt"]), folder).map(drop)
}
