//! Exporters through the command line and campaign documents: files that can be read, and add up to the report.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::GOOD_OR_VOID;
use throng_e2e::documents::{document, get, idle};
use throng_e2e::errors::check_refused;
use throng_e2e::schema::check_fits;
use throng_kit::{Finished, Throng, free_port, tempdir};

/// Twenty minions, each of which fails in its second step.
fn failing() -> Json {
    let steps = json!([
        { "name": "once", "start": true, "returns": 7, "monitoring": {"events": true}, "tags": {"tier": "gold"} },
        { "name": "wrong", "after": "once", "assert": {"rules": ["status == 200"]} }
    ]);
    document(&[], &json!({ "minions": 20, "profile": "regular(40ms, 1)" }), &steps)
}

/// Runs a document in a folder, with its report as `report.json` there.
fn run(folder: &Path, document: &Json, options: &[&str]) -> Result<(Finished, Json)> {
    std::fs::write(folder.join("scenario.json"), document.to_string())?;
    let call = Throng::new().args(["run", "scenario.json", "--start-offset", "10ms", "--key", "mine", "--report", "json=report.json"]);
    let finished = call.args(options).folder(folder).run()?;
    let report = std::fs::read_to_string(folder.join("report.json")).with_context(|| finished.stderr.clone())?;
    Ok((finished, serde_json::from_str(&report)?))
}

fn json_lines(folder: &Path, name: &str) -> Result<Vec<Json>> {
    let text = std::fs::read_to_string(folder.join(name))?;
    ensure!(text.ends_with('\n'), "the last line of {name} is not whole: {text}");
    text.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
}

/// The rows of a CSV file without line ends in its fields, by column.
fn rows(folder: &Path, name: &str) -> Result<Vec<BTreeMap<String, String>>> {
    let text = std::fs::read_to_string(folder.join(name))?;
    ensure!(text.ends_with('\n'), "the last line of {name} is not whole: {text}");
    let mut lines = text.lines().map(fields);
    let header = lines.next().context("a header")?;
    lines
        .map(|row| {
            ensure!(row.len() == header.len(), "{row:?} does not fit {header:?}");
            Ok(header.iter().cloned().zip(row).collect())
        })
        .collect()
}

fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().into_iter().for_each(|field| field.push(other)),
        }
    }
    fields
}

fn step<'a>(report: &'a Json, name: &str) -> Result<&'a Json> {
    let steps = report.pointer("/scenarios/0/steps").and_then(Json::as_array).context("steps")?;
    steps.iter().find(|step| step["name"] == name).context("a step")
}

/// Events of connections that fail, here because nobody listens.
#[test]
fn connections_that_fail_are_told() -> Result<()> {
    let folder = tempdir()?;
    let url = format!("http://127.0.0.1:{}", free_port()?);
    let (finished, _) = run(folder.path(), &get(&url, "/", &[&url], 4), &["--export", "events=e.jsonl"])?;
    finished.ended_with_any(&[1])?;
    let lines = json_lines(folder.path(), "e.jsonl")?;
    let failed: Vec<_> = lines.iter().filter(|event| event["event"] == "connection-failed").collect();
    ensure!(failed.len() == 4 && failed.iter().all(|event| event["level"] == "warn" && event["minion"].is_u64()), "{lines:?}");
    ensure!(failed.iter().all(|event| event["value"]["error"]["code"] == "connect-refused"), "{failed:?}");
    Ok(())
}

