//! The throng command: reads its arguments, hands over to a command, and turns what comes back into an exit code.

mod arguments;
mod client;
mod commands;
mod config;
mod descriptors;
mod engine;
mod exit;
mod export;
mod live;
mod log;
mod plugin_store;
mod style;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Color, Command};
use crate::commands::build::Build;
use crate::config::Configuration;
use crate::exit::{Exit, Failure};
use crate::style::Style;

/// Minions and their messages are small, many and often freed by another thread than the one that made them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::BadInput } else { Exit::Good };
            // Where nobody reads, nothing is lost.
            let _ = error.print();
            return exit.into();
        }
    };
    let color = if arguments.no_color { Some(Color::Off) } else { arguments.color };
    let configuration = match configuration(&arguments, color) {
        Ok(configuration) => configuration,
        Err(failure) => return fail(&failure, Style::of(color.unwrap_or(Color::Auto))),
    };
    let style = Style::of(configuration.color().unwrap_or(Color::Auto));
    log::start(arguments.verbose, style);
    for warning in &configuration.warnings {
        tracing::warn!("{warning}");
    }
    descriptors::raise_limit();
    let result = match arguments.command {
        Command::New(new) => commands::new::new(&new),
        Command::Build(build) => commands::build::build(&build, &configuration),
        Command::Run(run) if run.watch => {
            let reload = || Configuration::load(arguments.config.as_deref(), run.project(), color);
            commands::watch::watch(&run, &reload, style)
        }
        Command::Run(run) => commands::run::run(&run, &configuration, style, Build::IfStale),
        Command::Bench(bench) => commands::bench::bench(&bench, &configuration, style),
        Command::Plan(plan) => commands::plan::plan(&plan, &configuration),
        Command::Inspect(inspect) => commands::inspect::inspect(&inspect, &configuration),
        Command::Validate(validate) => commands::validate::validate(&validate, &configuration),
        Command::Schema(schema) => commands::schema::schema(&schema),
        Command::Compare(compare) => commands::compare::compare(&compare, style),
        Command::Config(config) => commands::config::config(&config, &configuration),
        Command::Serve(serve) => commands::serve::serve(&serve, &configuration),
        Command::Tokens(tokens) => commands::tokens::tokens(&tokens),
        Command::Push(push) => commands::push::push(&push),
        Command::Campaigns(campaigns) => commands::campaigns::campaigns(&campaigns.command, style),
        Command::Compile(compile) => commands::compile::compile(&compile, &configuration),
        Command::Target(target) => commands::target::target(target),
        Command::Completions(completions) => commands::completions::completions(&completions),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => fail(&failure, style),
    }
}

/// The configuration; none for commands that print what they always print, so that they work whatever a file says.
fn configuration(arguments: &Arguments, color: Option<Color>) -> Result<Configuration, Failure> {
    match &arguments.command {
        Command::New(_)
        | Command::Schema(_)
        | Command::Completions(_)
        | Command::Target(_)
        | Command::Push(_)
        | Command::Campaigns(_)
        | Command::Compile(_) => Configuration::none(color),
        Command::Config(config) if config.example => Configuration::none(color),
        // A project that is run has its own.
        Command::Run(run) => Configuration::load(arguments.config.as_deref(), run.project(), color),
        Command::Build(build) => Configuration::load(arguments.config.as_deref(), Some(&build.folder), color),
        _ => Configuration::load(arguments.config.as_deref(), None, color),
    }
}

fn fail(failure: &Failure, style: Style) -> ExitCode {
    eprintln!("{}", style.error(failure));
    failure.exit.into()
}
