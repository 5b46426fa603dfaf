//! Bar 10: how much later than planned minions start.

use anyhow::Result;
use serde_json::json;

use crate::bench::cost::median;
use crate::bench::lab::Lab;
use crate::bench::row::{Bar, Row};
use crate::bench::steps::chain;

/// Starts per second.
const RATE: u32 = 10_000;
const SECONDS: u32 = 5;

pub(crate) fn measure(lab: &Lab) -> Result<Vec<Row>> {
    let file = lab.document("starts", json!({ "steps": chain(1) }), &[])?;
    let profile = format!("rate({RATE}, {SECONDS}s)");
    let mut lags = Vec::new();
    let mut started = Vec::new();
    for _ in 0..lab.rounds {
        let run = lab.run(&file, &["--profile", &profile])?;
        lags.push(run.number("/scenarios/0/health/start_lag/p99/value")? / 1e6);
        started.push(run.number("/scenarios/0/minions/started")?);
    }
    let least = lags.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(vec![Row {
        number: "10",
        what: format!("start lag, 99th percentile, at {RATE} starts/s"),
        figure: median(lags),
        unit: "ms",
        must: Some(Bar::AtMost(1.0)),
        goal: Some(Bar::AtMost(0.1)),
        detail: format!("{} of {} started; best round {least:.3} ms", median(started), RATE * SECONDS),
    }])
}
