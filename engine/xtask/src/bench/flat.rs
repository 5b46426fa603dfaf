//! Bar 13: the cost of a request, whatever the number of minions, and however long it goes on.

use anyhow::Result;
use serde_json::json;

use crate::bench::cost::median;
use crate::bench::lab::Lab;
use crate::bench::row::{Bar, Row, number};
use crate::target::Target;

/// In all, whoever makes them.
const REQUESTS: u32 = 200_000;

pub(crate) fn measure(lab: &Lab) -> Result<Vec<Row>> {
    let target = Target::start(&lab.throng, &[])?;
    let http = json!({"url": target.url, "request": {"path": "/"}, "connection": {"pool": {"size": 10}}});
    let wide = json!({"url": target.url, "request": {"path": "/"}, "connection": {"pool": {"size": 1000}}});
    let scenario = |http: &serde_json::Value| json!({"steps": [{"name": "request", "start": true, "iterate": {"total": REQUESTS}, "timeout": "60s", "http": http}]});
    let mut costs: Vec<(u32, Vec<f64>)> = vec![(10, Vec::new()), (1_000, Vec::new()), (100_000, Vec::new())];
    for _ in 0..lab.rounds {
        for (minions, costs) in &mut costs {
            let file = lab.document("flat", scenario(if *minions == 10 { &http } else { &wide }), &[&target.url])?;
            let run = lab.run(&file, &["--profile", "immediate", "--minions", &minions.to_string()])?;
            costs.push(run.cost.cpu * 1e6 / run.successes("request")?);
        }
    }
    let costs: Vec<(u32, f64)> = costs.into_iter().map(|(minions, costs)| (minions, median(costs))).collect();
    let least = costs.iter().map(|(_, cost)| *cost).fold(f64::INFINITY, f64::min);
    let most = costs.iter().map(|(_, cost)| *cost).fold(0.0, f64::max);
    let detail: Vec<String> = costs.iter().map(|(minions, cost)| format!("{minions} minions: {} µs", number(*cost))).collect();
    Ok(vec![Row {
        number: "13a",
        what: "dearest ÷ cheapest request, of 10, 1 000 and 100 000 minions over at most 1 000 shared connections".to_owned(),
        figure: most / least,
        unit: "",
        must: Some(Bar::AtMost(1.1)),
        goal: None,
        detail: detail.join(", "),
    }])
}
