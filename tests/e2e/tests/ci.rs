//! The workflows of `docs/ci.md`, run as they are written: their shell steps, in their order, with the built program in the path.

use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use throng_e2e::campaign::GOOD_OR_VOID;
use throng_kit::{Folder, free_port, tempdir, throng_binary};
use yaml_rust2::{Yaml, YamlLoader};

const PAGE: &str = include_str!("../../../docs/ci.md");

/// The first block of the page in a language that has this text.
fn block(language: &str, text: &str) -> Result<&'static str> {
    let fence = format!("```{language}\n");
    let mut blocks = PAGE.split(&fence).skip(1).filter_map(|rest| rest.split("```").next());
    blocks.find(|block| block.contains(text)).with_context(|| format!("no {language} with {text}"))
}

fn yaml(text: &str) -> Result<Yaml> {
    YamlLoader::load_from_str(text)?.into_iter().next().context("no document")
}

/// A checkout of a repository as the page has it; its target listens on a free port.
struct Checkout {
    folder: Folder,
    port: String,
}

impl Checkout {
    fn new() -> Result<Self> {
        let folder = tempdir()?;
        let port = free_port()?.to_string();
        std::fs::create_dir_all(folder.path().join("load"))?;
        std::fs::create_dir_all(folder.path().join(".git"))?;
        folder.file("load/smoke.json", block("json", "\"scenarios\"")?.replace("8080", &port))?;
        folder.file("throng.toml", block("toml", "presets")?)?;
        Ok(Self { folder, port })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a step as a runner does, which stops at the first command that fails.
    fn shell(&self, script: &str) -> Result<Output> {
        let program = throng_binary()?;
        let folder = program.parent().context("the program is in no folder")?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([folder.to_path_buf()].into_iter().chain(std::env::split_paths(&path)))?;
        let mut shell = Command::new("bash");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("THRONG_")) {
            shell.env_remove(name);
        }
        shell
            .env("PATH", path)
            .env("GITHUB_STEP_SUMMARY", self.path().join("job.md"))
            .env("GITHUB_SHA", "1234")
            .env("CI_COMMIT_SHA", "1234");
        let script = script.replace("8080", &self.port);
        Ok(shell.current_dir(self.path()).args(["-e", "-o", "pipefail", "-c", &script]).output()?)
    }

    /// Runs a step that must end with one of these codes.
    fn step(&self, script: &str, codes: &[i32]) -> Result<String> {
        let Output { status, stdout, stderr } = self.shell(script)?;
        let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        ensure!(status.code().is_some_and(|code| codes.contains(&code)), "{script}\nended with {status}:\n{said}");
        ensure!(!said.contains('\u{1b}'), "{script}\nwrites escape codes:\n{said}");
        Ok(said)
    }

    fn read(&self, name: &str) -> Result<String> {
        std::fs::read_to_string(self.path().join(name)).with_context(|| format!("no `{name}`"))
    }

    /// What the load of either workflow leaves behind.
    fn check_reports(&self) -> Result<()> {
        let xml = self.read("report.xml")?;
        ensure!(xml.contains("<testsuite name=\"smoke\"") && xml.contains("name=\"tag.commit\" value=\"1234\""), "{xml}");
        ensure!(self.read("report.html")?.contains("<svg"), "no chart in the page");
        let json: serde_json::Value = serde_json::from_str(&self.read("report.json")?)?;
        let started = json.pointer("/scenarios/0/minions/started");
        ensure!(started == Some(&50.into()), "the preset's minions are not there: {started:?}");
        Ok(())
    }
}

/// Stops the target with the workflow's own step, also when a step before it failed, as `if: always()` does.
fn finally<T>(checkout: &Checkout, stop: &str, result: Result<T>) -> Result<T> {
    let stopped = checkout.step(stop, &[0]);
    let value = result?;
    stopped?;
    Ok(value)
}

