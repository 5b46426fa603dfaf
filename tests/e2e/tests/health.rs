//! The generator's own health: a real run is driven into each state in which its figures say nothing of the target.
//!
//! What is checked is the verdict, the exit code and what is blamed; never how long anything took.
#![cfg(target_os = "linux")]
#![allow(clippy::indexing_slicing, reason = "a JSON value that is indexed with what it has not is null")]

use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use throng_e2e::campaign::{GOOD_OR_VOID, Ran, run, run_as, run_document};
use throng_e2e::documents::{document, get, idle};
use throng_kit::{TargetProcess, Throng, guest, tempdir};

/// The run is void, and one of the findings of this signal is why; all of them are told with what to do.
fn check_void<'a>(ran: &'a Ran, signal: &str) -> Result<&'a Json> {
    ensure!(ran.report["verdict"] == "void" && ran.finished.stdout.starts_with("∅ void"), "{}", ran.finished.stdout);
    let findings = ran.findings(signal);
    let void = findings.iter().find(|finding| finding["level"] == "void");
    let void = *void.with_context(|| format!("`{signal}` did not void:\n{}", ran.finished.stdout))?;
    let told = void["told"].as_str().unwrap_or_default();
    let remedy = void["remedy"].as_str().unwrap_or_default();
    ensure!(!told.is_empty() && !remedy.is_empty() && void["value"].as_f64().is_some_and(|value| value >= 0.0), "{void}");
    // Lines are broken to the width.
    let summary = ran.finished.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    ensure!(summary.contains(told) && summary.contains(remedy), "`{told}` with `{remedy}` expected in\n{}", ran.finished.stdout);
    Ok(void)
}

#[test]
fn a_quiet_run_is_measured_and_not_void() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let ran = run_document(&get(target.url(), "/", &[target.url()], 20), &["--workers", "2"])?.ended_with_any(&[0])?;
    let health = &ran.report["health"];
    let workers = health["workers"].as_array().context("workers")?;
    ensure!(
        workers.len() == 2 && workers.iter().all(|worker| worker["processor_mean"].as_f64().is_some_and(|used| used > 0.0)),
        "{health}"
    );
    for used in ["memory", "descriptors", "ports"] {
        let usage = &health["machine"][used];
        ensure!(usage["limit"].as_u64() > usage["used"].as_u64(), "{used}: {health}");
    }
    ensure!(health["machine"]["memory"]["used"].as_u64() > Some(1 << 20) && health["histogram_bytes"].as_u64() > Some(0), "{health}");
    ensure!(health["shortages"] == json!([]), "{health}");
    let summary = &ran.finished.stdout;
    for line in ["workers: longest stall", "processor per worker:", "machine: memory", "file descriptors"] {
        ensure!(summary.contains(line), "`{line}` expected in\n{summary}");
    }
    Ok(())
}

#[test]
fn a_worker_that_cannot_start_is_the_engines_failure() -> Result<()> {
    // Some have what they need and go on telling of themselves: that must not keep anybody waiting for the others.
    let file = tempdir()?;
    let document = file.path().join("idle.json");
    std::fs::write(&document, idle(1, "immediate").to_string())?;
    let ended = Throng::new().descriptors(40, 40).arg("run").arg(&document).args(["--workers", "64"]).run()?.ended_with(5)?;
    ensure!(ended.stderr.contains("cannot start: Too many open files") && ended.stderr.contains("`--workers`"), "{}", ended.stderr);
    ensure!(ended.stdout.is_empty(), "there is no report of what has not run:\n{}", ended.stdout);
    Ok(())
}

#[test]
fn descriptors_that_run_out_void_and_are_not_the_targets_fault() -> Result<()> {
    let target = TargetProcess::start(&["--delay", "300ms"])?;
    let folder = tempdir()?;
    let file = folder.file("scenario.json", get(target.url(), "/", &[target.url()], 200).to_string())?;
    let junit = folder.path().join("junit.xml");
    let report = format!("junit={}", junit.display());
    let ran = run_as(Throng::new().descriptors(48, 48), &[&file], &["--workers", "1", "--report", &report])?.ended_with_any(&[4])?;
    let void = check_void(&ran, "descriptors")?;
    ensure!(void["limit"] == 48.0 && void["remedy"].as_str().is_some_and(|remedy| remedy.contains("ulimit -Hn")), "{void}");
    ensure!(void["cause"].as_str().is_some_and(|cause| cause.contains("not the target's")), "{void}");
    // Each attempt is counted apart, as a failure with a code of its own as well.
    let refused = ran.counts("visit")?["steps"]["get"]["failures"]["no-descriptors"].as_u64().context("no-descriptors")?;
    ensure!(void["value"].as_f64() == Some(refused as f64) && refused >= 100, "{void}, {}", ran.counts("visit")?);
    ensure!(target.stats()?["connections"].as_u64() <= Some(201 - refused), "{}", target.stats()?);
    let junit = std::fs::read_to_string(&junit)?;
    let campaign = junit.split("</testsuite>").next().unwrap_or_default();
    ensure!(campaign.contains("failures=\"0\" errors=\"1\"") && campaign.contains("file descriptors"), "{junit}");
    Ok(())
}

