//! The same scenario in every language: made by `throng new`, built by `throng build`, with the same verdict and the same counts.

#![allow(clippy::indexing_slicing, reason = "a JSON value that is indexed with what it has not is null")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{GOOD_OR_VOID, run_as};
use throng_e2e::errors::check_refused;
use throng_e2e::plugins::signatures;
use throng_kit::{Finished, Folder, TargetProcess, Throng, languages_folder, tempdir};

/// Compilers of whole interpreters take long on a busy machine.
const BUILD: Duration = Duration::from_secs(900);

/// How a busy machine may void a run that fails; what was counted is right all the same.
const FAILED_OR_VOID: [i32; 2] = [1, 4];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A call that finds the languages' compilers.
fn throng(languages: &Path) -> Result<Throng> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([languages.join(".venv/bin")].into_iter().chain(std::env::split_paths(&path)))?;
    // What the examples are built of is compiled already.
    let call = Throng::new().env("PATH", path).env("CARGO_TARGET_DIR", repository().join("guest-examples/target")).limit(BUILD);
    // Go takes the module that its bindings need from where it was put, and keeps what it compiles for the next test.
    let call = call.env("GOPROXY", format!("file://{}", languages.join("go-proxy").display())).env("GOSUMDB", "off");
    let call = call.env("GOCACHE", languages.join("go-cache")).env("GOMODCACHE", languages.join("go-modules"));
    Ok(call.env("GOFLAGS", "-modcacherw"))
}

/// A new project below the folder of the languages, removed when dropped.
struct Made {
    languages: PathBuf,
    project: PathBuf,
    _folder: Folder,
}

impl Made {
    fn new(language: &str) -> Result<Self> {
        let languages = languages_folder()?;
        let folder = Folder::inside(&languages)?;
        let project = folder.path().join("orders");
        let call = Throng::new().args(["new", "--lang", language]).arg(&project);
        let call = if language == "rust" { call.arg("--sdk").arg(repository().join("sdk-rust")) } else { call };
        call.run()?.ended_with(0)?;
        if language == "rust" {
            std::fs::copy(repository().join("guest-examples/Cargo.lock"), project.join("Cargo.lock"))?;
        }
        Ok(Self { languages, project, _folder: folder })
    }

    fn build(&self) -> Result<Finished> {
        throng(&self.languages)?.arg("build").arg(&self.project).run()
    }
}

/// What a hundred users bring, of whom every tenth is made to fail: in each language the same.
fn expected() -> Json {
    let good = |count: u64| json!({ "outcomes": outcomes(count, 0, 0), "attempts": count, "failures": {} });
    json!({
        "login": good(100),
        "order": good(100),
        "ordered": { "outcomes": outcomes(90, 10, 0), "attempts": 100, "failures": { "chosen-to-fail": 10 } },
        "receipt": { "outcomes": outcomes(90, 0, 10), "attempts": 90, "failures": {} },
    })
}

fn outcomes(success: u64, failure: u64, skipped: u64) -> Json {
    json!({ "success": success, "failure": failure, "skipped": skipped })
}

/// The counts that are not zero.
fn counted(counts: &Json) -> Json {
    let mut steps = counts["steps"].clone();
    for step in steps.as_object_mut().into_iter().flatten().map(|(_, step)| step) {
        if let Some(outcomes) = step["outcomes"].as_object_mut() {
            outcomes.retain(|name, count| *count != 0 || ["success", "failure", "skipped"].contains(&name.as_str()));
        }
    }
    steps
}

fn check_language(language: &str) -> Result<()> {
    let made = Made::new(language)?;
    let built = made.build()?.ended_with(0)?;
    ensure!(built.stdout == "orders: valid, 4 steps, 100 minions, regular(100ms, 10)\n", "{}", built.stdout);
    let target = TargetProcess::start::<&str>(&[])?;
    let server = format!("server={}", target.url());
    // A busy machine may hold a call up for longer than the usual limit.
    let options = ["-c", &server, "-c", "fail-every=10", "--profile", "immediate", "--limit", "call-time=10s", "--seed", "7"];
    // The folder itself: nothing is built again.
    let ran = run_as(throng(&made.languages)?, &[&made.project], &options)?.ended_with_any(&FAILED_OR_VOID)?;
    ensure!(!ran.finished.stderr.contains("building"), "{}", ran.finished.stderr);
    let reasons = ran.reasons("orders")?;
    ensure!(reasons.contains("failed: step `ordered` failed in 10 of 100 executions"), "{reasons}");
    let counts = ran.counts("orders")?;
    ensure!(counted(&counts) == expected(), "{counts:#}");
    let stats = target.stats()?;
    ensure!(stats["requests"] == 200 && stats["orders"]["accepted"] == 100, "the target has seen {stats}");
    Ok(())
}

