//! `cargo xtask soak`: a real scenario at full rate for minutes. Memory must stay flat, and counts must be right at the end.
//!
//! The scenario is the example of shipped orders: callbacks of a component build the requests and check the answers, a poll brings the
//! shipments, a join brings both together. Its minions start again as soon as they have ended, so that the machine is busy all the time.

mod memory;
mod report;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::Value as Json;

use crate::guests::EXAMPLES;
use crate::phase::{now, phase, readable};
use crate::process::{Owned, repeatable, run};
use crate::project::{cargo, release_program};
use crate::target::Target;
use crate::toolchain::{self, COMPONENT_TARGET, Source};
use memory::{Flatness, Sample, resident};

/// What a soak can be told.
#[derive(Args)]
pub(crate) struct SoakArguments {
    /// How long, such as `60s` or `10m`
    #[arg(long = "for", value_name = "DURATION", default_value = "10m", value_parser = duration)]
    length: Duration,

    /// Minions that order at a time
    #[arg(long, value_name = "N", default_value_t = 200)]
    minions: u32,

    /// A program `throng` that is there already, instead of one that is built for it
    #[arg(long, value_name = "FILE")]
    throng: Option<PathBuf>,
}

/// What a soak came to.
struct Soaked {
    samples: Vec<Sample>,
    flatness: Option<Flatness>,
    /// Orders as the engine's report has them: all, and those that got no answer.
    orders: u64,
    unanswered: u64,
    /// Orders as the target has counted them.
    accepted: u64,
    verdict: String,
    /// What `throng run` was ended with.
    exit: i32,
}

