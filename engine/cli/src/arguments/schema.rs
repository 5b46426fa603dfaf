//! The arguments of `throng schema`.

use clap::{Args, ValueEnum};

use super::PluginArguments;

/// Print a JSON schema, or types made of it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  throng schema scenario > scenario.schema.json
  throng schema scenario --plugin signature_check.wasm > scenario.schema.json
  throng schema scenario --types ts > throng-document.d.ts")]
pub(crate) struct SchemaArguments {
    /// Of what
    pub(crate) document: SchemaKind,

    /// Instead of the schema, types for this language
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) types: Option<TypesLanguage>,

    #[command(flatten)]
    pub(crate) plugins: PluginArguments,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum SchemaKind {
    /// The scenario document
    Scenario,
    /// The campaign document
    Campaign,
    /// The configuration, `throng.toml`
    Config,
    /// The JSON report
    Report,
    /// The REST API of `throng serve`: OpenAPI
    Rest,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum TypesLanguage {
    /// A TypeScript declaration file
    Ts,
    /// A Python module of `TypedDict`s
    Python,
    /// A Go package of structs
    Go,
}
