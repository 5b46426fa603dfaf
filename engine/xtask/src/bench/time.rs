//! The rules of time on a real clock: a freeze that must show, and starts that must be on time.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value as Json, json};

use crate::process::read_whatever_it_ends_with;
use crate::target::Target;

/// A figure beside what it must be.
pub(super) struct Line {
    pub(super) what: &'static str,
    pub(super) figure: String,
    pub(super) bar: String,
    pub(super) kept: bool,
}

/// 1 000 requests a second for 10 s, against a target that is frozen for one second in the middle.
///
/// Who comes x ms into the freeze waits 1 000 − x ms: 1 000 of the 10 000 wait 1, 2 … 1 000 ms. So 5 % wait longer than 500 ms, 1 % longer
/// than 900 ms, 0.1 % longer than 990 ms.
pub(super) fn freeze(throng: &Path) -> Result<Vec<Line>> {
    let target = Target::start(throng, &["--freeze-at", "5s", "--freeze-for", "1s"])?;
    let mut command = Command::new(throng);
    command.args(["bench", &target.url, "-q", "1000", "-z", "10s", "-c", "1200", "--json", "--live", "off"]);
    let report: Json = serde_json::from_str(&read_whatever_it_ends_with(&mut command)?)?;
    let number = |pointer: &str| report.pointer(pointer).and_then(Json::as_f64).with_context(|| format!("no `{pointer}` in {report}"));
    let started = number("/started")?;
    let mut lines = vec![exactly("freeze: requests started", started, 10_000.0)];
    let expected = [
        ("freeze: response p95", "/response/p95", 500.0),
        ("freeze: response p99", "/response/p99", 900.0),
        ("freeze: response p99.9", "/response/p99_9", 990.0),
    ];
    for (what, pointer, expected) in expected {
        let figure = number(pointer)?;
        let kept = (figure - expected).abs() <= 10.0;
        lines.push(Line { what, figure: format!("{figure:.1} ms"), bar: format!("{expected:.0} ± 10 ms"), kept });
    }
    Ok(lines)
}

/// 5 000 starts a second for a minute, of minions that do nothing.
pub(super) fn starts(throng: &Path, folder: &Path) -> Result<Vec<Line>> {
    let (rate, seconds) = (5_000_u32, 60_u32);
    let steps = json!([{ "name": "nothing", "start": true, "returns": 1 }]);
    let profile = format!("rate({rate}, {seconds}s)");
    let document = json!({ "throng": "0.1", "scenarios": [{ "name": "starts", "minions": 1, "profile": profile, "steps": steps }] });
    let (file, report) = (folder.join("starts.json"), folder.join("starts-report.json"));
    std::fs::write(&file, document.to_string()).with_context(|| format!("`{}` cannot be written", file.display()))?;
    let mut command = Command::new(throng);
    command.arg("run").arg(&file).args(["--live", "off", "--summary", "off", "--report"]).arg(format!("json={}", report.display()));
    // Starts that are late make the run void, which is what is to be seen here.
    read_whatever_it_ends_with(&mut command)?;
    let text = std::fs::read_to_string(&report).with_context(|| format!("`{}` was not written", report.display()))?;
    let report: Json = serde_json::from_str(&text)?;
    let number = |pointer: &str| report.pointer(pointer).and_then(Json::as_f64).with_context(|| format!("no `{pointer}` in the report"));
    let started = number("/scenarios/0/minions/started")?;
    let lag = number("/scenarios/0/health/start_lag/p99/value")? / 1e6;
    let greatest = number("/scenarios/0/health/start_lag/max")? / 1e6;
    let off = off_at_most(greatest, f64::from(rate));
    Ok(vec![
        exactly("5 000 starts a second for 60 s: started", started, f64::from(rate * seconds)),
        Line {
            what: "every second of it is off the plan by",
            figure: format!("at most {:.2} %", off * 100.0),
            bar: "1 %".to_owned(),
            kept: off <= 0.01,
        },
        Line { what: "start lag p99", figure: format!("{lag:.3} ms, at most {greatest:.3} ms"), bar: "1 ms".to_owned(), kept: lag < 1.0 },
    ])
}

/// The share by which a second can be off the plan: those that were planned before its end and came after it, or before its beginning and
/// came within it, are as many as are planned in the time of the greatest lag.
fn off_at_most(greatest_lag: f64, rate: f64) -> f64 {
    (rate * greatest_lag / 1e3).ceil() / rate
}

fn exactly(what: &'static str, figure: f64, expected: f64) -> Line {
    Line { what, figure: format!("{figure:.0}"), bar: format!("{expected:.0}"), kept: figure == expected }
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
        assert!(exactly("starts", 10_000.0, 10_000.0).kept);
        assert!(!exactly("starts", 9_999.0, 10_000.0).kept);
    }
}
