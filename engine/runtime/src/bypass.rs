//! What happens behind a failure: every step that the value would have reached is skipped, and counted.

use crate::node::Node;
use crate::scenario_run::ScenarioRun;

impl ScenarioRun {
    /// Counts all that follows a step as skipped, once for each way that leads there.
    pub(crate) fn bypass_after(&self, node: &Node) {
        for next in &node.next {
            self.recorder.borrow_mut().skipped(next.0);
            self.bypass_after(self.node(*next));
        }
    }
}
