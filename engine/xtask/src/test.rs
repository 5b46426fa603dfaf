//! `cargo xtask test`: everything that CI checks, cheap things first, the engine's tests last.

use anyhow::Result;

use crate::guests::{EXAMPLES, TEST_GUESTS};
use crate::nextest::TestRunner;
use crate::phase::{now, phase, readable};
use crate::process::run;
use crate::project::cargo;
use crate::{guests, toolchain};

/// Sets up what the tests need, then runs every check. The first that fails ends the command.
pub(crate) fn test() -> Result<()> {
    let started = now();
    phase("format", check_format)?;
    guests::build_all()?;
    let runner = phase("test runner", || Ok(TestRunner::find_or_install()))?;
    phase("lints", check_lints)?;
    phase("documentation tests", || run(&mut cargo(["test", "--workspace", "--doc"])))?;
    phase("the examples' own tests", test_examples)?;
    // Tests start the program itself, and cargo builds programs only for the tests of their own package.
    phase("the program `throng`", || run(&mut cargo(["build", "--package", "throng-cli"])))?;
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
    run(&mut cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

/// Scenarios are tested natively, single callback by single callback, as their authors would do it.
fn test_examples() -> Result<()> {
    run(EXAMPLES.cargo().args(["test", "--workspace", "--target", &toolchain::host()?]))
}
