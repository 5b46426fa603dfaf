//! Where measurements are made: the program, a folder, and campaigns that are run and read.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value as Json, json};

use crate::bench::cost::{Cost, cost};

/// What every measurement needs.
#[derive(Debug)]
pub(crate) struct Lab {
    /// The program, optimised.
    pub(crate) throng: PathBuf,
    /// The bare loops of `engine/bench`, optimised.
    pub(crate) loops: PathBuf,
    /// Those with the libraries of the plugins; built for that group alone.
    pub(crate) plugin_loops: PathBuf,
    /// Documents, reports and peers.
    pub(crate) folder: PathBuf,
    /// Of each figure, in turn with what it is compared with; the median counts.
    pub(crate) rounds: usize,
    /// Whether a few operations are enough.
    pub(crate) is_quick: bool,
}

/// A campaign that was measured.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) cost: Cost,
    /// The JSON report.
    pub(crate) report: Json,
}

impl Lab {
    /// Runs a file on one worker, as far as the arguments do not say otherwise.
    pub(crate) fn run(&self, file: &Path, arguments: &[&str]) -> Result<Run> {
        let report = self.folder.join("report.json");
        let cost = cost(self.command(file, arguments).arg("--report").arg(format!("json={}", report.display())))?;
        let text = std::fs::read_to_string(&report).with_context(|| format!("`{}` cannot be read", report.display()))?;
        Ok(Run { cost, report: serde_json::from_str(&text)? })
    }

    /// The same, to be started in another way and without a report.
    pub(crate) fn command(&self, file: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.throng);
        command.arg("run").arg(file).args(["--live", "off", "--summary", "off", "--start-offset", "50ms"]);
        if !arguments.contains(&"--workers") {
            command.args(["--workers", "1"]);
        }
        command.args(arguments);
        command
    }

    /// Writes a document with one scenario.
    pub(crate) fn document(&self, name: &str, mut scenario: Json, targets: &[&str]) -> Result<PathBuf> {
        if let Some(scenario) = scenario.as_object_mut() {
            scenario.insert("name".to_owned(), name.into());
        }
        let document = json!({ "throng": "0.1", "targets": targets, "scenarios": [scenario] });
        let file = self.folder.join(format!("{name}.json"));
        std::fs::write(&file, document.to_string()).with_context(|| format!("`{}` cannot be written", file.display()))?;
        Ok(file)
    }
}

impl Run {
    /// Executions of a step that succeeded.
    pub(crate) fn successes(&self, step: &str) -> Result<f64> {
        let steps = self.report.pointer("/scenarios/0/steps").and_then(Json::as_array);
        let step = steps.and_then(|steps| steps.iter().find(|known| known.pointer("/name").and_then(Json::as_str) == Some(step)));
        step.and_then(|step| step.pointer("/outcomes/success")).and_then(Json::as_f64).context("the report lacks the step's successes")
    }

    /// A number of the report.
    pub(crate) fn number(&self, pointer: &str) -> Result<f64> {
        self.report.pointer(pointer).and_then(Json::as_f64).with_context(|| format!("the report has no `{pointer}`"))
    }
}
