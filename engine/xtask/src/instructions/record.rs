//! What is recorded of the hot paths, and how new counts stand beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value as Json, json};

use crate::process::read;
use crate::project::root;
use crate::toolchain::toolchain_name;

/// By how many percent a path may get longer.
const TOLERANCE: u64 = 5;
/// Where it is recorded, below the project's root.
const FILE: &str = "engine/bench/instructions.json";
const HEADING: &str = "| path | instructions | recorded | |\n|---|---:|---:|---|\n";

/// Instructions of each path, and what made and ran them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Record {
    pub(crate) makers: Makers,
    pub(crate) instructions: BTreeMap<String, u64>,
}

/// What counts depend on besides the code: by its name, with its version.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Makers(BTreeMap<String, String>);

/// New counts beside those that are recorded.
#[derive(Debug)]
pub(crate) struct Comparison {
    lines: Vec<Line>,
    /// Makers that are not the same, as a person reads it.
    makers: Vec<String>,
}

#[derive(Debug)]
struct Line {
    path: String,
    now: Option<u64>,
    recorded: Option<u64>,
}

/// How a path stands, from good to bad.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Standing {
    /// Neither longer nor shorter, as far as the tolerance goes.
    Same,
    /// Worth recording.
    Shorter,
    /// Longer, or known to one side only.
    Failed,
}

impl Makers {
    /// Of this machine.
    pub(crate) fn here() -> Result<Self> {
        let guests = format!("+{}", toolchain_name());
        let makers = [
            ("rustc", read(Command::new("rustc").arg("--version"))?),
            ("rustc of the guests", read(Command::new("rustc").args([&guests, "--version"]))?),
            ("C library", read(Command::new("getconf").arg("GNU_LIBC_VERSION")).unwrap_or_else(|_| "unknown".to_owned())),
            ("valgrind", read(Command::new("valgrind").arg("--version"))?),
        ];
        Ok(Self(makers.map(|(name, version)| (name.to_owned(), version)).into()))
    }
}

impl Record {
    /// What is recorded.
    pub(crate) fn read() -> Result<Self> {
        let text = std::fs::read_to_string(root().join(FILE));
        let text = text.with_context(|| format!("`{FILE}` cannot be read; `cargo xtask instructions --record` writes it"))?;
        Self::parse(&text).with_context(|| format!("`{FILE}` is no record; `cargo xtask instructions --record` writes it anew"))
    }

    /// Records it, and returns what was written.
    pub(crate) fn write(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(&json!({"counted-with": self.makers.0, "instructions": self.instructions}))? + "\n";
        std::fs::write(root().join(FILE), &text).with_context(|| format!("`{FILE}` cannot be written"))?;
        Ok(format!("{text}recorded in {FILE}"))
    }

    fn parse(text: &str) -> Result<Self> {
        let mut json: Json = serde_json::from_str(text)?;
        let mut part = |name: &str| json.get_mut(name).map(Json::take).with_context(|| format!("it has no `{name}`"));
        Ok(Self {
            makers: Makers(serde_json::from_value(part("counted-with")?)?),
            instructions: serde_json::from_value(part("instructions")?)?,
        })
    }
}

/// Puts new counts beside those that are recorded.
pub(crate) fn compare(now: &Record, recorded: &Record) -> Comparison {
    let paths: BTreeSet<&String> = now.instructions.keys().chain(recorded.instructions.keys()).collect();
    let count = |record: &Record, path: &String| record.instructions.get(path).copied();
    let line = |path: &String| Line { path: path.clone(), now: count(now, path), recorded: count(recorded, path) };
    let names: BTreeSet<&String> = now.makers.0.keys().chain(recorded.makers.0.keys()).collect();
    let version = |record: &Record, name: &String| record.makers.0.get(name).cloned().unwrap_or_else(|| "nothing".to_owned());
    let differing = names.into_iter().map(|name| (name, version(recorded, name), version(now, name)));
    let makers =
        differing.filter(|(_, before, after)| before != after).map(|(name, before, after)| format!("{name}: {before}, now {after}"));
    Comparison { lines: paths.into_iter().map(line).collect(), makers: makers.collect() }
}

impl Comparison {
    /// How the worst path stands.
    pub(crate) fn worst(&self) -> Standing {
        self.lines.iter().map(Line::standing).max().unwrap_or(Standing::Failed)
    }

