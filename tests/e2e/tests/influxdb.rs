//! The exporter `influxdb`: what a campaign records is there when the server is asked, and what goes wrong is told in the server's words.

#![allow(clippy::indexing_slicing, reason = "a JSON value that is indexed with what it has not is null")]

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{Ran, run_as};
use throng_e2e::documents::document;
use throng_e2e::errors::check_refused;
use throng_kit::{Folder, HttpRecorder, InfluxServer, Throng, free_port, tempdir};

/// Longer than any wait here takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Twenty minions within two seconds, each of which fails in its second step.
fn exporting(influxdb: &Json, more: &[(&str, Json)]) -> Result<Folder> {
    let folder = tempdir()?;
    let steps = json!([
        { "name": "once", "start": true, "returns": 7, "tags": { "tier": "gold, \"old\"" } },
        { "name": "wrong", "after": "once", "assert": { "rules": ["status == 200"] } }
    ]);
    folder.file("s.json", document(&[], &json!({ "minions": 20, "profile": "regular(100ms, 1)" }), &steps).to_string())?;
    let mut exporter = json!({ "influxdb": influxdb, "period": "500ms", "linger": "50ms" });
    for (name, value) in more {
        exporter[name] = value.clone();
    }
    folder.file("campaign.json", json!({ "throng": "0.1", "key": "mine", "files": ["s.json"], "exporters": [exporter] }).to_string())?;
    Ok(folder)
}

fn database(server: &InfluxServer) -> Json {
    json!({ "url": server.url(), "database": "load", "user": "ann", "password-variable": "MEASURES" })
}

fn export(folder: &Folder) -> Result<Ran> {
    run_as(Throng::new().env("MEASURES", "correct-horse"), &[folder.path().join("campaign.json")], &[])
}

fn exporter(ran: &Ran) -> Result<&Json> {
    ran.report.pointer("/campaign/exporters/0").context("an exporter")
}

/// How many points there are in all.
fn points(server: &InfluxServer) -> Result<f64> {
    let counts = server.ask("select count(at) from /.*/")?;
    Ok(counts.iter().filter_map(|series| series.pointer("/values/0/1")?.as_f64()).sum())
}

#[test]
fn meters_and_events_become_points() -> Result<()> {
    let server = InfluxServer::start()?;
    let mut options = database(&server);
    options["precision"] = json!("ms");
    options["tags"] = json!({ "team": "shop" });
    options["gzip"] = json!(true);
    let ran = export(&exporting(&options, &[])?)?.ended_with_any(&[1, 4])?;
    let told = exporter(&ran)?;
    ensure!(told["dropped"] == 0 && told["failures"] == 0 && told["name"] == format!("influxdb {}/load", server.url()), "{told}");
    ensure!(told["written"].as_f64() == Some(points(&server)?), "{} points, and {told}", points(&server)?);
    let of_once = "from throng_executions where step = 'once' and campaign = 'mine' and team = 'shop' and tier = 'gold, \"old\"'";
    ensure!(server.value(&format!("select sum(success) {of_once} and scope = 'period'"))? == Some(20.0));
    ensure!(server.value(&format!("select sum(success) {of_once} and scope = 'campaign'"))? == Some(20.0));
    let p95 = ran.report.pointer("/scenarios/0/steps/0/times/response/p95/value").and_then(Json::as_f64);
    ensure!(server.value("select p95 from throng_response where step = 'once' and scope = 'campaign'")? == p95, "{p95:?}");
    let failed = "from throng_events where event = 'assertion-failed' and step = 'wrong' and level = 'error'";
    ensure!(server.value(&format!("select count(message) {failed}"))? == Some(20.0));
    ensure!(server.value(&format!("select count(distinct(minion)) {failed}"))? == Some(20.0));
    // Whole milliseconds, of meters alone.
    let times = server.ask("select at from throng_executions")?;
    let times: Vec<_> = times.iter().filter_map(|series| series["values"].as_array()).flatten().filter_map(|row| row[0].as_str()).collect();
    ensure!(!times.is_empty() && times.iter().all(|time| time.len() <= "2026-11-22T10:00:00.123Z".len()), "{times:?}");
    Ok(())
}