/// Soaks, and writes down what it came to; the exit code is 1 if memory grew or a count is wrong.
pub(crate) fn soak(arguments: &SoakArguments) -> Result<ExitCode> {
    if !cfg!(target_os = "linux") {
        bail!("a soak reads the memory of the engine from /proc, which is there on Linux only");
    }
    phase("guest toolchain", || toolchain::set_up(&[COMPONENT_TARGET], Source::Auto))?;
    phase("example guests", || EXAMPLES.build())?;
    let folder = release_program("throng")?.ancestors().nth(2).context("the program is not in a target folder")?.join("soak");
    let throng = match &arguments.throng {
        Some(throng) => throng.clone(),
        None => {
            phase("the program `throng`, optimised", || run(&mut cargo(["build", "--release", "--package", "throng-cli"])))?;
            release_program("throng")?
        }
    };
    std::fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let soaked = phase(&format!("{} of orders, {} at a time", readable(arguments.length), arguments.minions), || {
        soaking(&throng, &folder, arguments)
    })?;
    let text = report::markdown(&soaked, arguments.length);
    let file = folder.join("report.md");
    std::fs::write(&file, &text).with_context(|| format!("`{}` cannot be written", file.display()))?;
    println!("{text}\nwritten to {}", file.display());
    let faults = soaked.faults();
    faults.iter().for_each(|fault| eprintln!("error: {fault}"));
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn soaking(throng: &Path, folder: &Path, arguments: &SoakArguments) -> Result<Soaked> {
    let target = Target::start(throng, &["--ship-delay", "50ms"])?;
    let report = folder.join("report.json");
    let profile = format!("stages(stage({}, 1s, {}s))", arguments.minions, arguments.length.as_secs());
    let mut command = Command::new(throng);
    command.arg("run").arg(EXAMPLES.component("shipped_orders")).args(["--profile", &profile, "--live", "off"]);
    command.arg("-c").arg(format!("shop={}", target.url)).arg("--report").arg(format!("json={}", report.display()));
    let line = repeatable(&command);
    eprintln!("    $ {line}");
    let log = |name| File::create(folder.join(name)).with_context(|| format!("`{name}` cannot be written in `{}`", folder.display()));
    command.stdin(Stdio::null()).stdout(log("summary.txt")?).stderr(log("log.txt")?);
    let mut engine = Owned(command.spawn().with_context(|| format!("`throng` could not be started: {line}"))?);
    let samples = watch(&mut engine.0, &target, arguments.length)?;
    let exit = engine.0.wait()?.code().context("`throng run` was ended by a signal")?;
    let text = std::fs::read_to_string(&report)
        .with_context(|| format!("`throng run` ended with {exit} and wrote no report; see `{}`", folder.join("log.txt").display()))?;
    let read: Json = serde_json::from_str(&text)?;
    let (orders, unanswered) = orders(&read).with_context(|| format!("`{}` tells nothing of orders", report.display()))?;
    let flatness = Flatness::of(&samples, memory::settling(arguments.length));
    let verdict = read.get("verdict").and_then(Json::as_str).unwrap_or("unknown").to_owned();
    Ok(Soaked { samples, flatness, orders, unanswered, accepted: target.counted("/orders/accepted")?, verdict, exit })
}

#[expect(clippy::disallowed_methods, reason = "the project's own commands run on real time and are no part of the engine")]
fn sleep(time: Duration) {
    std::thread::sleep(time);
}

/// A sample each second, until the load or the engine ends: what is let go behind the load is no growth.
fn watch(engine: &mut Child, target: &Target, length: Duration) -> Result<Vec<Sample>> {
    let started = now();
    let mut samples = Vec::new();
    for second in 1..=length.as_secs() {
        sleep(Duration::from_secs(second).saturating_sub(started.elapsed()));
        if engine.try_wait()?.is_some() {
            break;
        }
        samples.push(Sample { second, resident: resident(engine.id())?, orders: target.counted("/orders/accepted")? });
    }
    Ok(samples)
}

/// Orders in all, and those that ended without an answer.
fn orders(report: &Json) -> Option<(u64, u64)> {
    let steps = report.pointer("/scenarios/0/steps")?.as_array()?;
    let order = steps.iter().find(|step| step.get("name").and_then(Json::as_str) == Some("order"))?;
    let count = |outcome: &str| order.pointer(&format!("/outcomes/{outcome}")).and_then(Json::as_u64);
    let unanswered = count("error")? + count("timeout")?;
    Some((count("success")? + count("failure")? + unanswered, unanswered))
}

impl Soaked {
    /// What is not as it must be, for people.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        match &self.flatness {
            None => faults.push("there were too few samples to say whether memory stays flat".to_owned()),
            Some(flatness) if !flatness.is_flat() => faults.push(format!("memory grows: {flatness}")),
            Some(_) => {}
        }
        // Whether an order without an answer was accepted, only the target knows.
        if !(self.orders.saturating_sub(self.unanswered)..=self.orders).contains(&self.accepted) {
            faults.push(format!("the engine counted {} orders, the target {}", self.orders, self.accepted));
        }
        if self.orders == 0 {
            faults.push("nothing was ordered".to_owned());
        }
        faults
    }
}

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; write it like `60s` or `10m`, at least `4s`");
    let (number, seconds) =
        text.strip_suffix('s').map(|number| (number, 1)).or_else(|| text.strip_suffix('m').map(|number| (number, 60))).ok_or_else(wrong)?;
    let seconds =
        number.parse::<u64>().ok().and_then(|number| number.checked_mul(seconds)).filter(|seconds| *seconds >= 4).ok_or_else(wrong)?;
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds_or_minutes() {
        assert_eq!(["60s", "10m"].map(|text| duration(text).ok()), [Some(Duration::from_secs(60)), Some(Duration::from_secs(600))]);
        assert!(["", "10", "3s", "1h", "-5s"].iter().all(|text| duration(text).is_err()));
    }

    #[test]
    fn counts_must_agree() {
        let soaked = |orders, unanswered, accepted| Soaked {
            samples: Vec::new(),
            flatness: Some(Flatness { before: 100, greatest: 102, per_minute: 0.1 }),
            orders,
            unanswered,
            accepted,
            verdict: "successful".to_owned(),
            exit: 0,
        };
        assert_eq!(soaked(10, 0, 10).faults(), Vec::<String>::new());
        assert_eq!(soaked(10, 1, 9).faults(), Vec::<String>::new());
        assert_eq!(soaked(10, 0, 11).faults(), ["the engine counted 10 orders, the target 11"]);
        assert_eq!(soaked(10, 0, 9).faults().len(), 1);
        assert_eq!(soaked(0, 0, 0).faults(), ["nothing was ordered"]);
        let grown = Soaked { flatness: Some(Flatness { before: 100, greatest: 104, per_minute: 0.1 }), ..soaked(1, 0, 1) };
        assert_eq!(grown.faults().len(), 1);
        assert_eq!(Soaked { flatness: None, ..soaked(1, 0, 1) }.faults().len(), 1);
    }
}