#[test]
fn the_soft_limit_of_descriptors_is_raised_to_the_hard_one() -> Result<()> {
    let target = TargetProcess::start(&["--delay", "300ms"])?;
    let folder = tempdir()?;
    let file = folder.file("scenario.json", get(target.url(), "/", &[target.url()], 100).to_string())?;
    let ran = run_as(Throng::new().descriptors(48, 400), &[&file], &[])?.ended_with_any(&[0])?;
    ensure!(ran.report["health"]["machine"]["descriptors"]["limit"] == 400, "{}", ran.report["health"]);
    ensure!(ran.outcomes("visit", "get", "success")? == 100 && ran.findings("descriptors").is_empty(), "{}", ran.counts("visit")?);
    Ok(())
}

#[test]
fn descriptors_that_run_low_warn() -> Result<()> {
    let target = TargetProcess::start(&["--delay", "2500ms"])?;
    let folder = tempdir()?;
    folder.file("visit.json", get(target.url(), "/", &[target.url()], 100).to_string())?;
    let campaign = "throng = \"0.1\"\nfiles = [\"visit.json\"]\n[health]\ndescriptors-warns = \"20%\"\n";
    let file = folder.file("campaign.toml", campaign)?;
    let ran = run_as(Throng::new().descriptors(400, 400), &[&file], &[])?.ended_with_any(&[0])?;
    let findings = ran.findings("descriptors");
    ensure!(findings.iter().any(|finding| finding["level"] == "warning" && finding["limit"] == 0.2), "{}", ran.report["health"]);
    ensure!(findings.iter().all(|finding| finding["since"].as_u64().is_some()), "{findings:?}");
    Ok(())
}

#[test]
fn a_rate_that_one_worker_cannot_give_is_the_generators_fault() -> Result<()> {
    // Half a million starts a second, each of which makes a value: more than any core does.
    let ran = run_document(&idle(4_000_000, "regular(1ms, 500)"), &["--workers", "1", "--timeout", "4s"])?.ended_with_any(&[4])?;
    check_void(&ran, "start-lag")?;
    let starts = check_void(&ran, "starts")?;
    ensure!(starts["cause"] == "the generator could not keep up" && starts["value"].as_f64() < Some(0.99), "{starts}");
    Ok(())
}

#[test]
fn a_processor_that_others_take_voids() -> Result<()> {
    let hogs: Vec<_> = (0..3).map(|_| Hog::start()).collect::<Result<_>>()?;
    let folder = tempdir()?;
    let file = folder.file("scenario.json", idle(40_000, "regular(1ms, 40)").to_string())?;
    // On the same core, and nobody's first choice: a niceness of 10 weighs a tenth of a hog's, so one of thirty parts is its share.
    let starved = Throng::new().under(["taskset", "-c", "0", "nice", "-n", "10"]);
    let ran = run_as(starved, &[&file], &["--workers", "1", "--timeout", "8s"])?.ended_with_any(&[4])?;
    drop(hogs);
    check_void(&ran, "start-lag")?;
    ensure!(!ran.findings("stall").is_empty(), "{}", ran.report["health"]);
    Ok(())
}

#[test]
fn a_guest_that_holds_its_worker_up_voids_and_is_named() -> Result<()> {
    let folder = tempdir()?;
    let hostile = guest("hostile")?;
    let campaign = format!("throng = \"0.1\"\nfiles = [{}]\n[scenarios.slow]\nminions = 30\n", json!(hostile));
    let file = folder.file("campaign.toml", campaign)?;
    let ran = run(&[&file], &["--workers", "1", "--limit", "call-time=20s"])?.ended_with_any(&[4])?;
    let void = check_void(&ran, "stall")?;
    let cause = void["cause"].as_str().unwrap_or_default();
    ensure!(cause.contains("step `misdeed` of `slow` in 30 calls"), "{void}");
    let stalls = &ran.report["health"]["guest_stalls"];
    ensure!(stalls[0]["step"] == "misdeed" && stalls[0]["calls"] == 30, "{stalls}");
    Ok(())
}

#[test]
fn what_the_sandbox_ended_is_the_scenarios_fault_and_voids_nothing() -> Result<()> {
    let options = ["--scenario", "endless-loop", "-m", "2", "--workers", "1", "--limit", "call-time=2s"];
    let ran = run(&[guest("hostile")?], &options)?.ended_with_any(&[1])?;
    ensure!(ran.report["health"]["guest_stalls"][0]["step"] == "misdeed", "{}", ran.report["health"]);
    Ok(())
}

