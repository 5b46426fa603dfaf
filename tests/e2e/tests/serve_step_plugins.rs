//! Step plugins on an engine that keeps running: uploaded, used by their addresses, pinned, replaced while it runs; and fetched from it.
#![allow(clippy::indexing_slicing, reason = "a JSON value that is indexed with what it has not is null")]

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::errors::check_refused;
use throng_e2e::plugins::{HMAC, changed, misfits, signatures, using, webhooks};
use throng_e2e::uploads::{text, upload};
use throng_kit::{EngineProcess, Folder, Throng, tempdir};

/// Uploads a component: its record.
fn push(engine: &EngineProcess, bytes: &[u8]) -> Result<Json> {
    engine.ask("POST", "/components?wait=60s", &[], bytes)?.with_status(201)?.json()
}

/// Starts a campaign of a file and follows it to its end: its record.
fn run(engine: &EngineProcess, campaign: &Json) -> Result<Json> {
    let mut campaign = campaign.clone();
    campaign["throng"] = json!("0.1");
    campaign["start-offset"] = json!("0s");
    let record = engine.ask("POST", "/campaigns", &[], campaign.to_string().as_bytes())?.with_status(201)?.json()?;
    engine.ended(&text(&record, "key")?)
}

/// The messages of a problem.
fn faults(problem: &Json) -> Vec<String> {
    let faults = problem["faults"].as_array().into_iter().flatten();
    faults
        .map(|fault| format!("{} {}", fault["message"].as_str().unwrap_or_default(), fault["hint"].as_str().unwrap_or_default()))
        .collect()
}

/// What a campaign's report says of its plugins.
fn reported(engine: &EngineProcess, record: &Json) -> Result<Json> {
    Ok(engine.get(&format!("/campaigns/{}/report.json", text(record, "key")?))?["campaign"]["plugins"].clone())
}

#[test]
fn a_plugin_is_uploaded_used_and_pinned() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let bytes = std::fs::read(signatures()?)?;
    let record = push(&engine, &bytes)?;
    let digest = text(&record, "digest")?;
    ensure!(record["kind"] == "step-plugin" && record["step-kinds"] == json!([HMAC]), "{record}");
    ensure!(record["name"] == "examples:signatures" && record["version"] == "1.0.0" && record["scenarios"] == json!([]), "{record}");
    // The same bytes again: nothing to do.
    engine.ask("POST", "/components?tags=team=shop", &[], &bytes)?.with_status(200)?;
    let kinds = engine.get("/step-kinds")?;
    let kinds = kinds["items"].as_array().context("a list")?;
    let kind = kinds.iter().find(|kind| kind["name"] == HMAC).context("the uploaded kind")?;
    ensure!(kind["component"] == digest.as_str() && kind["schema"]["properties"]["key"].is_object(), "{kind}");
    ensure!(kinds.iter().any(|kind| kind["name"] == "http" && kind.get("component").is_none()));
    ensure!(engine.ask("GET", &format!("/components/{digest}/file"), &[], b"")?.header("content-type") == Some("application/wasm"));

    let file = upload(&engine, &webhooks(HMAC, &json!({ "key": "{setting:secret}", "prefix": "sha256=" })))?;
    let done = run(&engine, &json!({ "files": [file] }))?;
    ensure!(done["verdict"] == "successful", "{done}");
    ensure!(done["plugins"] == json!([{ "name": "examples:signatures@1.0.0", "digest": digest }]), "{done}");
    let pinned = json!([{ "name": "examples:signatures", "version": "1.0.0", "digest": digest }]);
    ensure!(reported(&engine, &done)? == pinned);
    let forged = run(&engine, &json!({ "files": [file], "settings": { "secret": "another" } }))?;
    ensure!(forged["verdict"] == "failed", "{forged}");
    let configuration = engine.get(&format!("/campaigns/{}/configuration", text(&done, "key")?))?;
    ensure!(configuration["plugins"] == done["plugins"], "{configuration}");
    engine.end()?.ended_with(0)?;

    // An engine that starts anew knows what it had.
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let again = engine.ask("POST", &format!("/campaigns/{}/replay", text(&done, "key")?), &[], b"")?.with_status(201)?.json()?;
    let again = engine.ended(&text(&again, "key")?)?;
    ensure!(again["verdict"] == "successful" && again["plugins"] == done["plugins"], "{again}");
    Ok(())
}

