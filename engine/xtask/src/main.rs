//! The project's own commands: `cargo xtask demo`, `cargo xtask test` and their parts.

mod apt;
mod bench;
mod cargo_tool;
mod check_wit;
mod demo;
mod deny;
mod fuzz;
mod guests;
mod instructions;
mod languages;
mod native;
mod nextest;
mod phase;
mod process;
mod project;
mod servers;
mod soak;
mod target;
mod test;
mod toolchain;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::toolchain::Source;

/// The project's own commands.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything, start the built-in shop, and follow the orders of a thousand minions to their shipments.
    Demo {
        /// Faults of the shop, such as `--lose 1%` or `--double 1%`, and arguments for `throng run`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
        arguments: Vec<String>,
    },
    /// Measure how fast throng is, beside its peers; written to `target/bench/report.md`.
    Bench(bench::BenchArguments),
    /// Run a scenario at full rate for ten minutes, and see that memory stays flat and that no order is miscounted; written to
    /// `target/soak/report.md`.
    Soak(soak::SoakArguments),
    /// Count the instructions of hot loops by valgrind, and compare them with what is written down.
    Instructions(instructions::InstructionArguments),
    /// Everything that CI checks: format, lints, tests, documentation tests, the examples' own tests.
    Test,
    /// Try inputs that nobody has thought of on what reads documents, campaigns and components; needs a C++ compiler.
    Fuzz(fuzz::FuzzArguments),
    /// Give this machine the toolchain `wasm-guest`, which builds WebAssembly guests.
    SetupGuests {
        /// Where the toolchain comes from.
        #[arg(long, value_enum, default_value_t)]
        from: Source,
    },
    /// Give this machine what compiles the libraries in C and C++ that throng is built with, where it is a Debian.
    SetupLibraries,
    /// Install what builds the tests' scenarios in JavaScript, TypeScript, Python, C and Go, into `target/languages`.
    SetupLanguages,
    /// Give this machine the servers that tests run against, such as Redis.
    SetupServers,
    /// Build the guests of the tests and the examples as components.
    BuildGuests,
    /// Check that the contract in `wit/` parses, and that released files are as they were released.
    CheckWit,
    /// Check licences, advisories, duplicates and sources of all dependencies with cargo-deny.
    Deny {
        /// Further arguments for `cargo deny check`, after `--`, such as `licenses bans sources` where the advisories cannot be fetched.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Demo { arguments } => demo::demo(&arguments),
        Command::Bench(arguments) => native::set_up().and_then(|()| bench::bench(&arguments)).map(|()| ExitCode::SUCCESS),
        Command::Soak(arguments) => native::set_up().and_then(|()| soak::soak(&arguments)),
        Command::Instructions(arguments) => instructions::instructions(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Test => test::test().map(|()| ExitCode::SUCCESS),
        Command::Fuzz(arguments) => fuzz::fuzz(&arguments).map(|()| ExitCode::SUCCESS),
        Command::SetupGuests { from } => {
            phase::phase("guest toolchain", || toolchain::set_up(&toolchain::ALL_TARGETS, from)).map(|()| ExitCode::SUCCESS)
        }
        Command::SetupLibraries => phase::phase("compilers of libraries", native::set_up).map(|()| ExitCode::SUCCESS),
        Command::SetupLanguages => phase::phase("languages", languages::set_up).map(|()| ExitCode::SUCCESS),
        Command::SetupServers => phase::phase("servers of the tests", servers::set_up).map(|()| ExitCode::SUCCESS),
        Command::BuildGuests => guests::build_all().map(|()| ExitCode::SUCCESS),
        Command::CheckWit => check_wit::check_wit().map(|()| ExitCode::SUCCESS),
        Command::Deny { arguments } => deny::deny(&arguments).map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|error| {
        eprintln!("\nerror: {error:#}");
        ExitCode::FAILURE
    })
}
