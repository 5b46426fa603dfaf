//! The built-in target as a child process, and what it has counted.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value as Json;

use crate::process::{Owned, repeatable};

/// What the target prints before its address, once it listens.
const LISTENING: &str = "throng target listening on ";

/// For an answer of a target that is under load.
const PATIENCE: Duration = Duration::from_secs(30);

/// The built-in target as a child process, ended when this is dropped.
pub(crate) struct Target {
    _process: Owned,
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub(crate) url: String,
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
        let mut target = Self { _process: Owned(process), url: String::new() };
        let mut output = BufReader::new(output.context("the target has no output to read its address from")?);
        target.url = read_address(&mut output).with_context(|| format!("the target said no address: {line}"))?;
        // What it says later is read too, so that it never waits for a reader.
        std::thread::spawn(move || io::copy(&mut output, &mut io::sink()));
        Ok(target)
    }

    /// What it has counted, by a JSON pointer such as `/orders/accepted`.
    pub(crate) fn counted(&self, pointer: &str) -> Result<u64> {
        let stats = self.stats().with_context(|| format!("{}/stats does not answer", self.url))?;
        stats.pointer(pointer).and_then(Json::as_u64).with_context(|| format!("{}/stats has no `{pointer}`: {stats}", self.url))
    }

    /// How long it has held answers back, in milliseconds, by a percentile such as `p95`.
    pub(crate) fn held_back(&self, percentile: &str) -> Result<f64> {
        let stats = self.stats().with_context(|| format!("{}/stats does not answer", self.url))?;
        let held = stats.pointer(&format!("/waits/{percentile}")).and_then(Json::as_f64);
        held.with_context(|| format!("{}/stats has no such wait as `{percentile}`: {stats}", self.url))
    }

    fn stats(&self) -> Result<Json> {
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET /stats HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").context("the answer has no body")?;
        Ok(serde_json::from_str(body)?)
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
