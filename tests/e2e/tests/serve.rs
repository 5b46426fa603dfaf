//! An engine that keeps running: upload, start, watch, report; by REST and by the commands that talk to it.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::documents::{document, get, idle};
use throng_e2e::uploads::{text, upload};
use throng_kit::{EngineProcess, TargetProcess, example, guest, tempdir};

/// Starts a campaign: its key.
fn start(engine: &EngineProcess, campaign: &Json) -> Result<String> {
    let record = engine.ask("POST", "/campaigns", &[], campaign.to_string().as_bytes())?.with_status(201)?.json()?;
    text(&record, "key")
}

#[test]
fn a_component_is_uploaded_run_watched_and_reported() -> Result<()> {
    let (folder, target) = (tempdir()?, TargetProcess::start::<&str>(&[])?);
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    ensure!(engine.get("/health")?["status"] == "ready");
    let bytes = std::fs::read(example("hello_world")?)?;

    let uploaded = engine.ask("POST", "/components?version=1.0&tags=team=shop&wait=60s", &[], &bytes)?.with_status(201)?;
    let record = uploaded.json()?;
    let digest = record["digest"].as_str().context("a digest")?;
    ensure!(record["scenarios"] == json!(["hello-world"]) && record["tags"] == json!({ "team": "shop" }), "{record}");
    ensure!(uploaded.header("location") == Some(&format!("/api/v1/components/{digest}")), "{uploaded:?}");
    // The same bytes again: nothing to do.
    engine.ask("POST", "/components", &[], &bytes)?.with_status(200)?;
    ensure!(engine.get("/components")?["total"] == 1);
    ensure!(engine.get("/components/hello-world@1.0")?["digest"] == digest);
    ensure!(engine.get("/scenarios/hello-world")?["component"] == digest);

    let campaign = json!({ "throng": "0.1", "key": "first", "scenarios": { "hello-world": { "minions": 20, "profile": "immediate" } },
        "settings": { "server": target.url() }, "start-offset": "0s" });
    let started = engine.ask("POST", "/campaigns", &[], campaign.to_string().as_bytes())?.with_status(201)?;
    ensure!(started.header("location") == Some("/api/v1/campaigns/first"), "{started:?}");
    let record = engine.ended("first")?;
    ensure!(record["state"] == "ended" && record["verdict"] == "successful", "{record}");
    ensure!(record["files"][0]["digest"] == digest && record["minions"] == 20, "{record}");

    let report = engine.get("/campaigns/first/report.json")?;
    ensure!(report["scenarios"][0]["minions"]["completed"] == 20, "{report}");
    for (form, words) in [("html", "<!doctype html>"), ("xml", "<testsuites"), ("md", "hello-world"), ("txt", "successful  first")] {
        let rendered = engine.ask("GET", &format!("/campaigns/first/report.{form}"), &[], b"")?.with_status(200)?;
        ensure!(rendered.body.to_lowercase().contains(words), "{form}: {}", rendered.body);
    }
    ensure!(target.stats()?["requests"].as_u64() >= Some(20));
    engine.end()?.ended_with(0)?;
    Ok(())
}

#[test]
fn the_commands_talk_to_it() -> Result<()> {
    let (folder, target) = (tempdir()?, TargetProcess::start::<&str>(&[])?);
    let engine = EngineProcess::start::<&str>(&folder.path().join("data"), &[])?;
    let file = folder.file("visit.json", get(target.url(), "/", &[target.url()], 5).to_string())?;
    let component = guest("echo")?;
    let pushed = engine.call(&["push"]).arg(&component).arg("--version").arg("2.0").run()?.ended_with(0)?;
    ensure!(pushed.stdout.starts_with("echo@2.0  "), "{}", pushed.stdout);

    folder.file(
        "campaign.toml",
        "throng = \"0.1\"\nfiles = [\"visit.json\"]\nkey = \"second\"\n[scenarios.visit]\nprofile = \"immediate\"\n",
    )?;
    let campaign = folder.path().join("campaign.toml");
    let checked = engine.call(&["campaigns", "start", "--dry-run"]).arg(&campaign).run()?.ended_with(0)?;
    ensure!(checked.json()?["scenarios"][0]["minions"] == 5, "{}", checked.stdout);
    let watched = engine.call(&["campaigns", "start", "--watch"]).arg(&campaign).run()?.ended_with(0)?;
    ensure!(watched.stdout == "second\n" && watched.stderr.contains("second: successful"), "{watched:?}");

    let listed = engine.call(&["campaigns", "list", "--filter", "verdict:successful"]).run()?.ended_with(0)?;
    ensure!(listed.stdout.starts_with("second  successful"), "{}", listed.stdout);
    let shown = engine.call(&["campaigns", "report", "second"]).run()?.ended_with(0)?;
    ensure!(shown.stdout.contains("successful  second"), "{}", shown.stdout);
    let report = folder.path().join("report.xml");
    engine.call(&["campaigns", "report", "second", "--report"]).arg(format!("junit={}", report.display())).run()?.ended_with(0)?;
    ensure!(std::fs::read_to_string(report)?.contains("<testsuites"));
    engine.call(&["campaigns", "watch", "second"]).run()?.ended_with(0)?;

    let unknown = engine.call(&["campaigns", "report", "third"]).run()?.ended_with(2)?;
    ensure!(unknown.stderr.contains("there is no campaign `third`"), "{}", unknown.stderr);
    std::fs::write(&file, "{\"throng\": \"0.1\", \"scenarios\": [{\"name\": \"x\", \"steps\": []}]}")?;
    let refused = engine.call(&["push"]).arg(&file).run()?.ended_with(2)?;
    ensure!(refused.stderr.contains("visit.json") && refused.stderr.contains("scenario `x`"), "{}", refused.stderr);
    Ok(())
}

