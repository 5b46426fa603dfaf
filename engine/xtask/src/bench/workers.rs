//! Bar 11: two workers against one, on work without a network.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, anyhow};
use serde_json::json;

use crate::bench::cost::{cost, median};
use crate::bench::lab::Lab;
use crate::bench::row::{Bar, Row, number};
use crate::bench::steps::{chain, joined};
use crate::guests::TEST_GUESTS;

pub(crate) fn measure(lab: &Lab) -> Result<Vec<Row>> {
    let joins = lab.document("worker-joins", json!({ "steps": joined() }), &[])?;
    let pipes = lab.document("worker-pipes", json!({ "steps": chain(30) }), &[])?;
    let work: [(&str, PathBuf, &str, &str); 3] = [
        ("a chain of thirty", pipes, "worker-pipes", "400000"),
        ("guest calls", TEST_GUESTS.component("cost"), "eleven", "200000"),
        ("joins", joins, "worker-joins", "600000"),
    ];
    work.iter().map(|(what, file, scenario, minions)| ratio(lab, what, file, &["--scenario", scenario, "--minions", minions])).collect()
}

/// Time on the wall from the first start to the end of the last minion. What two programs of one worker each cost side by side, who have nothing
/// to do with each other, says how much of what two workers cost more is the machine's.
fn ratio(lab: &Lab, what: &str, file: &Path, arguments: &[&str]) -> Result<Row> {
    let measured = |workers: &str| -> Result<(f64, f64)> {
        let run = lab.run(file, &[arguments, &["--profile", "immediate", "--workers", workers]].concat())?;
        Ok((run.number("/campaign/duration")? / 1e9, run.cost.cpu))
    };
    let (mut ratios, mut extra, mut of_machine) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..lab.rounds {
        let (one, one_cpu) = measured("1")?;
        let (two, two_cpu) = measured("2")?;
        ratios.push(one / two);
        extra.push(two_cpu / one_cpu);
        of_machine.push(two_at_once(|| lab.command(file, &[arguments, &["--profile", "immediate"]].concat()))? / (2.0 * one_cpu));
    }
    Ok(Row {
        number: "11",
        what: format!("two workers ÷ one: {what}"),
        figure: median(ratios),
        unit: "",
        must: Some(Bar::AtLeast(1.7)),
        goal: Some(Bar::AtLeast(1.9)),
        detail: format!(
            "time on the wall; processor time of two ÷ one: {}; of two programs side by side: {}",
            number(median(extra)),
            number(median(of_machine))
        ),
    })
}

/// Processor seconds of two such programs together.
fn two_at_once(command: impl Fn() -> Command) -> Result<f64> {
    let mut commands = [command(), command()];
    let costs = std::thread::scope(|scope| {
        let running = commands.each_mut().map(|command| scope.spawn(|| cost(command)));
        running.map(|run| run.join().map_err(|_| anyhow!("what watched a program panicked")))
    });
    costs.into_iter().map(|cost| Ok(cost??.cpu)).sum()
}
