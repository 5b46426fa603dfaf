//! Python, by `componentize-py`: an interpreter and the project's modules become one component.

use std::path::Path;
use std::process::Command;

use super::program;
use crate::command::run;
use crate::contract::{FOLDER, WORLD};
use crate::{Language, ProjectError};

/// What the component begins with. It has no files to import from later, so what the standard library imports only when it is called
/// (`hmac`, `datetime.strptime`, host names, texts in other encodings) is imported before the snapshot is taken.
const BEGINNING: &str = "\
import _strptime
import encodings.ascii
import encodings.idna
import encodings.latin_1
import unicodedata
import warnings

from main import Callbacks, Definition
";

/// The module of that, which no project's is called.
const MODULE: &str = "throng_beginning";

/// Builds `main.py` with all that it imports.
pub(super) fn build(folder: &Path, component: &Path) -> Result<(), ProjectError> {
    let compiler = program(folder, "componentize-py").ok_or_else(|| ProjectError::Missing {
        what: "`componentize-py`".to_owned(),
        language: Language::Python,
        remedy: VIRTUAL_ENVIRONMENT.to_owned(),
    })?;
    let beginning = tempfile::tempdir().and_then(|made| std::fs::write(made.path().join(format!("{MODULE}.py")), BEGINNING).map(|()| made));
    let beginning = beginning.map_err(ProjectError::file(&std::env::temp_dir(), "written"))?;
    let mut command = Command::new(compiler);
    command.args(["-d", FOLDER, "-w", WORLD, "componentize", MODULE, "-p", ".", "-p"]).arg(beginning.path()).arg("-o").arg(component);
    run(&mut command, folder).map(drop)
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
