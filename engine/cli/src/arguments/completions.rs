//! The arguments of `throng completions`.

use clap::Args;

/// Print the completion script of a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  throng completions bash > /etc/bash_completion.d/throng")]
pub(crate) struct CompletionsArguments {
    /// Which shell
    pub(crate) shell: clap_complete::Shell,
}
