//! `cargo xtask instructions`: how many instructions the hot paths take, counted by valgrind's callgrind and compared with what is written down.
//!
//! Instructions are the same on a busy machine and on a quiet one, so that a path which got slower is seen without a clock. Each figure is
//! the difference between a longer and a shorter run of the same program, divided by what is more: whatever happens once drops out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;

use crate::guests::TEST_GUESTS;
use crate::phase::phase;
use crate::process::{read_whatever_it_ends_with, run, succeeds};
use crate::project::{cargo, release_program, root};
use crate::target::Target;
use crate::toolchain::{self, COMPONENT_TARGET, Source};

/// The share by which a path may get longer unnoticed.
const TOLERANCE: f64 = 0.05;

/// What is written down, below the project's root.
const WRITTEN: &str = "engine/bench/instructions.json";

/// What is to be done with the counts.
#[derive(Args, Debug)]
pub(crate) struct InstructionArguments {
    /// Write the counts down instead of comparing them
    #[arg(long)]
    record: bool,
}

/// A program that does something so many times.
struct HotPath {
    name: &'static str,
    /// The two numbers of times.
    times: [u32; 2],
    /// How often each of them does what is counted.
    each: u32,
    command: Box<dyn Fn(u32) -> Command>,
}

/// Counts, and compares or writes down. A path that got longer by more than 5 % is an error.
pub(crate) fn instructions(arguments: &InstructionArguments) -> Result<()> {
    if !succeeds(Command::new("valgrind").arg("--version")) {
        bail!("valgrind is missing, which counts the instructions; Debian: `apt-get install valgrind`");
    }
    phase("guest toolchain", || toolchain::set_up(&[COMPONENT_TARGET], Source::Auto))?;
    phase("test guests", || TEST_GUESTS.build())?;
    phase("the programs, optimised", || run(&mut cargo(["build", "--release", "--package", "throng-cli", "--package", "throng-bench"])))?;
    let throng = release_program("throng")?;
    let target = Target::start(&throng, &[])?;
    let mut counts = BTreeMap::new();
    for path in hot_paths(&throng, &target)? {
        let count = phase(path.name, || path.count())?;
        counts.insert(path.name.to_owned(), count.round() as u64);
    }
    let file = root().join(WRITTEN);
    if arguments.record {
        let text = serde_json::to_string_pretty(&counts)? + "\n";
        std::fs::write(&file, &text).with_context(|| format!("`{WRITTEN}` cannot be written"))?;
        println!("{text}written to {WRITTEN}");
        return Ok(());
    }
    let text = std::fs::read_to_string(&file).with_context(|| format!("`{WRITTEN}` cannot be read; write it with `--record`"))?;
    let written: BTreeMap<String, u64> = serde_json::from_str(&text).with_context(|| format!("`{WRITTEN}` holds no counts"))?;
    let (table, longer) = compared(&counts, &written);
    println!("{table}");
    match longer.is_empty() {
        true => Ok(()),
        false => bail!(
            "longer by more than 5 %: {}; find out why, or accept it by `cargo xtask instructions --record` with the reason in the commit",
            longer.join(", ")
        ),
    }
}

