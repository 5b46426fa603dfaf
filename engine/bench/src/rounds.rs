//! Rounds of a loop, in processor time, printed as a table.

use std::time::Duration;

/// Rounds of each loop.
const ROUNDS: usize = 9;

/// Processor time of this thread so far, as Linux tells it.
fn processor_time() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(told.split_whitespace().next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}

/// The heading of the table.
pub(crate) fn print_heading() {
    println!("{:<42} {:>10} {:>10}", "nanoseconds of processor time", "median", "best");
}

/// Runs a loop of so many executions [`ROUNDS`] times and prints the nanoseconds of one, as the median of the rounds and the best.
pub(crate) fn print_costs<E>(name: &str, executions: u32, mut round: impl FnMut() -> Result<(), E>) -> Result<(), E> {
    let mut costs = Vec::new();
    for _ in 0..ROUNDS {
        let began = processor_time();
        round()?;
        let spent = processor_time().saturating_sub(began);
        costs.push(spent.as_secs_f64() * 1e9 / f64::from(executions));
    }
    costs.sort_by(f64::total_cmp);
    if let (Some(median), Some(best)) = (costs.get(ROUNDS / 2), costs.first()) {
        println!("{name:<42} {median:>10.1} {best:>10.1}");
    }
    Ok(())
}
