//! The hot paths, and how each is counted: by two runs of one program that differ in nothing but how often they do it, so that whatever
//! happens once drops out.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};

use crate::bench::steps::{chain, joined, split};
use crate::process::read;

/// Guest calls, by their names in `engine/bench`.
const CALLS: [&str; 3] = ["64 bytes in and out", "verify a response's status", "build a request: header, body"];
/// What they are made in: before it the sandbox compares two clocks, which takes a different number of instructions each time.
const MAKING_CALLS: &str = "*GuestCalls::make";
/// Minions of the shorter run of a campaign, and by how many the longer one has more.
const MINIONS: u32 = 2_000;
/// Steps that make a chain.
const STEPS: u32 = 10;

/// Something that a run does often.
#[derive(Debug)]
pub(crate) struct HotPath {
    pub(crate) name: String,
    /// Arguments of the program, for doing it less and more often.
    runs: [Vec<String>; 2],
    /// How much more often.
    difference: u32,
    /// The function in which alone instructions count; everywhere where there is none.
    within: Option<&'static str>,
}

/// All of them. Guests are compiled by this, into a cache that is new each time: it grows old by being used, which costs instructions.
pub(crate) fn hot_paths(program: &Path) -> Result<Vec<HotPath>> {
    let cache = program.with_file_name("counted-guests");
    if cache.exists() {
        std::fs::remove_dir_all(&cache).with_context(|| format!("`{}` cannot be removed", cache.display()))?;
    }
    let cache = cache.to_str().context("the target folder's path is not text")?.to_owned();
    let mut paths = vec![HotPath::often("all meters of a step", 20_000, |times| vec!["recording".to_owned(), times.to_string()])];
    for call in CALLS {
        let arguments = |times: u32| vec!["calls".to_owned(), cache.clone(), call.to_owned(), times.to_string()];
        // Below valgrind, which offers another processor than the machine's.
        read(Command::new("valgrind").args(["--quiet", "--tool=none"]).arg(program).args(arguments(0)))?;
        let path = HotPath::often(&format!("guest call: {call}"), 5_000, arguments);
        paths.push(HotPath { within: Some(MAKING_CALLS), ..path });
    }
    paths.push(HotPath::often("an HTTP/1.1 exchange, its server's part included", 2_000, |times| {
        vec!["exchanges".to_owned(), times.to_string()]
    }));
    paths.push(HotPath::often("a minion and its first step", MINIONS, |minions| campaign(&[("one", minions, chain(0))])));
    paths.push(HotPath::further("a step without I/O in a chain of ten", STEPS, &chain(STEPS), &chain(0)));
    paths.push(HotPath::further("an `assert` of four checks", STEPS, &checked(STEPS), &checked(0)));
    paths.push(HotPath::further("a join of a left and its right", 1, &joined(), &split()));
    Ok(paths)
}

impl HotPath {
    /// What the program does as often as it is told.
    fn often(name: &str, times: u32, arguments: impl Fn(u32) -> Vec<String>) -> Self {
        Self { name: name.to_owned(), runs: [times, 2 * times].map(arguments), difference: times, within: None }
    }

    /// What steps do further to others. Two runs of both, many minions through the one and few through the other, and the other way round:
    /// what the steps cost once is the same in both.
    fn further(name: &str, steps: u32, with: &[Json], without: &[Json]) -> Self {
        let run = |few, many| campaign(&[("with", few, with.to_vec()), ("without", many, without.to_vec())]);
        let runs = [run(MINIONS, 2 * MINIONS), run(2 * MINIONS, MINIONS)];
        Self { name: name.to_owned(), runs, difference: MINIONS * steps, within: None }
    }

    /// Instructions of doing it once.
    pub(crate) fn count(&self, program: &Path) -> Result<f64> {
        let counted = |arguments: &Vec<String>| {
            let mut valgrind = Command::new("valgrind");
            valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-fd=1"]);
            valgrind.args(self.within.map(|function| format!("--toggle-collect={function}")));
            let count = collected(&read(valgrind.arg(program).args(arguments))?)?;
            // A function that was renamed would be counted as no work at all.
            ensure!(
                count > 0.0,
                "no instruction of `{}` was counted; is `{}` still its function?",
                self.name,
                self.within.unwrap_or("main")
            );
            Ok(count)
        };
        let [fewer, more] = &self.runs;
        Ok((counted(more)? - counted(fewer)?) / f64::from(self.difference))
    }
}

/// Out of `==4711== Collected : 123456`.
fn collected(output: &str) -> Result<f64> {
    let line = output.lines().find_map(|line| line.split_once("Collected :"));
    line.and_then(|(_, count)| count.trim().parse().ok()).with_context(|| format!("callgrind collected nothing: {output}"))
}

/// A campaign of scenarios, each with its name, its minions and its steps.
fn campaign(scenarios: &[(&str, u32, Vec<Json>)]) -> Vec<String> {
    let scenario =
        |(name, minions, steps): &(&str, u32, Vec<Json>)| json!({"name": name, "minions": minions, "profile": "immediate", "steps": steps});
    let scenarios: Vec<Json> = scenarios.iter().map(scenario).collect();
    let callbacks = json!([{"name": "response", "use": "returns"}]);
    let document = json!({"throng": "0.1", "callbacks": callbacks, "scenarios": scenarios});
    vec!["campaign".to_owned(), document.to_string()]
}

/// A response and so many steps that check it.
fn checked(times: u32) -> Vec<Json> {
    let checks = ["status == 200", "header:content-type contains \"json\"", "json:/order/id == 4711", "body contains \"book\""];
    let first = json!({"name": "s0", "start": true, "returns": {"callback": 0}});
    let check = |step: u32| json!({"name": format!("s{step}"), "after": format!("s{}", step - 1), "assert": {"rules": checks}});
    std::iter::once(first).chain((1..=times).map(check)).collect()
}

#[cfg(test)]
mod tests {
    use super::collected;

    #[test]
    fn counts_are_read() {
        assert_eq!(collected("==1== \n==1== Events    : Ir\n==1== Collected : 130145671\n").ok(), Some(130_145_671.0));
        assert!(collected("valgrind: no such program").is_err());
    }
}
