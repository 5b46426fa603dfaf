//! A campaign document in place of files: several documents as one campaign, with their changes.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{GOOD_OR_VOID, Ran, run};
use throng_e2e::documents::idle;
use throng_e2e::errors::check_refused;
use throng_e2e::schema::check_fits;
use throng_kit::{EngineProcess, Folder, TargetProcess, Throng, tempdir};

/// Two documents with 3 minions each, of the scenarios `first` and `second`, and beside them a campaign document of this name.
fn files(name: &str, campaign: &str) -> Result<Folder> {
    let folder = tempdir()?;
    for name in ["first", "second"] {
        let mut document = idle(3, "immediate");
        let scenario = document.pointer_mut("/scenarios/0").and_then(Json::as_object_mut).context("a scenario")?;
        scenario.insert("name".to_owned(), name.into());
        scenario.insert("settings".to_owned(), json!([{ "name": "count", "type": "integer", "default": 1 }]));
        folder.file(&format!("{name}.json"), document.to_string())?;
    }
    folder.file(name, campaign)?;
    Ok(folder)
}

fn run_json(campaign: &Json, options: &[&str]) -> Result<Ran> {
    run(&[files("campaign.json", &campaign.to_string())?.path().join("campaign.json")], options)
}

fn run_toml(campaign: &str, options: &[&str]) -> Result<Ran> {
    run(&[files("campaign.toml", campaign)?.path().join("campaign.toml")], options)
}

fn campaign(changes: &Json) -> Json {
    json!({ "throng": "0.1", "files": ["first.json", "second.json"], "scenarios": changes, "seed": 7, "key": "nightly" })
}

/// What most campaigns here begin with.
const HEAD: &str = "throng = \"0.1\"\nfiles = [\"first.json\", \"second.json\"]\n";

fn started(report: &Json) -> Json {
    let scenarios = report["scenarios"].as_array().cloned().unwrap_or_default();
    scenarios.iter().map(|scenario| json!([scenario.get("name"), scenario.pointer("/minions/started")])).collect()
}

#[test]
fn its_files_are_run_with_its_changes() -> Result<()> {
    let document = campaign(&json!({ "first": { "minions": 5 }, "second": { "profile": "rate(40, 100ms)" } }));
    let ran = run_json(&document, &[])?.ended_with_any(&GOOD_OR_VOID)?;
    ensure!(started(&ran.report) == json!([["first", 5], ["second", 4]]), "{}", ran.report["scenarios"]);
    ensure!(ran.report["campaign"]["key"] == "nightly" && ran.report["campaign"]["seed"] == 7, "{}", ran.report["campaign"]);
    Ok(())
}

#[test]
fn in_toml_each_scenario_has_its_own_profile_and_zones() -> Result<()> {
    let document = format!(
        r#"{HEAD}
        key = "two-in-one"
        seed = 12
        speed = 2
        zone = "north"
        tags = {{ team = "shop", build = "12" }}
        rules = ["p99(response, step:once) < 1s"]
        [scenarios.first]
        profile = "regular(20ms, 4)"
        minions = 10
        zones = {{ north = "60%", south = 40 }}
        [scenarios.second]
        profile = {{ rate = {{ per-second = 20, duration = "100ms" }} }}"#
    );
    let ran = run_toml(&document, &[])?.ended_with_any(&GOOD_OR_VOID)?;
    // Alone, the engine takes all zones. At twice the speed the rate is twice as high for as long.
    ensure!(started(&ran.report) == json!([["first", 10], ["second", 4]]), "{}", ran.report["scenarios"]);
    let facts = &ran.report["campaign"];
    ensure!(facts["key"] == "two-in-one" && facts["seed"] == 12 && facts["speed"] == 2.0 && facts["zone"] == "north", "{facts}");
    ensure!(facts["tags"] == json!({ "team": "shop", "build": "12" }), "{facts}");
    ensure!(
        ran.report["rules"][0]["rule"] == "p99(response, step:once) < 1s" && ran.report["rules"][0]["holds"] == true,
        "{}",
        ran.report["rules"]
    );
    ensure!(ran.finished.stderr.contains("first: 10 minions, regular(20ms, 4)"), "{}", ran.finished.stderr);
    Ok(())
}

