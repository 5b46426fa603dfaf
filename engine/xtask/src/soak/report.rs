//! What a soak came to, as a page.

use std::fmt::Write as _;
use std::time::Duration;

use super::Soaked;
use crate::phase::readable;

/// Rows of the table.
const ROWS: usize = 10;

/// The page.
pub(super) fn markdown(soaked: &Soaked, length: Duration) -> String {
    let mut text = format!("# A soak of {}\n\n", readable(length));
    let faults = soaked.faults();
    let flatness = soaked.flatness.map_or("too few samples".to_owned(), |flatness| flatness.to_string());
    let seconds = soaked.samples.last().map_or(0, |sample| sample.second).max(1);
    let Soaked { orders, unanswered, accepted, verdict, exit, .. } = soaked;
    let lines = [
        format!("**{}**", if faults.is_empty() { "kept".to_owned() } else { faults.join("; ") }),
        format!("memory: {flatness}"),
        format!(
            "orders: {orders} by the engine, {unanswered} of them without an answer; {accepted} by the target; {} a second",
            accepted / seconds
        ),
        format!("the run's verdict: {verdict}, exit code {exit}"),
    ];
    for line in lines {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "* {line}");
    }
    text.push_str("\n| seconds | memory, least | mean | greatest | orders a second |\n|---|---|---|---|---|\n");
    let mut before = (0, 0);
    for row in soaked.samples.chunks(soaked.samples.len().div_ceil(ROWS).max(1)) {
        let (Some(first), Some(last)) = (row.first(), row.last()) else { continue };
        let mib = |kib: u64| format!("{:.1} MiB", kib as f64 / 1024.0);
        let resident = || row.iter().map(|sample| sample.resident);
        let (least, greatest) = (resident().min().unwrap_or(0), resident().max().unwrap_or(0));
        let mean = resident().sum::<u64>() / row.len().max(1) as u64;
        let rate = (last.orders.saturating_sub(before.1)) / (last.second.saturating_sub(before.0)).max(1);
        before = (last.second, last.orders);
        let _ = writeln!(text, "| {}–{} | {} | {} | {} | {rate} |", first.second, last.second, mib(least), mib(mean), mib(greatest));
    }
    text
}
