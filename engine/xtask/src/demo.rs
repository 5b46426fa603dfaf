//! `cargo xtask demo`: a thousand minions order in the built-in shop, and every order must be shipped.

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

/// Options of the shop, each with a value.
const KNOBS: [&str; 5] = ["--lose", "--double", "--delay", "--ship-delay", "--ship-delay-jitter"];

/// Builds what the demo needs, starts the target, runs the scenario, and answers with `throng`'s own exit code.
pub(crate) fn demo(arguments: &[String]) -> Result<ExitCode> {
    phase("guest toolchain", || toolchain::set_up(&[COMPONENT_TARGET], Source::Auto))?;
    phase("example guests", || EXAMPLES.build())?;
    phase("the program `throng`, optimised", || run(&mut cargo(["build", "--release", "--package", "throng-cli"])))?;

    let throng = release_program("throng")?;
    let (knobs, arguments) = knobs(arguments)?;
    let target = Target::start(&throng, &knobs)?;
    let mut campaign = Command::new(&throng);
    campaign.arg("run").arg(EXAMPLES.component("shipped_orders"));
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

/// The shop's own options, such as `--lose 1%`, apart from those of `throng run`.
fn knobs(arguments: &[String]) -> Result<(Vec<&str>, Vec<&str>)> {
    let (mut knobs, mut others) = (Vec::new(), Vec::new());
    let mut arguments = arguments.iter().map(String::as_str);
    while let Some(argument) = arguments.next() {
        let name = argument.split('=').next().unwrap_or_default();
        if !KNOBS.contains(&name) {
            others.push(argument);
            continue;
        }
        knobs.push(argument);
        if !argument.contains('=') {
            knobs.push(arguments.next().with_context(|| format!("`{argument}` needs a value, such as `{argument} 1%`"))?);
        }
    }
    Ok((knobs, others))
}

/// The built-in target as a child process, ended when this is dropped.
struct Target {
    process: Child,
    address: String,
}

impl Target {
    fn start(throng: &Path, knobs: &[&str]) -> Result<Self> {
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
    fn knobs_of_the_shop_are_told_from_options_of_the_run() {
        let arguments = ["--lose", "1%", "-m", "5", "--double=2%"].map(str::to_owned);
        let (knobs, others) = super::knobs(&arguments).expect("complete");
        assert_eq!((knobs, others), (vec!["--lose", "1%", "--double=2%"], vec!["-m", "5"]));
        assert!(super::knobs(&["--lose".to_owned()]).is_err());
    }

    #[test]
    fn a_target_that_ends_early_is_an_error() {
        let error = read_address(&mut "error: the port is taken\n".as_bytes()).expect_err("there is no address");
        assert_eq!(error.to_string(), "it ended before it listened");
    }
}