#[test]
fn only_the_scenarios_that_it_names_are_run() -> Result<()> {
    let ran = run_json(&campaign(&json!({ "second": {} })), &[])?.ended_with_any(&GOOD_OR_VOID)?;
    ensure!(started(&ran.report) == json!([["second", 3]]), "{}", ran.report["scenarios"]);
    Ok(())
}

#[test]
fn the_command_line_wins() -> Result<()> {
    let document = format!(
        "{HEAD}key = \"nightly\"\nseed = 7\nzone = \"north\"\ntags = {{ team = \"shop\", build = \"1\" }}\n\
         minions-factor = 100\n[scenarios.first]\nminions = 5\n[scenarios.second]\nminions = 6\n"
    );
    let options = ["-m", "2", "--key", "by-hand", "--seed", "8", "--zone", "south", "--tag", "build=2", "--speed", "3"];
    let ran = run_toml(&document, &options)?.ended_with_any(&GOOD_OR_VOID)?;
    ensure!(started(&ran.report) == json!([["first", 2], ["second", 2]]), "{}", ran.report["scenarios"]);
    let facts = &ran.report["campaign"];
    ensure!(facts["key"] == "by-hand" && facts["seed"] == 8 && facts["speed"] == 3.0 && facts["zone"] == "south", "{facts}");
    ensure!(facts["tags"] == json!({ "team": "shop", "build": "2" }), "{facts}");
    for (options, expected) in [
        (&["-m", "second=4"][..], json!([["first", 5], ["second", 4]])),
        // Rounded down, and at least 1; the document's factor is replaced, not multiplied.
        (&["--minions-factor", "0.5"], json!([["first", 2], ["second", 3]])),
        (&["--minions-factor", "0.001"], json!([["first", 1], ["second", 1]])),
        (&["--profile", "first=rate(70, 100ms)"], json!([["first", 7], ["second", 6]])),
        (&["--scenario", "sec*"], json!([["second", 6]])),
    ] {
        let ran = run_toml(&document, options)?.ended_with_any(&GOOD_OR_VOID)?;
        ensure!(started(&ran.report) == expected, "{options:?}: {}", ran.report["scenarios"]);
    }
    Ok(())
}

#[test]
fn a_plan_shows_what_each_zone_gets() -> Result<()> {
    let document = format!("{HEAD}[scenarios.first]\nminions = 11\nzones = {{ south = 40, north = \"60%\" }}\n[scenarios.second]\n");
    let folder = files("campaign.toml", &document)?;
    let plan = || Throng::new().arg("plan").arg(folder.path().join("campaign.toml"));
    let table = plan().run()?.ended_with(0)?.stdout;
    ensure!(table.contains("first: 11 minions, immediate\n   zones: north 6 (60%), south 5 (40%)\n"), "{table}");
    ensure!(table.matches("zones:").count() == 1, "{table}");
    let json = plan().arg("--json").run()?.ended_with(0)?.json()?;
    ensure!(json == json!({ "first": [{ "count": 11, "offset_ms": 0 }], "second": [{ "count": 3, "offset_ms": 0 }] }), "{json}");
    Ok(())
}

#[test]
fn what_is_wrong_with_it_is_refused() -> Result<()> {
    let refused = |document: &Json, more: &[&str], parts: &[&str]| {
        let folder = files("campaign.json", &document.to_string())?;
        let finished = Throng::new().arg("run").arg(folder.path().join("campaign.json")).args(more).run()?;
        check_refused(finished, parts)
    };
    refused(&json!({ "throng": "0.1", "files": [] }), &[], &["campaign.json", "/files"])?;
    refused(&json!({ "throng": "0.1", "files": ["none.json"] }), &[], &["none.json"])?;
    refused(&json!({ "throng": "0.1", "files": ["first.json"], "sed": 1 }), &[], &["campaign.json", "line 1", "did you mean `seed`"])?;
    refused(&campaign(&json!({ "frist": {} })), &[], &["campaign.json", "/scenarios/frist", "did you mean `first`"])?;
    refused(&campaign(&json!({ "first": { "profile": "reglar(1s, 5)" } })), &[], &["/scenarios/first/profile", "regular"])?;
    refused(&campaign(&json!({})), &["other.json"], &["campaign.json", "alone"])
}

