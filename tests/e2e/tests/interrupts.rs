//! Control-C, and being told to terminate: once no new starts, twice everything is cancelled. The figures are kept in both cases.

use anyhow::{Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::documents::document;
use throng_kit::{Finished, Started, TargetProcess, Throng, tempdir};

/// How a campaign is asked to end.
type Ask = fn(&Started) -> Result<()>;

/// Runs a document and asks it to end as soon as the target has seen so many requests, once or more often.
fn interrupted(target: &TargetProcess, document: &Json, requests: u64, asks: &[Ask]) -> Result<(Finished, Json)> {
    let folder = tempdir()?;
    let (file, report) = (folder.file("scenario.json", document.to_string())?, folder.path().join("report.json"));
    let call = Throng::new().arg("run").arg(file).args(["--start-offset", "10ms"]);
    let mut started: Started = call.arg("--report").arg(format!("json={}", report.display())).start()?;
    started.error_text("granted: ")?;
    // The kit's own limit ends a campaign that sends nothing, and with it the target's patience is never tried.
    let seen = || Ok::<_, anyhow::Error>(target.stats()?.get("requests").and_then(Json::as_u64));
    while seen()? < Some(requests) {}
    for ask in asks {
        ask(&started)?;
        started.error_text("stopping: ")?;
    }
    let finished = started.finish()?;
    let report = serde_json::from_str(&std::fs::read_to_string(report)?)?;
    Ok((finished, report))
}

#[test]
fn once_lets_running_minions_end() -> Result<()> {
    check_soft_stop(Started::interrupt)
}

/// A build server that gives up asks this way, and gets its report all the same.
#[test]
fn being_told_to_terminate_is_an_interrupt() -> Result<()> {
    check_soft_stop(Started::terminate)
}

fn check_soft_stop(ask: Ask) -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let steps = json!([{ "name": "get", "start": true, "http": { "url": target.url(), "request": { "path": "/" } } }]);
    // Far more than anybody waits for.
    let document = document(&[target.url()], &json!({ "minions": 1_000_000, "profile": "regular(50ms, 1)" }), &steps);
    let (finished, report) = interrupted(&target, &document, 5, &[ask])?;
    let finished = finished.ended_with_any(&[0, 4])?;
    let at = |pointer: &str| report.pointer(pointer).cloned().unwrap_or_default();
    ensure!(at("/campaign/end/kind") == "soft-stopped" && finished.stdout.contains("stopped softly"), "{}", finished.stdout);
    let [started, completed, cancelled] = ["started", "completed", "cancelled"].map(|count| at(&format!("/scenarios/0/minions/{count}")));
    let in_between = started.as_u64().is_some_and(|started| (5..1_000_000).contains(&started));
    ensure!(in_between && completed == started && cancelled == 0, "{started} {completed} {cancelled}");
    let requests = target.stats()?.get("requests").cloned().unwrap_or_default();
    ensure!(requests == started, "{started} minions started, the target has seen {requests} requests");
    Ok(())
}

#[test]
fn twice_cancels_everything() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let steps = json!([
        { "name": "get", "start": true, "http": { "url": target.url(), "request": { "path": "/" } } },
        { "name": "again", "after": "get", "http-with": { "connection": "get", "request": { "path": "/" } } },
        { "name": "sleep", "after": "again", "delay": "1h" }
    ]);
    let document = document(&[target.url()], &json!({ "minions": 5 }), &steps);
    let (finished, report) = interrupted(&target, &document, 10, &[Started::interrupt, Started::terminate])?;
    let finished = finished.ended_with_any(&[3])?;
    ensure!(finished.stdout.starts_with("✗ aborted"), "{}", finished.stdout);
    ensure!(report["verdict"] == "aborted" && report["campaign"]["end"]["kind"] == "aborted", "{}", report["campaign"]);
    let scenario = &report["scenarios"][0];
    ensure!(scenario["minions"]["cancelled"] == 5 && scenario["minions"]["completed"] == 0, "{}", scenario["minions"]);
    // Who has sent the second request has got the first answer.
    ensure!(scenario["steps"][0]["outcomes"]["success"] == 5, "what was counted is lost: {}", scenario["steps"]);
    Ok(())
}
