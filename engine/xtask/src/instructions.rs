//! `cargo xtask instructions`: how many instructions the hot paths take, counted by valgrind's callgrind and compared with what is written down.
//!
//! Instructions are the same on a busy machine and on a quiet one, so that a path which got slower is seen without a clock. Each figure is
//! the difference between a longer and a shorter run of the same program, divided by what is more: whatever happens once drops out.
//!
//! Only loops whose work does not depend on time can be counted so: a campaign does more the longer it takes.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::phase::phase;
use crate::process::{read_whatever_it_ends_with, run, succeeds};
use crate::project::{cargo, release_program, root};

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
    // Both, as `cargo xtask bench` builds them: alone, its dependencies would have other features and be built anew.
    phase("the bare loops, optimised", || run(&mut cargo(["build", "--release", "--package", "throng-cli", "--package", "throng-bench"])))?;
    let mut counts = BTreeMap::new();
    for path in hot_paths()? {
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

fn hot_paths() -> Result<Vec<HotPath>> {
    let loops = release_program("throng-bench")?;
    Ok(vec![HotPath {
        name: "all meters of a step",
        times: [2_000, 6_000],
        each: 9,
        command: Box::new(move |times| {
            let mut command = Command::new(&loops);
            command.arg("recording").arg(times.to_string());
            command
        }),
    }])
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
