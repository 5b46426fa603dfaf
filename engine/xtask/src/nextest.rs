//! The test runner cargo-nextest: installed where it is missing, replaced by `cargo test` where it cannot be.

use anyhow::Result;

use crate::cargo_tool::install_where_missing;
use crate::process::run;
use crate::project::cargo;

/// What runs the engine's tests.
#[derive(Clone, Copy)]
pub(crate) enum TestRunner {
    /// cargo-nextest: one process for each test.
    Nextest,
    /// Cargo's own: the same tests, one process for each crate.
    CargoTest,
}

impl TestRunner {
    /// Finds cargo-nextest, or installs it.
    pub(crate) fn find_or_install() -> Self {
        match install_where_missing("nextest") {
            Ok(()) => Self::Nextest,
            Err(error) => {
                eprintln!("    cargo-nextest could not be installed, `cargo test` takes its place: {error:#}");
                Self::CargoTest
            }
        }
    }

    /// Runs all tests of the workspace but those in documentation, and all to their end, whatever fails. Where tests have a process each,
    /// one that fails is run once more, and told as flaky if it passes then: real servers on a busy machine are not always in time.
    pub(crate) fn run_workspace(self) -> Result<()> {
        run(&mut match self {
            Self::Nextest => cargo(["nextest", "run", "--workspace", "--no-fail-fast", "--retries", "1"]),
            Self::CargoTest => cargo(["test", "--workspace", "--tests", "--no-fail-fast"]),
        })
    }
}
