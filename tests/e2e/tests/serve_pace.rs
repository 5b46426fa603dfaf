//! Campaigns of an engine that are held, resumed and made faster while they run.
#![allow(clippy::indexing_slicing, reason = "a JSON value that is indexed with what it has not is null")]

use std::cell::RefCell;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::documents::idle;
use throng_e2e::uploads::upload;
use throng_kit::{EngineProcess, tempdir};

/// A campaign that takes more than an hour and a half, which is longer than its hard timeout.
fn start_endless(engine: &EngineProcess, key: &str) -> Result<()> {
    let digest = upload(engine, &idle(100, "regular(1m, 1)"))?;
    // What a busy machine is late by is not what is looked at here.
    let health = json!({ "start-lag-warns": "1h", "start-lag-voids": "2h", "achieved-starts": "1%", "achieved-starts-voids": "0%" });
    let campaign = json!({ "throng": "0.1", "files": [digest], "key": key, "start-offset": "0s", "health": health });
    engine.ask("POST", "/campaigns", &[], campaign.to_string().as_bytes())?.with_status(201)?;
    Ok(())
}

/// The figures in what was told so far.
fn figures(told: &str) -> Vec<Json> {
    let events = told.split("event: figures\ndata: ").skip(1);
    events.filter_map(|event| serde_json::from_str(event.split_once("\n\n")?.0).ok()).collect()
}

/// Follows a campaign until its figures are as they should be.
fn follow(engine: &EngineProcess, key: &str, is_there: impl Fn(&[Json]) -> bool) -> Result<Vec<Json>> {
    let seen = RefCell::default();
    let was_there = engine.follow(&format!("/campaigns/{key}/live"), |told| {
        *seen.borrow_mut() = figures(told);
        is_there(&seen.borrow())
    })?;
    ensure!(was_there, "it never came to that: {:?}", seen.borrow().last());
    Ok(seen.into_inner())
}

#[test]
fn a_campaign_is_held_resumed_and_made_faster() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    start_endless(&engine, "endless")?;
    let started = |figures: &Json| figures["scenarios"][0]["minions"]["started"].as_u64();
    follow(&engine, "endless", |seen| seen.last().is_some_and(|figures| started(figures) == Some(1)))?;
    engine.call(&["campaigns", "hold", "endless"]).run()?.ended_with(0)?;
    follow(&engine, "endless", |seen| seen.last().is_some_and(|figures| figures["pace"] == json!({ "held": true, "speed": 1.0 })))?;
    // At this speed the next would start within a second.
    engine.call(&["campaigns", "speed", "endless", "999"]).run()?.ended_with(0)?;
    let held = |figures: &&Json| figures["pace"] == json!({ "held": true, "speed": 999.0 });
    let seen = follow(&engine, "endless", |seen| seen.iter().filter(held).count() >= 4)?;
    ensure!(seen.iter().filter(held).all(|figures| started(figures) == Some(1)), "{seen:?}");
    ensure!(engine.get("/campaigns/endless")?["figures"]["pace"]["held"] == true);

    engine.call(&["campaigns", "resume", "endless"]).run()?.ended_with(0)?;
    let record = engine.ended("endless")?;
    let report = engine.get("/campaigns/endless/report.json")?;
    ensure!(["successful", "warning"].contains(&record["verdict"].as_str().unwrap_or_default()), "{record} {}", report["reasons"]);
    ensure!(report["scenarios"][0]["minions"]["completed"] == 100, "{}", report["scenarios"][0]["minions"]);
    let states = report["campaign"]["states"].as_array().context("states")?;
    let states: Vec<_> = states.iter().filter_map(|entry| entry["state"].as_str()).collect();
    ensure!(states == ["running", "held", "running at speed 999", "ended"], "{states:?}");
    let summary = engine.call(&["campaigns", "report", "endless"]).run()?.ended_with(0)?.stdout;
    ensure!(summary.contains(" of them held, its speed changed 1 time, seed "), "{summary}");

    let over = engine.ask("PATCH", "/campaigns/endless", &[], b"{\"held\": true}")?.with_status(409)?.json()?;
    ensure!(over["detail"] == "the campaign `endless` is ended", "{over}");
    engine.end()?.ended_with(0)?;
    Ok(())
}

#[test]
fn what_cannot_be_is_refused() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    start_endless(&engine, "endless")?;
    let change =
        |changes: &str, status: u16| engine.ask("PATCH", "/campaigns/endless", &[], changes.as_bytes())?.with_status(status)?.json();
    let wrong = change(r#"{"hold": true, "minions": 5, "speed": 0}"#, 422)?;
    let places: Vec<_> = wrong["faults"].as_array().into_iter().flatten().map(|fault| fault["place"].clone()).collect();
    ensure!(places == ["/hold", "/minions", "/speed"] && wrong["faults"][0]["hint"] == "did you mean `held`?", "{wrong}");
    for changes in ["[]", "5", "null", "{"] {
        change(changes, 400)?;
    }
    change("{}", 200)?;
    let told = engine.call(&["campaigns", "speed", "endless", "1000"]).run()?.ended_with(2)?.stderr;
    ensure!(told.contains("1000 is no speed; it is from 0.001 to 999, 1 is as planned"), "{told}");
    let told = engine.call(&["campaigns", "hold", "nobody"]).run()?.ended_with(2)?.stderr;
    ensure!(told.contains("there is no campaign `nobody`"), "{told}");
    // A stop is heard by a campaign that is held, and then there is nothing to hold any more.
    change(r#"{"held": true}"#, 200)?;
    engine.ask("POST", "/campaigns/endless/abort", &[], b"")?.with_status(202)?;
    ensure!(engine.ended("endless")?["state"] == "ended");
    change(r#"{"held": false}"#, 409)?;
    engine.end()?.ended_with(0)?;
    Ok(())
}