#[test]
fn json_lines_add_up_to_the_report() -> Result<()> {
    let folder = tempdir()?;
    let options = ["--export", "all.jsonl", "--export-period", "200ms", "--events-level", "debug", "--tag", "build=7", "--zone", "north"];
    let (finished, report) = run(folder.path(), &failing(), &options)?;
    finished.ended_with_any(&[1, 4])?;
    let lines = json_lines(folder.path(), "all.jsonl")?;
    let of = |record: &str| lines.iter().filter(|line| line["record"] == record).collect::<Vec<_>>();
    let (meters, events) = (of("meter"), of("event"));
    ensure!(meters.len() + events.len() == lines.len(), "{lines:?}");
    let executions = |scope: &str, name: &str, figure: &str| -> u64 {
        let told = meters.iter().filter(|meter| meter["scope"] == scope && meter["meter"] == "executions" && meter["step"] == name);
        told.filter_map(|meter| meter["figures"][figure].as_u64()).sum()
    };
    for (name, outcome) in [("once", "success"), ("wrong", "failure")] {
        ensure!(step(&report, name)?["outcomes"][outcome] == 20);
        ensure!(executions("period", name, outcome) == 20 && executions("campaign", name, outcome) == 20, "{meters:?}");
    }
    let whole = meters.iter().find(|meter| meter["scope"] == "campaign" && meter["step"] == "once" && meter["meter"] == "response");
    let (whole, told) = (&whole.context("its response time")?["figures"], &step(&report, "once")?["times"]["response"]);
    ensure!(whole["count"] == told["count"] && whole["max"] == told["max"] && whole["p95"] == told["p95"]["value"], "{whole} {told}");
    let tags = json!({ "build": "7", "tier": "gold" });
    ensure!(meters.iter().filter(|meter| meter["step"] == "once").all(|meter| meter["tags"] == tags && meter["zone"] == "north"));
    let count = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    let names = ["minion-started", "minion-completed", "step-started", "step-completed", "assertion-failed"];
    ensure!(names.map(count) == [20; 5] && events.len() == 100, "{events:?}");
    let failed = events.iter().find(|event| event["event"] == "assertion-failed").context("it failed")?;
    ensure!(failed["level"] == "error" && failed["step"] == "wrong" && failed["campaign"] == "mine", "{failed}");
    ensure!(failed["value"]["error"]["code"].is_string() && failed["minion"].is_u64() && failed["time"].is_string(), "{failed}");
    let exporter = report.pointer("/campaign/exporters/0").context("an exporter")?;
    ensure!(exporter["name"] == "file all.jsonl" && exporter["written"] == lines.len() && exporter["dropped"] == 0, "{exporter}");
    Ok(())
}

#[test]
fn csv_adds_up_to_the_report() -> Result<()> {
    let folder = tempdir()?;
    let options = ["--export", "meters=m.csv,events=e.csv", "--export-period", "200ms"];
    let (finished, report) = run(folder.path(), &failing(), &options)?;
    let finished = finished.ended_with_any(&[1, 4])?;
    let (meters, events) = (rows(folder.path(), "m.csv")?, rows(folder.path(), "e.csv")?);
    let of_step = |row: &&BTreeMap<String, String>| row["step"] == "once" && row["meter"] == "executions" && row["scope"] == "period";
    let counts: Result<Vec<u64>, _> = meters.iter().filter(of_step).map(|row| row["count"].parse()).collect();
    ensure!(counts?.iter().sum::<u64>() == 20 && step(&report, "once")?["outcomes"]["success"] == 20);
    ensure!(meters.iter().filter(of_step).all(|row| row["tags"] == "{tier:gold}"), "quotes are left out by this reader: {meters:?}");
    ensure!(events.iter().filter(|row| row["event"] == "assertion-failed" && row["type"] == "error").count() == 20, "{events:?}");
    ensure!(finished.stdout.contains("exporter file m.csv: ") && finished.stdout.contains(" written, 0 dropped"), "{}", finished.stdout);
    Ok(())
}

