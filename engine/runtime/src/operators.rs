//! The engine's own work that never waits.

use throng_protocols::{Context, Failure, Output, Value};

use crate::answers::read_answer;
use crate::draws::draw_key;
use crate::guests::Origin;
use crate::minion::Minion;
use crate::node::{Immediate, Node};
use crate::scenario_run::ScenarioRun;
use crate::template::render;

impl ScenarioRun {
    /// One attempt of an operator.
    pub(crate) fn perform_immediate(
        &self,
        node: &Node,
        work: &Immediate,
        minion: &Minion,
        origin: &Origin,
        context: Context,
        input: &Value,
    ) -> Result<Output, Failure> {
        match work {
            Immediate::Constant(value) => Ok(Output::One(value.clone())),
            Immediate::Rendered(template) => Ok(Output::One(Value::Text(self.render(node, context, template).into()))),
            Immediate::Callback { callback, role } => {
                let answer = self.call_guest(node, minion, origin, context, *callback, input)?;
                read_answer(*role, answer, input)
            }
            Immediate::Assert(checks) => match checks.iter().find_map(|check| crate::checks::fault(check, input)) {
                None => Ok(Output::One(input.clone())),
                Some(message) => Err(Failure::assertion("assert", message)),
            },
            Immediate::Forward => Ok(Output::One(input.clone())),
            Immediate::Swallow => Ok(Output::Nothing),
        }
    }

    /// Fills a template for one visit of a step.
    pub(crate) fn render(&self, node: &Node, context: Context, template: &throng_model::Template) -> String {
        let key = draw_key(self.seed, self.number, node.number.0, context);
        let iterations = node.iterate.as_ref().map_or(1, |iterate| iterate.iterations);
        render(template, context, key, iterations, &self.settings)
    }
}