/// The load runs to its end without the server, and what could not be written is counted, with the reason.
#[test]
fn a_server_that_goes_away_slows_no_load() -> Result<()> {
    let mut server = InfluxServer::start()?;
    let folder = exporting(&database(&server), &[("queue", json!(30))])?;
    let ran = std::thread::scope(|scope| {
        let run = scope.spawn(|| export(&folder));
        // The database is made when the exporter is opened.
        while !run.is_finished() && points(&server).unwrap_or_default() < 1.0 {}
        server.kill();
        run.join().map_err(|_| anyhow::anyhow!("the run panicked"))?
    })?;
    let ran = ran.ended_with_any(&[1, 4])?;
    ensure!(ran.outcomes("visit", "once", "success")? == 20, "{}", ran.counts("visit")?);
    let told = exporter(&ran)?;
    ensure!(told["dropped"].as_u64().is_some_and(|dropped| dropped > 0), "{told}");
    ensure!(told["last_error"].as_str().is_some_and(|error| error.contains("refuses connections")), "{told}");
    ensure!(ran.report["reasons"].to_string().contains("the exporter `influxdb http://"), "a warning: {}", ran.report["reasons"]);
    Ok(())
}

/// It is killed and comes back: each point is there.
#[test]
#[allow(clippy::disallowed_methods, reason = "the time of a real server")]
fn a_server_that_comes_back_misses_nothing() -> Result<()> {
    let mut server = InfluxServer::start()?;
    let folder = exporting(&database(&server), &[])?;
    let ran = std::thread::scope(|scope| {
        let run = scope.spawn(|| export(&folder));
        let begun = Instant::now();
        while points(&server).unwrap_or_default() < 1.0 {
            ensure!(begun.elapsed() < LIMIT && !run.is_finished(), "nothing is written");
        }
        server.kill();
        server.resume()?;
        run.join().map_err(|_| anyhow::anyhow!("the run panicked"))?
    })?;
    let ran = ran.ended_with_any(&[1, 4])?;
    let told = exporter(&ran)?;
    ensure!(told["dropped"] == 0 && told["written"].as_f64() == Some(points(&server)?), "{} points, and {told}", points(&server)?);
    Ok(())
}

/// A field that has another type already: those points are lost and counted, the others are written.
#[test]
fn what_the_server_refuses_is_told_in_its_words() -> Result<()> {
    let server = InfluxServer::start()?;
    server.ask("create database load")?;
    server.write("throng_minions due=\"many\"")?;
    let ran = export(&exporting(&database(&server), &[("records", json!("meters"))])?)?.ended_with_any(&[1, 4])?;
    let told = exporter(&ran)?;
    let (written, dropped) = (told["written"].as_u64().context("a count")?, told["dropped"].as_u64().context("a count")?);
    let refused =
        "field type conflict: input field \\\"due\\\" on measurement \\\"throng_minions\\\" is type float, already exists as type string";
    ensure!(told["last_error"].to_string().contains(refused), "{told}");
    // A meter for each period and one for the campaign are refused, of those of their batches.
    let others: f64 = points(&server)?;
    ensure!(dropped > 0 && written as f64 == others, "{others} points, and {told}");
    Ok(())
}

#[test]
fn who_may_not_write_is_refused_before_the_load() -> Result<()> {
    let server = InfluxServer::start()?;
    let refused = |options: &Json, parts: &[&str]| -> Result<()> {
        let file = exporting(options, &[])?;
        check_refused(Throng::new().env("MEASURES", "battery-staple").arg("run").arg(file.path().join("campaign.json")).run()?, parts)
    };
    server.ask("create database load")?;
    refused(&database(&server), &["/load cannot be written to: authorization failed; check `user` and `password`"])?;
    let mut unset = database(&server);
    unset["password-variable"] = json!("NO_SUCH_VARIABLE");
    refused(&unset, &["there is no environment variable `NO_SUCH_VARIABLE`", "`password-variable`"])?;
    let absent = json!({ "url": server.url(), "database": "absent", "user": "ann", "password": "correct-horse", "create-database": false });
    refused(&absent, &["database not found: \"absent\"", "check `database`"])?;
    let policy = json!({ "url": server.url(), "database": "load", "user": "ann", "password": "correct-horse", "retention-policy": "no" });
    refused(&policy, &["/load cannot be written to: retention policy not found: no"])?;
    let nobody = json!({ "url": format!("http://127.0.0.1:{}", free_port()?), "database": "load" });
    refused(&nobody, &["refuses connections: nothing listens there"])?;
    Ok(())
}

