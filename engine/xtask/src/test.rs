//! `cargo xtask test`: everything that CI checks, cheap things first, the engine's tests last.

use anyhow::Result;

use crate::guests::{EXAMPLES, TEST_GUESTS};
use crate::nextest::TestRunner;
use crate::phase::{now, phase, readable};
use crate::process::run;
use crate::project::cargo;
use crate::{guests, languages, native, servers, toolchain};

/// Sets up what the tests need, then runs every check. The first that fails ends the command.
pub(crate) fn test() -> Result<()> {
    let started = now();
    phase("compilers of libraries", native::set_up)?;
    phase("format", check_format)?;
    guests::build_all()?;
    phase("languages", languages::set_up)?;
    phase("servers of the tests", servers::set_up)?;
    let runner = phase("test runner", || Ok(TestRunner::find_or_install()))?;
    phase("lints", check_lints)?;
    // Tests start the program itself, which cargo would not build for tests of other packages. Built together, all have the same features,
    // so that no dependency is compiled twice.
    phase("the program `throng` and all tests, built", || run(&mut cargo(["build", "--workspace", "--bins", "--tests"])))?;
    phase("documentation tests", || run(&mut cargo(["test", "--workspace", "--doc"])))?;
    phase("the examples' own tests", test_examples)?;
    phase("tests", || runner.run_workspace())?;
    eprintln!("\ncargo xtask test: everything passed in {}", readable(started.elapsed()));
    Ok(())
}

fn check_format() -> Result<()> {
    run(&mut cargo(["fmt", "--all", "--check"]))?;
    for workspace in [TEST_GUESTS, EXAMPLES] {
        run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    }
    Ok(())
}

fn check_lints() -> Result<()> {
    run(&mut cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    // Natively: the guest toolchain need not have clippy.
    let host = toolchain::host()?;
    run(EXAMPLES.cargo().args(["clippy", "--workspace", "--all-targets", "--target", &host, "--", "-D", "warnings"]))
}

/// Scenarios are tested natively, single callback by single callback, as their authors would do it.
fn test_examples() -> Result<()> {
    run(EXAMPLES.cargo().args(["test", "--workspace", "--target", &toolchain::host()?]))
}
