//! Bars 5 and 9: what a step without I/O, a callback in a chain, and a join cost, all included.
//!
//! A figure is the difference between two campaigns that differ in nothing but the steps that it is about, so that starting the program,
//! loading the scenario and starting the minions drop out.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value as Json, json};

use crate::bench::cost::median;
use crate::bench::lab::Lab;
use crate::bench::row::{Bar, Row};
use crate::guests::TEST_GUESTS;

/// Two campaigns.
struct Difference {
    with: (PathBuf, &'static str),
    without: (PathBuf, &'static str),
    minions: u32,
    /// Executions for each minion by which they differ.
    steps: u32,
}

/// A step of a chain, and a callback.
pub(crate) fn measure_chains(lab: &Lab) -> Result<Vec<Row>> {
    let chain = |name: &'static str, pipes: u32| -> Result<(PathBuf, &'static str)> {
        Ok((lab.document(name, json!({ "steps": chain(pipes) }), &[])?, name))
    };
    let step = Difference { with: chain("ten-pipes", 10)?, without: chain("no-pipes", 0)?, minions: 400_000, steps: 10 };
    let cost = TEST_GUESTS.component("cost");
    let map = Difference { with: (cost.clone(), "eleven"), without: (cost, "one"), minions: 100_000, steps: 10 };
    let row = |number, what: &str, figure: f64, must: f64, goal: Option<f64>| Row {
        number,
        what: what.to_owned(),
        figure,
        unit: "ns",
        must: Some(Bar::AtMost(must)),
        goal: goal.map(Bar::AtMost),
        detail: "difference of two campaigns, one worker".to_owned(),
    };
    Ok(vec![
        row("5", "a step without I/O in a chain of ten", step.nanos(lab)?, 300.0, Some(100.0)),
        row("", "a `map` by a Rust callback, all included", map.nanos(lab)?, 2000.0, None),
    ])
}

/// A left and its right that come together.
pub(crate) fn measure_joins(lab: &Lab) -> Result<Vec<Row>> {
    let with = (lab.document("joined", json!({ "steps": joined() }), &[])?, "joined");
    let without = (lab.document("not-joined", json!({ "steps": split() }), &[])?, "not-joined");
    let nanos = Difference { with, without, minions: 300_000, steps: 1 }.nanos(lab)?;
    Ok(vec![Row {
        number: "9",
        what: "joins (a left, its right and the match) per CPU-second".to_owned(),
        figure: 1e9 / nanos,
        unit: "",
        must: Some(Bar::AtLeast(300_000.0)),
        goal: Some(Bar::AtLeast(1_000_000.0)),
        detail: format!("{nanos:.0} ns each; difference of two campaigns, one worker"),
    }])
}

/// A value and so many steps that pass it on.
pub(crate) fn chain(pipes: u32) -> Vec<Json> {
    let first = json!({"name": "s0", "start": true, "returns": 1});
    let pipe = |step: u32| json!({"name": format!("s{step}"), "after": format!("s{}", step - 1), "pipe": {}});
    std::iter::once(first).chain((1..=pipes).map(pipe)).collect()
}

/// A value that goes two ways.
pub(crate) fn split() -> Vec<Json> {
    let way = |name: &str| json!({"name": name, "after": "s0", "pipe": {}});
    chain(0).into_iter().chain([way("left"), way("right")]).collect()
}

/// A value that goes two ways, whose ends are joined by the minion's number.
pub(crate) fn joined() -> Vec<Json> {
    let options = json!({"right": "right", "left-key": "{minion}", "right-key": "{minion}", "timeout": "10s"});
    split().into_iter().chain([json!({"name": "join", "after": "left", "inner-join": options})]).collect()
}

impl Difference {
    /// Nanoseconds for each execution; the campaigns in turn.
    fn nanos(&self, lab: &Lab) -> Result<f64> {
        let seconds = |(file, scenario): &(PathBuf, &'static str)| -> Result<f64> {
            let minions = self.minions.to_string();
            Ok(lab.run(file, &["--scenario", scenario, "--profile", "immediate", "--minions", &minions])?.cost.cpu)
        };
        let mut differences = Vec::new();
        for _ in 0..lab.rounds {
            differences.push(seconds(&self.with)? - seconds(&self.without)?);
        }
        Ok(median(differences) * 1e9 / (f64::from(self.minions) * f64::from(self.steps)))
    }
}
