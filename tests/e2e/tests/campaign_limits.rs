//! What ends a campaign or holds its minions back, said by a campaign document or the command line: both timeouts, and the cap.

use anyhow::{Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{Ran, run};
use throng_e2e::documents::document;
use throng_e2e::errors::check_refused;
use throng_kit::{Throng, tempdir};

/// A campaign of one scenario, `visit`, of these settings and steps. However busy the machine is, late starts do not bear on its verdict.
fn ran(campaign: &str, settings: &Json, steps: &Json, options: &[&str]) -> Result<Ran> {
    let folder = tempdir()?;
    folder.file("visit.json", document(&[], settings, steps).to_string())?;
    let health = "[health]\nstart-lag-warns = \"1h\"\nstart-lag-voids = \"1h\"\nstall-warns = \"1h\"\n";
    let file = folder.file("campaign.toml", format!("throng = \"0.1\"\nfiles = [\"visit.json\"]\n{campaign}\n{health}"))?;
    run(&[file], options)
}

/// Far more minions than anybody waits for.
fn endless() -> Json {
    json!({ "minions": 1_000_000, "profile": "regular(50ms, 1)" })
}

fn minions(ran: &Ran) -> Result<[u64; 3]> {
    let minions = &ran.scenario("visit")?["minions"];
    Ok(["started", "completed", "cancelled"].map(|count| minions[count].as_u64().unwrap_or(u64::MAX)))
}

#[test]
fn a_soft_timeout_lets_running_minions_end_and_the_verdict_is_as_usual() -> Result<()> {
    let good = json!([{ "name": "once", "start": true, "returns": 7 }]);
    let bad = json!([{ "name": "once", "start": true, "returns": 7 }, { "name": "wrong", "after": "once", "assert": { "rules": ["body == \"8\""] } }]);
    for (campaign, options) in [("soft-timeout = \"300ms\"", &[][..]), ("soft-timeout = \"1h\"", &["--timeout", "300ms"])] {
        for (steps, code, verdict) in [(&good, 0, "successful"), (&bad, 1, "failed")] {
            let ran = ran(campaign, &endless(), steps, options)?.ended_with_any(&[code])?;
            let end = &ran.report["campaign"]["end"];
            ensure!(end["kind"] == "soft-stopped" && ran.report["verdict"] == verdict, "{end}, {}", ran.report["verdict"]);
            let [started, completed, cancelled] = minions(&ran)?;
            ensure!((1..1_000_000).contains(&started) && completed == started && cancelled == 0, "{started} {completed} {cancelled}");
        }
    }
    Ok(())
}

/// §5: tags select the engine. What only the step or only the engine is tagged with selects nothing.
#[test]
fn steps_that_belong_on_another_engine_are_refused() -> Result<()> {
    let steps = json!([{ "name": "once", "start": true, "returns": 7, "tags": { "region": "eu", "kind": "cheap" } }]);
    let folder = tempdir()?;
    let file = folder.file("visit.json", document(&[], &json!({ "minions": 2 }), &steps).to_string())?;
    for options in [&[][..], &["--engine-tag", "region=eu", "--engine-tag", "rack=7"]] {
        let ran = run(&[&file], options)?.ended_with_any(&[0])?;
        ensure!(ran.outcomes("visit", "once", "success")? == 2, "{}", ran.counts("visit")?);
    }
    let refusal = "step `once` of scenario `visit` is tagged `region=eu`, and this engine `region=us`";
    let by_option = Throng::new().arg("run").arg(&file).args(["--engine-tag", "region=us"]).run()?;
    check_refused(by_option, &["--engine-tag", refusal])?;
    folder.file("throng.toml", "[engine-tags]\nregion = \"us\"\n")?;
    let by_file = Throng::new().folder(folder.path()).args(["run", "visit.json"]).run()?;
    check_refused(by_file, &["throng.toml", "line 2", refusal])
}

#[test]
fn a_hard_timeout_cancels_everything_and_keeps_the_report() -> Result<()> {
    let steps = json!([{ "name": "once", "start": true, "returns": 7 }, { "name": "sleep", "after": "once", "delay": "1h" }]);
    for (campaign, options) in
        [("hard-timeout = \"300ms\"", &[][..]), ("soft-timeout = \"100ms\"\nhard-timeout = \"1h\"", &["--hard-timeout", "300ms"])]
    {
        let ran = ran(campaign, &json!({ "minions": 5 }), &steps, options)?.ended_with_any(&[3])?;
        let end = &ran.report["campaign"]["end"];
        ensure!(end == &json!({ "kind": "aborted", "reason": "the hard timeout of 300ms ran out" }), "{end}");
        ensure!(ran.report["verdict"] == "aborted" && minions(&ran)? == [5, 0, 5], "{}", ran.report["verdict"]);
        ensure!(ran.outcomes("visit", "once", "success")? == 5, "{}", ran.counts("visit")?);
    }
    Ok(())
}

#[test]
fn a_cap_reaches_the_workers() -> Result<()> {
    // Whoever has come first stays longer than any machine takes for the starts of the others.
    let steps = json!([{ "name": "stay", "start": true, "returns": 7 }, { "name": "sleep", "after": "stay", "delay": "2s" }]);
    let settings = json!({ "minions": 5, "max-in-flight": { "limit": 1, "policy": "stop" } });
    let dropping = ran("scenarios.visit.max-in-flight = { limit = 2, policy = \"drop\" }", &settings, &steps, &[])?.ended_with_any(&[0])?;
    ensure!(minions(&dropping)? == [2, 2, 0], "{}", dropping.counts("visit")?);
    let unlimited = ran("scenarios.visit.max-in-flight = { limit = 2 }", &settings, &steps, &["--max-in-flight", "visit=5:stop"])?;
    ensure!(minions(&unlimited.ended_with_any(&[0])?)? == [5, 5, 0]);
    let stopping =
        ran("scenarios.visit.max-in-flight = { limit = 9 }", &settings, &steps, &["--max-in-flight", "3:stop"])?.ended_with_any(&[1])?;
    let end = &stopping.report["campaign"]["end"];
    ensure!(end["kind"] == "failed" && end["reason"].as_str().is_some_and(|reason| reason.contains("max-in-flight")), "{end}");
    ensure!(minions(&stopping)? == [3, 3, 0], "{}", stopping.counts("visit")?);
    Ok(())
}
