//! `throng.toml`, presets, the environment and the command line: which one wins, who is told to have said it, and what is refused.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::documents::{document, idle};
use throng_e2e::errors::check_refused;
use throng_e2e::schema::check_fits;
use throng_kit::{Finished, Folder, Throng, tempdir};

/// What is in force in a folder, by key.
struct InForce(Json);

impl InForce {
    fn of(call: Throng) -> Result<Self> {
        Ok(Self(call.arg("--json").run()?.ended_with(0)?.json()?))
    }

    /// The value, and the place of who says it.
    fn at(&self, key: &str) -> Result<(&Json, &str)> {
        let values = self.0.get("values").and_then(Json::as_array).context("no values")?;
        let named = values.iter().rfind(|value| value.get("key").is_some_and(|name| name == key));
        let said = named.and_then(|value| Some((value.get("value")?, value.get("place")?.as_str()?)));
        said.with_context(|| format!("no `{key}` in {}", self.0))
    }
}

fn config(folder: &Path) -> Throng {
    Throng::new().arg("config").folder(folder)
}

/// A folder with a configuration, and a scenario as `visit.json`.
fn project(toml: &str) -> Result<Folder> {
    let folder = tempdir()?;
    folder.file("throng.toml", toml)?;
    folder.file("visit.json", idle(1, "immediate").to_string())?;
    Ok(folder)
}

fn run(folder: &Path, options: &[&str]) -> Throng {
    Throng::new().args(["run", "visit.json", "--start-offset", "10ms"]).args(options).folder(folder)
}

/// The report that a run has written as `report.json`.
fn report(folder: &Path, finished: Finished) -> Result<Json> {
    let finished = finished.ended_with_any(&[0, 4])?;
    let text = std::fs::read_to_string(folder.join("report.json")).with_context(|| format!("no report; {}", finished.stderr))?;
    Ok(serde_json::from_str(&text)?)
}

#[test]
fn who_comes_later_wins() -> Result<()> {
    let toml = "seed = 1\nreport = [\"json=report.json\"]\ntags = { from = \"file\", file = \"yes\" }\n[presets.night]\nseed = 3\ntags.from = \"preset\"";
    let folder = project(toml)?;
    let campaign = json!({ "throng": "0.1", "files": ["visit.json"], "seed": 2, "tags": { "from": "campaign" } });
    folder.file("campaign.json", campaign.to_string())?;
    let start = |file: &str| Throng::new().args(["run", file, "--start-offset", "10ms"]).folder(folder.path());
    let check = |call: Throng, seed: u64, from: &str| {
        let report = report(folder.path(), call.run()?)?;
        let facts = &report["campaign"];
        ensure!(facts["seed"] == seed && facts["tags"] == json!({ "from": from, "file": "yes" }), "{from}: {facts}");
        Ok(())
    };
    check(start("visit.json"), 1, "file")?;
    check(start("campaign.json"), 2, "campaign")?;
    let with_preset = || start("campaign.json").args(["--preset", "night"]);
    check(with_preset(), 3, "preset")?;
    let with_environment = || with_preset().env("THRONG_SEED", "4").env("THRONG_TAGS", "from=environment\n");
    check(with_environment(), 4, "environment")?;
    check(with_environment().args(["--seed", "5", "--tag", "from=line"]), 5, "line")
}

