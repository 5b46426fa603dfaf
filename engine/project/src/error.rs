//! What can go wrong with a project.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::Language;

/// Why a project could not be made or built. Each says the place and the remedy.
#[derive(Debug, Error)]
pub enum ProjectError {
    /// The folder's name is no scenario's name.
    #[error("`{0}` is no name for a project: use small letters, digits and single hyphens, and a letter first, such as `my-shop`")]
    Name(String),
    /// The folder is there already, and has something in it.
    #[error("`{}` is there already and is not empty; take another name, or remove it", .0.display())]
    NotEmpty(PathBuf),
    /// Nobody said where the SDK is.
    #[error("a Rust project needs the SDK, which is in the folder `sdk-rust` of throng's repository: name it by `--sdk FOLDER`")]
    NoSdk,
    /// What is named as the SDK has no manifest.
    #[error("`{}` is not the SDK, as it has no `Cargo.toml`; `--sdk` names the folder `sdk-rust` of throng's repository", .0.display())]
    NotTheSdk(PathBuf),
    /// No file shows which language it is.
    #[error("`{}` is no project: it has none of {}; `throng new NAME --lang LANGUAGE` makes one", folder.display(), marks())]
    NoProject {
        /// Where was looked.
        folder: PathBuf,
    },
    /// Files of several languages.
    #[error("`{}` could be in {} or in {}, as both `{}` and `{}` are there; a project has one of them", folder.display(), first, second, first.mark(), second.mark())]
    TwoLanguages {
        /// Where was looked.
        folder: PathBuf,
        /// One of them.
        first: Language,
        /// The other.
        second: Language,
    },
    /// A part of the toolchain is not to be found.
    #[error("{what} is missing, which builds {language}; {remedy}")]
    Missing {
        /// The program or package.
        what: String,
        /// The project's language.
        language: Language,
        /// How to get it.
        remedy: String,
    },
    /// A command of the toolchain could not be started.
    #[error("`{command}` could not be started in `{}`: {error}", folder.display())]
    Start {
        /// The command as one would type it.
        command: String,
        /// Where it was to run.
        folder: PathBuf,
        /// The operating system's word.
        error: std::io::Error,
    },
    /// A command of the toolchain failed.
    #[error("`{command}` failed in `{}` ({status}):\n{output}", folder.display())]
    Command {
        /// The command as one would type it.
        command: String,
        /// Where it ran.
        folder: PathBuf,
        /// Its exit code or signal.
        status: std::process::ExitStatus,
        /// All that it wrote.
        output: String,
    },
    /// The contract in the project's folder could not be read, or no bindings made of it.
    #[error("`{}`: no bindings can be made of the contract: {message}; a new project has it as it is meant to be", folder.display())]
    Contract {
        /// The folder with the WIT files.
        folder: PathBuf,
        /// What the generator says.
        message: String,
    },
    /// The compiler's module is no component of the contract.
    #[error("`{}` could not be made a component: {message}", module.display())]
    Component {
        /// What the compiler has made.
        module: PathBuf,
        /// What the encoder says.
        message: String,
    },
    /// The compiler has made something else than expected.
    #[error("`{}` was not made, though the compiler succeeded; {remedy}", file.display())]
    NotMade {
        /// What should be there.
        file: PathBuf,
        /// What to do.
        remedy: &'static str,
    },
    /// A file cannot be read or written.
    #[error("`{}` cannot be {what}: {error}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What was tried: `read`, `written`.
        what: &'static str,
        /// The operating system's word.
        error: std::io::Error,
    },
}

impl ProjectError {
    /// For `map_err`, of a file that cannot be read or written.
    pub(crate) fn file(path: &Path, what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |error| Self::File { path, what, error }
    }
}

/// The files that show a project's language.
fn marks() -> String {
    Language::ALL.map(|language| format!("`{}`", language.mark())).join(", ")
}
