//! What can be said on the command line: types only, no logic. A file for each command, and for what several share.

mod bench;
mod build;
mod campaign;
mod compare;
mod completions;
mod config;
mod display;
mod inspect;
mod new;
mod overrides;
mod plan;
mod plugins;
mod remote;
mod run;
mod schema;
mod serve;
mod settings;
mod validate;
mod values;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub(crate) use bench::BenchArguments;
pub(crate) use build::BuildArguments;
pub(crate) use campaign::{CampaignOptions, ReportFile};
pub(crate) use compare::CompareArguments;
pub(crate) use completions::CompletionsArguments;
pub(crate) use config::ConfigArguments;
pub(crate) use display::{Color, DisplayArguments, Live, Switch};
pub(crate) use inspect::{InspectArguments, InspectFormat};
pub(crate) use new::{NewArguments, NewLanguage};
pub(crate) use overrides::Overrides;
pub(crate) use plan::PlanArguments;
pub(crate) use plugins::{LockArguments, PluginArguments};
pub(crate) use remote::{
    AbortArguments, CampaignsArguments, CampaignsCommand, ChangeArguments, HoldArguments, ListArguments, PushArguments, RemoteArguments,
    RemoveArguments, ReportArguments, ResumeArguments, ScheduleArguments, SpeedArguments, StartArguments,
};
pub(crate) use run::RunArguments;
pub(crate) use schema::{SchemaArguments, SchemaKind, TypesLanguage};
pub(crate) use serve::{CompileArguments, ServeArguments, TokensArguments, TokensCommand};
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

    /// The configuration file; without it, `throng.toml` in the working folder, or above it in the repository
    #[arg(long, global = true, display_order = 899, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Colour: `auto` is on where a terminal reads [default: auto]
    #[arg(long, global = true, display_order = 900, value_name = "WHEN")]
    pub(crate) color: Option<Color>,

    /// The same as `--color off`; the environment variable NO_COLOR does it as well
    #[arg(long, global = true, display_order = 900, conflicts_with = "color")]
    pub(crate) no_color: bool,

    /// More of the log on standard error: -v decisions and guests' lines from `debug`, -vv everything
    #[arg(short, long, global = true, display_order = 901, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    New(NewArguments),
    Build(BuildArguments),
    Run(RunArguments),
    Bench(BenchArguments),
    Plan(PlanArguments),
    Inspect(InspectArguments),
    Validate(ValidateArguments),
    Schema(SchemaArguments),
    Compare(CompareArguments),
    Config(ConfigArguments),
    Serve(ServeArguments),
    Tokens(TokensArguments),
    Push(PushArguments),
    Campaigns(CampaignsArguments),
    #[command(hide = true)]
    Compile(CompileArguments),
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
