//! How much a scenario's shared steps hold on this worker.

use throng_measure::Held;

use crate::node::Work;
use crate::scenario_run::ScenarioRun;

impl ScenarioRun {
    /// Entries, of all its joins, topics and collects.
    pub(crate) fn held(&self) -> Held {
        let mut held = Held::default();
        for node in &self.nodes {
            match &node.work {
                Work::Join(part) => held.joins += part.store.borrow().len() as u64,
                Work::Topic(part) => held.topics += part.topic.borrow().len() as u64,
                Work::Collect(part) => held.collects += part.collector.borrow().len() as u64,
                _ => {}
            }
        }
        held
    }
}
