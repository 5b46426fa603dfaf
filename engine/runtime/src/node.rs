//! A step of the graph, made ready to run on one worker.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use throng_model::{Check, Function, Iterate, Operator, Retry, StepNumber, Template};
use throng_plugin_api::StepRunner;
use throng_protocols::{Place, Value};

/// What a worker needs to run a step.
pub(crate) struct Node {
    pub(crate) number: StepNumber,
    pub(crate) place: Arc<Place>,
    pub(crate) work: Work,
    pub(crate) next: Vec<StepNumber>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) retry: Option<Retry>,
    pub(crate) iterate: Option<Iterate>,
}

/// What a step does, by how it can be run.
pub(crate) enum Work {
    /// Done at once, in the loop of the walk.
    Immediate(Immediate),
    /// Waits, then forwards.
    Delay(Duration),
    /// A plugin's.
    Plugin(Rc<dyn StepRunner>),
}

/// Work that never waits.
pub(crate) enum Immediate {
    Constant(Value),
    Rendered(Template),
    /// A guest's callback, and how its answer is read.
    Callback {
        callback: u32,
        role: Role,
    },
    Assert(Vec<Check>),
    Forward,
    Swallow,
}

/// What a callback's answer means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// One value.
    One,
    /// Nothing, one or many.
    Any,
    /// One boolean: whether the input goes on.
    Condition,
    /// Nothing, or a failure: the input goes on.
    Observe,
}

impl Node {
    /// Whether the walk may run this step in its own loop, without a future of its own.
    pub(crate) fn is_plain(&self) -> bool {
        self.timeout.is_none() && self.retry.is_none() && self.iterate.is_none()
    }
}

impl Work {
    /// The work of an operator.
    pub(crate) fn of_operator(operator: &Operator) -> Self {
        let callback = |number: throng_model::CallbackNumber, role| Immediate::Callback { callback: number.0, role };
        Self::Immediate(match operator {
            Operator::Returns(Function::Constant(json)) => Immediate::Constant(Value::from_json(json)),
            Operator::Returns(Function::Template(template)) => Immediate::Rendered(template.clone()),
            Operator::Returns(Function::Callback(number)) | Operator::Map(number) => callback(*number, Role::One),
            Operator::Execute(number) | Operator::FlatMap(number) => callback(*number, Role::Any),
            Operator::Filter(number) => callback(*number, Role::Condition),
            Operator::OnEach(number) | Operator::Verify(number) => callback(*number, Role::Observe),
            Operator::Assert(checks) => Immediate::Assert(checks.clone()),
            Operator::Delay(duration) => return Self::Delay(*duration),
            Operator::Pipe | Operator::Split => Immediate::Forward,
            Operator::BlackHole => Immediate::Swallow,
        })
    }
}

/// Settings as templates read them.
pub(crate) type Settings = BTreeMap<String, String>;