#[test]
fn what_is_wrong_in_toml_is_refused_with_file_and_key() -> Result<()> {
    let refused = |document: &str, more: &[&str], parts: &[&str]| {
        let folder = files("campaign.toml", &format!("{HEAD}{document}"))?;
        for command in ["run", "plan", "validate"] {
            // What only a run knows of.
            if command != "run" && (!more.is_empty() || document.contains("zone = ") || document.contains("timeout")) {
                continue;
            }
            check_refused(Throng::new().arg(command).arg(folder.path().join("campaign.toml")).args(more).run()?, parts)?;
        }
        Ok::<_, anyhow::Error>(())
    };
    refused("sed = 1", &[], &["campaign.toml", "line 3, column 1", "did you mean `seed`"])?;
    refused("[scenarios.first]\nminions = \"5\"", &[], &["campaign.toml", "line 4, column 11", "scenarios.first.minions"])?;
    refused("[scenarios.first]\nzones = { north = \"60%\" }", &[], &["campaign.toml", "/scenarios/first/zones", "60%", "100%"])?;
    refused("[scenarios.first]\nzones = { north = -5 }", &[], &["campaign.toml", "line 4", "scenarios.first.zones.north", "-5"])?;
    let fixed = "[scenarios.first]\nprofile = \"rate(10, 1s)\"\n";
    refused(&format!("{fixed}minions = 5"), &[], &["campaign.toml", "/scenarios/first/minions", "--minions-factor"])?;
    refused(fixed, &["-m", "5"], &["--minions: ", "`first` starts 10 minions", "--minions-factor"])?;
    refused("settings.cuont = 5", &[], &["campaign.toml", "/settings/cuont", "did you mean `count`"])?;
    refused("settings.count = \"five\"", &[], &["campaign.toml", "/settings/count", "whole number"])?;
    refused("settings.count = 5", &["-c", "cuont=5"], &["-c cuont", "did you mean `count`"])?;
    refused("hard-timeout = \"0s\"", &[], &["campaign.toml", "/hard-timeout", "hard timeout of 0"])?;
    refused("soft-timeout = \"2h\"", &[], &["campaign.toml", "/soft-timeout", "2h", "1h"])?;
    refused("soft-timeout = \"2m\"\nhard-timeout = \"1m\"", &[], &["campaign.toml", "/hard-timeout", "2m", "1m"])?;
    refused("soft-timeout = \"2m\"", &["--hard-timeout", "1m"], &["--hard-timeout: ", "2m", "1m"])?;
    refused("hard-timeout = \"1m\"", &["--timeout", "2m"], &["2m", "1m"])?;
    let zones = "[scenarios.first]\nzones = { north = 60, south = 40 }";
    refused(&format!("zone = \"nort\"\n{zones}"), &[], &["campaign.toml", "/zone", "nothing of scenario `first`", "did you mean `north`"])?;
    refused(zones, &["--zone", "west"], &["--zone: ", "in zone `west`, which gets nothing of scenario `first`"])?;
    refused("", &["--tag", "build"], &["--tag", "KEY=VALUE"])?;
    refused("", &["--max-in-flight", "frist=5:drop"], &["--max-in-flight: ", "did you mean `first`"])?;
    refused("", &["--max-in-flight", "5:dorp"], &["--max-in-flight", "did you mean `drop`"])
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

/// The first block of the page on campaigns that is in this language and has this text.
fn block(language: &str, text: &str) -> Result<&'static str> {
    let page = include_str!("../../../docs/campaigns.md");
    let blocks = page.split(&format!("```{language}\n")).skip(1).filter_map(|rest| rest.split("```").next()).collect::<Vec<_>>();
    blocks.into_iter().find(|block| block.contains(text)).with_context(|| format!("no {language} with {text}"))
}

