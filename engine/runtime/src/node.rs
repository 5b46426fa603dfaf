//! A step of the graph, made ready to run on one worker.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use throng_model::{CallbackNumber, Check, Extract, Function, Iterate, Operator, Pace, Retry, StepNumber, Template};
use throng_plugin_api::StepRunner;
use throng_protocols::{GuestMeter, Place, Value};

use crate::shared::{CollectPart, JoinPart, LatestPart, TopicPart};

/// What a worker needs to run a step.
pub(crate) struct Node {
    pub(crate) number: StepNumber,
    pub(crate) place: Arc<Place>,
    pub(crate) work: Work,
    pub(crate) next: Vec<StepNumber>,
    pub(crate) taps: Vec<StepNumber>,
    pub(crate) concurrency: u32,
    /// The number of its timer [`TURN_WAITS`](throng_model::TURN_WAITS).
    pub(crate) turn_waits: u32,
    pub(crate) timeout: Option<Duration>,
    pub(crate) retry: Option<Retry>,
    pub(crate) iterate: Option<Iterate>,
    /// Whether failures show their cause in the report.
    pub(crate) report: bool,
    /// Whether its executions tell their life as events.
    pub(crate) events: bool,
}

/// What a step does, by how it can be run.
pub(crate) enum Work {
    /// Done at once, in the loop of the walk.
    Immediate(Immediate),
    /// Waits, then forwards.
    Delay(Duration),
    /// Lets nothing leave before its time.
    Pace(Pace),
    /// A plugin's.
    Plugin(Rc<dyn StepRunner>),
    /// A sub-graph.
    Stage {
        first: StepNumber,
        output: StepNumber,
    },
    /// Looks at errors, or mends them.
    Errors(OnErrors),
    /// Records of a source, or values of another step.
    Topic(Rc<TopicPart>),
    /// The latest value of another step.
    Latest(Rc<LatestPart>),
    Join(Rc<JoinPart>),
    Collect(Rc<CollectPart>),
    /// The root of a side tree that makes its records by itself.
    Source,
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
    Flatten,
    FilterNotNone,
    Shelve {
        values: Vec<(String, Extract)>,
        ttl: Option<Duration>,
    },
    Unshelve {
        names: Vec<String>,
        delete: bool,
    },
    Meter {
        meter: Arc<GuestMeter>,
        value: Option<Extract>,
    },
}

/// What is done about errors.
pub(crate) enum OnErrors {
    Catch(u32),
    Log,
    CatchExhausted(u32),
    Recover(Immediate),
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
    /// Nothing, a failure, or texts: what is wrong with the input.
    Validate,
}

impl Node {
    /// Whether the walk may run this step in its own loop, without a future of its own.
    pub(crate) fn is_plain(&self) -> bool {
        self.timeout.is_none() && self.retry.is_none() && self.iterate.is_none()
    }

    /// Whether the value that goes on was made here: operators that pass on, pick or change a value leave its time as it is.
    pub(crate) fn makes_values(&self) -> bool {
        match &self.work {
            Work::Plugin(_) | Work::Stage { .. } | Work::Topic(_) | Work::Latest(_) | Work::Join(_) | Work::Collect(_) | Work::Source => {
                true
            }
            Work::Immediate(work) => {
                matches!(work, Immediate::Constant(_) | Immediate::Rendered(_) | Immediate::Callback { role: Role::Any, .. })
            }
            Work::Delay(_) | Work::Pace(_) | Work::Errors(_) => false,
        }
    }
}

impl Immediate {
    /// What a function gives.
    pub(crate) fn of_function(function: &Function) -> Self {
        match function {
            Function::Constant(json) => Self::Constant(Value::from_json(json)),
            Function::Template(template) => Self::Rendered(template.clone()),
            Function::Callback(number) => Self::callback(*number, Role::One),
        }
    }

    fn callback(number: CallbackNumber, role: Role) -> Self {
        Self::Callback { callback: number.0, role }
    }
}

impl Work {
    /// The work of an operator that needs nothing but itself; none for those with state that others share.
    pub(crate) fn of_operator(operator: &Operator) -> Option<Self> {
        let callback = Immediate::callback;
        Some(Self::Immediate(match operator {
            Operator::Returns(function) => Immediate::of_function(function),
            Operator::Map(number) | Operator::VerifyAndMap(number) => callback(*number, Role::One),
            Operator::Execute(number) | Operator::FlatMap(number) => callback(*number, Role::Any),
            Operator::Filter(number) => callback(*number, Role::Condition),
            Operator::OnEach(number) | Operator::Verify(number) => callback(*number, Role::Observe),
            Operator::Validate(number) => callback(*number, Role::Validate),
            Operator::Assert(checks) => Immediate::Assert(checks.clone()),
            Operator::Pipe | Operator::Split => Immediate::Forward,
            Operator::BlackHole => Immediate::Swallow,
            Operator::Flatten => Immediate::Flatten,
            Operator::FilterNotNone => Immediate::FilterNotNone,
            Operator::Shelve { values, ttl } => Immediate::Shelve { values: values.clone(), ttl: *ttl },
            Operator::Unshelve { names, delete } => Immediate::Unshelve { names: names.clone(), delete: *delete },
            Operator::Meter(meter) => Immediate::Meter {
                meter: Arc::new(GuestMeter { kind: crate::meters::kind(meter.kind), name: meter.name.clone(), tags: Vec::new() }),
                value: meter.value.clone(),
            },
            Operator::Delay(duration) => return Some(Self::Delay(*duration)),
            Operator::Pace(pace) => return Some(Self::Pace(pace.clone())),
            Operator::Stage { first, output } => return Some(Self::Stage { first: *first, output: *output }),
            Operator::CatchErrors(number) => return Some(Self::Errors(OnErrors::Catch(number.0))),
            Operator::LogErrors => return Some(Self::Errors(OnErrors::Log)),
            Operator::CatchExhausted(number) => return Some(Self::Errors(OnErrors::CatchExhausted(number.0))),
            Operator::Recover(function) => return Some(Self::Errors(OnErrors::Recover(Immediate::of_function(function)))),
            Operator::Join(_) | Operator::Zip(_) | Operator::Collect(_) | Operator::SingletonPipe { .. } | Operator::Datasource(_) => {
                return None;
            }
        }))
    }
}

/// Settings as templates read them.
pub(crate) type Settings = BTreeMap<String, String>;
