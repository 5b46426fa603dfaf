//! The throng command: reads its arguments, hands over to a command, and turns what comes back into an exit code.

mod arguments;
mod commands;
mod descriptors;
mod engine;
mod exit;
mod live;
mod log;
mod style;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::exit::Exit;

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
    let style = style::Style::detect(arguments.no_color);
    log::start(arguments.verbose, style);
    descriptors::raise_limit();
    let result = match arguments.command {
        Command::Run(run) => commands::run::run(&run, style),
        Command::Bench(bench) => commands::bench::bench(&bench, style),
        Command::Plan(plan) => commands::plan::plan(&plan),
        Command::Inspect(inspect) => commands::inspect::inspect(&inspect),
        Command::Validate(validate) => commands::validate::validate(&validate),
        Command::Schema(schema) => commands::schema::schema(&schema),
        Command::Compare(compare) => commands::compare::compare(&compare, style),
        Command::Target(target) => commands::target::target(target),
        Command::Completions(completions) => commands::completions::completions(&completions),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            eprintln!("{}", style.error(&failure));
            failure.exit.into()
        }
    }
}
