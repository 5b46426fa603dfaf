//! What happened behind the answer: orders joined with the shop's shipments, as a component and as a plain document.

use anyhow::{Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{GOOD_OR_VOID, Ran, run};
use throng_kit::{TargetProcess, example, tempdir};

/// Sixty orders, and what became of them.
fn ordered(knobs: &[&str]) -> Result<(Ran, Json)> {
    let target = TargetProcess::start(knobs)?;
    let shop = format!("shop={}", target.url());
    let ran = run(&[example("shipped-orders")?], &["-c", &shop, "-m", "60", "--profile", "immediate", "--workers", "2"])?;
    let stats = target.stats()?;
    Ok((ran, stats))
}

fn join(ran: &Ran, scenario: &str, step: &str) -> Result<Json> {
    let steps = ran.scenario(scenario)?.get("steps").and_then(Json::as_array).cloned().unwrap_or_default();
    let found = steps.into_iter().find(|one| one.get("name").is_some_and(|name| name == step));
    Ok(found.and_then(|step| step.get("join").cloned()).unwrap_or_default())
}

#[test]
fn every_order_is_shipped() -> Result<()> {
    let (ran, _) = ordered(&["--ship-delay", "50ms"])?;
    let ran = ran.ended_with_any(&[0])?;
    let join = join(&ran, "shipped-orders", "shipped")?;
    ensure!(join["matched"] == 60 && join["missing"] == 0 && join["used"] == 60 && join["orphan"] == 0, "{join}");
    ensure!(join["time_to_outcome"]["count"] == 60, "{join}");
    ensure!(ran.finished.stdout.contains("Joins"), "{}", ran.finished.stdout);
    Ok(())
}

#[test]
fn lost_orders_fail_with_step_count_and_example() -> Result<()> {
    let (ran, stats) = ordered(&["--ship-delay", "50ms", "--lose", "20%"])?;
    let ran = ran.ended_with_any(&[1])?;
    let join = join(&ran, "shipped-orders", "shipped")?;
    let missing = join["missing"].as_u64().unwrap_or_default();
    ensure!(missing > 0 && join["matched"].as_u64() == Some(60 - missing), "{join}; the target counts {stats}");
    let reasons = ran.reasons("shipped-orders")?;
    ensure!(reasons.contains("missing(step:shipped) == 0") && reasons.contains(&missing.to_string()), "{reasons}");
    let summary = &ran.finished.stdout;
    ensure!(summary.contains("nothing came from") && summary.contains("for the key `order-"), "{summary}");
    Ok(())
}

#[test]
fn doubled_shipments_are_told_apart() -> Result<()> {
    let (ran, _) = ordered(&["--ship-delay", "50ms", "--double", "100%"])?;
    let ran = ran.ended_with_any(&[1])?;
    ensure!(ran.reasons("shipped-orders")?.contains("duplicate(step:shipped) == 0"), "{}", ran.reasons("shipped-orders")?);
    let join = join(&ran, "shipped-orders", "shipped")?;
    ensure!(join["matched"] == 60 && join["duplicate"] == 60 && join["orphan"] == 0, "{join}");
    Ok(())
}

#[test]
fn a_plain_document_joins_too_and_takes_its_users_from_a_file() -> Result<()> {
    let target = TargetProcess::start(&["--ship-delay", "50ms"])?;
    let folder = tempdir()?;
    folder.file("users.csv", "name,age\nann,30\nbob,40\ncyd,50\n")?;
    let post = |path: &str| json!({ "request": { "method": "POST", "path": path, "json": { "user": "ann" } } });
    let document = json!({ "throng": "0.1", "targets": [target.url()], "scenarios": [{
        "name": "orders", "minions": 12,
        "defaults": { "http": { "url": target.url() } },
        "steps": [
            { "name": "user", "start": true, "csv": { "file": "users.csv", "columns": [{ "name": "age", "type": "integer" }] }, "topic": { "mode": "loop" } },
            { "name": "adult", "after": "user", "assert": { "rules": ["json:/age >= 18", "json:/name != null"] } },
            { "name": "login", "after": "adult", "http": post("/login") },
            { "name": "token", "after": "login", "assert": { "rules": ["status == 200"] } },
            { "name": "shipments", "http-poll": { "path": "/shipments", "every": "50ms", "cursor": { "query": "after", "json": "/-1/sequence", "initial": "0" } } },
            { "name": "shipment", "after": "shipments", "flatten": {} }
        ]
    }]});
    let file = folder.file("orders.json", document.to_string())?;
    let ran = run(&[file], &["--workers", "2"])?.ended_with_any(&GOOD_OR_VOID)?;
    for step in ["user", "adult", "login", "token"] {
        ensure!(ran.outcomes("orders", step, "success")? == 12, "{}", ran.counts("orders")?);
    }
    ensure!(ran.outcomes("orders", "shipments", "success")? >= 1, "{}", ran.counts("orders")?);
    Ok(())
}

#[test]
fn a_bad_record_is_an_error_with_its_place_and_not_the_end() -> Result<()> {
    let folder = tempdir()?;
    folder.file("users.csv", "name,age\nann,30\nbob\ncyd,50\n")?;
    let steps = json!([
        { "name": "user", "start": true, "csv": { "file": "users.csv" }, "topic": { "at-end": "fail" } },
        { "name": "known", "after": "user", "pipe": {} }
    ]);
    let document = json!({ "throng": "0.1", "scenarios": [{ "name": "orders", "minions": 2, "steps": steps }] });
    let ran = run(&[folder.file("orders.json", document.to_string())?], &[])?.ended_with_any(&[1])?;
    ensure!(ran.outcomes("orders", "known", "success")? == 2, "{}", ran.counts("orders")?);
    ensure!(ran.outcomes("orders", "user", "error")? == 1, "{}", ran.counts("orders")?);
    let failure = &ran.scenario("orders")?["steps"][0]["failures"][0];
    ensure!(
        failure["code"] == "bad-record" && failure["message"].as_str().is_some_and(|text| text.starts_with("users.csv:3: ")),
        "{failure}"
    );
    Ok(())
}

#[test]
fn a_file_that_is_not_there_is_said_before_the_load() -> Result<()> {
    let folder = tempdir()?;
    let steps = json!([{ "name": "user", "start": true, "csv": { "file": "users.csv" } }]);
    let document = json!({ "throng": "0.1", "scenarios": [{ "name": "orders", "steps": steps }] });
    let file = folder.file("orders.json", document.to_string())?;
    let finished = throng_kit::Throng::new().arg("run").arg(file).run()?;
    ensure!(
        !finished.status.success() && finished.stderr.contains("users.csv") && finished.stderr.contains("`user`"),
        "{}",
        finished.stderr
    );
    Ok(())
}
