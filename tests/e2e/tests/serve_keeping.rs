//! What an engine lets go of, and what its operator lets campaigns come to.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::documents::{document, idle};
use throng_e2e::uploads::upload;
use throng_kit::{EngineProcess, tempdir};

fn start(engine: &EngineProcess, key: &str, digest: &str, more: &[(&str, Json)]) -> Result<()> {
    let mut campaign = json!({ "throng": "0.1", "key": key, "files": [digest], "start-offset": "0s" });
    if let Some(campaign) = campaign.as_object_mut() {
        campaign.extend(more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    }
    engine.ask("POST", "/campaigns", &[], campaign.to_string().as_bytes())?.with_status(201)?;
    Ok(())
}

fn keys(engine: &EngineProcess) -> Result<Vec<String>> {
    let listed = engine.get("/campaigns?sort=key")?;
    let items = listed.get("items").and_then(Json::as_array).context("items")?;
    Ok(items.iter().filter_map(|item| Some(item.get("key")?.as_str()?.to_owned())).collect())
}

#[test]
fn what_is_old_goes_and_what_is_not_over_stays() -> Result<()> {
    let folder = tempdir()?;
    let reports = || Ok::<_, anyhow::Error>(std::fs::read_dir(folder.path().join("reports"))?.count());
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let [used, latest, waits, unused] = [1, 2, 3, 4].map(|minions| upload(&engine, &idle(minions, "immediate")));
    let (used, latest, waits, unused) = (used?, latest?, waits?, unused?);
    for (key, digest) in [("one", &used), ("two", &used), ("three", &latest)] {
        start(&engine, key, digest, &[])?;
        ensure!(engine.ended(key)?["verdict"] == "successful");
    }
    start(&engine, "later", &waits, &[("schedule", json!({ "at": "2099-01-01T08:00" }))])?;
    ensure!(keys(&engine)? == ["later", "one", "three", "two"] && reports()? == 3);
    ensure!(engine.get("/info")?["keep"] == json!({ "campaigns": null, "campaigns-for": null, "components-for": null }));
    engine.end()?.ended_with(0)?;

    // A report that an end without warning has left.
    std::fs::write(folder.path().join("reports").join("nobody.json"), "{}")?;
    let engine = EngineProcess::start(folder.path(), &["--keep-campaigns", "1", "--keep-components", "0s", "--keep", "90d"])?;
    ensure!(keys(&engine)? == ["later", "three"] && reports()? == 1);
    engine.ask("GET", "/campaigns/one/report.json", &[], b"")?.with_status(404)?;
    engine.ask("GET", "/campaigns/three/report.json", &[], b"")?.with_status(200)?;
    for (digest, status) in [(&used, 404), (&unused, 404), (&latest, 200), (&waits, 200)] {
        engine.ask("GET", &format!("/components/{digest}"), &[], b"")?.with_status(status)?;
    }
    ensure!(engine.get("/info")?["keep"] == json!({ "campaigns": 1, "campaigns-for": "2160h", "components-for": "0s" }));
    // What is kept can be run again.
    let again = engine.ask("POST", "/campaigns/three/replay", &[], b"")?.with_status(201)?.json()?;
    ensure!(engine.ended(again["key"].as_str().context("a key")?)?["verdict"] == "successful");
    engine.end()?.ended_with(0)?;

    let engine = EngineProcess::start(folder.path(), &["--keep", "0s"])?;
    ensure!(keys(&engine)? == ["later"] && reports()? == 0);
    Ok(())
}

#[test]
fn a_campaign_is_removed_when_it_is_over() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let steps = json!([{ "name": "wait", "start": true, "returns": 1 }, { "name": "long", "after": "wait", "delay": "1h" }]);
    let endless = upload(&engine, &document(&[], &json!({ "minions": 1, "profile": "immediate" }), &steps))?;
    for key in ["runs", "waits"] {
        start(&engine, key, &endless, &[])?;
    }
    start(&engine, "later", &endless, &[("schedule", json!({ "cron": "0 2 1 1 *" }))])?;
    for key in ["runs", "waits", "later"] {
        let refused = engine.ask("DELETE", &format!("/campaigns/{key}"), &[], b"")?.with_status(409)?.json()?;
        ensure!(refused["detail"] == format!("the campaign `{key}` is not over"), "{refused}");
    }
    let refused = engine.call(&["campaigns", "remove", "waits"]).run()?.ended_with(2)?;
    ensure!(refused.stderr.contains("wait for its end, or abort it"), "{}", refused.stderr);
    for key in ["later", "waits", "runs"] {
        engine.ask("POST", &format!("/campaigns/{key}/abort?hard=true"), &[], b"")?.with_status(202)?;
        engine.ended(key)?;
    }
    engine.call(&["campaigns", "remove", "waits", "later"]).run()?.ended_with(0)?;
    engine.ask("DELETE", "/campaigns/runs", &[], b"")?.with_status(204)?;
    engine.ask("DELETE", "/campaigns/runs", &[], b"")?.with_status(404)?;
    ensure!(keys(&engine)?.is_empty() && std::fs::read_dir(folder.path().join("reports"))?.count() == 0);
    // Its key can be another's now.
    start(&engine, "runs", &upload(&engine, &idle(2, "immediate"))?, &[])?;
    ensure!(engine.ended("runs")?["verdict"] == "successful");
    Ok(())
}

