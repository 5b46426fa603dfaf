//! Rules decide: in scenarios, in campaign documents, on the command line.

use anyhow::{Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{Ran, run, run_document};
use throng_e2e::errors::check_refused;
use throng_kit::{Throng, tempdir};

/// Twenty minions wait, and one in four of them fails.
fn quarter_fails(rules: &[&str]) -> Json {
    json!({ "throng": "0.1", "scenarios": [{
        "name": "shop", "minions": 20, "rules": rules,
        "steps": [
            { "name": "wait", "start": true, "delay": "20ms" },
            { "name": "number", "after": "wait", "returns": "{minion}" },
            { "name": "lucky", "after": "number", "assert": { "rules": ["body contains \"1\""] } }
        ]
    }] })
}

fn verdicts(ran: &Ran) -> Vec<(String, bool)> {
    let rules = ran.report.get("rules").and_then(Json::as_array).cloned().unwrap_or_default();
    let one = |rule: &Json| {
        let text = rule.get("rule").and_then(Json::as_str).unwrap_or_default();
        (text.to_owned(), rule.get("holds").and_then(Json::as_bool).unwrap_or_default())
    };
    rules.iter().map(one).collect()
}

#[test]
fn a_rule_with_an_upper_bound_decides_about_failures() -> Result<()> {
    let kept = run_document(&quarter_fails(&["failures(step:lucky) <= 60%"]), &[])?.ended_with_any(&[0])?;
    ensure!(verdicts(&kept) == [("failures(step:lucky) <= 60%".to_owned(), true)], "{:?}", verdicts(&kept));
    let broken = run_document(&quarter_fails(&["failures(step:lucky) <= 5%"]), &[])?.ended_with_any(&[1])?;
    let reasons = broken.reasons("shop")?;
    ensure!(reasons.contains("failures(step:lucky) <= 5%") && reasons.contains("minion"), "{reasons}");
    ensure!(broken.finished.stdout.contains("Rules"), "{}", broken.finished.stdout);
    let without = run_document(&quarter_fails(&[]), &[])?.ended_with_any(&[1])?;
    ensure!(verdicts(&without).is_empty());
    Ok(())
}

#[test]
fn rules_of_the_command_line_are_kept_or_broken() -> Result<()> {
    let document = quarter_fails(&["failures(step:lucky) <= 100%"]);
    run_document(&document, &["--rule", "p50(response, step:wait) >= 20ms", "--rule", "count(journey) == 20"])?.ended_with_any(&[0])?;
    let broken = run_document(&document, &["--rule", "p50(response, step:wait) < 1ms"])?.ended_with_any(&[1])?;
    ensure!(verdicts(&broken).len() == 2 && verdicts(&broken).iter().filter(|(_, holds)| !holds).count() == 1, "{:?}", verdicts(&broken));
    let warned = run_document(&document, &["--rule", "p50(response, step:wait) < 1ms then warn"])?.ended_with_any(&[0])?;
    ensure!(warned.report.get("verdict").is_some_and(|verdict| verdict == "warning"), "{}", warned.finished.stdout);
    Ok(())
}

#[test]
fn a_rule_can_stop_the_campaign() -> Result<()> {
    let document = json!({ "throng": "0.1", "scenarios": [{
        "name": "long", "minions": 100_000, "profile": "regular(10ms, 1)",
        "steps": [{ "name": "wait", "start": true, "delay": "5ms" }]
    }] });
    let ran = run_document(&document, &["--rule", "p50(response, step:wait) < 1ms then stop"])?.ended_with_any(&[1, 4])?;
    let end = ran.report.pointer("/campaign/end/kind").cloned().unwrap_or_default();
    ensure!(end == "soft-stopped", "{end}");
    let started = ran.report.pointer("/scenarios/0/minions/started").and_then(Json::as_u64).unwrap_or_default();
    ensure!((1..100_000).contains(&started), "{started} started");
    Ok(())
}

#[test]
fn rules_of_a_campaign_document_count_and_wrong_ones_are_refused_with_their_place() -> Result<()> {
    let folder = tempdir()?;
    folder.file("shop.json", quarter_fails(&["failures(step:lucky) <= 100%"]).to_string())?;
    let campaign = |rule: &str| format!("throng = \"0.1\"\nfiles = [\"shop.json\"]\nrules = ['{rule}']\n");
    let good = folder.file("good.toml", campaign("count(journey) == 20"))?;
    let ran = run(&[good], &[])?.ended_with_any(&[0])?;
    ensure!(verdicts(&ran).len() == 2, "{:?}", verdicts(&ran));
    let bad = folder.file("bad.toml", campaign("p99(response, step:waitt) < 1s"))?;
    check_refused(Throng::new().arg("run").arg(bad).run()?, &["bad.toml", "waitt", "`wait`"])?;
    let call = |rule: &str| Throng::new().arg("run").arg(folder.path().join("shop.json")).args(["--rule", rule]).run();
    check_refused(call("p99(respons, step:wait) << 1s")?, &["--rule"])?;
    let own = folder.file("own.json", quarter_fails(&["errors(step:nowhere) == 0"]).to_string())?;
    check_refused(Throng::new().arg("validate").arg(own).run()?, &["nowhere", "/rules/0"])
}

#[test]
fn what_never_happened_keeps_no_rule() -> Result<()> {
    let document = json!({ "throng": "0.1", "scenarios": [{
        "name": "shop", "steps": [
            { "name": "begin", "start": true, "returns": [] },
            { "name": "each", "after": "begin", "flatten": {} },
            { "name": "never", "after": "each", "delay": "1ms" }
        ]
    }] });
    let ran = run_document(&document, &["--rule", "p99(response, step:never) < 1s"])?.ended_with_any(&[1])?;
    ensure!(ran.finished.stdout.contains("saw nothing"), "{}", ran.finished.stdout);
    Ok(())
}