#[test]
fn each_value_is_told_with_who_says_it() -> Result<()> {
    let folder = project("live = \"off\"\n\n[tags]\nteam = \"shop\"\n\n[presets.smoke]\nminions = 3\nrules = [\"failures() == 0\"]\n")?;
    let call = || config(folder.path()).env("THRONG_PRESET", "smoke").env("THRONG_SOFT_TIMEOUT", "5m").args(["--hard-timeout", "10m"]);
    let told = InForce::of(call().args(["-m", "visit=5", "--rule", "errors() == 0"]))?;
    ensure!(told.0["file"] == "throng.toml" && told.0["preset"] == "smoke", "{}", told.0);
    for (key, value, place) in [
        ("summary", json!("on"), "default"),
        ("live", json!("off"), "throng.toml:1"),
        ("tags.team", json!("shop"), "throng.toml:4"),
        ("minions", json!(3), "throng.toml:7 (preset `smoke`)"),
        ("soft-timeout", json!("5m"), "THRONG_SOFT_TIMEOUT"),
        ("hard-timeout", json!("10m"), "--hard-timeout"),
        ("scenarios.visit.minions", json!(5), "--minions"),
        ("rules", json!("errors() == 0"), "--rule"),
        ("health.start-lag-voids", json!("10ms"), "default"),
    ] {
        ensure!(told.at(key)? == (&value, place), "{key}: {:?}", told.at(key)?);
    }
    let table = call().run()?.ended_with(0)?.stdout;
    ensure!(table.starts_with("configuration: throng.toml, preset `smoke`\n"), "{table}");
    let row = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let rows: Vec<_> = table.lines().map(row).collect();
    for expected in
        ["live off throng.toml:1", "rules failures() == 0 throng.toml:8 (preset `smoke`)", "soft-timeout 5m THRONG_SOFT_TIMEOUT"]
    {
        ensure!(rows.contains(&row(expected)), "no `{expected}` in\n{table}");
    }
    Ok(())
}

#[test]
fn a_preset_changes_what_is_run() -> Result<()> {
    let toml = r#"
        [settings]
        user = "of all"
        colour = "nobody declares it"
        [scenarios.visit]
        settings = { user = "of one" }
        [presets.smoke]
        minions = 4
        profile = "immediate"
        report = ["json=report.json"]
        rules = ["count(starts) == 4"]
        summary = "off"
        [presets.smoke.scenarios.elsewhere]
        minions = 7
        [presets.many]
        scenarios.visit.minions = 6
        minions = 2
        report = ["json=report.json"]"#;
    let folder = project(toml)?;
    let steps = json!([{ "name": "once", "start": true, "returns": 7 }]);
    let settings = json!([{ "name": "user", "type": "text", "default": "nobody" }]);
    folder.file("visit.json", document(&[], &json!({ "minions": 100, "settings": settings }), &steps).to_string())?;
    let smoke = run(folder.path(), &["--preset", "smoke"]).run()?;
    ensure!(smoke.stdout.is_empty() && !smoke.stderr.contains("colour"), "{smoke:?}");
    let smoke = report(folder.path(), smoke)?;
    let scenario = &smoke["scenarios"][0];
    ensure!(scenario["minions"]["started"] == 4, "{scenario}");
    ensure!(smoke.to_string().contains("count(starts) == 4"), "no rule in {smoke}");
    let many = report(folder.path(), run(folder.path(), &["--preset", "many"]).run()?)?;
    ensure!(many["scenarios"][0]["minions"]["started"] == 6, "{many}");
    // The same for the plan, which the command line has the last word on.
    let plan = |options: &[&str]| -> Result<String> {
        let call = Throng::new().args(["plan", "visit.json", "--preset", "smoke"]).args(options).folder(folder.path());
        Ok(call.run()?.ended_with(0)?.stdout)
    };
    ensure!(plan(&[])?.starts_with("visit: 4 minions, immediate\n"), "{}", plan(&[])?);
    ensure!(plan(&["-m", "9"])?.starts_with("visit: 9 minions, immediate\n"), "{}", plan(&["-m", "9"])?);
    Ok(())
}

#[test]
fn settings_reach_the_scenarios_that_declare_them() -> Result<()> {
    let folder = project(
        "settings = { number = 1 }\n[scenarios.visit]\nsettings = { number = \"five\" }\n[presets.typo]\nsettings = { numbre = 2 }",
    )?;
    let steps = json!([{ "name": "once", "start": true, "returns": 7 }]);
    let settings = json!([{ "name": "number", "type": "integer", "default": 0 }]);
    folder.file("visit.json", document(&[], &json!({ "settings": settings }), &steps).to_string())?;
    // What is said of the scenario wins over what is said of all; its value is wrong, and its line is told.
    check_refused(run(folder.path(), &[]).run()?, &["throng.toml", "line 3", "scenarios.visit.settings.number", "five"])?;
    let right = run(folder.path(), &["-c", "number=5", "--preset", "typo"]).run()?.ended_with_any(&[0, 4])?;
    ensure!(right.stderr.contains("throng.toml:5 (preset `typo`)") && right.stderr.contains("did you mean `number`?"), "{}", right.stderr);
    check_refused(run(folder.path(), &["-c", "numbre=5"]).run()?, &["-c numbre", "did you mean `number`"])
}