#[test]
fn what_the_operator_does_not_allow_is_told_at_once() -> Result<()> {
    let folder = tempdir()?;
    let options = ["--max-minions", "10", "--max-scenarios", "1", "--max-duration", "5m", "--max-components", "2"];
    let engine = EngineProcess::start(folder.path(), &options)?;
    let limits = engine.get("/info")?["limits"].clone();
    ensure!(limits["minions"] == 10 && limits["scenarios"] == 1 && limits["duration"] == "5m" && limits["components"] == 2, "{limits}");
    let elsewhere = json!([{ "name": "get", "start": true, "http": { "url": "http://shop.example", "request": { "path": "/" } } }]);
    let visit = upload(&engine, &document(&["http://shop.example"], &json!({ "minions": 8 }), &elsewhere))?;
    let other = upload(&engine, &serde_json::from_str(&idle(3, "immediate").to_string().replace("visit", "other"))?)?;
    let campaign = json!({ "throng": "0.1", "files": [visit, other], "hard-timeout": "6m" }).to_string();
    let refused = engine.ask("POST", "/campaigns", &[], campaign.as_bytes())?.with_status(422)?.json()?;
    let messages: Vec<_> = refused["faults"].as_array().into_iter().flatten().map(|fault| fault["message"].clone()).collect();
    ensure!(
        messages
            == [
                "the target `http://shop.example` is not allowed on this engine",
                "they have 11 minions, and this engine allows 10 in a campaign",
                "there are 2, and this engine allows 1 in a campaign",
                "it is 6m, and this engine allows 5m",
            ],
        "{refused}"
    );
    // The usual hard timeout is too long as well, and nothing else is.
    let campaign = |more: &str| format!(r#"{{"throng": "0.1", "files": ["{other}"]{more}}}"#);
    let refused = engine.ask("POST", "/campaigns?dry-run", &[], campaign("").as_bytes())?.with_status(422)?.json()?;
    ensure!(refused["faults"][0]["place"] == "/hard-timeout" && refused["faults"][1].is_null(), "{refused}");
    engine.ask("POST", "/campaigns?dry-run", &[], campaign(r#", "hard-timeout": "5m""#).as_bytes())?.with_status(200)?;

    let third = idle(5, "immediate").to_string();
    let refused = engine.ask("POST", "/components", &[], third.as_bytes())?.with_status(409)?.json()?;
    ensure!(refused["detail"] == "there are 2 components, and this engine keeps 2", "{refused}");
    engine.ask("DELETE", &format!("/components/{visit}"), &[], b"")?.with_status(204)?;
    engine.ask("POST", "/components", &[], third.as_bytes())?.with_status(201)?;
    ensure!(std::fs::read_dir(folder.path().join("incoming"))?.count() == 0);
    Ok(())
}
