//! Bar 11: two workers against one, on work without a network.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;

use crate::bench::cost::median;
use crate::bench::lab::Lab;
use crate::bench::row::{Bar, Row, number};
use crate::bench::steps::chain;
use crate::guests::TEST_GUESTS;

pub(crate) fn measure(lab: &Lab) -> Result<Vec<Row>> {
    let mut steps = chain(0);
    steps.extend([json!({"name": "left", "after": "s0", "pipe": {}}), json!({"name": "right", "after": "s0", "pipe": {}})]);
    steps.push(json!({"name": "join", "after": "left", "inner-join": {"right": "right", "left-key": "{minion}", "right-key": "{minion}"}}));
    let joins = lab.document("worker-joins", json!({ "steps": steps }), &[])?;
    let pipes = lab.document("worker-pipes", json!({ "steps": chain(30) }), &[])?;
    let work: [(&str, PathBuf, &str, &str); 3] = [
        ("a chain of thirty", pipes, "worker-pipes", "400000"),
        ("guest calls", TEST_GUESTS.component("cost"), "eleven", "200000"),
        ("joins", joins, "worker-joins", "600000"),
    ];
    work.iter().map(|(what, file, scenario, minions)| ratio(lab, what, file, &["--scenario", scenario, "--minions", minions])).collect()
}

/// Time on the wall from the first start to the end of the last minion.
fn ratio(lab: &Lab, what: &str, file: &Path, arguments: &[&str]) -> Result<Row> {
    let measured = |workers: &str| -> Result<(f64, f64)> {
        let run = lab.run(file, &[arguments, &["--profile", "immediate", "--workers", workers]].concat())?;
        Ok((run.number("/campaign/duration")? / 1e9, run.cost.cpu))
    };
    let (mut ratios, mut extra) = (Vec::new(), Vec::new());
    for _ in 0..lab.rounds {
        let (one, one_cpu) = measured("1")?;
        let (two, two_cpu) = measured("2")?;
        ratios.push(one / two);
        extra.push(two_cpu / one_cpu);
    }
    Ok(Row {
        number: "11",
        what: format!("two workers ÷ one: {what}"),
        figure: median(ratios),
        unit: "",
        must: Some(Bar::AtLeast(1.7)),
        goal: Some(Bar::AtLeast(1.9)),
        detail: format!("time on the wall; processor time of two ÷ one: {}", number(median(extra))),
    })
}