#[test]
fn the_example_of_the_documentation_runs() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let folder = tempdir()?;
    folder.file("shop.json", block("json", "\"targets\"")?.replace("http://127.0.0.1:8080", target.url()))?;
    let schema = Throng::new().args(["schema", "campaign"]).run()?.ended_with(0)?.json()?;
    let json = block("json", "\"files\"")?;
    check_fits(&schema, &serde_json::from_str(json)?)?;
    for (name, text) in [("campaign.toml", block("toml", "files")?), ("campaign.json", json)] {
        let file = folder.file(name, text)?;
        let plan = Throng::new().arg("plan").arg(&file).run()?.ended_with(0)?.stdout;
        ensure!(plan.starts_with(block("text", "zones:")?), "{plan}");
        let valid = Throng::new().arg("validate").arg(&file).run()?.ended_with(0)?.stdout;
        ensure!(valid.contains("search: valid, 1 step, 30 minions, regular(100ms, 10)"), "{valid}");
        let ran = run(&[file], &[])?.ended_with_any(&GOOD_OR_VOID)?;
        ensure!(started(&ran.report) == json!([["browse", 40], ["search", 30]]), "{}", ran.report["scenarios"]);
        let facts = &ran.report["campaign"];
        ensure!(facts["key"] == "before-the-sale" && facts["zone"] == "north" && facts["tags"]["build"] == "1234", "{facts}");
    }
    ensure!(target.stats()?["requests"] == 140, "the target has seen {}", target.stats()?);
    Ok(())
}

/// A document with two scenarios that declare the same setting, each of which expects a value of its own.
fn greetings() -> Json {
    let scenario = |name: &str, expected: &str| {
        json!({ "name": name, "minions": 2, "settings": [{ "name": "word", "default": "hello" }], "steps": [
            { "name": "said", "start": true, "returns": "{setting:word}" },
            { "name": "right", "after": "said", "assert": { "rules": [format!("body == \"{expected}\"")] } },
        ] })
    };
    json!({ "throng": "0.1", "scenarios": [scenario("arrival", "hello"), scenario("departure", "bye"), scenario("noon", "mid")] })
}

#[test]
fn scenarios_have_settings_of_their_own() -> Result<()> {
    let folder = tempdir()?;
    folder.file("greetings.json", greetings().to_string())?;
    let campaign =
        |scenarios: &str| format!("throng = \"0.1\"\nfiles = [\"greetings.json\"]\nsettings = {{ word = \"mid\" }}\n{scenarios}");
    let own = "[scenarios.arrival.settings]\nword = \"hello\"\n[scenarios.departure.settings]\nword = \"bye\"\n[scenarios.noon]\n";
    let file = folder.file("campaign.toml", campaign(own))?;
    let ran = run(&[&file], &[])?.ended_with_any(&GOOD_OR_VOID)?;
    for name in ["arrival", "departure", "noon"] {
        ensure!(ran.outcomes(name, "right", "success")? == 2, "{}", ran.counts(name)?);
    }
    // The command line is later than the campaign.
    let ran = run(&[&file], &["-c", "word=mid"])?.ended_with_any(&[1])?;
    ensure!(ran.outcomes("arrival", "right", "failure")? == 2 && ran.outcomes("noon", "right", "success")? == 2);
    let wrong = folder.file("wrong.toml", campaign("[scenarios.noon.settings]\nwordd = \"mid\"\n"))?;
    let call = Throng::new().arg("run").arg(wrong).run()?;
    check_refused(call, &["wrong.toml", "/scenarios/noon/settings/wordd", "did you mean `word`?"])?;

    let engine = EngineProcess::start::<&str>(&folder.path().join("data"), &[])?;
    let watched = engine.call(&["campaigns", "start", "--watch", "--key", "greetings"]).arg(&file).run()?;
    watched.ended_with(0)?;
    let report = engine.get("/campaigns/greetings/report.json")?;
    ensure!(report["scenarios"].as_array().map(Vec::len) == Some(3), "{report}");
    let wrong = folder.path().join("wrong.toml");
    let refused = engine.call(&["campaigns", "start"]).arg(&wrong).run()?;
    check_refused(refused, &["/scenarios/noon/settings/wordd", "did you mean `word`?"])
}
