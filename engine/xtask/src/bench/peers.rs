//! The programs that throng is measured beside: oha from the cargo registry, wrk from Debian.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::process::{run, succeeds};
use crate::project::cargo;

/// The version that the published figures were made with.
const OHA: &str = "1.16.0";

/// oha, installed below `folder` if it is not there yet.
pub(crate) fn oha(folder: &Path) -> Result<PathBuf> {
    let program = folder.join("tools").join("bin").join("oha");
    if !succeeds(Command::new(&program).arg("--version")) {
        eprintln!("    installing oha, once; this takes some minutes");
        let mut install = cargo(["install", "oha", "--locked", "--version", OHA, "--root"]);
        run(install.arg(folder.join("tools")))?;
    }
    Ok(program)
}

/// wrk, if it is there or can be installed; most comparisons with it are for information.
pub(crate) fn wrk() -> Option<PathBuf> {
    let found = || succeeds(Command::new("sh").args(["-c", "command -v wrk"])).then(|| PathBuf::from("wrk"));
    found().or_else(|| {
        let installed = run(Command::new("apt-get").args(["install", "-y", "-qq", "--no-install-recommends", "wrk"]));
        match installed {
            Ok(()) => found(),
            Err(_) => {
                eprintln!("    wrk is missing and could not be installed; its line is left out (Debian: `apt-get install wrk`)");
                None
            }
        }
    })
}

/// Out of `  123456 requests in 3.00s, 10.00MB read`.
pub(crate) fn wrk_requests(output: &str) -> Result<f64> {
    let line = output.lines().find_map(|line| line.trim().split_once(" requests in "));
    line.and_then(|(count, _)| count.parse().ok()).context("wrk did not say how many requests it made")
}

#[cfg(test)]
mod tests {
    use super::wrk_requests;

    #[test]
    fn the_count_of_wrk_is_read() {
        assert_eq!(wrk_requests("Running 3s test\n  4711 requests in 3.00s, 1.00MB read\n").ok(), Some(4711.0));
        assert!(wrk_requests("unable to connect").is_err());
    }
}
