//! The memory that a campaign's histograms may take at most, worked out before there is any load.

use std::time::Duration;

use throng_measure::{Histogram, ScenarioShape, StepShape, humane};
use throng_model::SizeText;

/// A step that never waits takes no longer: a guest's call has ended by then.
const UNWAITING: Duration = Duration::from_secs(1);

/// Histograms of a time: one for each phase, and one that each worker is filling.
const PHASES: u64 = 4;

/// Histograms that would take more memory than they may.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "the histograms could take {} of memory, and may take {}: 2 times × ({} × {} + {} × {}) × ({PHASES} phases + {}); raise \
     `--histogram-memory`, use fewer workers, or switch off the meters of steps with `\"monitoring\": {{\"meters\": false}}`",
    mebibytes(*.needed),
    SizeText(*.budget),
    humane::plural(*.waiting, "waiting step"),
    mebibytes(*.waiting_bytes),
    humane::plural(*.quick, "other step"),
    mebibytes(*.quick_bytes),
    humane::plural(*.workers, "worker")
)]
pub struct HistogramBudgetError {
    /// Bytes that they could take.
    pub needed: u64,
    /// Bytes that they may take.
    pub budget: u64,
    /// Steps that can wait, and the journey of each scenario, which waits for all of them.
    pub waiting: u64,
    /// Bytes of one histogram of theirs.
    pub waiting_bytes: u64,
    /// Steps that never wait.
    pub quick: u64,
    /// Bytes of one histogram of theirs.
    pub quick_bytes: u64,
    /// How many workers there are.
    pub workers: u64,
}

/// Checks that the histograms of all steps fit, whatever they come to hold.
///
/// # Errors
/// They could take more; with the arithmetic.
pub(crate) fn check<'a>(
    scenarios: impl Iterator<Item = &'a ScenarioShape>,
    workers: usize,
    longest: Duration,
    budget: u64,
) -> Result<(), HistogramBudgetError> {
    let (mut waiting, mut quick) = (0, 0);
    for scenario in scenarios {
        let metered = || scenario.steps.iter().filter(|step| step.meters);
        let can_wait = metered().filter(|step| can_wait(step)).count() as u64;
        quick += metered().count() as u64 - can_wait;
        waiting += 1 + can_wait;
    }
    let workers = workers as u64;
    let [waiting_bytes, quick_bytes] = [longest, longest.min(UNWAITING)].map(|longest| {
        let mut histogram = Histogram::default();
        histogram.record(u64::try_from(longest.as_nanos()).unwrap_or(u64::MAX));
        histogram.bytes()
    });
    let needed = 2 * (waiting * waiting_bytes + quick * quick_bytes) * (PHASES + workers);
    if needed <= budget {
        return Ok(());
    }
    Err(HistogramBudgetError { needed, budget, waiting, waiting_bytes, quick, quick_bytes, workers })
}

fn can_wait(step: &StepShape) -> bool {
    !throng_model::is_operator(&step.kind) || WAITING.contains(&step.kind.as_str())
}

/// Operators that wait, for a time or for others.
const WAITING: [&str; 12] = [
    "accelerating-pace",
    "collect",
    "constant-pace",
    "datasource",
    "delay",
    "inner-join",
    "left-join",
    "pace",
    "singleton-pipe",
    "stage",
    "zip",
    "zip-last",
];

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", humane::number(bytes as f64 / f64::from(1 << 20)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(kinds: &[(&str, bool)]) -> ScenarioShape {
        let step = |(kind, meters): &(&str, bool)| StepShape { kind: (*kind).to_owned(), meters: *meters, ..StepShape::default() };
        ScenarioShape { steps: kinds.iter().map(step).collect(), ..ScenarioShape::default() }
    }

    #[test]
    fn the_arithmetic_is_told() {
        let shapes = [shape(&[("http", true), ("http", false), ("map", true)]), shape(&[("delay", true)])];
        assert!(WAITING.iter().all(|kind| throng_model::is_operator(kind)));
        let check = |workers, longest, budget| check(shapes.iter(), workers, longest, budget);
        let hour = Duration::from_secs(3600);
        assert_eq!(check(1, hour, 256 << 20), Ok(()));
        insta::assert_snapshot!(check(3, hour, 8 << 20).expect_err("too little"), @r#"the histograms could take 16.7 MiB of memory, and may take 8MiB: 2 times × (4 waiting steps × 0.26 MiB + 1 other step × 0.16 MiB) × (4 phases + 3 workers); raise `--histogram-memory`, use fewer workers, or switch off the meters of steps with `"monitoring": {"meters": false}`"#);
        // What ends sooner needs less.
        let needed = |longest| check(3, longest, 0).expect_err("nothing").needed;
        assert!(needed(Duration::from_millis(100)) < needed(Duration::from_secs(60)) && needed(Duration::from_secs(60)) < needed(hour));
        let error = check(3, hour, 0).expect_err("nothing");
        assert_eq!(error.needed, 2 * (4 * error.waiting_bytes + error.quick_bytes) * 7);
    }
}