#[test]
fn the_github_workflow_works_as_written() -> Result<()> {
    let workflow = yaml(block("yaml", "runs-on")?)?;
    let steps = workflow["jobs"]["load"]["steps"].as_vec().context("no steps")?;
    let run = |name: &str| {
        let step = steps.iter().find(|step| step["name"].as_str() == Some(name)).with_context(|| format!("no step `{name}`"))?;
        step["run"].as_str().with_context(|| format!("`{name}` runs nothing"))
    };
    let known = [
        "Install throng",
        "Start the system under test",
        "Load",
        "Compare with main",
        "Keep the report of main",
        "Stop the system under test",
    ];
    let runs: Vec<_> = steps.iter().filter(|step| !step["run"].is_badvalue()).filter_map(|step| step["name"].as_str()).collect();
    ensure!(runs == known, "steps that this test does not run: {runs:?}");
    for uses in steps.iter().filter_map(|step| step["uses"].as_str()) {
        ensure!(uses.starts_with("actions/") && uses.contains("@v"), "{uses}");
    }
    let upload = steps.last().context("no steps")?;
    ensure!(upload["if"].as_str() == Some("always()"), "what failed must leave its report: {upload:?}");
    let uploaded: Vec<_> = upload["with"]["path"].as_str().context("nothing is uploaded")?.lines().collect();

    let checkout = Checkout::new()?;
    checkout.step(run("Install throng")?, &[0])?;
    checkout.step(run("Start the system under test")?, &[0])?;
    let load = || {
        // On main: there is nothing to compare with, then there is.
        let said = checkout.step(run("Load")?, &GOOD_OR_VOID)?;
        checkout.check_reports().with_context(|| said)?;
        checkout.step(run("Compare with main")?, &[0])?;
        ensure!(checkout.read("job.md")?.matches("\n## ").count() == 0, "there was nothing to compare with");
        checkout.step(run("Keep the report of main")?, &[0])?;
        // In a pull request; how the times of two runs compare is the machine's affair.
        checkout.step(run("Compare with main")?, &[0, 1])?;
        let summary = checkout.read("job.md")?;
        ensure!(summary.contains("smoke") && summary.ends_with(&checkout.read("comparison.md")?), "{summary}");
        for file in &uploaded {
            checkout.read(file)?;
        }
        Ok(())
    };
    finally(&checkout, run("Stop the system under test")?, load())
}

#[test]
fn a_load_that_fails_fails_its_step_and_leaves_its_reports() -> Result<()> {
    let workflow = yaml(block("yaml", "runs-on")?)?;
    let steps = workflow["jobs"]["load"]["steps"].as_vec().context("no steps")?;
    let load = steps.iter().find(|step| step["name"].as_str() == Some("Load")).and_then(|step| step["run"].as_str()).context("no load")?;
    let checkout = Checkout::new()?;
    // Nobody listens.
    checkout.step(load, &[1])?;
    ensure!(checkout.read("report.xml")?.contains("<failure"), "JUnit shows no failure");
    ensure!(checkout.read("job.md")?.contains("✗ failed"), "{}", checkout.read("job.md")?);
    Ok(())
}

#[test]
fn the_gitlab_job_works_as_written() -> Result<()> {
    let document = yaml(block("yaml", "before_script")?)?;
    let job = &document["load"];
    let lines = |key: &str| -> Result<String> {
        let lines = job[key].as_vec().with_context(|| format!("no `{key}`"))?;
        Ok(lines.iter().filter_map(Yaml::as_str).collect::<Vec<_>>().join("\n"))
    };
    ensure!(job["retry"]["exit_codes"][0].as_i64() == Some(4) && job["artifacts"]["when"].as_str() == Some("always"), "{job:?}");
    let checkout = Checkout::new()?;
    let load = || {
        // Both are one script to the runner.
        let said = checkout.step(&format!("{}\n{}", lines("before_script")?, lines("script")?), &GOOD_OR_VOID)?;
        checkout.check_reports().with_context(|| said)?;
        let artifacts = &job["artifacts"];
        let paths = artifacts["paths"].as_vec().context("no paths")?.iter().chain([&artifacts["reports"]["junit"]]);
        paths.filter_map(Yaml::as_str).try_for_each(|path| checkout.read(path).map(drop))
    };
    finally(&checkout, &lines("after_script")?, load())
}
