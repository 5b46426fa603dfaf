//! Runs campaigns, and reads what their reports count.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value as Json, json};
use throng_kit::{Finished, Throng, tempdir};

/// How a busy machine may void a run whose starts have a schedule; what was counted is right all the same.
pub const GOOD_OR_VOID: [i32; 2] = [0, 4];

/// A campaign that has ended, with its JSON report.
#[derive(Debug)]
pub struct Ran {
    /// The call.
    pub finished: Finished,
    /// What `--report json=FILE` has written.
    pub report: Json,
}

/// Runs files as one campaign.
///
/// # Errors
/// It does not end, writes no report, or leaves something else beside it.
pub fn run<P: AsRef<Path>>(files: &[P], options: &[&str]) -> Result<Ran> {
    run_as(Throng::new(), files, options)
}

/// Runs files as one campaign, by a call that says how the program is started.
///
/// # Errors
/// As [`run`].
pub fn run_as<P: AsRef<Path>>(call: Throng, files: &[P], options: &[&str]) -> Result<Ran> {
    let folder = tempdir()?;
    let file = folder.path().join("report.json");
    let call = call.arg("run").args(files.iter().map(AsRef::as_ref)).args(["--start-offset", "10ms"]).args(options);
    let finished = call.arg("--report").arg(format!("json={}", file.display())).run()?;
    let text = std::fs::read_to_string(&file).with_context(|| format!("`{}`: no report; {}", finished.command, finished.stderr))?;
    let report: Json = serde_json::from_str(&text).with_context(|| format!("the report is no JSON: {text}"))?;
    ensure!(report["report"] == "0.1", "the report has no version: {text}");
    let left = std::fs::read_dir(folder.path())?.count();
    ensure!(left == 1, "`{}` left {left} files", finished.command);
    Ok(Ran { finished, report })
}

/// Runs a document as a campaign.
///
/// # Errors
/// As [`run`].
pub fn run_document(document: &Json, options: &[&str]) -> Result<Ran> {
    let folder = tempdir()?;
    run(&[folder.file("scenario.json", document.to_string())?], options)
}

impl Ran {
    /// Itself, if the exit code is one of these.
    ///
    /// # Errors
    /// It is another.
    pub fn ended_with_any(self, codes: &[i32]) -> Result<Self> {
        let Self { finished, report } = self;
        Ok(Self { finished: finished.ended_with_any(codes)?, report })
    }

    /// What is counted of a scenario, without any time: `minions` and, of each step by its name, `outcomes`, `attempts` and the `failures`
    /// by their codes.
    ///
    /// # Errors
    /// The report has no such scenario.
    pub fn counts(&self, scenario: &str) -> Result<Json> {
        let scenario = self.scenario(scenario)?;
        let mut steps = Map::new();
        for step in list(scenario, "steps")? {
            let failures: Map<_, _> =
                list(step, "failures")?.iter().map(|failure| (text(&failure["code"]), failure["count"].clone())).collect();
            let counts = json!({ "outcomes": step["outcomes"], "attempts": step["attempts"], "failures": failures });
            steps.insert(text(&step["name"]), counts);
        }
        Ok(json!({ "minions": scenario["minions"], "steps": steps }))
    }

    /// How many executions of a step ended so: `success`, `failure`, `error` …
    ///
    /// # Errors
    /// The report has no such scenario or step.
    pub fn outcomes(&self, scenario: &str, step: &str, outcome: &str) -> Result<u64> {
        let counts = self.counts(scenario)?;
        let count = counts["steps"][step]["outcomes"][outcome].as_u64();
        count.with_context(|| format!("no `{outcome}` of the step `{step}` in {counts}"))
    }

    /// How often a step failed with a code.
    ///
    /// # Errors
    /// The report has no such scenario.
    pub fn failures(&self, scenario: &str, step: &str, code: &str) -> Result<u64> {
        Ok(self.counts(scenario)?["steps"][step]["failures"][code].as_u64().unwrap_or_default())
    }

    /// What is told of a step's failures with a code: all of it, as JSON.
    ///
    /// # Errors
    /// The report has no such scenario or step.
    pub fn told(&self, scenario: &str, step: &str, code: &str) -> Result<String> {
        let found = list(self.scenario(scenario)?, "steps")?.iter().find(|found| found["name"] == step);
        let found = found.with_context(|| format!("no step `{step}` in the report"))?;
        Ok(list(found, "failures")?.iter().filter(|failure| failure["code"] == code).map(Json::to_string).collect())
    }

    /// The reasons of a scenario's verdict, `verdict: text` each, a line each.
    ///
    /// # Errors
    /// The report has no such scenario.
    pub fn reasons(&self, scenario: &str) -> Result<String> {
        let reasons = list(self.scenario(scenario)?, "reasons")?;
        Ok(reasons.iter().map(|reason| format!("{}: {}\n", text(&reason["verdict"]), text(&reason["text"]))).collect())
    }

    /// The findings of a signal about the generator, of the campaign and of all its scenarios.
    pub fn findings(&self, signal: &str) -> Vec<&Json> {
        let scenarios = self.report["scenarios"].as_array().into_iter().flatten();
        let all = std::iter::once(&self.report).chain(scenarios).filter_map(|place| place["health"]["findings"].as_array()).flatten();
        all.filter(|finding| finding["signal"] == signal).collect()
    }

    /// A scenario of the report.
    ///
    /// # Errors
    /// The report has none of the name.
    pub fn scenario(&self, name: &str) -> Result<&Json> {
        let named = list(&self.report, "scenarios")?.iter().find(|scenario| scenario["name"] == name);
        named.with_context(|| format!("no scenario `{name}` in the report"))
    }
}

fn list<'a>(json: &'a Json, key: &str) -> Result<&'a [Json]> {
    json[key].as_array().map(Vec::as_slice).with_context(|| format!("no list `{key}` in {json}"))
}

fn text(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}
