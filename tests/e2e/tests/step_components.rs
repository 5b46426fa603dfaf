//! Step plugins out of components: used from documents, pinned in the report, refused with a place and a remedy.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{Ran, run, run_document};
use throng_e2e::documents::document;
use throng_e2e::errors::check_refused;
use throng_e2e::plugins::{HMAC, changed, misfits, path_text as text, signatures, using, webhooks};
use throng_e2e::schema::check_fits;
use throng_kit::{Finished, Folder, Throng, guest, tempdir};

/// Runs the kind of the plugin `test:misfits`.
fn misfit(kind: &str, options: &[&str]) -> Result<Ran> {
    let plugin = misfits()?;
    run_document(&using(&format!("test:misfits/{kind}"), &json!({})), &[&["--plugin", &plugin], options].concat())
}

/// Both commands that check a document, on one that is to be refused.
fn refused(document: &Json, plugins: &[&str], parts: &[&str]) -> Result<()> {
    let folder = tempdir()?;
    let file = folder.file("scenario.json", document.to_string())?;
    for command in ["validate", "run"] {
        let given = plugins.iter().flat_map(|plugin| ["--plugin", plugin]);
        check_refused(Throng::new().arg(command).arg(&file).args(given).run()?, parts)?;
    }
    Ok(())
}

#[test]
fn signatures_are_checked_and_the_plugin_is_pinned() -> Result<()> {
    let plugin = signatures()?;
    let checked = webhooks(HMAC, &json!({ "key": "{setting:secret}", "prefix": "sha256=" }));
    let ran = run_document(&checked, &["--plugin", &plugin])?.ended_with_any(&[0])?;
    ensure!(ran.outcomes("visit", "signed", "success")? == 5, "{}", ran.counts("visit")?);
    let shown = Throng::new().args(["inspect", &plugin, "--format", "json"]).run()?.ended_with(0)?.json()?;
    let pinned = json!([{ "name": "examples:signatures", "version": "1.0.0", "digest": shown["digest"] }]);
    ensure!(ran.report["campaign"]["plugins"] == pinned, "{}", ran.report["campaign"]);
    ensure!(ran.finished.stderr.contains("plugin: examples:signatures@1.0.0, sha256 "), "{}", ran.finished.stderr);

    let forged = run_document(&checked, &["--plugin", &plugin, "-c", "secret=another"])?.ended_with_any(&[1])?;
    let counts = forged.counts("visit")?;
    let signed = &counts["steps"]["signed"];
    ensure!(signed["outcomes"]["failure"] == 5 && signed["failures"]["bad-signature"] == 5, "{counts}");
    Ok(())
}

#[test]
fn the_version_may_be_left_out_and_defaults_are_the_scenarios() -> Result<()> {
    let mut checked = webhooks("examples:signatures/hmac-sha256", &json!({ "prefix": "sha256=" }));
    checked["scenarios"][0]["defaults"] = json!({ "examples:signatures": { "key": "webhook-key", "prefix": "never used" } });
    let ran = run_document(&checked, &["--plugin", &signatures()?])?.ended_with_any(&[0])?;
    ensure!(ran.outcomes("visit", "signed", "success")? == 5, "{}", ran.counts("visit")?);
    Ok(())
}

#[test]
fn a_campaign_document_names_plugins_beside_it() -> Result<()> {
    let folder = tempdir()?;
    std::fs::copy(signatures()?, folder.path().join("signatures.wasm"))?;
    folder.file("webhooks.json", webhooks(HMAC, &json!({ "key": "webhook-key", "prefix": "sha256=" })).to_string())?;
    let campaign = folder.file("campaign.toml", "throng = \"0.1\"\nfiles = [\"webhooks.json\"]\nplugins = [\"signatures.wasm\"]\n")?;
    Throng::new().arg("validate").arg(&campaign).run()?.ended_with(0)?;
    // Given once more on the command line, it is the same plugin.
    let ran = run(&[&campaign], &["--plugin", &signatures()?])?.ended_with_any(&[0])?;
    ensure!(ran.outcomes("visit", "signed", "success")? == 5, "{}", ran.counts("visit")?);
    ensure!(ran.report["campaign"]["plugins"].as_array().map(Vec::len) == Some(1), "{}", ran.report["campaign"]);
    Ok(())
}