    /// What is wrong, and what to do about it.
    pub(crate) fn verdict(&self) -> String {
        let failed = self.lines.iter().filter(|line| line.standing() == Standing::Failed);
        let failed: Vec<String> = failed.map(|line| format!("{} ({})", line.path, line.change())).collect();
        let mut text = format!(
            "not as recorded: {}; find out why. If it is wanted, record it by `cargo xtask instructions --record`, with the reason in the commit",
            failed.join(", ")
        );
        if !self.makers.is_empty() {
            let makers = self.makers.join("; ");
            text.push_str(&format!(
                "\nrecorded with other tools ({makers}): count the commit before yours with these, to see which of both it was"
            ));
        }
        text
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HEADING)?;
        let number = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
        self.lines.iter().try_for_each(|line| {
            let (now, recorded) = (number(line.now), number(line.recorded));
            let change = if line.standing() == Standing::Failed { format!("**{}**", line.change()) } else { line.change() };
            writeln!(formatter, "| {} | {now} | {recorded} | {change} |", line.path)
        })
    }
}

impl Line {
    fn standing(&self) -> Standing {
        let Some((now, recorded)) = self.now.zip(self.recorded) else { return Standing::Failed };
        match now * 100 {
            now if now > recorded * (100 + TOLERANCE) => Standing::Failed,
            now if now < recorded * (100 - TOLERANCE) => Standing::Shorter,
            _ => Standing::Same,
        }
    }

    fn change(&self) -> String {
        match (self.now, self.recorded) {
            (Some(now), Some(recorded)) => format!("{:+.1} %", (now as f64 / recorded.max(1) as f64 - 1.0) * 100.0),
            (Some(_), None) => "not recorded".to_owned(),
            (None, _) => "not counted".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(counts: &[(&str, u64)]) -> Record {
        let makers = Makers([("rustc".to_owned(), "rustc 1.95.0".to_owned())].into());
        Record { makers, instructions: counts.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect() }
    }

    fn worst(now: &[(&str, u64)], recorded: &[(&str, u64)]) -> Standing {
        compare(&record(now), &record(recorded)).worst()
    }

    #[test]
    fn five_percent_longer_is_let_pass() {
        let expected = [
            (900, Standing::Shorter),
            (949, Standing::Shorter),
            (950, Standing::Same),
            (1000, Standing::Same),
            (1040, Standing::Same),
            (1050, Standing::Same),
            (1051, Standing::Failed),
            (1060, Standing::Failed),
        ];
        for (now, standing) in expected {
            assert_eq!(worst(&[("a", now)], &[("a", 1000)]), standing, "{now}");
        }
    }

    #[test]
    fn one_that_got_longer_is_not_made_good_by_another() {
        assert_eq!(worst(&[("a", 500), ("b", 1060)], &[("a", 1000), ("b", 1000)]), Standing::Failed);
    }

    #[test]
    fn both_sides_know_the_same_paths() {
        assert_eq!(worst(&[("a", 1)], &[("a", 1), ("b", 1)]), Standing::Failed);
        assert_eq!(worst(&[("a", 1), ("b", 1)], &[("a", 1)]), Standing::Failed);
        assert_eq!(worst(&[], &[]), Standing::Failed, "nothing was compared");
    }

    #[test]
    fn the_table_says_what_happened_and_the_verdict_what_to_do() {
        let now = record(&[("same", 1040), ("longer", 1060), ("shorter", 500), ("new", 7)]);
        let mut recorded = record(&[("same", 1000), ("longer", 1000), ("shorter", 1000), ("gone", 8)]);
        let comparison = compare(&now, &recorded);
        let table = "\
            | gone |  | 8 | **not counted** |\n\
            | longer | 1060 | 1000 | **+6.0 %** |\n\
            | new | 7 |  | **not recorded** |\n\
            | same | 1040 | 1000 | +4.0 % |\n\
            | shorter | 500 | 1000 | -50.0 % |\n";
        assert_eq!(comparison.to_string(), format!("{HEADING}{table}"));
        let verdict = comparison.verdict();
        assert!(verdict.contains("longer (+6.0 %)") && verdict.contains("--record"), "{verdict}");
        assert!(!verdict.contains("same") && !verdict.contains("other tools"), "{verdict}");
        recorded.makers.0.insert("rustc".to_owned(), "rustc 1.94.0".to_owned());
        let verdict = compare(&now, &recorded).verdict();
        assert!(verdict.contains("other tools (rustc: rustc 1.94.0, now rustc 1.95.0)"), "{verdict}");
    }

    #[test]
    fn what_is_recorded_can_be_read() {
        let recorded = Record::read().expect("the record is there");
        assert_eq!(compare(&recorded, &recorded).worst(), Standing::Same);
        assert!(Record::parse("{\"a\": 1}").is_err());
    }
}