#[test]
fn all_that_is_wrong_with_a_campaign_is_told_at_once() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let digest = upload(&engine, &idle(3, "immediate"))?;
    let wrong = json!({ "throng": "0.1", "files": [digest], "speed": 1000, "scenarios": { "visit": { "minions": 0 }, "x": { "profile": "reglar(1s)" } } });
    let refused = engine.ask("POST", "/campaigns?dry-run", &[], wrong.to_string().as_bytes())?.with_status(422)?;
    ensure!(refused.header("content-type") == Some("application/problem+json"), "{refused:?}");
    let places: Vec<_> = refused.json()?["faults"].as_array().into_iter().flatten().map(|fault| fault["place"].clone()).collect();
    ensure!(places == ["/speed", "/scenarios/visit/minions", "/scenarios/x/profile"], "{places:?}");

    let wrong = json!({ "throng": "0.1", "files": [digest, "nobody"], "scenarios": {} });
    let refused = engine.ask("POST", "/campaigns", &[], wrong.to_string().as_bytes())?.with_status(422)?.json()?;
    ensure!(refused["faults"][0]["message"] == "there is no component `nobody`", "{refused}");
    let wrong = engine.ask("POST", "/campaigns", &[], b"{\"throng\": \"0.1\", \"file\": []}")?.with_status(400)?.json()?;
    ensure!(wrong["detail"].as_str().is_some_and(|detail| detail.contains("did you mean `files`?")), "{wrong}");
    ensure!(engine.get("/campaigns")?["total"] == 0);
    Ok(())
}

#[test]
fn only_this_machine_is_a_target_unless_more_is_allowed() -> Result<()> {
    let (strict, open) = (tempdir()?, tempdir()?);
    let elsewhere = get("http://shop.example:8080", "/", &["http://shop.example:8080"], 1);
    let check = |engine: &EngineProcess| {
        let digest = upload(engine, &elsewhere)?;
        let campaign = json!({ "throng": "0.1", "files": [digest] }).to_string();
        engine.ask("POST", "/campaigns?dry-run", &[], campaign.as_bytes())
    };
    let refused = check(&EngineProcess::start::<&str>(strict.path(), &[])?)?.with_status(422)?.json()?;
    ensure!(refused["faults"][0]["message"] == "the target `http://shop.example:8080` is not allowed on this engine", "{refused}");
    check(&EngineProcess::start(open.path(), &["--allow-target", "shop.example:8080"])?)?.with_status(200)?;
    Ok(())
}

#[test]
fn files_are_read_from_one_folder_alone() -> Result<()> {
    let (data, folder) = (tempdir()?, tempdir()?);
    folder.file("users.csv", "name\nann\nbob\n")?;
    let reading = |file: &str| {
        let steps =
            json!([{ "name": "users", "start": true, "csv": { "file": file } }, { "name": "seen", "after": "users", "black-hole": {} }]);
        document(&[], &json!({ "minions": 2 }), &steps).to_string()
    };
    let engine = EngineProcess::start::<&str>(data.path(), &[])?;
    let refused = engine.ask("POST", "/components", &[], reading("users.csv").as_bytes())?.with_status(422)?.json()?;
    ensure!(refused["faults"][0]["message"] == "this engine reads no files", "{refused}");
    engine.end()?;

    let engine = EngineProcess::start(data.path(), &["--files".as_ref(), folder.path().as_os_str()])?;
    for outside in ["/etc/passwd", "../users.csv"] {
        let refused = engine.ask("POST", "/components", &[], reading(outside).as_bytes())?.with_status(422)?.json()?;
        ensure!(refused["faults"][0]["message"] == "this engine reads files of its own folder alone", "{refused}");
    }
    let record = engine.ask("POST", "/components", &[], reading("users.csv").as_bytes())?.with_status(201)?.json()?;
    let key = start(&engine, &json!({ "throng": "0.1", "files": [record["digest"]], "start-offset": "0s" }))?;
    let record = engine.ended(&key)?;
    ensure!(record["verdict"] == "successful", "{record}");

    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link"))?;
    let reads = [json!({ "request": { "method": "POST", "file": "link" } }), json!({ "tls": { "roots": "../ca.pem" }, "request": {} })];
    for (index, mut http) in (0..).zip(reads) {
        http["url"] = json!("https://127.0.0.1:1");
        let steps = json!([{ "name": "sent", "start": true, "http": http }]);
        let written = document(&["https://127.0.0.1:1"], &json!({ "name": format!("reads-{index}"), "minions": 1 }), &steps).to_string();
        let record = engine.ask("POST", "/components", &[], written.as_bytes())?.with_status(201)?.json()?;
        let key = start(&engine, &json!({ "throng": "0.1", "files": [record["digest"]], "start-offset": "0s" }))?;
        let record = engine.ended(&key)?;
        let told = record["message"].as_str().unwrap_or_default();
        ensure!(record["verdict"] == "failed" && told.contains("it leads out of the folder that this engine reads"), "{record}");
    }
    Ok(())
}

