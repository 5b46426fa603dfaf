//! The figures of an exporter's period: what workers have told since the last one ended.

use super::meters::{Span, meters_of};
use super::{ExportedMeter, MeterScope, Stamp, Subjects};
use crate::{ScenarioDelta, ScenarioShape, ScenarioSnapshot, Snapshot};

/// What was recorded since a moment, merged as the [`Snapshot`] is.
#[derive(Clone, Debug)]
pub struct Period {
    scenarios: Vec<ScenarioSnapshot>,
    begun: i64,
    /// By scenario: the starts that were due when it began.
    due: Vec<u64>,
}

impl Period {
    /// The first period of a campaign with these scenarios.
    pub fn new(scenarios: impl IntoIterator<Item = ScenarioShape>) -> Self {
        let scenarios: Vec<_> = scenarios.into_iter().map(ScenarioSnapshot::new).collect();
        let due = vec![0; scenarios.len()];
        Self { scenarios, begun: 0, due }
    }

    /// Adds what a worker has told.
    pub fn merge(&mut self, scenario: usize, delta: &ScenarioDelta, at: u64) {
        if let Some(scenario) = self.scenarios.get_mut(scenario) {
            scenario.merge(delta, at);
        }
    }

    /// Ends the period, and begins the next one. `whole` says what was due, and what goes on.
    pub fn end(&mut self, whole: &Snapshot, subjects: &Subjects, stamp: Stamp) -> Vec<ExportedMeter> {
        for ((scenario, whole), before) in self.scenarios.iter_mut().zip(whole.scenarios()).zip(&mut self.due) {
            let due = whole.due.unwrap_or(*before);
            scenario.due = whole.due.map(|due| due.saturating_sub(*before));
            *before = due;
        }
        let length = u64::try_from(stamp.at.saturating_sub(self.begun)).unwrap_or(0);
        let span = Span { scope: MeterScope::Period, stamp, length };
        let meters = meters_of(&self.scenarios, whole, subjects, span);
        self.begun = stamp.at;
        for scenario in &mut self.scenarios {
            *scenario = ScenarioSnapshot::new(std::mem::take(&mut scenario.shape));
        }
        meters
    }
}