#[test]
fn the_file_is_found_up_to_the_root_of_the_repository() -> Result<()> {
    let folder = project("seed = 1")?;
    let deep = folder.path().join("repository/load/deep");
    std::fs::create_dir_all(&deep)?;
    let seed = |call: Throng| -> Result<Option<(Json, String)>> {
        let told = InForce::of(call)?;
        Ok(told.at("seed").ok().map(|(value, place)| (value.clone(), place.to_owned())))
    };
    ensure!(seed(config(&deep))?.is_none(), "without a repository only the working folder counts");
    std::fs::create_dir_all(folder.path().join("repository/.git"))?;
    ensure!(seed(config(&deep))?.is_none(), "what is above the repository is not its configuration");
    std::fs::write(folder.path().join("repository/throng.toml"), "seed = 2")?;
    ensure!(seed(config(&deep))? == Some((json!(2), "../../throng.toml:1".to_owned())), "{:?}", seed(config(&deep))?);
    std::fs::write(deep.join("throng.toml"), "seed = 3")?;
    ensure!(seed(config(&deep))? == Some((json!(3), "throng.toml:1".to_owned())), "the nearest one counts");
    std::fs::write(deep.join("other.toml"), "\nseed = 4")?;
    let named = config(&deep).args(["--config", "other.toml"]).env("THRONG_CONFIG", "nowhere.toml");
    ensure!(seed(named)? == Some((json!(4), "other.toml:2".to_owned())), "`--config` wins");
    ensure!(seed(config(&deep).env("THRONG_CONFIG", "other.toml"))?.is_some_and(|(seed, _)| seed == 4), "THRONG_CONFIG names it");
    check_refused(config(&deep).env("THRONG_CONFIG", "nowhere.toml").run()?, &["nowhere.toml", "cannot be read"])
}

#[test]
fn reports_are_beside_the_file_that_names_them() -> Result<()> {
    let folder = project("report = [\"json=report.json\"]")?;
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner)?;
    std::fs::create_dir(folder.path().join(".git"))?;
    let call = Throng::new().args(["run", "../visit.json", "--start-offset", "10ms"]).folder(&inner);
    report(folder.path(), call.run()?)?;
    let call = Throng::new().args(["run", "../visit.json", "--start-offset", "10ms", "--report", "md=own.md"]).folder(&inner);
    call.run()?.ended_with_any(&[0, 4])?;
    ensure!(inner.join("own.md").is_file(), "the command line's paths are the working folder's");
    Ok(())
}

#[test]
fn a_bad_file_is_refused_with_line_and_remedy() -> Result<()> {
    let refused = |toml: &str, parts: &[&str]| {
        let folder = project(toml)?;
        let all = [&["`throng.toml`"], parts].concat();
        check_refused(run(folder.path(), &[]).run()?, &all)?;
        check_refused(config(folder.path()).run()?, &all)
    };
    refused("workers = 2\nworker = 3", &["line 2", "unknown field `worker`", "did you mean `workers`?"])?;
    refused("live = \"offf\"", &["line 1", "`live`", "`offf`", "did you mean `off`?"])?;
    refused("seed = 1\nworkers = 0", &["line 2", "`workers`", "from 1 to 1024"])?;
    refused("soft-timeout = 5", &["line 1", "`soft-timeout`", "no unit", "5ms"])?;
    refused("report = [\"pdf=a.pdf\"]", &["line 1", "`report.0`", "`pdf`", "junit"])?;
    refused("[limits]\nmemroy = \"1MiB\"", &["line 2", "`limits.memroy`", "did you mean `memory`?"])?;
    refused("rules = [\n  \"errors() == 0\",\n  \"erors() == 0\",\n]", &["line 3", "`rules.1`", "did you mean `errors`?"])?;
    refused("\nminions = 5", &["line 2", "`minions`", "[presets.NAME]"])?;
    refused("[scenarios.visit]\nminions = 5", &["line 2", "[presets.NAME.scenarios.visit]"])?;
    refused("[presets.a]\ncolor = \"off\"", &["line 2", "`presets.a.color`", "top of the file"])?;
    // A preset that nobody asks for is checked as well.
    refused("[presets.a]\nprofile = \"reglar(1s, 1)\"", &["line 2", "`presets.a.profile`", "did you mean `regular`?"])?;
    refused("[presets.a.scenarios.visit]\nminions = 0", &["line 2", "`presets.a.scenarios.visit.minions`", "from 1 to"])
}

