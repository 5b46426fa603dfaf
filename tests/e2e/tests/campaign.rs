//! A campaign document in place of files: several documents as one campaign, with their changes.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::run;
use throng_e2e::documents::idle;
use throng_e2e::errors::check_refused;
use throng_e2e::schema::check_fits;
use throng_kit::{Folder, Throng, tempdir};

/// Two scenarios, `first` and `second`, and a campaign document beside them.
fn files(campaign: &Json) -> Result<Folder> {
    let folder = tempdir()?;
    for name in ["first", "second"] {
        let mut document = idle(3, "immediate");
        *document.pointer_mut("/scenarios/0/name").context("a scenario with a name")? = name.into();
        folder.file(&format!("{name}.json"), document.to_string())?;
    }
    folder.file("campaign.json", campaign.to_string())?;
    Ok(folder)
}

fn campaign(changes: &Json) -> Json {
    json!({ "throng": "0.1", "files": ["first.json", "second.json"], "scenarios": changes, "seed": 7, "key": "nightly" })
}

fn started(report: &Json) -> Json {
    let scenarios = report["scenarios"].as_array().cloned().unwrap_or_default();
    scenarios.iter().map(|scenario| json!([scenario.get("name"), scenario.pointer("/minions/started")])).collect()
}

#[test]
fn its_files_are_run_with_its_changes() -> Result<()> {
    let folder = files(&campaign(&json!({ "first": { "minions": 5 }, "second": { "profile": "rate(40, 100ms)" } })))?;
    let ran = run(&[folder.path().join("campaign.json")], &[])?.ended_with_any(&[0, 4])?;
    ensure!(started(&ran.report) == json!([["first", 5], ["second", 4]]), "{}", ran.report["scenarios"]);
    ensure!(ran.report["campaign"]["key"] == "nightly" && ran.report["campaign"]["seed"] == 7, "{}", ran.report["campaign"]);
    Ok(())
}

#[test]
fn only_the_scenarios_that_it_names_are_run() -> Result<()> {
    let folder = files(&campaign(&json!({ "second": {} })))?;
    let ran = run(&[folder.path().join("campaign.json")], &[])?.ended_with_any(&[0])?;
    ensure!(started(&ran.report) == json!([["second", 3]]), "{}", ran.report["scenarios"]);
    Ok(())
}

#[test]
fn the_command_line_wins() -> Result<()> {
    let folder = files(&campaign(&json!({ "first": { "minions": 5 }, "second": { "minions": 6 } })))?;
    let file = [folder.path().join("campaign.json")];
    let ran = run(&file, &["-m", "2", "--key", "by-hand", "--seed", "8"])?.ended_with_any(&[0])?;
    ensure!(started(&ran.report) == json!([["first", 2], ["second", 2]]), "{}", ran.report["scenarios"]);
    ensure!(ran.report["campaign"]["key"] == "by-hand" && ran.report["campaign"]["seed"] == 8, "{}", ran.report["campaign"]);
    let ran = run(&file, &["-m", "second=4"])?.ended_with_any(&[0])?;
    ensure!(started(&ran.report) == json!([["first", 5], ["second", 4]]), "{}", ran.report["scenarios"]);
    Ok(())
}

#[test]
fn what_is_wrong_with_it_is_refused() -> Result<()> {
    let refused = |document: &Json, more: &[&str], parts: &[&str]| {
        let folder = files(document)?;
        let finished = Throng::new().arg("run").arg(folder.path().join("campaign.json")).args(more).run()?;
        check_refused(finished, parts)
    };
    refused(&json!({ "throng": "0.1", "files": [] }), &[], &["campaign.json", "/files"])?;
    refused(&json!({ "throng": "0.1", "files": ["none.json"] }), &[], &["none.json"])?;
    refused(&json!({ "throng": "0.1", "files": ["first.json"], "sed": 1 }), &[], &["campaign.json", "did you mean `seed`"])?;
    refused(&campaign(&json!({ "frist": {} })), &[], &["frist", "did you mean `first`"])?;
    refused(&campaign(&json!({ "first": { "profile": "reglar(1s, 5)" } })), &[], &["/scenarios/first/profile", "regular"])?;
    refused(&campaign(&json!({})), &["other.json"], &["campaign.json", "alone"])
}

#[test]
fn its_schema_accepts_it_and_refuses_other_fields() -> Result<()> {
    let schema = Throng::new().args(["schema", "campaign"]).run()?.ended_with(0)?.json()?;
    let mut document = campaign(&json!({ "first": { "minions": 5, "profile": "immediate" } }));
    check_fits(&schema, &document)?;
    document["sed"] = 1.into();
    ensure!(check_fits(&schema, &document).is_err(), "the schema accepts {document}");
    Ok(())
}