#[test]
fn rust() -> Result<()> {
    check_language("rust")
}

#[test]
fn typescript() -> Result<()> {
    check_language("ts")
}

#[test]
fn javascript() -> Result<()> {
    check_language("js")
}

#[test]
fn python() -> Result<()> {
    check_language("python")
}

#[test]
fn c() -> Result<()> {
    check_language("c")
}

#[test]
fn go() -> Result<()> {
    check_language("go")
}

/// A scenario in Python whose webhooks are checked by a plugin, which is written in Rust; every tenth one was changed.
const SIGNED: &str = r#"
import hashlib
import hmac
import json

from wit_world.imports.calls import Context, Output, Output_One
from wit_world.imports.values import Input, Value_Json


def webhook(cx: Context) -> Output:
    signed = hmac.new(b"webhook-key", f"order o-{cx.minion} paid".encode(), hashlib.sha256)
    payload = "order o-0 paid" if cx.minion % 10 == 9 else f"order o-{cx.minion} paid"
    return Output_One(Value_Json(json.dumps({"payload": payload, "signature": "sha256=" + signed.hexdigest()})))


class Definition:
    def describe(self) -> str:
        return json.dumps({
            "throng": "0.1",
            "callbacks": [{"name": "webhook", "use": "map"}],
            "scenarios": [{
                "name": "webhooks",
                "minions": 50,
                "steps": [
                    {"name": "received", "start": True, "returns": 1},
                    {"name": "webhook", "after": "received", "map": {"callback": 0}},
                    {"name": "signed", "after": "webhook",
                     "examples:signatures/hmac-sha256@1.0.0": {"key": "webhook-key", "prefix": "sha256="}},
                ],
            }],
        })


class Callbacks:
    def call(self, callback: int, context: Context, input: Input) -> Output:
        return webhook(context)
"#;

#[test]
fn a_python_scenario_uses_a_step_plugin() -> Result<()> {
    let made = Made::new("python")?;
    std::fs::write(made.project.join("main.py"), SIGNED)?;
    check_refused(made.build()?, &["examples:signatures/hmac-sha256@1.0.0", "--plugin FILE"])?;
    let plugin = signatures()?;
    let options = ["--plugin", &plugin];
    let built = throng(&made.languages)?.arg("build").arg(&made.project).args(options).run()?.ended_with(0)?;
    ensure!(built.stdout.starts_with("webhooks: valid, 3 steps, 50 minions"), "{}", built.stdout);
    let options = ["--plugin", &plugin, "--profile", "immediate", "--limit", "call-time=10s", "--workers", "2"];
    let ran = run_as(throng(&made.languages)?, &[&made.project], &options)?.ended_with_any(&FAILED_OR_VOID)?;
    let counts = ran.counts("webhooks")?;
    let signed = &counts["steps"]["signed"];
    ensure!(signed["outcomes"]["success"] == 45 && signed["failures"]["bad-signature"] == 5, "{counts} {}", ran.finished.stderr);
    Ok(())
}

#[test]
fn folders_of_projects_are_checked_planned_and_shown() -> Result<()> {
    let made = Made::new("c")?;
    let call = |command: &str| throng(&made.languages).map(|call| call.arg(command).arg(&made.project));
    let validated = call("validate")?.run()?.ended_with(0)?;
    ensure!(validated.stderr.contains("building `") && validated.stdout.starts_with("orders: valid, 4 steps"), "{validated:?}");
    let planned = call("plan")?.run()?.ended_with(0)?;
    ensure!(!planned.stderr.contains("building `") && planned.stdout.contains("orders"), "{planned:?}");
    let shown = call("inspect")?.args(["--format", "mermaid"]).run()?.ended_with(0)?;
    ensure!(shown.stdout.contains("receipt"), "{}", shown.stdout);
    Ok(())
}