fn hot_paths(throng: &Path, target: &Target) -> Result<Vec<HotPath>> {
    let folder = throng.ancestors().nth(2).context("the program is not in a target folder")?.join("bench");
    std::fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let document = |name: &str, steps: serde_json::Value| -> Result<PathBuf> {
        let file = folder.join(format!("{name}.json"));
        let document = json!({"throng": "0.1", "scenarios": [{"name": name, "steps": steps}]});
        std::fs::write(&file, document.to_string()).with_context(|| format!("`{}` cannot be written", file.display()))?;
        Ok(file)
    };
    let chain = document("counted-chain", crate::bench::chain(10).into())?;
    let joins = document("counted-joins", crate::bench::joined().into())?;
    let campaign = |file: PathBuf, scenario: &'static str| -> Box<dyn Fn(u32) -> Command> {
        let throng = throng.to_owned();
        Box::new(move |minions| {
            let mut command = Command::new(&throng);
            command.arg("run").arg(&file).args(["--scenario", scenario, "--minions", &minions.to_string(), "--profile", "immediate"]);
            command.args(["--workers", "1", "--live", "off", "--summary", "off", "--start-offset", "50ms", "--seed", "1"]);
            command
        })
    };
    let loops = release_program("throng-bench")?;
    let (program, url) = (throng.to_owned(), target.url.clone());
    Ok(vec![
        HotPath { name: "a minion in a chain of eleven steps", times: [2_000, 6_000], each: 1, command: campaign(chain, "counted-chain") },
        HotPath {
            name: "a minion with eleven callbacks of a Rust guest",
            times: [1_000, 3_000],
            each: 1,
            command: campaign(TEST_GUESTS.component("cost"), "eleven"),
        },
        HotPath { name: "a minion with a join", times: [2_000, 6_000], each: 1, command: campaign(joins, "counted-joins") },
        HotPath {
            name: "all meters of a step",
            times: [2_000, 6_000],
            each: 9,
            command: Box::new(move |times| {
                let mut command = Command::new(&loops);
                command.arg("recording").arg(times.to_string());
                command
            }),
        },
        HotPath {
            name: "a request over a kept connection",
            times: [2_000, 6_000],
            each: 1,
            command: Box::new(move |times| {
                let mut command = Command::new(&program);
                command.args(["bench", &url, "-n", &times.to_string(), "-c", "10", "--workers", "1", "--live", "off", "--summary", "off"]);
                command
            }),
        },
    ])
}

impl HotPath {
    /// Instructions of doing it once.
    fn count(&self) -> Result<f64> {
        let [fewer, more] = self.times;
        let counted = |times: u32| -> Result<f64> {
            let command = (self.command)(times);
            let mut valgrind = Command::new("valgrind");
            valgrind
                .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-fd=1"])
                .arg(command.get_program())
                .args(command.get_args());
            collected(&read_whatever_it_ends_with(&mut valgrind)?)
        };
        Ok((counted(more)? - counted(fewer)?) / f64::from((more - fewer) * self.each))
    }
}

/// Out of `==4711== Collected : 123456`.
fn collected(output: &str) -> Result<f64> {
    let line = output.lines().find_map(|line| line.split_once("Collected :"));
    line.and_then(|(_, count)| count.trim().parse().ok()).with_context(|| format!("callgrind collected nothing: {output}"))
}

/// A table, and the paths that got longer.
fn compared(counts: &BTreeMap<String, u64>, written: &BTreeMap<String, u64>) -> (String, Vec<String>) {
    let mut table = String::from("| path | instructions | written down | |\n|---|---|---|---|\n");
    let mut longer = Vec::new();
    for (name, count) in counts {
        let before = written.get(name).copied();
        let change = before.map(|before| *count as f64 / before.max(1) as f64 - 1.0);
        let standing = match change {
            None => "new: write it down".to_owned(),
            Some(change) => format!("{:+.1} %", change * 100.0),
        };
        if change.is_some_and(|change| change > TOLERANCE) {
            longer.push(format!("{name} ({standing})"));
        }
        let before = before.map(|before| before.to_string()).unwrap_or_default();
        table.push_str(&format!("| {name} | {count} | {before} | {standing} |\n"));
    }
    (table, longer)
}

#[cfg(test)]
mod tests {
    use super::{collected, compared};

    #[test]
    fn counts_are_read() {
        assert_eq!(collected("==1== \n==1== Events    : Ir\n==1== Collected : 130145671\n").ok(), Some(130_145_671.0));
        assert!(collected("valgrind: no such program").is_err());
    }

    #[test]
    fn only_what_got_longer_is_told() {
        let counts = |pairs: [(&str, u64); 3]| pairs.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
        let now = counts([("same", 1_040), ("longer", 1_060), ("shorter", 500)]);
        let (table, longer) = compared(&now, &counts([("same", 1_000), ("longer", 1_000), ("shorter", 1_000)]));
        assert_eq!(longer, ["longer (+6.0 %)"]);
        assert!(table.contains("| shorter | 500 | 1000 | -50.0 % |"), "{table}");
    }
}