#[test]
fn a_newer_version_takes_its_place_for_campaigns_to_come() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    push(&engine, &std::fs::read(misfits()?)?)?;
    let any = upload(&engine, &using("test:misfits/echo", &json!({})))?;
    let campaign = json!({ "files": [any] });
    let version = |record: &Json| record["plugins"][0]["name"].clone();
    let first = run(&engine, &campaign)?;
    ensure!(version(&first) == "test:misfits@1.0.0-test", "{first}");
    push(&engine, &changed("1.0.0-test", "2.0.0-test")?)?;
    let second = run(&engine, &campaign)?;
    ensure!(version(&second) == "test:misfits@2.0.0-test" && second["verdict"] == "successful", "{second}");
    // Who says which is given that one, and what is run again is what it was.
    let named = run(&engine, &json!({ "files": [any], "plugins": ["test:misfits@1.0.0-test"] }))?;
    ensure!(version(&named) == "test:misfits@1.0.0-test", "{named}");
    let replayed = engine.ask("POST", &format!("/campaigns/{}/replay", text(&first, "key")?), &[], b"")?.with_status(201)?.json()?;
    ensure!(version(&engine.ended(&text(&replayed, "key")?)?) == "test:misfits@1.0.0-test");
    let both = json!([
        { "name": "given", "start": true, "returns": "hello" },
        { "name": "old", "after": "given", "test:misfits/echo@1.0.0-test": {} },
        { "name": "new", "after": "given", "test:misfits/echo@2.0.0-test": {} },
    ]);
    let both = upload(&engine, &throng_e2e::documents::document(&[], &json!({ "minions": 2 }), &both))?;
    let both = run(&engine, &json!({ "files": [both] }))?;
    ensure!(both["verdict"] == "successful" && both["plugins"].as_array().map(Vec::len) == Some(2), "{both}");
    ensure!(reported(&engine, &both)?.as_array().map(Vec::len) == Some(2));
    Ok(())
}

#[test]
fn what_cannot_be_is_told_with_a_remedy() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let bytes = std::fs::read(misfits()?)?;
    let document = using("test:misfits/echo@1.0.0-test", &json!({}));
    let unknown = engine.ask("POST", "/components", &[], document.to_string().as_bytes())?.with_status(422)?.json()?;
    ensure!(faults(&unknown).concat().contains("by `throng push` to an engine"), "{unknown}");
    let refused = |path: &str, bytes: &[u8], status: u16, part: &str| {
        let refused = engine.ask("POST", path, &[], bytes)?.with_status(status)?;
        ensure!(refused.body.contains(part), "{part}: {}", refused.body);
        anyhow::Ok(())
    };
    refused("/components?wait=60s&name=codes", &bytes, 422, "has the name and the version that it says itself")?;
    let record = push(&engine, &bytes)?;
    refused("/components?version=3.0.0", &bytes, 422, "has the name and the version that it says itself")?;
    refused("/components?wait=60s", &changed("never ends", "ends never")?, 409, "`test:misfits@1.0.0-test` is another component")?;

    let file = upload(&engine, &document)?;
    let campaign = |campaign: Json| {
        let answer = engine.ask("POST", "/campaigns?dry-run", &[], campaign.to_string().as_bytes())?.with_status(422)?.json()?;
        anyhow::Ok(faults(&answer))
    };
    let wrong = campaign(json!({ "throng": "0.1", "files": [file, "test:misfits"], "plugins": ["nobody"] }))?;
    ensure!(wrong.len() == 2 && wrong.concat().contains("`test:misfits` is a step plugin"), "{wrong:?}");
    ensure!(wrong.concat().contains("there is no step plugin `nobody`"), "{wrong:?}");

    // What a campaign that is not over uses stays.
    let later = json!({ "throng": "0.1", "key": "later", "files": [file], "schedule": { "at": "2199-01-01T00:00" } });
    engine.ask("POST", "/campaigns", &[], later.to_string().as_bytes())?.with_status(201)?;
    let digest = text(&record, "digest")?;
    engine.ask("DELETE", &format!("/components/{digest}"), &[], b"")?.with_status(409)?;
    engine.ask("POST", "/campaigns/later/abort", &[], b"")?.with_status(202)?;
    engine.ask("DELETE", &format!("/components/{digest}"), &[], b"")?.with_status(204)?;
    let gone = campaign(json!({ "throng": "0.1", "files": [file] }))?;
    ensure!(gone.concat().contains("`test:misfits/echo@1.0.0-test` is neither a step kind"), "{gone:?}");
    Ok(())
}

