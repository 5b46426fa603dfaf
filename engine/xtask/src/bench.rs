//! `cargo xtask bench`: what steps and callbacks cost, in processor time of the released program; and how the rules of time are kept.
//!
//! A figure of costs is the difference between two campaigns that differ in nothing but the steps that it is about, so that starting the program,
//! loading the scenario and starting the minions drop out. Campaigns are interleaved, and the median of five differences is taken.

mod time;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::guests::TEST_GUESTS;
use crate::phase::phase;
use crate::process::{read, run};
use crate::project::{cargo, release_program, root};
use crate::toolchain::{self, Source};

/// Measurements of each figure.
const REPEATS: usize = 5;

/// A figure: the cost of the steps that one campaign has and another has not.
struct Figure {
    name: &'static str,
    /// Nanoseconds that it must keep under.
    bar: f64,
    minions: u64,
    /// Steps by which the two campaigns differ.
    steps: u64,
    with: Campaign,
    without: Campaign,
}

/// What `throng run` is given.
struct Campaign {
    file: PathBuf,
    scenario: &'static str,
}

/// Measures all figures and writes them down.
pub(crate) fn bench() -> Result<()> {
    phase("guest toolchain", || toolchain::set_up(&toolchain::ALL_TARGETS, Source::Auto))?;
    phase("test guests", || TEST_GUESTS.build())?;
    phase("the program `throng`, optimised", || run(&mut cargo(["build", "--release", "--package", "throng-cli"])))?;
    let throng = release_program("throng")?;
    let folder = throng.ancestors().nth(2).context("the program is not in a target folder")?.join("bench");
    std::fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let mut table = String::from("| what | costs | bar | |\n|---|---|---|---|\n");
    let mut missed = Vec::new();
    for figure in figures(&folder)? {
        let nanos = phase(figure.name, || figure.measure(&throng))?;
        let verdict = if nanos <= figure.bar { "kept" } else { "missed" };
        writeln!(table, "| {} | {nanos:.0} ns | {:.0} ns | {verdict} |", figure.name, figure.bar)?;
        if nanos > figure.bar {
            missed.push(figure.name);
        }
    }
    table.push_str("\n| time | is | must be | |\n|---|---|---|---|\n");
    let frozen = phase("a target that freezes for a second", || time::freeze(&throng))?;
    let started = phase("5 000 starts a second for a minute", || time::starts(&throng, &folder))?;
    for line in frozen.into_iter().chain(started) {
        let verdict = if line.kept { "kept" } else { "missed" };
        writeln!(table, "| {} | {} | {} | {verdict} |", line.what, line.figure, line.bar)?;
        if !line.kept {
            missed.push(line.what);
        }
    }
    let report = folder.join("report.md");
    let text =
        format!("# What steps cost, and how time is kept\n\nCosts are processor time of the program per execution, one worker.\n\n{table}");
    std::fs::write(&report, text).with_context(|| format!("`{}` cannot be written", report.display()))?;
    println!("{table}\nwritten to {}", report.display());
    if missed.is_empty() { Ok(()) } else { bail!("over the bar: {}", missed.join(", ")) }
}

fn figures(folder: &Path) -> Result<Vec<Figure>> {
    let chain = |name: &'static str, pipes: u32| -> Result<Campaign> {
        let mut steps = vec![r#"{"name": "s0", "start": true, "returns": 1}"#.to_owned()];
        steps.extend((1..=pipes).map(|step| format!(r#"{{"name": "s{step}", "after": "s{}", "pipe": {{}}}}"#, step - 1)));
        let document = format!(r#"{{"throng": "0.1", "scenarios": [{{"name": "{name}", "steps": [{}]}}]}}"#, steps.join(", "));
        let file = folder.join(format!("{name}.json"));
        std::fs::write(&file, document).with_context(|| format!("`{}` cannot be written", file.display()))?;
        Ok(Campaign { file, scenario: name })
    };
    let cost = |scenario| Campaign { file: TEST_GUESTS.component("cost"), scenario };
    Ok(vec![
        Figure {
            name: "a step without I/O in a chain of ten",
            bar: 1_000.0,
            minions: 200_000,
            steps: 10,
            with: chain("ten-pipes", 10)?,
            without: chain("no-pipes", 0)?,
        },
        Figure {
            name: "a `map` by a callback, all included",
            bar: 2_000.0,
            minions: 100_000,
            steps: 10,
            with: cost("eleven"),
            without: cost("one"),
        },
    ])
}

impl Figure {
    /// Nanoseconds per execution.
    fn measure(&self, throng: &Path) -> Result<f64> {
        let mut costs = Vec::new();
        for _ in 0..REPEATS {
            let with = self.with.seconds(throng, self.minions)?;
            let without = self.without.seconds(throng, self.minions)?;
            costs.push((with - without) * 1e9 / (self.minions * self.steps) as f64);
        }
        costs.sort_by(f64::total_cmp);
        costs.get(REPEATS / 2).copied().context("nothing was measured")
    }
}

impl Campaign {
    /// Processor time of a run, in user mode and in the system's, as the shell tells it.
    fn seconds(&self, throng: &Path, minions: u64) -> Result<f64> {
        let script = r#""$@" >/dev/null 2>&1; code=$?; times; exit $code"#;
        let mut shell = Command::new("sh");
        shell.current_dir(root()).args(["-c", script, "sh"]).arg(throng).arg("run").arg(&self.file);
        shell.args(["--scenario", self.scenario, "--profile", "immediate", "--workers", "1", "--minions", &minions.to_string()]);
        let output = read(&mut shell)?;
        let children = output.lines().nth(1).with_context(|| format!("`times` said nothing of its children: {output}"))?;
        children.split_whitespace().map(shell_seconds).sum()
    }
}

/// Seconds out of `1m2.345s`.
fn shell_seconds(text: &str) -> Result<f64> {
    let parsed = text.strip_suffix('s').and_then(|text| text.split_once('m')).and_then(|(minutes, seconds)| {
        let (minutes, seconds): (f64, f64) = (minutes.parse().ok()?, seconds.replace(',', ".").parse().ok()?);
        Some(minutes * 60.0 + seconds)
    });
    parsed.with_context(|| format!("`{text}` is no time of the shell's"))
}

#[cfg(test)]
mod tests {
    use super::shell_seconds;

    #[test]
    fn times_of_the_shell_are_read() {
        assert_eq!(shell_seconds("1m2.500s").ok(), Some(62.5));
        assert!(shell_seconds("soon").is_err());
    }
}
