//! Sources out of components: generators, pollers, sources that fail; used from documents, validated, uploaded.
#![allow(clippy::indexing_slicing, reason = "a JSON value that is indexed with what it has not is null")]

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{Ran, run as run_files, run_as, run_document};
use throng_e2e::documents::document;
use throng_e2e::errors::check_refused;
use throng_e2e::plugins::path_text;
use throng_e2e::uploads::{text, upload};
use throng_kit::{EngineProcess, NginxServer, NginxTls, TargetProcess, Throng, example, guest, tempdir};

fn sources() -> Result<String> {
    path_text(guest("sources")?)
}

/// A document whose minions each take a record of a source.
fn taking(kind: &str, options: &Json, topic: &Json, minions: u64) -> Json {
    let mut source = json!({ "name": "records", "start": true, "topic": topic });
    source[format!("test:sources/{kind}")] = options.clone();
    document(&[], &json!({ "minions": minions }), &json!([source, { "name": "taken", "after": "records", "black-hole": {} }]))
}

fn run(document: &Json, options: &[&str]) -> Result<Ran> {
    run_document(document, &[&["--plugin", &sources()?], options].concat())
}

#[test]
fn a_generator_gives_each_minion_a_record() -> Result<()> {
    let ran = run(&taking("count", &json!({}), &json!({}), 10), &["--workers", "2"])?.ended_with_any(&[0])?;
    ensure!(ran.outcomes("visit", "taken", "success")? == 10, "{}", ran.counts("visit")?);
    // The component is pinned as that of a step is, and its calls count as the scenario's.
    ensure!(ran.report["campaign"]["plugins"][0]["name"] == "test:sources", "{}", ran.report["campaign"]);
    ensure!(ran.scenario("visit")?["health"]["guest"]["calls"].as_u64() >= Some(4), "{}", ran.scenario("visit")?["health"]);
    Ok(())
}

#[test]
fn one_with_an_end_begins_anew_in_a_loop() -> Result<()> {
    for topic in [json!({ "mode": "loop" }), json!({ "mode": "loop", "buffer": 4 })] {
        let ran = run(&taking("count", &json!({}), &topic, 3), &[])?.ended_with_any(&[0])?;
        ensure!(ran.outcomes("visit", "taken", "success")? >= 3, "{topic}: {}", ran.counts("visit")?);
    }
    let endless = taking("tick", &json!({}), &json!({ "mode": "loop" }), 3);
    let folder = tempdir()?;
    let file = folder.file("scenario.json", endless.to_string())?;
    let refused = Throng::new().arg("validate").arg(file).args(["--plugin", &sources()?]).run()?;
    check_refused(refused, &["step `records`", "buffer"])
}

#[test]
fn a_poller_that_has_nothing_is_asked_again() -> Result<()> {
    let ran = run(&taking("tick", &json!({ "every": "20ms" }), &json!({}), 5), &[])?.ended_with_any(&[0])?;
    ensure!(ran.outcomes("visit", "taken", "success")? == 5, "{}", ran.counts("visit")?);
    Ok(())
}

#[test]
fn a_bad_record_is_counted_and_a_source_that_cannot_go_on_fails_the_campaign() -> Result<()> {
    let ran = run(&taking("stumble", &json!({ "every": "5ms" }), &json!({}), 1), &[])?.ended_with_any(&[1])?;
    let counts = ran.counts("visit")?;
    ensure!(counts["steps"]["records"]["failures"]["bad-record"] == 1, "{counts}");
    ensure!(ran.outcomes("visit", "taken", "success")? == 1, "{counts}");
    for (kind, why) in [("break", "as told"), ("trap", "the guest panicked")] {
        let ended = run(&taking(kind, &json!({}), &json!({}), 1), &[])?.ended_with_any(&[1])?;
        let told = ended.report["reasons"].to_string();
        ensure!(told.contains("the source `records` of the scenario `visit` cannot go on") && told.contains(why), "{kind}: {told}");
    }
    Ok(())
}

#[test]
fn options_of_sources_are_checked() -> Result<()> {
    let folder = tempdir()?;
    for (options, part) in [
        (json!({ "every": "soon" }), "/every: `soon` is not a duration"),
        (json!({ "every": "0s" }), "/every: a source that has nothing would be asked without a pause"),
        (json!({ "word": "bad" }), "/word: this is bad (says the plugin `test:sources@1.0.0`)"),
    ] {
        let file = folder.file("scenario.json", taking("tick", &options, &json!({}), 1).to_string())?;
        let refused = Throng::new().arg("validate").arg(file).args(["--plugin", &sources()?]).run()?;
        check_refused(refused, &["step `records`, /test:sources~1tick", part])?;
    }
    let shown = Throng::new().args(["inspect", &sources()?]).run()?.ended_with(0)?.stdout;
    ensure!(shown.contains("a source with an end") && shown.contains("a source without an end"), "{shown}");
    Ok(())
}

