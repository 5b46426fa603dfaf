//! Campaigns that an engine starts by itself: once or again and again, changed, cancelled, missed; and through its end without warning.

use anyhow::{Context as _, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use throng_e2e::documents::idle;
use throng_e2e::uploads::upload;
use throng_kit::{EngineProcess, tempdir};

/// Schedules the scenario `visit`: the campaign's record.
fn schedule(engine: &EngineProcess, key: &str, schedule: &Json) -> Result<Json> {
    let campaign = json!({ "throng": "0.1", "key": key, "scenarios": { "visit": {} }, "start-offset": "0s", "schedule": schedule });
    engine.ask("POST", "/campaigns", &[], campaign.to_string().as_bytes())?.with_status(201)?.json()
}

fn in_seconds(seconds: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_secs(seconds)
}

#[test]
fn a_campaign_starts_when_its_time_has_come_whatever_happens_before() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let digest = upload(&engine, &idle(3, "immediate"))?;
    let at = in_seconds(4);
    let record = schedule(&engine, "later", &json!({ "at": at.to_string() }))?;
    ensure!(record["state"] == "scheduled" && record["started"].is_null(), "{record}");
    let next: Timestamp = record["next"].as_str().context("a next time")?.parse()?;
    ensure!(next.as_millisecond() == at.as_millisecond(), "{record}");
    ensure!(engine.get("/info")?["campaigns"]["scheduled"] == 1);
    engine.kill();

    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let record = engine.ended("later")?;
    ensure!(record["verdict"] == "successful" && record["next"].is_null() && record["scheduled-by"].is_null(), "{record}");
    ensure!(record["files"][0]["digest"] == digest.as_str(), "{record}");
    let started: Timestamp = record["started"].as_str().context("a start")?.parse()?;
    ensure!(started.as_millisecond() >= at.as_millisecond(), "{record}");
    ensure!(engine.get("/campaigns/later/report.json")?["scenarios"][0]["minions"]["completed"] == 3);
    ensure!(engine.get("/info")?["campaigns"]["scheduled"] == 0);
    Ok(())
}

/// It may take a minute, as cron knows nothing shorter.
#[test]
fn a_schedule_starts_campaigns_of_its_own() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    upload(&engine, &idle(3, "immediate"))?;
    let record = schedule(&engine, "often", &json!({ "cron": "* * * * *", "time-zone": "Asia/Kathmandu" }))?;
    ensure!(record["state"] == "scheduled" && record["schedule"]["cron"] == "* * * * *", "{record}");
    // What it names is looked for when it is started: the newest of the name.
    let newest = upload(&engine, &idle(5, "immediate"))?;
    let runs = || engine.get("/campaigns?filter=scheduled-by:often&sort=created");
    // Something is said every few seconds.
    engine.follow("/campaigns/often/live", |_| runs().is_ok_and(|runs| runs["total"].as_u64() > Some(0)))?;
    let run = runs()?["items"][0].clone();
    let key = run["key"].as_str().context("a key")?;
    ensure!(key.starts_with("often-") && run["scheduled-by"] == "often", "{run}");
    let run = engine.ended(key)?;
    ensure!(run["verdict"] == "successful" && run["minions"] == 5 && run["files"][0]["digest"] == newest.as_str(), "{run}");
    let after = engine.get("/campaigns/often")?;
    let time = |record: &Json| Ok::<Timestamp, anyhow::Error>(record["next"].as_str().context("a next time")?.parse()?);
    ensure!(after["state"] == "scheduled" && time(&after)? > time(&record)?, "{after}");
    ensure!(engine.get(&format!("/campaigns/{key}/configuration"))?["campaign"]["schedule"].is_null());

    engine.call(&["campaigns", "abort", "often"]).run()?.ended_with(0)?;
    let record = engine.get("/campaigns/often")?;
    ensure!(record["state"] == "ended" && record["message"] == "the schedule was cancelled" && record["next"].is_null(), "{record}");
    Ok(())
}

#[test]
fn what_waits_can_be_changed_started_and_cancelled() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let digest = upload(&engine, &idle(3, "immediate"))?;
    schedule(&engine, "later", &json!({ "at": "2098-07-01T08:00", "time-zone": "Europe/Vienna" }))?;
    let change = |changes: Json| engine.ask("PATCH", "/campaigns/later", &[], changes.to_string().as_bytes());
    let changed = change(
        json!({ "schedule": { "at": "2099-01-01T08:00" }, "tags": { "team": "shop" }, "scenarios": { "visit": { "minions": 4 } } }),
    )?;
    let changed = changed.with_status(200)?.json()?;
    ensure!(changed["next"] == "2099-01-01T07:00:00Z" && changed["minions"] == 4 && changed["tags"]["team"] == "shop", "{changed}");
    let changed = change(json!({ "schedule": { "cron": "0 2 L-1 1 *" } }))?.with_status(200)?.json()?;
    ensure!(changed["next"].as_str().is_some_and(|next| next.ends_with("-01-30T01:00:00Z")), "{changed}");

    // All that is wrong is told at once, and nothing of it is done.
    let wrong =
        change(json!({ "schedule": { "cron": "0 2 30 2 *", "time-zone": "Europe/Viena" }, "scenarios": { "visit": { "minions": 0 } } }))?;
    let wrong = wrong.with_status(422)?.json()?;
    let places: Vec<_> = wrong["faults"].as_array().into_iter().flatten().map(|fault| fault["place"].clone()).collect();
    ensure!(places == ["/scenarios/visit/minions", "/schedule/time-zone", "/schedule/cron"], "{wrong}");
    for (wrong, status) in [
        (json!({ "key": "other" }), 422),
        (json!({ "schedule": null }), 422),
        (json!({ "schedule": { "at": "2001-01-01T08:00" } }), 422),
        (json!({ "scenario": {} }), 400),
        (json!([1]), 400),
    ] {
        change(wrong)?.with_status(status)?;
    }
    ensure!(engine.get("/campaigns/later")? == changed);

    // It is run now as well, by itself.
    let now = engine.ask("POST", "/campaigns/later/replay", &[], b"")?.with_status(201)?.json()?;
    let now = engine.ended(now["key"].as_str().context("a key")?)?;
    ensure!(now["verdict"] == "successful" && now["minions"] == 4 && now["schedule"].is_null(), "{now}");

    // What it needs is kept for it.
    engine.ask("DELETE", &format!("/components/{digest}"), &[], b"")?.with_status(409)?;
    engine.ask("POST", "/campaigns/later/abort", &[], b"")?.with_status(202)?;
    engine.ask("DELETE", &format!("/components/{digest}"), &[], b"")?.with_status(204)?;
    let over = change(json!({ "tags": { "team": "none" } }))?.with_status(409)?.json()?;
    ensure!(over["detail"] == "the campaign `later` is ended", "{over}");
    engine.ask("POST", "/campaigns/later/abort", &[], b"")?.with_status(409)?;
    Ok(())
}