#[test]
fn types_of_a_typescript_project_hold() -> Result<()> {
    let made = Made::new("ts")?;
    let compiler = made.languages.join("node_modules/.bin/tsc");
    let output = std::process::Command::new(&compiler).current_dir(&made.project).output().context("`tsc` does not start")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    // A key that the document does not have is seen by the types.
    let main = made.project.join("main.ts");
    let text = std::fs::read_to_string(&main)?;
    std::fs::write(&main, text.replace("verify: {", "verfy: {"))?;
    let output = std::process::Command::new(&compiler).current_dir(&made.project).output()?;
    ensure!(!output.status.success(), "a misspelt key is no error");
    ensure!(String::from_utf8_lossy(&output.stdout).contains("verfy"), "{}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

#[test]
fn types_of_a_python_project_can_be_imported() -> Result<()> {
    let made = Made::new("python")?;
    let script =
        "import throng_document as t; assert 'steps' in t.Scenario.__required_keys__; assert 'http-with' in t.Step.__optional_keys__";
    let python = made.languages.join(".venv/bin/python3");
    let output = std::process::Command::new(python).args(["-c", script]).current_dir(&made.project).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[test]
fn what_does_not_compile_shows_the_compilers_words() -> Result<()> {
    let made = Made::new("c")?;
    std::fs::write(made.project.join("more.c"), "int more(void) { return nothing_of_that_name; }\n")?;
    check_refused(made.build()?, &[" cc -target wasm32-wasi", "failed in", "nothing_of_that_name"])?;
    ensure!(!made.project.join("orders.wasm").exists(), "a component was written");
    Ok(())
}

#[test]
fn a_project_brings_its_presets_and_is_built_when_its_source_is_newer() -> Result<()> {
    let made = Made::new("c")?;
    let target = TargetProcess::start::<&str>(&[])?;
    let server = format!("server={}", target.url());
    let options = ["--preset", "smoke", "-c", &server, "--limit", "call-time=10s"];
    // From inside, as its README would say it: `throng run . --preset smoke`.
    let call = throng(&made.languages)?.folder(&made.project);
    let ran = run_as(call, &["."], &options)?.ended_with_any(&GOOD_OR_VOID)?;
    ensure!(ran.finished.stderr.contains("building `orders.wasm` from C"), "{}", ran.finished.stderr);
    // Five minions, as the preset in the project's own `throng.toml` says.
    ensure!(ran.outcomes("orders", "receipt", "success")? == 5, "{}", ran.counts("orders")?);
    Ok(())
}

#[test]
fn what_is_missing_is_told_with_what_installs_it() -> Result<()> {
    // Outside of the folder of the languages, with nothing on the search path.
    let folder = tempdir()?;
    let missing =
        [("js", "`esbuild` is missing"), ("python", "`componentize-py` is missing"), ("c", "`zig` is missing"), ("go", "`go` is missing")];
    for (language, what) in missing {
        let project = folder.path().join(language);
        Throng::new().args(["new", "--lang", language]).arg(&project).run()?.ended_with(0)?;
        let finished = Throng::new().env("PATH", "").arg("build").arg(&project).run()?;
        check_refused(finished, &[what, "`throng build --setup`"])?;
    }
    Ok(())
}

#[test]
fn set_up_installs_what_the_projects_own_list_says() -> Result<()> {
    let folder = tempdir()?;
    let project = folder.path().join("shop");
    Throng::new().args(["new", "--lang", "python"]).arg(&project).run()?.ended_with(0)?;
    // What nobody has needs no network, and is refused in the words of the package manager.
    std::fs::write(project.join("requirements.txt"), "./nowhere\n")?;
    let finished = Throng::new().args(["build", "--setup"]).arg(&project).limit(BUILD).run()?;
    check_refused(finished, &["installing what Python needs into", "pip install --quiet -r requirements.txt` failed in", "nowhere"])?;
    ensure!(project.join(".venv/bin/pip").is_file(), "there is no virtual environment");
    Ok(())
}

#[test]
fn what_is_no_project_is_refused() -> Result<()> {
    let folder = tempdir()?;
    for command in ["build", "run", "validate", "plan", "inspect"] {
        check_refused(Throng::new().arg(command).arg(folder.path()).run()?, &["is no project", "`main.py`", "throng new"])?;
    }
    check_refused(Throng::new().args(["new", "My-Shop", "--lang", "c"]).run()?, &["`My-Shop` is no name", "small letters"])?;
    check_refused(Throng::new().args(["new", "shop", "--lang", "rust"]).folder(folder.path()).run()?, &["--sdk FOLDER"])?;
    check_refused(Throng::new().args(["new", "shop", "--lang", "cobol"]).run()?, &["cobol", "python"])
}
