//! `throng completions`: the completion script of a shell.

use clap::CommandFactory;

use crate::arguments::{Arguments, CompletionsArguments};
use crate::exit::{Exit, Failure};

/// Prints the script.
pub(crate) fn completions(arguments: &CompletionsArguments) -> Result<Exit, Failure> {
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "throng", &mut std::io::stdout());
    Ok(Exit::Good)
}
