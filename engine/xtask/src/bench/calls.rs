//! Bars 4 and 8: what a call of a guest and all meters of a step cost, in bare loops.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::bench::lab::Lab;
use crate::bench::row::{Bar, Row};
use crate::process::read;

/// The lines of a program's table that are ruled on: its name there, its number, must and goal in nanoseconds.
const CALLS: [(&str, &str, f64, f64); 3] = [
    ("64 bytes in and out", "4a", 400.0, 250.0),
    ("verify a response's status", "4b", 800.0, 500.0),
    ("build a request: header, body", "4c", 1200.0, 750.0),
];
const METERS: (&str, &str, f64, f64) = ("all meters of a step", "8", 100.0, 50.0);

/// A call of a Rust guest.
pub(crate) fn measure_calls(lab: &Lab) -> Result<Vec<Row>> {
    let output = read(Command::new(&lab.loops).arg("calls"))?;
    CALLS.iter().map(|line| row(&output, line, "guest call: ")).collect()
}

/// Recording.
pub(crate) fn measure_meters(lab: &Lab) -> Result<Vec<Row>> {
    let output = read(Command::new(&lab.loops).arg("recording"))?;
    Ok(vec![row(&output, &METERS, "")?])
}

/// Programs print `NAME  MEDIAN  BEST`, nanoseconds of their own processor time.
fn row(output: &str, (name, number, must, goal): &(&'static str, &'static str, f64, f64), prefix: &str) -> Result<Row> {
    let figures =
        output.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("there is no line `{name}` in:\n{output}"))?;
    let mut figures = figures.split_whitespace().filter_map(|figure| figure.parse::<f64>().ok());
    let (median, best) = figures.next().zip(figures.next()).with_context(|| format!("the line `{name}` has no figures:\n{output}"))?;
    Ok(Row {
        number,
        what: format!("{prefix}{name}"),
        figure: median,
        unit: "ns",
        must: Some(Bar::AtMost(*must)),
        goal: Some(Bar::AtMost(*goal)),
        detail: format!("best round {best:.0} ns"),
    })
}