/// A campaign that uses `test:misfits` out of wherever its document says.
fn campaign(folder: &Folder, plugin: &str) -> Result<std::path::PathBuf> {
    folder.file("scenario.json", using("test:misfits/echo", &json!({})).to_string())?;
    folder
        .file("campaign.toml", format!("throng = \"0.1\"\nfiles = [\"scenario.json\"]\nplugins = [\"{plugin}\"]\nstart-offset = \"0s\"\n"))
}

#[test]
fn the_commands_upload_plugins() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(&folder.path().join("data"), &[])?;
    std::fs::copy(misfits()?, folder.path().join("misfits.wasm"))?;
    let campaign = campaign(&folder, "misfits.wasm")?;
    // A plugin goes before what uses it.
    let pushed = engine.call(&["push"]).arg(folder.path().join("scenario.json")).arg(signatures()?).arg(misfits()?).run()?.ended_with(0)?;
    ensure!(pushed.stdout.contains(&format!("\n  step kinds: {HMAC}\n")), "{}", pushed.stdout);
    let watched = engine.call(&["campaigns", "start", "--watch"]).arg(&campaign).run()?.ended_with(0)?;
    ensure!(watched.stderr.contains("locked the plugins in") && folder.path().join("throng.lock").is_file(), "{watched:?}");
    folder.file("misfits.wasm", changed("1.0.0-test", "1.1.0-test")?)?;
    let start = || engine.call(&["campaigns", "start"]).arg(&campaign);
    check_refused(start().run()?, &["throng.lock", "`misfits.wasm` is `test:misfits@1.1.0-test`", "`--update-lock`"])?;
    start().args(["--update-lock", "--watch"]).run()?.ended_with(0)?;
    let scenario = folder.path().join("scenario.json");
    let named = engine.call(&["campaigns", "start", "--plugin", "test:misfits@1.0.0-test", "--dry-run"]).arg(&scenario);
    let named = named.run()?.ended_with(0)?.json()?;
    ensure!(named["plugins"][0]["name"] == "test:misfits@1.0.0-test", "{named}");
    Ok(())
}

#[test]
fn an_engine_is_a_registry() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(&folder.path().join("data"), &[])?;
    push(&engine, &std::fs::read(misfits()?)?)?;
    let url = format!("{}/api/v1/components/test:misfits@1.0.0-test/file", engine.url());
    let campaign = campaign(&folder, &url)?;
    let cache = folder.path().join("cache");
    let call = |arguments: &[&str]| Throng::new().args(arguments).env("XDG_CACHE_HOME", &cache);
    let run = |options: &[&str]| call(&["run", "--start-offset", "0s"]).arg(&campaign).args(options).run();
    let first = run(&[])?.ended_with(0)?;
    ensure!(first.stderr.contains("plugin: test:misfits@1.0.0-test, sha256 "), "{}", first.stderr);
    let lock = std::fs::read_to_string(folder.path().join("throng.lock"))?;
    ensure!(lock.contains(&format!("file = \"{url}\"")), "{lock}");
    let given = call(&["validate", "--plugin", &url]).arg(folder.path().join("scenario.json")).run()?;
    given.ended_with(0)?;
    ensure!(call(&["inspect", &url]).run()?.ended_with(0)?.stdout.contains("plugin test:misfits@1.0.0-test"));
    let nobody = format!("{}/api/v1/components/test:nobody/file", engine.url());
    let absent = call(&["validate", "--plugin", &nobody]).arg(folder.path().join("scenario.json")).run()?;
    check_refused(absent, &[&nobody, "there is no component `test:nobody`"])?;
    engine.end()?.ended_with(0)?;

    // What is locked and kept is not asked for again; what is not must be fetched.
    run(&["--locked"])?.ended_with(0)?;
    check_refused(run(&["--update-lock"])?, &[&url, "no engine answers at"])?;
    std::fs::remove_dir_all(&cache)?;
    check_refused(run(&[])?, &[&url, "no engine answers at"])
}