/// A folder with a campaign that uses a plugin, beside it.
fn campaign_with_plugin() -> Result<(Folder, PathBuf)> {
    let folder = tempdir()?;
    std::fs::copy(misfits()?, folder.path().join("misfits.wasm"))?;
    folder.file("scenario.json", using("test:misfits/echo", &json!({})).to_string())?;
    let campaign = folder.file("campaign.toml", "throng = \"0.1\"\nfiles = [\"scenario.json\"]\nplugins = [\"misfits.wasm\"]\n")?;
    Ok((folder, campaign))
}

fn run_campaign(campaign: &Path, options: &[&str]) -> Result<Finished> {
    Throng::new().arg("run").arg(campaign).args(["--start-offset", "10ms"]).args(options).run()
}

#[test]
fn a_plugin_is_locked_when_it_is_first_used() -> Result<()> {
    let (folder, campaign) = campaign_with_plugin()?;
    let lock = folder.path().join("throng.lock");
    check_refused(run_campaign(&campaign, &["--locked"])?, &["throng.lock", "`misfits.wasm` is not locked", "run once without it"])?;
    Throng::new().arg("validate").arg(&campaign).run()?.ended_with(0)?;
    ensure!(!lock.exists(), "a check has written a lock");
    let first = run_campaign(&campaign, &[])?.ended_with(0)?;
    ensure!(first.stderr.contains("locked the plugins in"), "{}", first.stderr);
    let written = std::fs::read_to_string(&lock)?;
    ensure!(written.contains("name = \"test:misfits\"\nversion = \"1.0.0-test\"\nsha256 = \""), "{written}");
    let again = run_campaign(&campaign, &["--locked"])?.ended_with(0)?;
    ensure!(!again.stderr.contains("locked the plugins"), "{}", again.stderr);
    ensure!(std::fs::read_to_string(&lock)? == written, "the lock was written anew");
    Ok(())
}

#[test]
fn a_plugin_that_has_changed_is_refused_until_the_lock_is_updated() -> Result<()> {
    let (folder, campaign) = campaign_with_plugin()?;
    run_campaign(&campaign, &[])?.ended_with(0)?;
    folder.file("misfits.wasm", changed("1.0.0-test", "1.1.0-test")?)?;
    let parts = ["throng.lock", "`misfits.wasm` is `test:misfits@1.1.0-test`", "was `test:misfits@1.0.0-test`", "`--update-lock`"];
    check_refused(run_campaign(&campaign, &[])?, &parts)?;
    check_refused(Throng::new().arg("validate").arg(&campaign).run()?, &parts)?;
    run_campaign(&campaign, &["--update-lock"])?.ended_with(0)?;
    run_campaign(&campaign, &["--locked"])?.ended_with(0)?;
    folder.file("throng.lock", "version = 7")?;
    check_refused(run_campaign(&campaign, &[])?, &["throng.lock", "it is of version 7"])
}

#[test]
fn values_pass_through_and_sessions_are_the_minions() -> Result<()> {
    let plugin = misfits()?;
    let assert = |after: &str, rule: &str| json!({ "name": format!("{after}-right"), "after": after, "assert": { "rules": [rule] } });
    let steps = json!([
        { "name": "given", "start": true, "returns": "hello" },
        { "name": "echoed", "after": "given", "test:misfits/echo": {} }, assert("echoed", "json: == \"hello\""),
        { "name": "counted", "after": "given", "test:misfits/count": {}, "iterate": { "iterations": 3 } },
        { "name": "last", "after": "counted", "test:misfits/count": {} },
        { "name": "peeked", "after": "given", "test:misfits/peek": {} }, assert("peeked", "json: == false"),
    ]);
    let settings = json!({ "minions": 20, "settings": [{ "name": "secret", "default": "s" }] });
    let run = |workers: &str| run_document(&document(&[], &settings, &steps), &["--plugin", &plugin, "--workers", workers]);
    let (one, three) = (run("1")?.ended_with_any(&[0])?, run("3")?.ended_with_any(&[0])?);
    ensure!(one.counts("visit")? == three.counts("visit")?, "{}", three.counts("visit")?);
    ensure!(one.outcomes("visit", "counted", "success")? == 60 && one.outcomes("visit", "last", "success")? == 60);
    Ok(())
}

