//! Rounds of a loop, in processor time, printed as a table.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Rounds of each loop.
const ROUNDS: usize = 9;

/// Processor time of this process so far.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), u32::try_from(time.tv_nsec).unwrap_or_default())
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
