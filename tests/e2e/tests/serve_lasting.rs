//! What an engine keeps: queues, repeats, secrets; and what is left of all that when it is killed at any moment.

use std::sync::mpsc::{SyncSender, sync_channel};

use anyhow::{Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::documents::{document, get, idle};
use throng_e2e::uploads::{text, upload};
use throng_kit::{EngineProcess, TargetProcess, guest, tempdir};

fn start(engine: &EngineProcess, campaign: &Json) -> Result<Json> {
    engine.ask("POST", "/campaigns", &[], campaign.to_string().as_bytes())?.with_status(201)?.json()
}

/// Runs until it is stopped.
fn endless() -> Json {
    let steps = json!([{ "name": "wait", "start": true, "returns": 1 }, { "name": "long", "after": "wait", "delay": "1h" }]);
    document(&[], &json!({ "minions": 1, "profile": "immediate" }), &steps)
}

/// Reads the live figures until the campaign is in this state.
fn wait_for(engine: &EngineProcess, key: &str, state: &str) -> Result<()> {
    let found = engine.follow(&format!("/campaigns/{key}/live"), |so_far| so_far.contains(&format!("\"state\":\"{state}\"")))?;
    ensure!(found, "`{key}` never was {state}");
    Ok(())
}

#[test]
fn above_the_limit_campaigns_wait_for_their_turn() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start(folder.path(), &["--campaigns", "2", "--queue", "2"])?;
    let digest = upload(&engine, &endless())?;
    let campaign = |key: &str| json!({ "throng": "0.1", "files": [digest], "key": key, "start-offset": "0s" });
    for key in ["one", "two", "three", "four"] {
        start(&engine, &campaign(key))?;
    }
    for key in ["one", "two"] {
        wait_for(&engine, key, "running")?;
    }
    ensure!(engine.get("/campaigns/three")?["state"] == "queued" && engine.get("/info")?["campaigns"]["waiting"] == 2);
    let refused = engine.ask("POST", "/campaigns", &[], campaign("five").to_string().as_bytes())?.with_status(503)?;
    ensure!(refused.header("retry-after").is_some(), "{refused:?}");
    let used = engine.ask("DELETE", &format!("/components/{digest}"), &[], b"")?.with_status(409)?.json()?;
    ensure!(used["detail"].as_str().is_some_and(|detail| detail.contains("`one`")), "{used}");

    // One that waits is out of the queue at once; one that runs makes room for the next.
    engine.ask("POST", "/campaigns/four/abort", &[], b"")?.with_status(202)?;
    ensure!(engine.get("/campaigns/four")?["verdict"] == "aborted");
    engine.ask("POST", "/campaigns/one/abort?hard=true", &[], b"")?.with_status(202)?;
    ensure!(engine.ended("one")?["verdict"] == "aborted");
    wait_for(&engine, "three", "running")?;
    for key in ["two", "three"] {
        engine.ask("POST", &format!("/campaigns/{key}/abort?hard=true"), &[], b"")?.with_status(202)?;
        ensure!(engine.ended(key)?["state"] == "ended");
    }
    engine.ask("DELETE", &format!("/components/{digest}"), &[], b"")?.with_status(204)?;
    engine.ask("GET", &format!("/components/{digest}"), &[], b"")?.with_status(404)?;
    let over = engine.ask("POST", "/campaigns/one/abort", &[], b"")?.with_status(409)?.json()?;
    ensure!(over["detail"] == "the campaign `one` is over", "{over}");
    Ok(())
}

#[test]
fn the_same_is_asked_once_and_can_be_repeated() -> Result<()> {
    let (folder, target) = (tempdir()?, TargetProcess::start::<&str>(&[])?);
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let digest = upload(&engine, &get(target.url(), "/", &[target.url()], 4))?;
    let campaign = json!({ "throng": "0.1", "files": [digest], "start-offset": "0s", "tags": { "build": "7" } }).to_string();
    let ask = |body: &str| engine.ask("POST", "/campaigns", &[("idempotency-key", "abc")], body.as_bytes());
    let first = ask(&campaign)?.with_status(201)?.json()?;
    let again = ask(&campaign)?.with_status(201)?.json()?;
    ensure!(first["key"] == again["key"] && engine.get("/campaigns")?["total"] == 1, "{first} {again}");
    ask(&campaign.replace("7", "8"))?.with_status(422)?;
    let key = text(&first, "key")?;
    engine.ended(&key)?;

    let replayed = engine.ask("POST", &format!("/campaigns/{key}/replay"), &[], b"")?.with_status(201)?.json()?;
    ensure!(replayed["replays"] == first["key"] && replayed["seed"] == first["seed"] && replayed["key"] != first["key"], "{replayed}");
    let record = engine.ended(&text(&replayed, "key")?)?;
    ensure!(record["tags"]["build"] == "7" && record["files"] == first["files"], "{record}");
    ensure!(target.stats()?["requests"].as_u64() >= Some(8));
    let configuration = engine.get(&format!("/campaigns/{key}/configuration"))?;
    ensure!(configuration["campaign"]["seed"] == first["seed"] && configuration["files"] == first["files"], "{configuration}");
    Ok(())
}