#[test]
fn an_engine_takes_them() -> Result<()> {
    let folder = tempdir()?;
    let engine = EngineProcess::start::<&str>(folder.path(), &[])?;
    let record = engine.ask("POST", "/components?wait=60s", &[], &std::fs::read(sources()?)?)?.with_status(201)?.json()?;
    ensure!(record["kind"] == "source-plugin" && record["step-kinds"][0] == "test:sources/count@1.0.0", "{record}");
    let file = upload(&engine, &taking("count", &json!({}), &json!({}), 10))?;
    let campaign = json!({ "throng": "0.1", "files": [file], "start-offset": "0s" }).to_string();
    let started = engine.ask("POST", "/campaigns", &[], campaign.as_bytes())?.with_status(201)?.json()?;
    let ended = engine.ended(&text(&started, "key")?)?;
    ensure!(ended["verdict"] == "successful" && ended["plugins"][0]["name"] == "test:sources@1.0.0", "{ended}");
    Ok(())
}

#[test]
fn a_source_sends_its_own_requests_to_the_documents_targets_alone() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let shop = format!("shop={}", target.url());
    let options = ["-m", "30", "--profile", "immediate", "-c", &shop, "--limit", "call-time=10s"];
    run_files(&[example("shipped-orders")?], &options)?.ended_with_any(&[0, 1, 4])?;
    let ordered = target.stats()?["orders"]["shipments"].as_u64().unwrap_or_default();
    ensure!(ordered >= 20, "only {ordered} shipments");

    let plugin = path_text(example("feed")?)?;
    // The example of the documentation.
    let page = include_str!("../../../docs/step-components.md").split("```").find(|part| part.contains("examples:feed/items"));
    let example = page.and_then(|part| part.strip_prefix("json\n")).context("no example")?.replace("http://127.0.0.1:8080", target.url());
    let ran = run_document(&serde_json::from_str(&example)?, &["--plugin", &plugin])?.ended_with_any(&[0])?;
    ensure!(ran.outcomes("shipping", "numbered", "success")? == 20, "{}", ran.counts("shipping")?);

    let steps = json!([{ "name": "shipments", "start": true, "examples:feed/items": { "url": format!("{}/shipments", target.url()) } }]);
    let elsewhere = document(&["http://127.0.0.1:1"], &json!({ "minions": 1 }), &steps);
    let elsewhere = run_document(&elsewhere, &["--plugin", &plugin])?.ended_with_any(&[1])?;
    let told = elsewhere.report["reasons"].to_string();
    ensure!(told.contains(&format!("declare it under `targets`: `{}`", target.url())), "{told}");
    Ok(())
}

/// A real server over TLS: trusted if its certificate is among those that the machine trusts, and by its name alone.
#[test]
fn a_source_asks_a_server_over_tls() -> Result<()> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let certificate = made.cert.pem();
    let tls = NginxTls { certificate: &certificate, key: &made.signing_key.serialize_pem(), clients: &certificate };
    let nginx = NginxServer::start(r#"location = /list { return 200 '[{"id": 1}, {"id": 2}]'; }"#, &[], tls)?;
    let folder = tempdir()?;
    let roots = folder.file("roots.pem", certificate)?;
    let plugin = path_text(example("feed")?)?;
    let run = |host: &str, roots: Option<&std::path::Path>| {
        let target = format!("https://{host}:{}", nginx.open_tls_port);
        let steps = json!([
            { "name": "items", "start": true, "examples:feed/items": { "url": format!("{target}/list") } },
            { "name": "first", "after": "items", "assert": { "rules": ["json:/id >= 1"] } },
        ]);
        let file = folder.file("scenario.json", document(&[&target], &json!({ "minions": 2 }), &steps).to_string())?;
        let call = roots.into_iter().fold(Throng::new(), |call, roots| call.env("SSL_CERT_FILE", roots));
        run_as(call, &[file], &["--plugin", &plugin, "--hard-timeout", "5s"])
    };
    let trusted = run("localhost", Some(&roots))?.ended_with_any(&[0])?;
    ensure!(trusted.outcomes("visit", "first", "success")? == 2, "{}", trusted.counts("visit")?);
    for (host, roots) in [("localhost", None), ("127.0.0.1", Some(roots.as_path()))] {
        let refused = run(host, roots)?.ended_with_any(&[1])?;
        let told = refused.report["reasons"].to_string();
        ensure!(
            told.contains(&format!("the certificate of `{host}` is not trusted: ")) && told.contains("`SSL_CERT_FILE`"),
            "{host}: {told}"
        );
        ensure!(refused.outcomes("visit", "first", "success")? == 0, "{host}: {}", refused.counts("visit")?);
    }
    Ok(())
}
