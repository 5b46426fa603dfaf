//! Bars 6 and 7: memory of what waits. A figure is the difference between a large and a small campaign, divided by what is more.

use anyhow::Result;
use serde_json::json;

use crate::bench::lab::Lab;
use crate::bench::row::{Bar, Row};
use crate::target::Target;

const MILLION: u32 = 1_000_000;
const CONNECTIONS: u32 = 2_000;

/// A minion in a `delay`.
pub(crate) fn measure_minions(lab: &Lab) -> Result<Vec<Row>> {
    let steps = json!([{"name": "first", "start": true, "returns": 1}, {"name": "wait", "after": "first", "delay": "15s"}]);
    let file = lab.document("sleepers", json!({ "steps": steps }), &[])?;
    let peak = |minions: u32| -> Result<(f64, f64)> {
        let run = lab.run(&file, &["--profile", "immediate", "--minions", &minions.to_string()])?;
        Ok((run.cost.peak as f64, run.number("/scenarios/0/minions/completed")?))
    };
    let (few, _) = peak(1_000)?;
    let (many, completed) = peak(MILLION)?;
    Ok(vec![Row {
        number: "6",
        what: "memory of a minion that waits, all included, of a million in a `delay`".to_owned(),
        figure: (many - few) / f64::from(MILLION - 1_000),
        unit: "B",
        must: Some(Bar::AtMost(1024.0)),
        goal: Some(Bar::AtMost(600.0)),
        detail: format!("{:.0} MB at most, {completed:.0} minions completed", many / 1e6),
    }])
}

/// An open connection.
pub(crate) fn measure_connections(lab: &Lab) -> Result<Vec<Row>> {
    let target = Target::start(&lab.throng, &[])?;
    let steps = json!([
        {"name": "request", "start": true, "http": {"url": target.url, "request": {"path": "/"}}},
        {"name": "wait", "after": "request", "delay": "5s"}
    ]);
    let connected = lab.document("connected", json!({ "steps": steps }), &[&target.url])?;
    let steps = json!([{"name": "first", "start": true, "returns": 1}, {"name": "wait", "after": "first", "delay": "5s"}]);
    let apart = lab.document("apart", json!({ "steps": steps }), &[])?;
    let minions = CONNECTIONS.to_string();
    let profile = ["--profile", "timeframe(10ms, 3s)", "--minions", &minions];
    let with = lab.run(&connected, &profile)?;
    let without = lab.run(&apart, &profile)?;
    Ok(vec![Row {
        number: "7",
        what: "memory of an open HTTP connection".to_owned(),
        figure: (with.cost.peak as f64 - without.cost.peak as f64) / f64::from(CONNECTIONS) / 1024.0,
        unit: "KiB",
        must: Some(Bar::AtMost(20.0)),
        goal: Some(Bar::AtMost(6.0)),
        detail: format!(
            "{CONNECTIONS} minions with their connection ({:.0} answered), against as many without",
            with.successes("request")?
        ),
    }])
}