#[test]
fn what_only_a_run_can_tell_is_blamed_on_who_says_it() -> Result<()> {
    let folder =
        project("hard-timeout = \"1m\"\nzone = \"north\"\nrules = [\"errors(step:nowhere) == 0\"]\n[presets.few]\nscenario = [\"vist\"]")?;
    check_refused(run(folder.path(), &["--timeout", "2m"]).run()?, &["--timeout: ", "2m", "1m"])?;
    check_refused(run(folder.path(), &[]).run()?, &["throng.toml", "line 3", "`rules.0`", "nowhere"])?;
    check_refused(run(folder.path(), &["--preset", "few"]).run()?, &["throng.toml", "line 5", "did you mean `visit`?"])?;
    check_refused(run(folder.path(), &[]).env("THRONG_HARD_TIMEOUT", "0s").run()?, &["THRONG_HARD_TIMEOUT: ", "some time"])
}

#[test]
fn an_unknown_preset_is_refused_with_all_that_there_are() -> Result<()> {
    let folder = project("[presets.smoke]\nminions = 1\n[presets.nightly]\nminions = 2")?;
    check_refused(
        run(folder.path(), &["--preset", "smok"]).run()?,
        &["--preset: ", "`smok`", "throng.toml", "`nightly`, `smoke`", "did you mean `smoke`?"],
    )?;
    check_refused(run(folder.path(), &[]).env("THRONG_PRESET", "x").run()?, &["THRONG_PRESET: ", "`nightly`, `smoke`"])?;
    std::fs::remove_file(folder.path().join("throng.toml"))?;
    check_refused(run(folder.path(), &["--preset", "smoke"]).run()?, &["--preset: ", "no `throng.toml`", "--example"])
}

#[test]
fn the_environment_is_read_as_the_command_line_is() -> Result<()> {
    let folder = tempdir()?;
    let told = InForce::of(
        config(folder.path())
            .env("THRONG_WORKERS", "3")
            .env("THRONG_RULES", "errors() == 0\n\n  failures() < 1%\n")
            .env("THRONG_REPORT", "junit=a.xml,html=a.html")
            .env("THRONG_MAX_IN_FLIGHT", "5:drop")
            .env("THRONG_ZONE", ""),
    )?;
    ensure!(told.at("workers")? == (&json!(3), "THRONG_WORKERS"), "{}", told.0);
    ensure!(told.at("rules")? == (&json!("failures() < 1%"), "THRONG_RULES"), "{}", told.0);
    ensure!(told.at("report")?.0 == &json!(["junit=a.xml", "html=a.html"]), "{}", told.0);
    ensure!(told.at("max-in-flight")?.0 == &json!({ "limit": 5, "policy": "drop" }), "{}", told.0);
    ensure!(told.at("zone").is_err(), "a variable that is empty says nothing: {}", told.0);
    let refused = |name: &str, value: &str, parts: &[&str]| check_refused(config(folder.path()).env(name, value).run()?, parts);
    refused("THRONG_WORKERS", "0", &["THRONG_WORKERS: ", "--workers", "1..=1024"])?;
    refused("THRONG_LIVE", "sometimes", &["THRONG_LIVE: ", "auto, on, off"])?;
    refused("THRONG_SOFT_TIMEOUT", "5", &["THRONG_SOFT_TIMEOUT: ", "5ms"])?;
    let unknown = config(folder.path()).env("THRONG_WORKER", "3").run()?.ended_with(0)?;
    ensure!(unknown.stderr.contains("`THRONG_WORKER`; did you mean `THRONG_WORKERS`?"), "{}", unknown.stderr);
    Ok(())
}