#[test]
fn what_a_plugin_records_is_in_the_report() -> Result<()> {
    let ran = misfit("measure", &[])?.ended_with_any(&[0])?;
    let scenario = ran.scenario("visit")?.to_string();
    ensure!(scenario.contains("measured for minion") && scenario.contains("\"measured\""), "{scenario}");
    ensure!(ran.scenario("visit")?["health"]["guest"]["calls"] == 3, "{}", ran.scenario("visit")?["health"]);
    Ok(())
}

#[test]
fn a_failure_of_the_plugin_has_its_code() -> Result<()> {
    let ran = misfit("fail", &[])?.ended_with_any(&[1])?;
    let counts = ran.counts("visit")?;
    ensure!(counts["steps"]["used"]["failures"]["misfit"] == 3, "{counts}");
    Ok(())
}

#[test]
fn a_trap_fails_one_execution_and_a_hundred_end_the_scenario() -> Result<()> {
    let few = misfit("trap", &[])?.ended_with_any(&[1])?;
    ensure!(few.counts("visit")?["steps"]["used"]["failures"]["trap"] == 3, "{}", few.counts("visit")?);
    let many = misfit("trap", &["--minions", "300"])?.ended_with_any(&[3])?;
    ensure!(many.reasons("visit")?.starts_with("aborted: stopped after 100 calls"), "{}", many.reasons("visit")?);
    let endless = misfit("spin", &["--limit", "call-time=30ms"])?.ended_with_any(&[3])?;
    ensure!(endless.reasons("visit")?.starts_with("aborted: stopped after 3 calls"), "{}", endless.reasons("visit")?);
    Ok(())
}

#[test]
fn kinds_that_are_not_there_are_named_with_a_remedy() -> Result<()> {
    let plugin = signatures()?;
    refused(&webhooks(HMAC, &json!({ "key": "k" })), &[], &["step `signed`", HMAC, "--plugin FILE", "`plugins`"])?;
    let near = "did you mean `examples:signatures/hmac-sha256@1.0.0`?";
    refused(&webhooks("examples:signatures/hmac-sha265@1.0.0", &json!({ "key": "k" })), &[&plugin], &["step `signed`", near])?;
    refused(&webhooks("examples:signatures/hmac-sha256@2.0.0", &json!({ "key": "k" })), &[&plugin], &["step `signed`", near])
}

#[test]
fn options_are_checked_by_schema_and_plugin() -> Result<()> {
    let place = "step `signed`, /examples:signatures~1hmac-sha256@1.0.0";
    let check = |options: Json, parts: &[&str]| refused(&webhooks(HMAC, &options), &[&signatures()?], &[&[place], parts].concat());
    check(json!({ "kei": "k" }), &["/kei: there is no option `kei`; did you mean `key`?", "the option `key` is missing"])?;
    check(json!({ "key": 7 }), &["/key: a string is expected here"])?;
    check(json!({ "key": "k", "key-form": "hexx" }), &["/key-form: `hexx` is none of its values; did you mean `hex`?"])?;
    check(json!({ "key": "xyz", "key-form": "hex" }), &["/key: it is not hexadecimal", "says the plugin `examples:signatures@1.0.0`"])?;
    check(json!({ "key": "{minion}" }), &["/key: `{minion}` is not known here"])?;
    check(json!({ "key": "{setting:secrte}" }), &["/key: there is no setting `secrte`; did you mean `secret`?"])?;
    let folder = tempdir()?;
    let file = folder.file("scenario.json", using("test:misfits/stumble", &json!({})).to_string())?;
    let stumbled = Throng::new().arg("validate").arg(file).args(["--plugin", &misfits()?]).run()?.ended_with(2)?.stderr;
    for part in ["step `used`, /test:misfits~1stumble", "`test:misfits@1.0.0-test`", "misfits.wasm", "the guest panicked"] {
        ensure!(stumbled.contains(part), "`{part}` expected in\n{stumbled}");
    }
    Ok(())
}

/// What settings make of options is looked at before any load.
#[test]
fn options_out_of_settings_are_checked_before_the_load() -> Result<()> {
    let checked = webhooks(HMAC, &json!({ "key": "{setting:secret}", "key-form": "hex" }));
    let folder = tempdir()?;
    let file = folder.file("scenario.json", checked.to_string())?;
    let call = Throng::new().arg("run").arg(&file).args(["--plugin", &signatures()?]);
    check_refused(call.run()?, &["`signed`", "examples:signatures@1.0.0", "/key: it is not hexadecimal", "settings"])
}

