//! The rules of time on a real clock: a freeze that must show, and starts that must be on time.

use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value as Json, json};

use crate::bench::lab::Lab;
use crate::bench::row::{Bar, Row};
use crate::process::read_whatever_it_ends_with;
use crate::target::Target;

/// 1 000 requests a second for 10 s, against a target that is frozen for one second in the middle.
///
/// Who comes x ms into the freeze waits 1 000 − x ms: 1 000 of the 10 000 wait 1, 2 … 1 000 ms. So 5 % wait longer than 500 ms, 1 % longer
/// than 900 ms, 0.1 % longer than 990 ms.
pub(crate) fn freeze(lab: &Lab) -> Result<Vec<Row>> {
    let target = Target::start(&lab.throng, &["--freeze-at", "5s", "--freeze-for", "1s"])?;
    let mut command = Command::new(&lab.throng);
    command.args(["bench", &target.url, "-q", "1000", "-z", "10s", "-c", "1200", "--json", "--live", "off"]);
    let report: Json = serde_json::from_str(&read_whatever_it_ends_with(&mut command)?)?;
    let number = |pointer: &str| report.pointer(pointer).and_then(Json::as_f64).with_context(|| format!("no `{pointer}` in {report}"));
    let started = number("/started")?;
    let mut rows = vec![exactly("freeze: requests started", started, 10_000.0)];
    let expected = [
        ("freeze: response p95", "/response/p95", 500.0),
        ("freeze: response p99", "/response/p99", 900.0),
        ("freeze: response p99.9", "/response/p99_9", 990.0),
    ];
    for (what, pointer, expected) in expected {
        rows.push(row(what, number(pointer)?, "ms", Bar::Between(expected - 10.0, expected + 10.0)));
    }
    Ok(rows)
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
    let off = off_at_most(greatest, f64::from(rate)) * 100.0;
    let mut late = row("5 000 starts a second: start lag p99", lag, "ms", Bar::AtMost(1.0));
    late.detail = format!("at most {greatest:.3} ms");
    Ok(vec![
        exactly("5 000 starts a second for 60 s: started", started, f64::from(rate * seconds)),
        row("5 000 starts a second: every second is off the plan by, at most", off, "%", Bar::AtMost(1.0)),
        late,
    ])
}

/// The share by which a second can be off the plan: those that were planned before its end and came after it, or before its beginning and
/// came within it, are as many as are planned in the time of the greatest lag.
fn off_at_most(greatest_lag: f64, rate: f64) -> f64 {
    (rate * greatest_lag / 1e3).ceil() / rate
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
    fn the_greatest_lag_bounds_every_second() {
        assert_eq!(off_at_most(0.0, 5_000.0), 0.0);
        assert_eq!(off_at_most(10.0, 5_000.0), 0.01);
        assert_eq!(off_at_most(0.1, 5_000.0), 0.0002, "a start is a start");
    }

    #[test]
    fn counts_are_exact_or_missed() {
        assert!(exactly("starts", 10_000.0, 10_000.0).is_kept());
        assert!(!exactly("starts", 9_999.0, 10_000.0).is_kept());
    }
}