#[test]
fn logs_have_no_escape_codes_unless_they_are_asked_for() -> Result<()> {
    let folder = project("")?;
    // The kit sets NO_COLOR; a build server does not.
    let call = |options: &[&str]| run(folder.path(), options).env("NO_COLOR", "").run()?.ended_with_any(&[0, 4]);
    let plain = call(&[])?;
    ensure!(!plain.stdout.is_empty() && !plain.stdout.contains('\u{1b}') && !plain.stderr.contains('\u{1b}'), "{plain:?}");
    ensure!(!plain.stderr.contains('\r'), "{plain:?}");
    let colored = call(&["--color", "on", "--live", "off"])?;
    ensure!(colored.stdout.contains('\u{1b}'), "{colored:?}");
    let by_variable = run(folder.path(), &[]).env("THRONG_COLOR", "on").run()?.ended_with_any(&[0, 4])?;
    ensure!(by_variable.stdout.contains('\u{1b}'), "THRONG_COLOR=on is more than NO_COLOR: {by_variable:?}");
    let quiet = run(folder.path(), &[]).env("THRONG_SUMMARY", "off").env("THRONG_LIVE", "off").run()?.ended_with_any(&[0, 4])?;
    ensure!(quiet.stdout.is_empty(), "{quiet:?}");
    Ok(())
}

#[test]
fn bench_goes_by_it_too() -> Result<()> {
    let target = throng_kit::TargetProcess::start::<&str>(&[])?;
    let folder = project("summary = \"off\"\nworkers = 1\n[presets.x]\nminions = 1")?;
    let call = || Throng::new().args(["bench", target.url(), "-n", "5", "-c", "1"]).folder(folder.path());
    let quiet = call().run()?.ended_with(0)?;
    ensure!(quiet.stdout.is_empty(), "{quiet:?}");
    let shown = call().args(["--summary", "on"]).run()?.ended_with(0)?;
    ensure!(shown.stdout.contains("successful"), "{shown:?}");
    Ok(())
}

#[test]
fn the_example_is_a_configuration_and_fits_the_schema() -> Result<()> {
    let folder = tempdir()?;
    let example = config(folder.path()).arg("--example").run()?.ended_with(0)?.stdout;
    folder.file("throng.toml", &example)?;
    ensure!(InForce::of(config(folder.path()))?.0["file"] == "throng.toml", "the example is not read");
    let schema = Throng::new().args(["schema", "config"]).run()?.ended_with(0)?.json()?;
    let mut document = json!({ "workers": 2, "live": "off", "rules": ["errors() == 0"], "health": { "start-lag-warns": "2ms" },
        "scenarios": { "visit": { "settings": { "users": 5 } } },
        "presets": { "smoke": { "minions": 3, "profile": "immediate", "max-in-flight": { "limit": 3 }, "summary": "off" } } });
    check_fits(&schema, &document)?;
    for (pointer, key) in [("", "worker"), ("/presets/smoke", "presets"), ("/presets/smoke", "color"), ("", "minions")] {
        let mut wrong = document.clone();
        wrong.pointer_mut(pointer).context("no such place")?[key] = json!({});
        ensure!(check_fits(&schema, &wrong).is_err(), "the schema accepts `{key}` at `{pointer}`");
    }
    document["live"] = "sometimes".into();
    ensure!(check_fits(&schema, &document).is_err(), "the schema accepts {document}");
    Ok(())
}

#[test]
fn the_examples_of_the_documentation_are_read() -> Result<()> {
    let page = include_str!("../../../docs/configuration.md");
    let blocks: Vec<_> = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    ensure!(blocks.len() == 2, "{blocks:?}");
    for block in blocks {
        let folder = project(block)?;
        let told = InForce::of(config(folder.path()).args(["--preset", "smoke"]))?;
        ensure!(told.at("minions")?.0 == &json!(5), "{}", told.0);
    }
    Ok(())
}

#[test]
fn shells_complete_it() -> Result<()> {
    let script = Throng::new().args(["completions", "bash"]).run()?.ended_with(0)?.stdout;
    for word in ["--preset", "--config", "--color", "--example"] {
        ensure!(script.contains(word), "bash does not complete `{word}`");
    }
    Ok(())
}
