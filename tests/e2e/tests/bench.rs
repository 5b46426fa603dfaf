//! `throng bench`: a load on one address without any file.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value as Json;
use throng_e2e::campaign::GOOD_OR_VOID;
use throng_e2e::errors::check_refused;
use throng_kit::{TargetProcess, Throng, free_port};

/// Figures of a timer, all in milliseconds but the count.
struct Figures {
    count: u64,
    mean: f64,
    /// p50, p90, p95, p99, p99.9 and the maximum.
    rising: Vec<f64>,
}

impl Figures {
    fn of(report: &Json, timer: &str) -> Result<Self> {
        let figure = |name| report.get(timer)?.get(name);
        let number = |name| figure(name).and_then(Json::as_f64).with_context(|| format!("no `{timer}.{name}` in {report}"));
        let rising: Vec<f64> = ["p50", "p90", "p95", "p99", "p99_9", "max"].into_iter().map(number).collect::<Result<_>>()?;
        let keys = report[timer].as_object().map(|figures| figures.keys().map(String::as_str).collect::<Vec<_>>());
        let documented = ["count", "mean", "p50", "p90", "p95", "p99", "p99_9", "max"];
        ensure!(keys.is_some_and(|keys| keys == documented), "`{timer}` has other figures: {report}");
        ensure!(rising.is_sorted(), "the percentiles of `{timer}` fall: {report}");
        let count = figure("count").and_then(Json::as_u64).with_context(|| format!("no `{timer}.count` in {report}"))?;
        Ok(Self { count, mean: number("mean")?, rising })
    }
}

fn bench(url: &str, options: &[&str]) -> Result<throng_kit::Finished> {
    Throng::new().args(["bench", url]).args(options).arg("--json").run()
}

#[test]
fn every_request_is_sent_and_measured() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let report = bench(target.url(), &["-n", "1000", "-c", "10"])?.ended_with(0)?.json()?;
    let keys: Vec<_> = report.as_object().context("no object")?.keys().collect();
    ensure!(keys == ["started", "verdict", "response", "service"], "{report}");
    ensure!(report["started"] == 1000 && report["verdict"] == "successful", "{report}");
    let (response, service) = (Figures::of(&report, "response")?, Figures::of(&report, "service")?);
    ensure!((response.count, service.count) == (1000, 1000), "{report}");
    for figures in [&response, &service] {
        ensure!(figures.mean > 0.0 && figures.rising.last().is_some_and(|max| *max >= figures.mean), "{report}");
    }
    // What a user waits for cannot be less than the work itself.
    ensure!(response.rising.iter().zip(&service.rising).all(|(response, service)| response >= service), "{report}");
    let stats = target.stats()?;
    // The last connection is the one that asks for the counts.
    ensure!(stats["requests"] == 1000 && stats["connections"] == 11, "the target has seen {stats}");
    Ok(())
}

#[test]
fn no_answer_is_faster_than_the_target() -> Result<()> {
    let target = TargetProcess::start(&["--delay", "20ms"])?;
    let report = bench(target.url(), &["-n", "50", "-c", "5"])?.ended_with(0)?.json()?;
    for timer in ["response", "service"] {
        let fastest_half = Figures::of(&report, timer)?.rising.first().copied().unwrap_or_default();
        // Histograms keep three digits.
        ensure!(fastest_half >= 19.98, "the target waits 20 ms: {report}");
    }
    Ok(())
}

#[test]
fn fewer_requests_than_connections_are_all_sent() -> Result<()> {
    let target = TargetProcess::start(&["--threads", "2"])?;
    let report = bench(target.url(), &["-n", "3", "-c", "10"])?.ended_with(0)?.json()?;
    ensure!(report["started"] == 3 && Figures::of(&report, "response")?.count == 3, "{report}");
    ensure!(target.stats()?["requests"] == 3, "the target has seen {}", target.stats()?);
    Ok(())
}

#[test]
fn nobody_there_is_a_failure() -> Result<()> {
    let url = format!("http://127.0.0.1:{}", free_port()?);
    let report = bench(&url, &["-n", "20", "-c", "2"])?.ended_with(1)?.json()?;
    ensure!(report["started"] == 20 && report["verdict"] == "failed", "{report}");
    Ok(())
}

#[test]
fn a_rate_begins_with_open_connections() -> Result<()> {
    let target = TargetProcess::start::<&str>(&[])?;
    let report = bench(target.url(), &["-n", "10", "-q", "100", "-c", "20"])?.ended_with_any(&GOOD_OR_VOID)?.json()?;
    ensure!(report["started"] == 10, "{report}");
    // One for each that was asked for, whoever uses it, and the one that asks for the counts.
    let stats = target.stats()?;
    ensure!(stats["connections"].as_u64() >= Some(21), "the target has seen {stats}");
    let nobody = format!("http://127.0.0.1:{}", free_port()?);
    let finished = Throng::new().args(["bench", &nobody, "-n", "10", "-q", "100"]).run()?.ended_with(1)?;
    let cause = "the step `request` of the scenario `bench` cannot start: ";
    ensure!(finished.stdout.contains(cause) && finished.stdout.contains("nothing listens there"), "{}", finished.stdout);
    Ok(())
}

#[test]
fn what_cannot_be_benched_is_refused() -> Result<()> {
    check_refused(bench("127.0.0.1", &["-n", "1"])?, &["127.0.0.1", "http://"])?;
    check_refused(bench("ftp://127.0.0.1/", &["-n", "1"])?, &["ftp"])?;
    check_refused(bench("http://127.0.0.1:1", &["-n", "0"])?, &["0"])?;
    check_refused(bench("http://127.0.0.1:1", &["-n", "1", "-c", "0"])?, &["0"])
}