#[test]
fn a_drop_that_loses_a_join_voids() -> Result<()> {
    let folder = tempdir()?;
    folder.file("shipments.txt", (0..50).map(|order| format!("order-{order}\n")).collect::<String>())?;
    // Everything has been shipped before anybody asks, and there is room for one.
    let steps = json!([
        { "name": "wait", "start": true, "delay": "1s" },
        { "name": "order", "after": "wait", "returns": "order-{minion}" },
        { "name": "shipped", "after": "order", "left-join": {
            "right": "shipments", "left-key": { "json": "" }, "right-key": { "json": "" }, "capacity": 1, "timeout": "200ms" } },
        { "name": "shipments", "lines": { "file": "shipments.txt" } }
    ]);
    let file = folder.file("scenario.json", document(&[], &json!({ "minions": 50 }), &steps).to_string())?;
    let ran = run(&[&file], &["--workers", "1"])?.ended_with_any(&[4])?;
    let void = check_void(&ran, "join")?;
    ensure!(void["value"] == 49.0 && void["remedy"].as_str().is_some_and(|remedy| remedy.contains("capacity")), "{void}");
    ensure!(ran.report["health"]["held"]["joins"].as_u64() >= Some(1), "{}", ran.report["health"]);
    Ok(())
}

#[test]
fn limits_of_a_campaign_document_are_obeyed() -> Result<()> {
    let folder = tempdir()?;
    folder.file("visit.json", idle(200_000, "regular(1ms, 500)").to_string())?;
    let never = "start-lag-warns = \"1h\"\nstart-lag-voids = \"1h\"\nachieved-starts = \"0%\"\nachieved-starts-voids = \"0%\"\n\
                 stall-warns = \"1h\"\nstall-voids = \"1h\"\nstall-share = \"100%\"\nprocessor-warns = \"100%\"\nprocessor-voids = \"100%\"\n\
                 processor-for = \"1h\"\nstolen-warns = \"100%\"\nthrottled-warns = \"100%\"\nmemory-warns = \"100%\"\n\
                 descriptors-warns = \"100%\"\nports-warns = \"100%\"\n";
    let file = folder.file("campaign.toml", format!("throng = \"0.1\"\nfiles = [\"visit.json\"]\n[health]\n{never}"))?;
    let ran = run(&[&file], &["--workers", "1", "--timeout", "3s"])?.ended_with_any(&[0])?;
    ensure!(ran.report["verdict"] == "successful", "{}", ran.finished.stdout);
    ensure!(ran.report["campaign"]["health"]["processor_for"] == 3_600_000_000_000_u64, "{}", ran.report["campaign"]["health"]);
    let wrong = "throng = \"0.1\"\nfiles = [\"visit.json\"]\n[health]\nstall-warn = \"1h\"\n";
    let file = folder.file("campaign.toml", wrong)?;
    let finished = Throng::new().arg("run").arg(&file).run()?;
    throng_e2e::errors::check_refused(finished, &["line 4", "`stall-warn`", "did you mean `stall-warns`?"])
}

#[test]
fn histograms_that_do_not_fit_are_refused_with_the_arithmetic() -> Result<()> {
    let folder = tempdir()?;
    folder.file("visit.json", idle(1, "immediate").to_string())?;
    let run = |file: &str, options: &[&str]| Throng::new().folder(folder.path()).args(["run", file]).args(options).run();
    let parts = ["could take", "MiB", "4 phases + 2 workers", "raise `--histogram-memory`"];
    run("visit.json", &["--workers", "2"])?.ended_with(0)?;
    let told = run("visit.json", &["--workers", "2", "--histogram-memory", "1MiB"])?.ended_with(2)?;
    ensure!(parts.iter().all(|part| told.stderr.contains(part)), "{}", told.stderr);
    let campaign = "throng = \"0.1\"\nfiles = [\"visit.json\"]\nhistogram-memory = \"1MiB\"\n";
    folder.file("campaign.toml", campaign)?;
    run("campaign.toml", &["--workers", "2"])?.ended_with(2)?;
    run("campaign.toml", &["--workers", "2", "--histogram-memory", "64MiB"])?.ended_with(0)?;
    throng_e2e::errors::check_refused(run("visit.json", &["--histogram-memory", "much"])?, &["--histogram-memory", "is not a size"])
}

#[test]
fn a_run_with_a_schedule_is_judged_by_the_same_limits() -> Result<()> {
    // However busy the machine is, nothing but its own lateness is found.
    let ran = run_document(&idle(50, "regular(20ms, 1)"), &["--workers", "1"])?.ended_with_any(&GOOD_OR_VOID)?;
    for signal in ["descriptors", "ports", "memory", "join", "guest"] {
        ensure!(ran.findings(signal).iter().all(|finding| finding["level"] != "void"), "{}", ran.report["health"]);
    }
    Ok(())
}

/// A process that computes on the first core until it is dropped.
struct Hog(Child);

impl Hog {
    fn start() -> Result<Self> {
        let mut command = Command::new("taskset");
        command.args(["-c", "0", "sh", "-c", "while :; do :; done"]).stdin(Stdio::null()).stdout(Stdio::null());
        Ok(Self(command.spawn().context("no `taskset`")?))
    }
}

impl Drop for Hog {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
