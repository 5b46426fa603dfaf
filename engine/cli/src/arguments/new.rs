//! The arguments of `throng new`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Make a project for a scenario, in the language of your choice
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  throng new my-shop --lang python
  throng new my-shop --lang rust --sdk ../throng/sdk-rust
  throng build my-shop --setup && throng run my-shop")]
pub(crate) struct NewArguments {
    /// The project's folder; its last part is the name of the project and of the scenario
    #[arg(value_name = "NAME")]
    pub(crate) folder: PathBuf,

    /// The language
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) lang: NewLanguage,

    /// The folder of the Rust SDK, `sdk-rust` of throng's repository; for Rust only
    #[arg(long, value_name = "FOLDER")]
    pub(crate) sdk: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum NewLanguage {
    /// Rust, with the SDK
    Rust,
    /// TypeScript
    Ts,
    /// JavaScript
    Js,
    /// Python
    Python,
    /// C
    C,
    /// Go
    Go,
}
