//! `cargo xtask check-wit`: the public contract parses, and what was released is as it was released.

use anyhow::Result;

use crate::phase::phase;
use crate::process::run;
use crate::project::cargo;

/// Runs the checks, which are tests of this package: the parser is then compiled for them alone.
pub(crate) fn check_wit() -> Result<()> {
    phase("the contract in wit/", || run(&mut cargo(["test", "--quiet", "--package", "xtask", "--test", "wit"])))
}
