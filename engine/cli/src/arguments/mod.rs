//! What can be said on the command line: types only, no logic. A file for each command, and for what several share.

mod bench;
mod compare;
mod completions;
mod display;
mod inspect;
mod overrides;
mod plan;
mod run;
mod schema;
mod settings;
mod validate;
mod values;

use clap::{Parser, Subcommand};

pub(crate) use bench::BenchArguments;
pub(crate) use compare::CompareArguments;
pub(crate) use completions::CompletionsArguments;
pub(crate) use display::{DisplayArguments, Live, Switch};
pub(crate) use inspect::{InspectArguments, InspectFormat};
pub(crate) use overrides::Overrides;
pub(crate) use plan::PlanArguments;
pub(crate) use run::{ReportFile, RunArguments};
pub(crate) use schema::{SchemaArguments, SchemaKind};
pub(crate) use settings::{LimitArguments, SettingArguments};
pub(crate) use validate::ValidateArguments;

/// A load- and system-test engine: proves what happened behind the 200.
///
/// Minions walk scenarios, which are WebAssembly components or plain JSON documents, and the run ends in a verdict.
#[derive(Debug, Parser)]
#[command(name = "throng", version, max_term_width = 110)]
#[command(
    after_help = "Exit codes: 0 successful or warning, 1 failed, 2 bad usage or document, 3 aborted, 4 void, 5 the engine itself failed."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// No colour; the environment variable NO_COLOR does the same
    #[arg(long, global = true, display_order = 900)]
    pub(crate) no_color: bool,

    /// More of the log on standard error: -v decisions and guests' lines from `debug`, -vv everything
    #[arg(short, long, global = true, display_order = 901, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(RunArguments),
    Bench(BenchArguments),
    Plan(PlanArguments),
    Inspect(InspectArguments),
    Validate(ValidateArguments),
    Schema(SchemaArguments),
    Compare(CompareArguments),
    /// Start the built-in HTTP server to try scenarios on, with its small shop
    #[command(after_help = "Examples:\n  throng target\n  throng target --port 0 --delay 20ms --delay-jitter 5ms --error-share 1%")]
    Target(throng_target::TargetOptions),
    Completions(CompletionsArguments),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }
}