#[test]
fn files_that_are_no_plugins_are_refused() -> Result<()> {
    let any = using("test:misfits/echo", &json!({}));
    refused(&any, &["nowhere.wasm"], &["nowhere.wasm", "cannot be read"])?;
    refused(&any, &[&text(guest("echo")?)?], &["echo.wasm", "it is a scenario"])?;
    check_refused(Throng::new().arg("run").arg(misfits()?).run()?, &["misfits.wasm", "it is a step plugin", "--plugin"])
}

#[test]
fn two_versions_live_side_by_side_and_the_same_one_does_not() -> Result<()> {
    let folder = tempdir()?;
    let newer = text(folder.file("newer.wasm", changed("1.0.0-test", "2.0.0-test")?)?)?;
    let other = text(folder.file("other.wasm", changed("never ends", "ends never")?)?)?;
    let plugin = misfits()?;
    let parts =
        ["step `used`, /test:misfits~1echo", "several versions", "`test:misfits/echo@1.0.0-test` or `test:misfits/echo@2.0.0-test`"];
    refused(&using("test:misfits/echo", &json!({})), &[&plugin, &newer], &parts)?;
    let both = using("test:misfits/echo@2.0.0-test", &json!({}));
    let ran = run_document(&both, &["--plugin", &plugin, "--plugin", &newer])?.ended_with_any(&[0])?;
    ensure!(ran.report["campaign"]["plugins"].as_array().map(Vec::len) == Some(2), "{}", ran.report["campaign"]);
    let parts = ["other.wasm", "misfits.wasm", "test:misfits@1.0.0-test", "give one of them"];
    refused(&using("test:misfits/echo", &json!({})), &[&plugin, &other], &parts)
}

#[test]
fn a_plugin_is_shown() -> Result<()> {
    let plugin = signatures()?;
    let shown = Throng::new().args(["inspect", &plugin]).run()?.ended_with(0)?.stdout;
    for part in
        ["plugin examples:signatures@1.0.0: checks", HMAC, "key (string, required): the shared key", "default \"/payload\"", "fails with"]
    {
        ensure!(shown.contains(part), "`{part}` expected in\n{shown}");
    }
    let json = Throng::new().args(["inspect", &plugin, "--format", "json"]).run()?.ended_with(0)?.json()?;
    ensure!(json["plugin"] == "examples:signatures" && json["kinds"][0]["address"] == HMAC, "{json}");
    check_refused(Throng::new().args(["inspect", &plugin, "--format", "mermaid"]).run()?, &["signature_check.wasm", "no graph"])?;
    let valid = Throng::new().args(["validate", &plugin]).run()?.ended_with(0)?.stdout;
    ensure!(valid == "examples:signatures@1.0.0: valid, 1 step kind\n", "{valid}");
    Ok(())
}

#[test]
fn the_schema_knows_the_kinds_of_plugins() -> Result<()> {
    let schema = Throng::new().args(["schema", "scenario", "--plugin", &signatures()?]).run()?.ended_with(0)?.json()?;
    let options = &schema["$defs"]["StepDocument"]["properties"][HMAC];
    ensure!(options["properties"]["key"]["type"] == "string" && options["description"].is_string(), "{options}");
    check_refused(Throng::new().args(["schema", "report", "--plugin", &signatures()?]).run()?, &["--plugin", "scenario documents"])
}

#[test]
fn the_example_of_the_documentation_runs() -> Result<()> {
    let page = include_str!("../../../docs/step-components.md");
    let block = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).context("no example")?;
    let written: Json = serde_json::from_str(block)?;
    let schema = Throng::new().args(["schema", "scenario", "--plugin", &signatures()?]).run()?.ended_with(0)?.json()?;
    check_fits(&schema, &written)?;
    let ran = run_document(&written, &["--plugin", &signatures()?])?.ended_with_any(&[0])?;
    ensure!(ran.outcomes("webhooks", "signed", "success")? == 5, "{}", ran.counts("webhooks")?);
    Ok(())
}
