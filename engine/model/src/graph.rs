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
    /// Roots of what runs beside the load.
    pub trees: Vec<SideTree>,
}

/// A connected piece of the graph that a minion of its own runs once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SideTree {
    /// Its first step.
    pub root: StepNumber,
    /// When.
    pub run: TreeRun,
}

/// When a side tree runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TreeRun {
    /// While there is load.
    During,
    /// Once, before it.
    BeforeLoad,
    /// Once, when everything under load has ended.
    AfterLoad {
        /// How long to wait first.
        settle: Duration,
    },
    /// Once, after each stage of the profile.
    AfterStage,
}

impl Graph {
    /// The step at this number.
    #[allow(clippy::indexing_slicing, reason = "the validator hands out numbers of this graph only")]
    pub fn step(&self, number: StepNumber) -> &Step {
        &self.steps[number.index()]
    }

    /// The root of the tree that a step belongs to: of the load, or of a side tree.
    pub fn root_of(&self, number: StepNumber) -> StepNumber {
        let earlier = |number: &StepNumber| {
            let step = self.step(*number);
            step.previous.first().copied().or(step.stage)
        };
        std::iter::successors(Some(number), earlier).last().unwrap_or(number)
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
    /// The joins, zips and singleton pipes that its values go to as well.
    pub taps: Vec<StepNumber>,
    /// The stage that it is inside of.
    pub stage: Option<StepNumber>,
    /// For a source that minions visit, and for singleton pipes.
    pub topic: Option<Topic>,
    /// Values that it emits and that are handled downstream at a time; at least 1.
    pub concurrency: u32,
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
        /// For a kind that makes records by itself.
        source: Option<SourceUse>,
        /// Whether it has something to open before the load.
        warms_up: bool,
    },
}

/// What there is to know of a source.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SourceUse {
    /// Whether it goes on for ever.
    pub endless: bool,
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

/// The timer of a step that emits faster than its `concurrency` lets its values go on: how often it had to wait for room, and how long.
pub const TURN_WAITS: &str = "waits-for-turn";

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
    /// Lists into their items.
    Flatten,
    /// Drops quietly what is none.
    FilterNotNone,
    /// An assertion that answers with the value to go on with; never retried.
    VerifyAndMap(CallbackNumber),
    /// Checks the input.
    Validate(CallbackNumber),
    /// Runs on errors, then forwards.
    CatchErrors(CallbackNumber),
    /// Logs errors, then forwards.
    LogErrors,
    /// Runs on an exhausted context, and may make it healthy.
    CatchExhausted(CallbackNumber),
    /// Makes an exhausted context healthy.
    Recover(Function),
    /// A value and its later counterpart.
    Join(Join),
    /// Pairs with values of another step.
    Zip(Zip),
    /// Values of all minions into lists.
    Collect(Collect),
    /// A value of a side tree, through a topic.
    SingletonPipe {
        /// The step whose values these are.
        from: StepNumber,
    },
    /// A source written by the guest.
    Datasource(CallbackNumber),
    /// No value leaves before its time.
    Pace(Pace),
    /// Keeps named values.
    Shelve {
        /// Name and what is kept, in the document's order.
        values: Vec<(String, Extract)>,
        /// How long.
        ttl: Option<Duration>,
    },
    /// Takes kept values.
    Unshelve {
        /// Which.
        names: Vec<String>,
        /// Whether they are forgotten.
        delete: bool,
    },
    /// A sub-graph as one step.
    Stage {
        /// Where it begins.
        first: StepNumber,
        /// The step that emits the stage's values.
        output: StepNumber,
    },
    /// Records a number.
    Meter(MeterStep),
}

/// What is computed from a value, with or without the guest.
#[derive(Clone, Debug)]
pub enum Extract {
    /// The value itself.
    Input,
    /// What is under a JSON pointer.
    Json(String),
    /// Text with holes.
    Template(Template),
    /// The guest's.
    Callback(CallbackNumber),
}

/// A request and its later outcome.
#[derive(Clone, Debug)]
pub struct Join {
    /// Whether a missing right is a failure.
    pub kind: JoinKind,
    /// The step whose values are the rights.
    pub right: StepNumber,
    /// The key of a left.
    pub left_key: Extract,
    /// The key of a right.
    pub right_key: Extract,
    /// How long a left waits.
    pub timeout: Duration,
    /// How long a used or timed-out key is remembered.
    pub window: Duration,
    /// Rights that are kept, at most.
    pub capacity: u64,
    /// How long a right is kept.
    pub ttl: Option<Duration>,
}

/// What becomes of a left without a right.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum JoinKind {
    /// It is a failure.
    Inner,
    /// It goes on with none.
    Left,
}

