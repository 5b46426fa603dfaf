//! The built-in target as a child process.

use std::io::{self, BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::process::repeatable;

/// What the target prints before its address, once it listens.
const LISTENING: &str = "throng target listening on ";

/// The target, ended when this is dropped.
pub(crate) struct Target {
    process: Child,
    /// `http://127.0.0.1:PORT`.
    pub(crate) address: String,
}

impl Target {
    /// Starts it on a free port and waits until it listens.
    pub(crate) fn start(throng: &Path, knobs: &[&str]) -> Result<Self> {
        let mut command = Command::new(throng);
        command.args(["target", "--port", "0"]).args(knobs);
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