#[test]
fn secrets_are_nowhere_to_be_seen() -> Result<()> {
    const SECRET: &str = "open-sesame-4711";
    let (folder, target) = (tempdir()?, TargetProcess::start::<&str>(&[])?);
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let request = json!({ "url": target.url(), "request": { "path": "/{setting:password}" } });
    let steps = json!([
        { "name": "login", "start": true, "http": request },
        { "name": "denied", "after": "login", "assert": { "rules": [format!("body contains \"{SECRET}\"")] } },
    ]);
    let settings = json!({ "minions": 2, "profile": "immediate", "settings": [{ "name": "password", "secret": true, "required": true }] });
    let digest = upload(&engine, &document(&[target.url()], &settings, &steps))?;
    let record = start(&engine, &json!({ "throng": "0.1", "files": [digest], "settings": { "password": SECRET }, "start-offset": "0s" }))?;
    let key = text(&record, "key")?;
    let verdict = engine.ended(&key)?["verdict"].clone();
    for path in ["", "/configuration", "/report.json", "/report.html", "/report.txt", "/live"] {
        let shown = engine.ask("GET", &format!("/campaigns/{key}{path}"), &[], b"")?.with_status(200)?;
        ensure!(!shown.body.contains(SECRET), "{path}: {}", shown.body);
    }
    ensure!(engine.get(&format!("/campaigns/{key}/configuration"))?["campaign"]["settings"]["password"] == "***");
    // A replay knows it all the same.
    let replayed = engine.ask("POST", &format!("/campaigns/{key}/replay"), &[], b"")?.with_status(201)?.json()?;
    ensure!(engine.ended(&text(&replayed, "key")?)?["verdict"] == verdict && target.stats()?["requests"].as_u64() >= Some(4));
    let ended = engine.end()?.ended_with(0)?;
    ensure!(!ended.stderr.contains(SECRET), "{}", ended.stderr);
    Ok(())
}

#[test]
fn killed_while_a_campaign_runs_it_keeps_what_was_recorded() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let short = upload(&engine, &idle(3, "immediate"))?;
    let finished = text(&start(&engine, &json!({ "throng": "0.1", "files": [short], "start-offset": "0s" }))?, "key")?;
    engine.ended(&finished)?;
    let report = engine.get(&format!("/campaigns/{finished}/report.json"))?;
    let long = upload(&engine, &endless())?;
    for key in ["cut", "next"] {
        start(
            &engine,
            &json!({ "throng": "0.1", "files": [long], "key": key, "start-offset": "0s", "soft-timeout": "1s", "hard-timeout": "2s" }),
        )?;
    }
    let has_begun = |so_far: &str| so_far.contains("\"started\":1");
    ensure!(engine.follow("/campaigns/cut/live", has_begun)?, "it never started");
    engine.kill();

    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let cut = engine.get("/campaigns/cut")?;
    ensure!(cut["state"] == "ended" && cut["verdict"] == "aborted", "{cut}");
    ensure!(cut["message"].as_str().is_some_and(|message| message.starts_with("the engine ended")), "{cut}");
    let recorded = engine.get("/campaigns/cut/report.json")?;
    ensure!(recorded["verdict"] == "aborted" && recorded["campaign"]["key"] == "cut", "{recorded}");
    // What waited has its turn now; what was over is as it was.
    ensure!(engine.ended("next")?["verdict"] == "aborted");
    ensure!(engine.get(&format!("/campaigns/{finished}/report.json"))? == report);
    ensure!(engine.get("/components")?["total"] == 2);
    Ok(())
}

/// Whatever was answered before the end is there after it, and the engine starts on what is left.
#[test]
fn killed_at_any_moment_it_starts_again() -> Result<()> {
    let folder = tempdir()?;
    let component = std::fs::read(guest("echo")?)?;
    let mut known: Vec<String> = Vec::new();
    for round in 0..8_u64 {
        let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
        for digest in &known {
            ensure!(engine.get(&format!("/components/{digest}"))?["digest"] == *digest.as_str(), "round {round}: {digest} is lost");
        }
        let campaigns = engine.get("/campaigns?size=200")?;
        for campaign in campaigns["items"].as_array().into_iter().flatten().filter(|campaign| campaign["verdict"] == "successful") {
            let report = engine.get(&format!("/campaigns/{}/report.json", text(campaign, "key")?))?;
            ensure!(report["verdict"] == "successful", "round {round}: {report}");
        }
        // It is killed after so many answers, in the middle of what is asked then, and with half an upload on its way.
        let half = engine.send_half("POST", "/components", &component)?;
        let (answer, answers) = sync_channel(1000);
        let url = engine.url().to_owned();
        let asking = std::thread::spawn(move || ask_much(&url, round, &answer));
        for _ in 0..(round * 5) % 11 {
            answers.recv()?;
        }
        engine.kill();
        drop(half);
        known.extend(asking.join().map_err(|_| anyhow::anyhow!("the asking thread panicked"))?);
    }
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    for digest in &known {
        ensure!(engine.get(&format!("/components/{digest}"))?["digest"] == *digest.as_str(), "{digest} is lost");
    }
    engine.end()?.ended_with(0)?;
    Ok(())
}

/// Uploads and starts until nobody answers: the digests that were answered.
fn ask_much(url: &str, round: u64, told: &SyncSender<()>) -> Vec<String> {
    let mut answered = Vec::new();
    for number in 0..1000 {
        let document = document(
            &[],
            &json!({ "minions": number + 1, "profile": "immediate", "description": format!("{round}") }),
            &json!([{ "name": "once", "start": true, "returns": 1 }]),
        );
        let Ok(answer) = throng_kit::ask(url, "POST", "/components", &[], document.to_string().as_bytes()) else { break };
        let Ok(digest) = answer.with_status(201).and_then(|answer| text(&answer.json()?, "digest")) else { break };
        let campaign = json!({ "throng": "0.1", "files": [digest], "start-offset": "0s" }).to_string();
        answered.push(digest);
        let _ = told.try_send(());
        if throng_kit::ask(url, "POST", "/campaigns", &[], campaign.as_bytes()).is_err() {
            break;
        }
    }
    answered
}