#[test]
fn a_time_at_which_no_engine_was_there_is_missed() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    upload(&engine, &idle(3, "immediate"))?;
    let at = in_seconds(5);
    schedule(&engine, "once", &json!({ "at": at.to_string() }))?;
    engine.kill();
    // Time goes on without it.
    while Timestamp::now() <= at {
        std::thread::park_timeout(at.duration_since(Timestamp::now()).unsigned_abs());
    }
    let engine = EngineProcess::start(folder.path(), &["--start-late", "0s"])?;
    let once = engine.get("/campaigns/once")?;
    ensure!(once["state"] == "ended" && once["verdict"] == "aborted", "{once}");
    ensure!(once["message"].as_str().is_some_and(|message| message.ends_with("was missed: the engine was not there")), "{once}");
    let followed = engine.call(&["campaigns", "watch", "once"]).run()?.ended_with(3)?;
    ensure!(followed.stderr.contains("was missed"), "{}", followed.stderr);
    Ok(())
}

#[test]
fn people_schedule_by_the_command() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(&folder.path().join("data"), &[])?;
    let file = folder.file("visit.json", idle(3, "immediate").to_string())?;
    let starts = |options: &[&str]| engine.call(&["campaigns", "start"]).arg(&file).args(options).run();
    let later = starts(&["--key", "later", "--at", "2099-07-01T08:00", "--time-zone", "Europe/Vienna"])?.ended_with(0)?;
    ensure!(later.stdout == "later\n" && later.stderr.contains("it starts at 2099-07-01T06:00:00Z"), "{later:?}");
    starts(&["--key", "monthly", "--cron", "0 2 L-1 * *"])?.ended_with(0)?;
    let checked = starts(&["--dry-run", "--cron", "0 2 31 12 *", "--time-zone", "Asia/Tokyo"])?.ended_with(0)?.json()?;
    ensure!(checked["starts"].as_array().map(Vec::len) == Some(5), "{checked}");

    let listed = engine.call(&["campaigns", "list", "--filter", "state:scheduled", "--sort", "key"]).run()?.ended_with(0)?;
    let lines: Vec<_> = listed.stdout.lines().collect();
    ensure!(
        lines.len() == 2 && lines[0].starts_with("later    scheduled") && lines[0].ends_with("next 2099-07-01 06:00:00"),
        "{}",
        listed.stdout
    );
    let changed = engine.call(&["campaigns", "change", "later", "--time-zone", "UTC", "--tag", "team=shop"]).run()?.ended_with(0)?;
    ensure!(changed.stderr.contains("it starts at 2099-07-01T08:00:00Z"), "{changed:?}");
    engine.call(&["campaigns", "abort", "later"]).run()?.ended_with(0)?;
    ensure!(engine.get("/campaigns/later")?["verdict"] == "aborted");

    let wrong = starts(&["--cron", "0 2 L-31 * *"])?.ended_with(2)?;
    ensure!(wrong.stderr.contains("/schedule/cron: `L-31` is no day of the month"), "{}", wrong.stderr);
    let past = starts(&["--at", "2001-01-01T08:00"])?.ended_with(2)?;
    ensure!(past.stderr.contains("/schedule: its time has passed; write one that is to come"), "{}", past.stderr);
    starts(&["--at", "2099-01-01T08:00", "--cron", "0 2 * * *"])?.ended_with(2)?;
    engine.call(&["campaigns", "change", "monthly"]).run()?.ended_with(2)?;
    // A document says the same; `throng run` runs it at once.
    folder.file(
        "nightly.toml",
        "throng = \"0.1\"\nkey = \"nightly\"\nfiles = [\"visit.json\"]\nschedule = { cron = \"0 2 * * MON-FRI\" }\nstart-offset = \"0s\"\n",
    )?;
    let nightly = folder.path().join("nightly.toml");
    engine.call(&["campaigns", "start"]).arg(&nightly).run()?.ended_with(0)?;
    ensure!(engine.get("/campaigns/nightly")?["state"] == "scheduled");
    throng_kit::Throng::new().arg("run").arg(&nightly).run()?.ended_with(0)?;
    Ok(())
}
