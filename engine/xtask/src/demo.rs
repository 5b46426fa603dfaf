//! `cargo xtask demo`: a thousand minions walk through the built-in shop.

use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::guests::EXAMPLES;
use crate::phase::phase;
use crate::process::{repeatable, run};
use crate::project::{cargo, release_program};
use crate::toolchain::{self, COMPONENT_TARGET, Source};

/// What the target prints before its address, once it listens.
const LISTENING: &str = "throng target listening on ";

/// Builds what the demo needs, starts the target, runs the scenario, and answers with `throng`'s own exit code.
pub(crate) fn demo(arguments: &[String]) -> Result<ExitCode> {
    phase("guest toolchain", || toolchain::set_up(&[COMPONENT_TARGET], Source::Auto))?;
    phase("example guests", || EXAMPLES.build())?;
    phase("the program `throng`, optimised", || run(&mut cargo(["build", "--release", "--package", "throng-cli"])))?;

    let throng = release_program("throng")?;
    let target = Target::start(&throng)?;
    let mut campaign = Command::new(&throng);
    campaign.arg("run").arg(EXAMPLES.component("rest_journey"));
    campaign.arg("-c").arg(format!("shop={}", target.address));
    campaign.args(["--profile", "rate(50, 20s)"]).args(arguments);
    let line = repeatable(&campaign);
    eprintln!("==> a thousand minions, fifty a second, against {}\n    $ {line}\n", target.address);
    let status = campaign.status().with_context(|| format!("`throng` could not be started: {line}"))?;
    match status.code() {
        Some(code) => Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from)),
        None => bail!("`throng run` was ended by a signal ({status})"),
    }
}

/// The built-in target as a child process, ended when this is dropped.
struct Target {
    process: Child,
    address: String,
}

impl Target {
    fn start(throng: &Path) -> Result<Self> {
        let mut command = Command::new(throng);
        command.args(["target", "--port", "0"]);
        let line = repeatable(&command);
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("the target could not be started: {line}"))?;
        let output = process.stdout.take();
        // From here on the child is ended whatever happens.
        let mut target = Self { process, address: String::new() };
        let mut output = BufReader::new(output.context("the target has no output to read its address from")?);
        target.address = read_address(&mut output).with_context(|| format!("the target said no address: {line}"))?;
        // What it says later is read too, so that it never waits for a reader.
        std::thread::spawn(move || io::copy(&mut output, &mut io::sink()));
        Ok(target)
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // It fails only when the child has ended by itself.
        let _ended_before = self.process.kill();
        let _reaped = self.process.wait();
    }
}

/// The address out of the target's first line that has one.
fn read_address(output: &mut impl io::BufRead) -> Result<String> {
    for line in output.lines() {
        let line = line.context("its output cannot be read")?;
        if let Some(address) = line.trim().strip_prefix(LISTENING) {
            return Ok(address.to_owned());
        }
    }
    bail!("it ended before it listened")
}

#[cfg(test)]
mod tests {
    use super::read_address;

    #[test]
    fn the_address_is_read_from_the_line_that_has_it() {
        let mut output = "a shop with 100 items\nthrong target listening on http://127.0.0.1:4711\nmore\n".as_bytes();
        assert_eq!(read_address(&mut output).expect("there is an address"), "http://127.0.0.1:4711");
    }

    #[test]
    fn a_target_that_ends_early_is_an_error() {
        let error = read_address(&mut "error: the port is taken\n".as_bytes()).expect_err("there is no address");
        assert_eq!(error.to_string(), "it ended before it listened");
    }
}
