//! The arguments of `throng schema`.

use clap::{Args, ValueEnum};

/// Print a JSON schema
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  throng schema scenario > scenario.schema.json")]
pub(crate) struct SchemaArguments {
    /// Of what
    pub(crate) document: SchemaKind,
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
