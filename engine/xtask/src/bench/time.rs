//! The rules of time on a real clock: a freeze that must show, and starts that must be on time.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};

use crate::bench::cost::median;
use crate::bench::lab::Lab;
use crate::bench::row::{Bar, Row};
use crate::process::read_whatever_it_ends_with;
use crate::target::Target;

/// 1 000 requests a second for 10 s, against a target that is frozen for one second in the middle.
///
/// Who comes x ms into the freeze waits 1 000 − x ms: 1 000 of the 10 000 wait 1, 2 … 1 000 ms. So 5 % wait longer than 500 ms, 1 % longer
/// than 900 ms, 0.1 % longer than 990 ms. Then 500 answers leave at once before the one that p95 is of, and 100 before that of p99; and the
/// target needs its time for them, which is none of the generator's doing: what each has to be is what the target says of itself.
pub(crate) fn freeze(lab: &Lab) -> Result<Vec<Row>> {
    let runs = (0..lab.rounds).map(|_| frozen(lab)).collect::<Result<Vec<_>>>()?;
    let fewest = runs.iter().map(|run| run.started).fold(f64::INFINITY, f64::min);
    let mut rows = vec![exactly("freeze: requests started", fewest, PLANNED)];
    for (at, (percentile, _, arithmetic)) in PERCENTILES.into_iter().enumerate() {
        let of_runs = |part: fn(&(f64, f64)) -> f64| median(runs.iter().filter_map(|run| run.seen_and_held.get(at)).map(part).collect());
        let (beside, seen, held) = (of_runs(|(seen, held)| seen - held), of_runs(|(seen, _)| *seen), of_runs(|(_, held)| *held));
        let what = format!("freeze: response {percentile} − the target's own {percentile}");
        let detail = format!("{seen:.1} ms; the target held answers back for {held:.1} ms, by arithmetic {arithmetic} ms");
        rows.push(Row { detail, ..row(&what, beside, "ms", Bar::Between(-10.0, 10.0)) });
    }
    Ok(rows)
}

/// Requests of a run.
const PLANNED: f64 = 10_000.0;

/// What is compared: how it is written, its name in reports, and what arithmetic says in milliseconds.
const PERCENTILES: [(&str, &str, u32); 3] = [("p95", "p95", 500), ("p99", "p99", 900), ("p99.9", "p99_9", 990)];

/// A run against a target that freezes.
struct Frozen {
    started: f64,
    /// Of each of [`PERCENTILES`], milliseconds.
    seen_and_held: Vec<(f64, f64)>,
}

fn frozen(lab: &Lab) -> Result<Frozen> {
    let target = Target::start(&lab.throng, &["--freeze-at", "5s", "--freeze-for", "1s"])?;
    let mut command = Command::new(&lab.throng);
    command.args(["bench", &target.url, "-q", "1000", "-z", "10s", "-c", "1200", "--json", "--live", "off"]);
    let report: Json = serde_json::from_str(&read_whatever_it_ends_with(&mut command)?)?;
    let number = |pointer: &str| report.pointer(pointer).and_then(Json::as_f64).with_context(|| format!("no `{pointer}` in {report}"));
    let of_both = |(_, name, _): &(_, &str, _)| Ok((number(&format!("/response/{name}"))?, target.held_back(name)?));
    Ok(Frozen { started: number("/started")?, seen_and_held: PERCENTILES.iter().map(of_both).collect::<Result<_>>()? })
}

/// 5 000 starts a second for a minute, of minions that do nothing.
pub(crate) fn starts(lab: &Lab) -> Result<Vec<Row>> {
    let (rate, seconds) = (5_000_u32, 60_u32);
    let file = lab.document("starts-for-a-minute", json!({ "steps": [{ "name": "nothing", "start": true, "returns": 1 }] }), &[])?;
    // Starts that are late make the run void, which is what is to be seen here.
    let run = lab.run(&file, &["--profile", &format!("rate({rate}, {seconds}s)")])?;
    let started = run.number("/scenarios/0/minions/started")?;
    let lag = run.number("/scenarios/0/health/start_lag/p99/value")? / 1e6;
    let greatest = run.number("/scenarios/0/health/start_lag/max")? / 1e6;
    let off = off(&seconds_of(&run.report, seconds)?, f64::from(rate)) * 100.0;
    let mut late = row("5 000 starts a second: start lag p99", lag, "ms", Bar::AtMost(1.0));
    late.detail = format!("at most {greatest:.3} ms");
    Ok(vec![
        exactly("5 000 starts a second for 60 s: started", started, f64::from(rate * seconds)),
        row("5 000 starts a second: each second is off the plan by, at most", off, "%", Bar::AtMost(1.0)),
        late,
    ])
}

/// The starts of each second of the load, as the workers counted them when they came. What came after the last one is not among them.
fn seconds_of(report: &Json, seconds: u32) -> Result<Vec<f64>> {
    let width = report.pointer("/timeline/width").and_then(Json::as_u64);
    ensure!(width == Some(1_000_000_000), "the timeline's slots are not seconds: {width:?} ns");
    let slots = report.pointer("/timeline/slots").and_then(Json::as_array).context("the report has no timeline")?;
    let starts = slots.iter().filter_map(|slot| slot.pointer("/starts").and_then(Json::as_f64));
    let starts: Vec<_> = starts.take(seconds as usize).collect();
    ensure!(starts.len() == seconds as usize, "the timeline has {} seconds of {seconds}", starts.len());
    Ok(starts)
}

/// The greatest share by which a second is off the plan.
fn off(starts: &[f64], rate: f64) -> f64 {
    starts.iter().map(|starts| (starts - rate).abs() / rate).fold(0.0, f64::max)
}

fn exactly(what: &str, figure: f64, expected: f64) -> Row {
    row(what, figure, "", Bar::Between(expected, expected))
}

fn row(what: &str, figure: f64, unit: &'static str, must: Bar) -> Row {
    Row { number: "", what: what.to_owned(), figure, unit, must: Some(must), goal: None, detail: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_second_is_told() {
        let report = json!({ "timeline": { "width": 1_000_000_000, "slots": [{ "starts": 5_000 }, { "starts": 4_950 }, { "starts": 5_050 }, { "starts": 1 }] } });
        assert_eq!(seconds_of(&report, 3).map(|seconds| off(&seconds, 5_000.0)).ok(), Some(0.01));
        assert!(seconds_of(&report, 5).is_err(), "a second is not there");
        let wide = json!({ "timeline": { "width": 2_000_000_000, "slots": [] } });
        assert!(seconds_of(&wide, 0).is_err());
    }

    #[test]
    fn counts_are_exact_or_missed() {
        assert!(exactly("starts", 10_000.0, 10_000.0).is_kept());
        assert!(!exactly("starts", 9_999.0, 10_000.0).is_kept());
    }
}