#[test]
fn figures_over_time_are_told() -> Result<()> {
    let (folder, target) = (tempdir()?, TargetProcess::start::<&str>(&[])?);
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let digest = upload(&engine, &get(target.url(), "/", &[target.url()], 12))?;
    let key = start(&engine, &json!({ "throng": "0.1", "files": [digest], "start-offset": "0s", "key": "measured" }))?;
    engine.ended(&key)?;
    let series = |asked: &str| engine.get(&format!("/campaigns/measured/series?{asked}"));
    let sum = |series: &Json| series["points"].as_array().into_iter().flatten().filter_map(|point| point["value"].as_f64()).sum::<f64>();
    for meter in ["starts", "executions"] {
        let counts = series(&format!("meter={meter}&stat=count"))?;
        ensure!(counts["unit"] == "count" && sum(&counts) == 12.0, "{meter}: {counts}");
    }
    let rates = series("meter=executions")?;
    let width = rates["width"].as_f64().context("a width")?;
    ensure!(rates["unit"] == "per-second" && (sum(&rates) * width / 1e9 - 12.0).abs() < 1e-6, "{rates}");
    ensure!(sum(&series("meter=failures&stat=count")?) == 0.0);
    let [median, longest] = [series("meter=response&stat=p50")?, series("meter=response&stat=max")?];
    ensure!(median["unit"] == "ns" && sum(&median) > 0.0 && sum(&median) <= sum(&longest), "{median} {longest}");
    ensure!(median["points"][0]["at"] == 0 && median["started"].as_str().is_some_and(|started| started.ends_with('Z')), "{median}");
    for (asked, status) in [("", 400), ("meter=nobody", 400), ("meter=response&stat=count", 422), ("meter=starts&stat=p50", 422)] {
        engine.ask("GET", &format!("/campaigns/measured/series?{asked}"), &[], b"")?.with_status(status)?;
    }
    ensure!(engine.get("/factories")?["items"][0]["state"] == "ready" && engine.get("/zones")?["items"][0]["factories"] == 1);
    Ok(())
}

#[test]
fn a_component_may_come_as_a_form() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let part = |name: &str, more: &str, value: &[u8]| {
        [format!("--abc\r\ncontent-disposition: form-data; name=\"{name}\"{more}\r\n\r\n").as_bytes(), value, b"\r\n"].concat()
    };
    let send = |parts: &[Vec<u8>]| {
        let body = [&parts.concat()[..], b"--abc--\r\n"].concat();
        engine.ask("POST", "/components?version=1.0&wait=60s", &[("content-type", "multipart/form-data; boundary=abc")], &body)
    };
    let bytes = std::fs::read(example("hello_world")?)?;
    let file = part("file", "; filename=\"hello.wasm\"\r\ncontent-type: application/wasm", &bytes);
    // In any order; what the form says goes before what the query says.
    let uploaded = send(&[file.clone(), part("name", "", b"hello"), part("version", "", b"2.0"), part("tags", "", b"team=shop,build=7")])?;
    let record = uploaded.with_status(201)?.json()?;
    ensure!(record["name"] == "hello" && record["version"] == "2.0" && record["tags"]["build"] == "7", "{record}");
    ensure!(record["bytes"] == bytes.len() && record["scenarios"] == json!(["hello-world"]), "{record}");
    ensure!(std::fs::read(folder.path().join("components").join(text(&record, "digest")?))? == bytes);
    let file = part("file", "", idle(3, "immediate").to_string().as_bytes());
    for (parts, status, why) in [
        (vec![part("name", "", b"hello")], 400, "it has no file"),
        (vec![file.clone(), file.clone()], 400, "it has two files"),
        (vec![part("nobody", "", b"x")], 400, "there is no field `nobody`"),
        (vec![file.clone(), part("name", "", &[b'x'; 5000])], 413, "more than 4096 bytes"),
        (vec![file.clone(), part("name", "", b"two words")], 400, "`name` cannot be that"),
        (vec![file.get(..100).unwrap_or_default().to_vec()], 400, ""),
    ] {
        let refused = send(&parts)?.with_status(status)?;
        ensure!(refused.body.contains(why), "{why}: {}", refused.body);
    }
    ensure!(engine.get("/components")?["total"] == 1 && std::fs::read_dir(folder.path().join("incoming"))?.count() == 0);
    Ok(())
}