#[test]
fn a_campaign_document_names_its_exporters() -> Result<()> {
    let folder = tempdir()?;
    folder.file("scenario.json", failing().to_string())?;
    let campaign = r#"
        throng = "0.1"
        files = ["scenario.json"]
        start-offset = "10ms"
        [[exporters]]
        file = "meters.csv"
        period = "200ms"
        [[exporters]]
        file = { path = "told.txt", format = "jsonl" }
        records = "events"
        level = "off"
        events = { "assertion-" = "error" }
        queue = 1000
        batch = 10
        linger = "100ms"
    "#;
    folder.file("campaign.toml", campaign)?;
    let schema: Json = serde_json::from_str(&Throng::new().args(["schema", "campaign"]).run()?.ended_with(0)?.stdout)?;
    let written = json!({ "throng": "0.1", "files": ["scenario.json"], "exporters": [
        { "file": "meters.csv", "period": "200ms" },
        { "file": {"path": "told.txt", "format": "jsonl"}, "records": "events", "level": "off", "events": {"assertion-": "error"},
          "queue": 1000, "batch": 10, "linger": "100ms" } ] });
    check_fits(&schema, &written)?;
    // Its files are beside it, wherever it is run from.
    let file = folder.path().join("campaign.toml");
    Throng::new().arg("run").arg(&file).run()?.ended_with_any(&[1, 4])?;
    ensure!(json_lines(folder.path(), "told.txt")?.iter().all(|line| line["event"] == "assertion-failed"));
    ensure!(json_lines(folder.path(), "told.txt")?.len() == 20 && rows(folder.path(), "meters.csv")?.len() > 10);
    Throng::new().arg("validate").arg(&file).run()?.ended_with(0)?;
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_warning_and_no_more() -> Result<()> {
    let folder = tempdir()?;
    std::os::unix::fs::symlink("/dev/full", folder.path().join("full.jsonl"))?;
    let reports = ["--export", "full.jsonl", "--report", "html=r.html,md=r.md"];
    let (finished, report) = run(folder.path(), &idle(5, "immediate"), &reports)?;
    let finished = finished.ended_with_any(&GOOD_OR_VOID)?;
    ensure!(step(&report, "once")?["outcomes"]["success"] == 5);
    let exporter = report.pointer("/campaign/exporters/0").context("an exporter")?;
    ensure!(exporter["written"] == 0 && exporter["dropped"].as_u64() > Some(0) && exporter["last_error"].is_string(), "{exporter}");
    ensure!(finished.stdout.contains("the exporter `file full.jsonl` lost "), "{}", finished.stdout);
    for name in ["r.html", "r.md"] {
        ensure!(std::fs::read_to_string(folder.path().join(name))?.contains("exporter file full.jsonl: 0 records written"), "{name}");
    }
    Ok(())
}

#[test]
fn an_aborted_run_leaves_whole_lines() -> Result<()> {
    let folder = tempdir()?;
    let options = ["--hard-timeout", "600ms", "--export", "all.jsonl", "--export-period", "100ms", "--events-level", "trace"];
    let mut endless = idle(1_000_000, "regular(10ms, 1)");
    let first = endless.pointer_mut("/scenarios/0/steps/0").and_then(Json::as_object_mut).context("a step")?;
    first.insert("monitoring".to_owned(), json!({ "events": true }));
    let (finished, report) = run(folder.path(), &endless, &options)?;
    finished.ended_with_any(&[3, 4])?;
    let lines = json_lines(folder.path(), "all.jsonl")?;
    let exporter = report.pointer("/campaign/exporters/0").context("an exporter")?;
    // What was given up at the end may have been written all the same.
    let written = exporter["written"].as_u64().context("a count")?;
    ensure!(lines.len() > 10 && written > 0 && written <= lines.len() as u64, "{} lines, {exporter}", lines.len());
    Ok(())
}

#[test]
fn what_cannot_be_exported_to_is_refused_before_the_load() -> Result<()> {
    let folder = tempdir()?;
    let file = folder.file("scenario.json", idle(1, "immediate").to_string())?;
    let refused = |options: &[&str], parts: &[&str]| -> Result<()> {
        check_refused(Throng::new().arg("run").arg(&file).args(options).folder(folder.path()).run()?, parts)
    };
    refused(&["--export", "no/such/m.csv"], &["exporter `file no/such/m.csv`", "there is no folder", "make it first"])?;
    refused(&["--export", "m.txt"], &["--export", "does not say how", ".jsonl"])?;
    refused(&["--export", "meter=m.csv"], &["did you mean `meters`?"])?;
    refused(&["--export", "all=m.csv"], &["--export", "cannot have both"])?;
    refused(&["--export", "m.csv,m.csv"], &["two exporters write to `file m.csv`"])?;
    refused(&["--export", "m.csv", "--events-level", "loud"], &["`loud` is not a level", "`warn`"])?;
    refused(&["--events-level", "warn"], &["--events-level: nothing is exported"])?;
    for (exporter, parts) in [
        (json!({ "fiel": "a.csv" }), ["/exporters/0/fiel", "did you mean `file`?"]),
        (json!({ "file": "a.csv", "perod": "1s" }), ["/exporters/0/perod", "did you mean `period`?"]),
        (json!({ "file": {"path": "a.csv", "fromat": "csv"} }), ["/exporters/0/file/fromat", "did you mean `format`?"]),
        (json!({ "period": "1s" }), ["/exporters/0", "the exporter has no kind"]),
        (json!({ "file": "a.csv", "queue": 0 }), ["/exporters/0/queue", "write a number from 1"]),
    ] {
        let campaign = json!({ "throng": "0.1", "files": ["scenario.json"], "exporters": [exporter] });
        let campaign = folder.file("campaign.json", campaign.to_string())?;
        for command in ["run", "validate"] {
            check_refused(Throng::new().arg(command).arg(&campaign).run()?, &parts)?;
        }
    }
    Ok(())
}

/// A disk that is full from the beginning on, by a name that says the form.
#[cfg(target_os = "linux")]
fn full_disk(folder: &Path, name: &str) -> Result<()> {
    Ok(std::os::unix::fs::symlink("/dev/full", folder.join(name))?)
}

/// What cannot be written is counted and said, and the load goes on to its end.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_records_and_nothing_else() -> Result<()> {
    let folder = tempdir()?;
    full_disk(folder.path(), "meters.jsonl")?;
    let options = ["--export", "meters=meters.jsonl", "--export-period", "500ms", "--report", "junit=junit.xml"];
    let (finished, report) = run(folder.path(), &idle(60, "regular(25ms, 1)"), &options)?;
    let finished = finished.ended_with_any(&GOOD_OR_VOID)?;
    ensure!(report["scenarios"][0]["minions"]["completed"] == 60, "{report}");
    let exporter = &report["campaign"]["exporters"][0];
    let count = |key: &str| exporter[key].as_u64().unwrap_or_default();
    ensure!(count("written") == 0 && count("dropped") > 0 && count("failures") > 0, "{exporter}");
    ensure!(exporter["last_error"].as_str().is_some_and(|error| error.contains("No space left on device")), "{exporter}");
    ensure!(report["reasons"].to_string().contains("the exporter `file meters.jsonl` lost"), "a warning: {}", report["reasons"]);
    // Lines are broken to the width.
    let summary = finished.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    ensure!(summary.contains("exporter file meters.jsonl: 0 records written"), "{}", finished.stdout);
    let junit = std::fs::read_to_string(folder.path().join("junit.xml"))?;
    ensure!(junit.contains("health: exporter file meters.jsonl: 0 records written"), "{junit}");
    Ok(())
}

