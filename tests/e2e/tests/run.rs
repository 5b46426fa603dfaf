//! `throng run` with plain documents: they reach the declared targets, and nothing else.

use anyhow::{Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::run_document;
use throng_e2e::documents::{document, get, idle};
use throng_e2e::errors::check_refused;
use throng_kit::{Finished, TargetProcess, Throng, free_port, tempdir};

/// Ten minions get a path and check the answer.
fn checked(target: &TargetProcess, path: &str) -> Json {
    let steps = json!([
        { "name": "get", "start": true, "http": { "url": target.url(), "request": { "path": path } } },
        { "name": "right", "after": "get", "assert": { "rules": ["status == 200", "body contains \"throng\"", "time-to-last-byte < 1h"] } }
    ]);
    document(&[target.url()], &json!({ "minions": 10 }), &steps)
}

fn run(document: &Json) -> Result<Finished> {
    let folder = tempdir()?;
    let file = folder.file("scenario.json", document.to_string())?;
    Throng::new().arg("run").arg(file).run()
}

#[test]
fn every_minion_visits_once() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    run(&get(target.url(), "/items", &[target.url()], 20))?.ended_with(0)?;
    let stats = target.stats()?;
    ensure!(stats["requests"] == 20, "the target has seen {stats}");
    Ok(())
}

#[test]
fn a_target_that_is_not_declared_is_refused() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let authority = target.url().trim_start_matches("http://");
    for declared in [vec![], vec!["http://127.0.0.1:1"], vec!["https://shop.example"]] {
        check_refused(run(&get(target.url(), "/", &declared, 1))?, &["targets", authority])?;
    }
    let stats = target.stats()?;
    ensure!(stats["requests"] == 0, "something was sent: {stats}");
    Ok(())
}

#[test]
fn the_default_of_a_plugin_is_refused_as_well() -> Result<()> {
    let settings = json!({ "defaults": { "http": { "url": "http://127.0.0.1:1" } } });
    let steps = json!([{ "name": "get", "start": true, "http": { "request": { "path": "/" } } }]);
    check_refused(run(&document(&[], &settings, &steps))?, &["targets", "127.0.0.1:1"])
}

#[test]
fn nobody_there_is_a_failure() -> Result<()> {
    let url = format!("http://127.0.0.1:{}", free_port()?);
    run(&get(&url, "/", &[&url], 3))?.ended_with(1)?;
    Ok(())
}

#[test]
fn answers_that_are_right_are_a_success() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let ran = run_document(&checked(&target, "/"), &[])?.ended_with_any(&[0])?;
    ensure!(ran.outcomes("visit", "right", "success")? == 10 && ran.report["verdict"] == "successful", "{}", ran.counts("visit")?);
    let [summary, told] = [&ran.finished.stdout, &ran.finished.stderr];
    ensure!(summary.starts_with("✓ successful"), "{summary}");
    ensure!(told.contains("visit: 10 minions, immediate") && told.contains(&format!("granted: {};", target.url())), "{told}");
    Ok(())
}

#[test]
fn answers_that_are_wrong_are_a_failure_with_its_step() -> Result<()> {
    let failing = TargetProcess::start(&["--error-share", "100%"])?;
    let healthy = TargetProcess::start::<&str>(&[])?;
    for document in [checked(&failing, "/"), checked(&healthy, "/status/500")] {
        let ran = run_document(&document, &[])?.ended_with_any(&[1])?;
        ensure!(
            ran.outcomes("visit", "get", "success")? == 10 && ran.outcomes("visit", "right", "failure")? == 10,
            "{}",
            ran.counts("visit")?
        );
        ensure!(ran.reasons("visit")? == "failed: step `right` failed in 10 of 10 executions: 10 failures\n", "{}", ran.reasons("visit")?);
        let summary = &ran.finished.stdout;
        ensure!(
            summary.starts_with("✗ failed") && summary.contains("step `right` failed in 10 of 10") && summary.contains("500"),
            "{summary}"
        );
    }
    Ok(())
}

#[test]
fn what_is_tolerated_is_no_failure() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let mut document = checked(&target, "/status/500");
    document["scenarios"][0]["steps"][1]["tolerate"] = true.into();
    let ran = run_document(&document, &[])?.ended_with_any(&[0])?;
    ensure!(ran.outcomes("visit", "right", "failure")? == 10, "{}", ran.counts("visit")?);
    Ok(())
}

#[test]
fn a_timeout_stops_softly_and_a_hard_one_aborts() -> Result<()> {
    let endless = idle(1_000_000, "regular(50ms, 1)");
    let soft = run_document(&endless, &["--timeout", "300ms"])?.ended_with_any(&[0, 4])?;
    ensure!(soft.report["campaign"]["end"]["kind"] == "soft-stopped", "{}", soft.report["campaign"]);
    let hard = run_document(&endless, &["--hard-timeout", "300ms"])?.ended_with_any(&[3, 4])?;
    ensure!(hard.report["campaign"]["end"]["kind"] == "aborted", "{}", hard.report["campaign"]);
    Ok(())
}

#[test]
fn the_key_and_the_seed_are_in_the_report_and_the_summary_can_be_left_out() -> Result<()> {
    let ran = run_document(&idle(3, "immediate"), &["--key", "mine", "--seed", "12", "--summary", "off", "--live", "off"])?
        .ended_with_any(&[0])?;
    let campaign = &ran.report["campaign"];
    ensure!(campaign["key"] == "mine" && campaign["seed"] == 12, "{campaign}");
    ensure!(ran.finished.stdout.is_empty(), "{}", ran.finished.stdout);
    Ok(())
}

#[test]
fn a_report_that_has_no_place_is_refused_before_anything_runs() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let folder = tempdir()?;
    let file = folder.file("scenario.json", checked(&target, "/").to_string())?;
    let call = |report: &str| Throng::new().arg("run").arg(&file).args(["--report", report]).folder(folder.path()).run();
    check_refused(call("json=nowhere/report.json")?, &["nowhere/report.json", "folder"])?;
    check_refused(call(&format!("json={}", folder.path().display()))?, &["is a folder"])?;
    check_refused(call("yaml=report.yaml")?, &["`yaml`", "json"])?;
    ensure!(target.stats()?["requests"] == 0, "something was sent: {}", target.stats()?);
    Ok(())
}