/// Pairs with values of another step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Zip {
    /// The step whose values are the rights.
    pub right: StepNumber,
    /// Which of them.
    pub order: ZipOrder,
    /// Rights that wait for lefts; a full buffer makes the right side wait.
    pub buffer: u64,
}

/// Which right a zip takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ZipOrder {
    /// Each once, in order.
    Next,
    /// The latest, as often as asked.
    Last,
}

/// Values of all minions into lists: at least one of the two is set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Collect {
    /// From the first value of a list to its release.
    pub timeout: Option<Duration>,
    /// A list of so many is released at once.
    pub batch: Option<u64>,
}

/// The distance of values.
#[derive(Clone, Debug, PartialEq)]
pub enum Pace {
    /// Always the same.
    Constant(Duration),
    /// Shorter each time.
    Accelerating {
        /// The first period.
        start: Duration,
        /// What a period is divided by for the next one.
        accelerator: f64,
        /// The shortest.
        min: Duration,
    },
    /// Made by the guest from the last one.
    Callback(CallbackNumber),
}

/// Records a number and passes the value on.
#[derive(Clone, Debug)]
pub struct MeterStep {
    /// What kind of meter.
    pub kind: MeterStepKind,
    /// Its name.
    pub name: String,
    /// The number; a counter without one counts 1.
    pub value: Option<Extract>,
    /// What must hold of the whole, as written.
    pub should: Vec<String>,
}

impl MeterStep {
    /// What must hold of the whole, as rules of the scenario: `count >= 5` of the meter `orders` in the step `sold` is
    /// `count("orders", step:sold) >= 5`.
    pub fn rules(&self, step: &str) -> impl Iterator<Item = String> {
        let subject = format!("({}, step:{step})", Json::from(self.name.as_str()));
        self.should.iter().map(move |should| {
            let should = should.trim();
            let end = should.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.').unwrap_or(should.len());
            let (statistic, condition) = should.split_at(end);
            format!("{statistic}{subject}{condition}")
        })
    }
}

/// The kinds of meters of [`MeterStep`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "the names of the operators")]
pub enum MeterStepKind {
    Counter,
    Gauge,
    Timer,
    Summary,
    Throughput,
    Rate,
}

impl MeterStepKind {
    /// The key that says this kind in a document.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Timer => "timer",
            Self::Summary => "summary",
            Self::Throughput => "throughput",
            Self::Rate => "rate",
        }
    }
}

/// How records of a source reach the minions that visit it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Topic {
    /// Who gets what.
    pub mode: TopicMode,
    /// What minions do when the source has ended.
    pub at_end: AtEnd,
    /// A subscription that has not asked for so long is over.
    pub idle_timeout: Option<Duration>,
    /// Bytes that are kept where everything is kept.
    pub cache_limit: u64,
    /// Whether a pair of the input and the record goes on instead of the record.
    pub keep_input: bool,
}

/// Who gets what.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TopicMode {
    /// Each record to one minion, in order.
    Unicast {
        /// Records that wait; a full topic makes its source wait.
        buffer: u64,
    },
    /// Every record to every minion.
    Broadcast {
        /// Records that a late or slow minion still gets; all when none.
        buffer: Option<u64>,
    },
    /// As broadcast, from the beginning again at the end.
    Loop {
        /// As for broadcast.
        buffer: Option<u64>,
    },
}

/// What a minion does at the end of a source.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AtEnd {
    /// It stays.
    Wait,
    /// It ends well.
    Complete,
    /// It fails.
    Fail,
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
            Self::Flatten => "flatten",
            Self::FilterNotNone => "filter-not-none",
            Self::VerifyAndMap(_) => "verify-and-map",
            Self::Validate(_) => "validate",
            Self::CatchErrors(_) => "catch-errors",
            Self::LogErrors => "log-errors",
            Self::CatchExhausted(_) => "catch-exhausted",
            Self::Recover(_) => "recover",
            Self::Join(Join { kind: JoinKind::Inner, .. }) => "inner-join",
            Self::Join(Join { kind: JoinKind::Left, .. }) => "left-join",
            Self::Zip(Zip { order: ZipOrder::Next, .. }) => "zip",
            Self::Zip(Zip { order: ZipOrder::Last, .. }) => "zip-last",
            Self::Collect(_) => "collect",
            Self::SingletonPipe { .. } => "singleton-pipe",
            Self::Datasource(_) => "datasource",
            Self::Pace(Pace::Constant(_)) => "constant-pace",
            Self::Pace(Pace::Accelerating { .. }) => "accelerating-pace",
            Self::Pace(Pace::Callback(_)) => "pace",
            Self::Shelve { .. } => "shelve",
            Self::Unshelve { delete: false, .. } => "unshelve",
            Self::Unshelve { delete: true, .. } => "unshelve-and-delete",
            Self::Stage { .. } => "stage",
            Self::Meter(meter) => meter.kind.name(),
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