/// A form with a header notices before any load.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_that_is_noticed_early_refuses_the_campaign() -> Result<()> {
    let folder = tempdir()?;
    full_disk(folder.path(), "meters.csv")?;
    std::fs::write(folder.path().join("scenario.json"), idle(1, "immediate").to_string())?;
    let call = Throng::new().args(["run", "scenario.json", "--export", "meters=meters.csv"]).folder(folder.path());
    let finished = call.run()?.ended_with(2)?;
    ensure!(finished.stderr.contains("exporter `file meters.csv`: No space left on device"), "{}", finished.stderr);
    Ok(())
}

/// A reader that goes away costs what it would have read, and nothing else.
#[cfg(unix)]
#[test]
fn a_pipe_whose_reader_leaves_loses_records_and_nothing_else() -> Result<()> {
    let folder = tempdir()?;
    let pipe = folder.path().join("meters.jsonl");
    ensure!(std::process::Command::new("mkfifo").arg(&pipe).status()?.success());
    // Opening waits for the writer, as the writer's waits for this.
    let reader = std::thread::spawn(move || std::io::Read::read(&mut std::fs::File::open(pipe)?, &mut [0; 16]));
    let options = ["--export", "meters=meters.jsonl", "--export-period", "200ms"];
    let (finished, report) = run(folder.path(), &idle(60, "regular(25ms, 1)"), &options)?;
    finished.ended_with_any(&GOOD_OR_VOID)?;
    ensure!(reader.join().map_err(|_| anyhow::anyhow!("the reader panicked"))?? == 16, "something was read first");
    ensure!(report["scenarios"][0]["minions"]["completed"] == 60, "{report}");
    let exporter = &report["campaign"]["exporters"][0];
    ensure!(exporter["dropped"].as_u64() > Some(0), "{exporter}");
    ensure!(exporter["last_error"].as_str().is_some_and(|error| error.contains("Broken pipe")), "{exporter}");
    Ok(())
}
