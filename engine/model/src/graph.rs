//! The validated graph: what the runtime walks. Made only by the validator; every number in it is in range.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value as Json;

use crate::check::Check;
use crate::profile::spread;

/// A step's position in [`Graph::steps`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StepNumber(pub u32);

impl StepNumber {
    /// For indexing.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A callback's position in the document's list.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CallbackNumber(pub u32);

/// A scenario's steps and edges. Acyclic; names are unique; every callback is declared with the use that its place needs.
#[derive(Clone, Debug)]
pub struct Graph {
    /// All steps, each after those that it follows.
    pub steps: Vec<Step>,
    /// The load-injected root.
    pub root: StepNumber,
}

impl Graph {
    /// The step at this number.
    #[allow(clippy::indexing_slicing, reason = "the validator hands out numbers of this graph only")]
    pub fn step(&self, number: StepNumber) -> &Step {
        &self.steps[number.index()]
    }

    /// The number of a named step.
    pub fn find(&self, name: &str) -> Option<StepNumber> {
        self.steps.iter().position(|step| step.name == name).map(|index| StepNumber(index as u32))
    }
}

/// A node of the graph.
#[derive(Clone, Debug)]
pub struct Step {
    /// Unique in the scenario; `_kind-N` where the document gives none.
    pub name: String,
    /// What it does.
    pub kind: StepKind,
    /// Where its values go.
    pub next: Vec<StepNumber>,
    /// Where its values come from; empty for a root.
    pub previous: Vec<StepNumber>,
    /// For one attempt of one iteration.
    pub timeout: Option<Duration>,
    /// After failures; the scenario's default is resolved.
    pub retry: Option<Retry>,
    /// The same input several times.
    pub iterate: Option<Iterate>,
    /// Whether its failures leave the scenario's verdict alone.
    pub tolerate: bool,
    /// Whether failures show their cause in the report.
    pub report: bool,
    /// What is measured of it.
    pub monitoring: Monitoring,
    /// Carried by its meters and events.
    pub tags: BTreeMap<String, String>,
}

impl Step {
    /// Names starting with `_` are hidden in reports.
    pub fn is_hidden(&self) -> bool {
        self.name.starts_with('_')
    }
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// The engine itself does it.
    Operator(Operator),
    /// A plugin does it.
    Plugin {
        /// The step kind: `http`.
        kind: String,
        /// What the document has under the kind's key; checked.
        config: Json,
        /// The scenario's defaults for the plugin.
        defaults: Option<Json>,
    },
}

impl StepKind {
    /// The key that says this kind in a document.
    pub fn name(&self) -> &str {
        match self {
            Self::Operator(operator) => operator.name(),
            Self::Plugin { kind, .. } => kind,
        }
    }
}

/// What the engine does by itself.
#[derive(Clone, Debug)]
pub enum Operator {
    /// One value per minion.
    Returns(Function),
    /// 0..n values from the context.
    Execute(CallbackNumber),
    /// 1→1.
    Map(CallbackNumber),
    /// 1→n.
    FlatMap(CallbackNumber),
    /// Drops quietly what the callback says no to.
    Filter(CallbackNumber),
    /// A side effect, the value unchanged.
    OnEach(CallbackNumber),
    /// An assertion; never retried.
    Verify(CallbackNumber),
    /// An assertion without the guest: all checks must hold; never retried.
    Assert(Vec<Check>),
    /// Wait, then forward.
    Delay(Duration),
    /// Pass-through.
    Pipe,
    /// The same value to every branch, concurrently.
    Split,
    /// Swallows.
    BlackHole,
}

impl Operator {
    /// The key that says this operator in a document.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Returns(_) => "returns",
            Self::Execute(_) => "execute",
            Self::Map(_) => "map",
            Self::FlatMap(_) => "flat-map",
            Self::Filter(_) => "filter",
            Self::OnEach(_) => "on-each",
            Self::Verify(_) => "verify",
            Self::Assert(_) => "assert",
            Self::Delay(_) => "delay",
            Self::Pipe => "pipe",
            Self::Split => "split",
            Self::BlackHole => "black-hole",
        }
    }
}

/// A value wherever a function is meant.
#[derive(Clone, Debug)]
pub enum Function {
    /// The same each time.
    Constant(Json),
    /// Text with holes.
    Template(Template),
    /// The guest's.
    Callback(CallbackNumber),
}

/// Text with holes that the engine fills: `/items/{minion}`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Template {
    /// In order.
    pub parts: Vec<TemplatePart>,
}

/// A piece of a template.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TemplatePart {
    /// As it stands.
    Text(String),
    /// `{minion}`: the minion's number.
    Minion,
    /// `{iteration}`.
    Iteration,
    /// `{sequence}`: counts the executions of this step by this minion and iteration across the campaign: `minion × iterations + iteration`.
    Sequence,
    /// `{random}`: a whole number, drawn from the seed.
    Random,
    /// `{uuid}`: version 4, drawn from the seed.
    Uuid,
    /// `{setting:NAME}`: a setting's value.
    Setting(String),
}

/// When and how often a failed attempt is made again.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// Attempts = retries + 1.
    pub retries: u32,
    /// Before the first retry.
    pub delay: Duration,
    /// Wait before retry k = min(delay × multiplierᵏ⁻¹, max-delay).
    pub multiplier: f64,
    /// The cap on every wait.
    pub max_delay: Duration,
    /// 0 to 1: each wait is lengthened or shortened by up to this share, drawn from the seed.
    pub jitter: f64,
}

/// How often the same input is worked on. What ends first ends the loop.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Iterate {
    /// At least 1. [`u64::MAX`], which is no limit, where the document has `for` alone; the same as `total` where it has that:
    /// [`Iterate::iterations_of`] tells what is left for one minion.
    pub iterations: u64,
    /// Planned distance of starts.
    pub period: Duration,
    /// Whether the first failure ends the loop and exhausts the context.
    pub stop_on_error: bool,
    /// `for`: no iteration starts once this much time has passed since the first one's start.
    pub lasting: Option<Duration>,
    /// Iterations of all minions together, which share them evenly.
    pub total: Option<u64>,
}

impl Iterate {
    /// How many iterations one of so many minions makes at most: an even share where there is a `total`, which can be 0.
    pub fn iterations_of(&self, minion: u32, minions: u64) -> u64 {
        self.total.map_or(self.iterations, |total| spread(total, minions, u64::from(minion)))
    }
}

/// What is measured of a step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Monitoring {
    /// Meters; on by default.
    pub meters: bool,
    /// Events; off by default.
    pub events: bool,
}

impl Default for Monitoring {
    fn default() -> Self {
        Self { meters: true, events: false }
    }
}