#[test]
fn bad_options_have_place_and_remedy() -> Result<()> {
    for (options, parts) in [
        (json!({ "url": "http://a", "databse": "x" }), ["/exporters/0/influxdb/databse", "did you mean `database`?"]),
        (json!({ "url": "http://a" }), ["/exporters/0/influxdb", "neither a `database` nor a `bucket`"]),
        (json!({ "url": "http://a", "bucket": "x" }), ["/exporters/0/influxdb", "add `\"org\": \"NAME\"`"]),
        (
            json!({ "url": "http://a", "database": "x", "token": "battery" }),
            ["/exporters/0/influxdb/token", "`token` goes with a `bucket`"],
        ),
        (
            json!({ "url": "http://a", "database": "x", "precision": "h" }),
            ["/exporters/0/influxdb/precision", "write `ns`, `us`, `ms` or `s`"],
        ),
        (json!({ "url": "a:8086", "database": "x" }), ["/exporters/0/influxdb/url", "write it like `http://127.0.0.1:8086`"]),
    ] {
        let folder = exporting(&options, &[])?;
        for command in ["run", "validate"] {
            check_refused(Throng::new().arg(command).arg(folder.path().join("campaign.json")).run()?, &parts)?;
        }
    }
    Ok(())
}

/// Version 2 cannot be had here: what it would be sent is looked at.
#[test]
fn version_2_is_sent_what_it_wants() -> Result<()> {
    // To the check, to a batch that comes too soon, to one of which it does not want all.
    let invalid = r#"{"code":"invalid","message":"partial write: field type conflict dropped=1"}"#;
    let busy = r#"{"code":"too many requests","message":"slow down"}"#;
    let server = HttpRecorder::start(&[(400, r#"{"code":"invalid","message":"writing requires points"}"#), (429, busy), (400, invalid)])?;
    let options = json!({ "url": format!("{}/influx", server.url()), "org": "my shop", "bucket": "load", "token": "battery-staple", "precision": "s" });
    let ran = export(&exporting(&options, &[("records", json!("meters"))])?)?.ended_with_any(&[1, 4])?;
    let told = exporter(&ran)?;
    ensure!(told["dropped"] == 1 && told["failures"] == 1 && told["last_error"].to_string().contains("field type conflict"), "{told}");
    let requests = server.requests();
    ensure!(requests.len() > 3, "{requests:?}");
    let precision = |index: usize| if index == 0 { "ns" } else { "s" };
    for (index, request) in requests.iter().enumerate() {
        let line = format!("POST /influx/api/v2/write?org=my+shop&bucket=load&precision={} HTTP/1.1", precision(index));
        ensure!(request.line == line && request.header("authorization") == Some("Token battery-staple"), "{request:?}");
        ensure!(request.header("host").is_some() && request.header("content-type") == Some("text/plain; charset=utf-8"), "{request:?}");
    }
    let bodies: Vec<_> = requests.iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect();
    ensure!(bodies.first().is_some_and(String::is_empty) && bodies.get(1) == bodies.get(2), "{bodies:?}");
    let lines: Vec<_> = bodies.iter().skip(2).flat_map(|body| body.lines()).collect();
    ensure!(lines.len() as u64 == told["written"].as_u64().context("a count")? + 1, "{told}");
    let of_once = lines.iter().filter(|line| line.starts_with("throng_executions,campaign=mine,") && line.contains(",step=once,"));
    ensure!(of_once.clone().count() > 1 && of_once.clone().all(|line| line.contains(" at=") && line.contains(",success=")), "{lines:?}");
    ensure!(lines.iter().all(|line| line.rsplit(' ').next().is_some_and(|time| time.len() == 10)), "seconds: {lines:?}");
    let all = format!("{}{}{}", ran.finished.stdout, ran.finished.stderr, ran.report);
    ensure!(!all.contains("battery-staple"), "a secret is shown");
    Ok(())
}

/// The page's own example, with the server of the test.
#[test]
fn the_example_of_the_page_runs() -> Result<()> {
    let server = InfluxServer::start()?;
    let page = std::fs::read_to_string(throng_kit::project()?.join("docs/exporters.md"))?;
    let mut examples = page.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    let example = examples.find(|example| example.contains("\"influxdb\"") && example.contains("database")).context("an example")?;
    let folder = exporting(&json!({}), &[])?;
    let example = example.replace("http://127.0.0.1:8086", &server.url()).replace("checkout.wasm", "s.json");
    folder.file("campaign.json", example)?;
    let ran = run_as(Throng::new().env("MEASURES_PASSWORD", "correct-horse"), &[folder.path().join("campaign.json")], &[])?;
    ensure!(exporter(&ran)?["dropped"] == 0, "{}", exporter(&ran)?);
    let database = ran.report.pointer("/campaign/exporters/0/name").and_then(Json::as_str).context("a name")?;
    ensure!(database.starts_with("influxdb http://127.0.0.1:"), "{database}");
    Ok(())
}
