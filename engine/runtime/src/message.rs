//! Everything that a campaign and its workers say to each other: plain data, so that a worker can live in another process.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use throng_measure::{EventInterest, Moment, ScenarioDelta, WorkerSample};
use throng_model::{Completion, MaxInFlight, TreeRun};

use crate::plan_clock::{PlanClock, Turn};

/// From the campaign to a worker.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum ToWorker {
    /// Get ready for a scenario; answered by [`FromWorker::Ready`] or [`FromWorker::Unable`].
    Assign(Box<Assignment>),
    /// Open what is to be open before the load; answered by [`FromWorker::Warm`] or [`FromWorker::Unable`].
    WarmUp {
        /// Which scenario.
        scenario: u32,
    },
    /// All are ready: the clock starts. Sent once for each scenario.
    Begin {
        /// Which scenario.
        scenario: u32,
        /// As of [`ToWorker::Settle`]: what was told of how still it is holds no longer.
        round: u32,
        /// How the plan goes by: all times of it are in nanoseconds on this clock.
        clock: PlanClock,
        /// When its phases are.
        phases: PlannedPhases,
        /// When the profile's stages end.
        stage_ends: Vec<u64>,
        /// How minions are started again, if the profile keeps them active.
        restart: Option<Restart>,
    },
    /// The plan of all scenarios goes by at another pace from now on.
    Turn(Turn),
    /// What is to happen before or after the load; answered by [`FromWorker::Still`] of this round, now and whenever it changes.
    Settle {
        /// Which scenario.
        scenario: u32,
        /// Counts these messages and the beginning up.
        round: u32,
        /// What to do.
        settle: Settle,
    },
    /// The scenario is over: answered by [`FromWorker::Ended`].
    Close {
        /// Which scenario.
        scenario: u32,
    },
    /// More of the plan, in order.
    Lines(LineChunk),
    /// Stop one scenario, or all.
    Stop {
        /// Which scenario; all when none.
        scenario: Option<u32>,
        /// How.
        mode: StopMode,
    },
    /// Nothing more will come: report what is left and end.
    Finish,
}

/// From a worker to the campaign.
#[derive(Debug, Deserialize, Serialize)]
pub enum FromWorker {
    /// The scenario can start here.
    Ready {
        /// The worker.
        worker: u32,
        /// Which scenario.
        scenario: u32,
    },
    /// What is to be open before the load is open.
    Warm {
        /// The worker.
        worker: u32,
        /// Which scenario.
        scenario: u32,
    },
    /// The scenario cannot start here.
    Unable {
        /// The worker.
        worker: u32,
        /// Which scenario.
        scenario: u32,
        /// The step, if it is one step's fault.
        step: Option<String>,
        /// Why, and what to do.
        reason: String,
    },
    /// More of the plan, please: answered by [`ToWorker::Lines`].
    WantsLines {
        /// The worker.
        worker: u32,
        /// Which scenario.
        scenario: u32,
    },
    /// What has happened since the last tick.
    Tick {
        /// The worker.
        worker: u32,
        /// Which scenario.
        scenario: u32,
        /// When that was, in step with the load's start: what has come a little later is with it.
        until: Moment,
        /// The figures.
        delta: Box<ScenarioDelta>,
    },
    /// How the worker itself has been since it last said so.
    Health {
        /// The worker.
        worker: u32,
        /// How.
        sample: Box<WorkerSample>,
    },
    /// A guest was stopped by the sandbox.
    Strike {
        /// Which scenario.
        scenario: u32,
        /// The step whose callback it was.
        step: String,
        /// `trap`, `deadline`, `memory`.
        code: String,
        /// What happened.
        message: String,
    },
    /// A message of the severity `abort` was left: the scenario ends.
    AbortAsked {
        /// Which scenario.
        scenario: u32,
        /// The step whose callback left it.
        step: String,
        /// What it says.
        message: String,
    },
    /// How still it is here; told whenever that changes.
    Still {
        /// The worker.
        worker: u32,
        /// Which scenario.
        scenario: u32,
        /// How still.
        stillness: Stillness,
    },
    /// A source cannot go on: the campaign fails.
    SourceFailed {
        /// Which scenario.
        scenario: u32,
        /// The source.
        step: String,
        /// Why.
        reason: String,
    },
    /// The cap on minions in flight was reached, and its policy is to stop.
    CapReached {
        /// Which scenario.
        scenario: u32,
    },
    /// Nothing of the scenario is left on this worker.
    Ended {
        /// The worker.
        worker: u32,
        /// Which scenario.
        scenario: u32,
    },
}

/// One worker's part of a scenario.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Assignment {
    /// The scenario's number in the campaign.
    pub scenario: u32,
    /// The scenario's name in the document.
    pub name: String,
    /// The pinned document.
    pub document: String,
    /// The program with the callbacks, by its digest; none for a plain document.
    pub program: Option<String>,
    /// Settings, checked and complete.
    pub settings: BTreeMap<String, String>,
    /// Minions in the whole campaign.
    pub minions: u64,
    /// Minions that are under way at a time in the whole campaign, at most: what the campaign says, else the document.
    pub max_in_flight: Option<MaxInFlight>,
    /// The campaign's seed.
    pub seed: u64,
    /// The zone of this factory.
    pub zone: Option<String>,
    /// Whether every call of a guest gets a fresh instance: shows guests that lean on their globals.
    pub fresh_instances: bool,
    /// Where relative paths begin.
    pub folder: PathBuf,
    /// The events that exporters want.
    pub events: EventInterest,
}

/// When the phases of a scenario's load are, on the plan's clock.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlannedPhases {
    /// Samples intended before this are warm-up.
    pub warm_until: u64,
    /// The last planned start: the ramp ends here.
    pub last_start: u64,
    /// When the load is planned to stop, if the profile says so.
    pub load_stop: Option<u64>,
}

/// How minions that are done are started again.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Restart {
    /// The end of the last stage, on the plan's clock.
    pub until: u64,
    /// Whether a run that would not end by then is begun, or goes on.
    pub completion: Completion,
}

/// Side trees that run apart from the load.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TreePhase {
    /// Before it.
    BeforeLoad,
    /// Behind it.
    AfterLoad,
}

impl TreePhase {
    /// Whether a tree belongs to it.
    pub fn includes(self, run: TreeRun) -> bool {
        match run {
            TreeRun::BeforeLoad => self == Self::BeforeLoad,
            TreeRun::AfterLoad { .. } => self == Self::AfterLoad,
            TreeRun::During | TreeRun::AfterStage => false,
        }
    }

    /// How long a tree waits first.
    pub(crate) fn settle(self, run: TreeRun) -> Duration {
        match run {
            TreeRun::AfterLoad { settle } => settle,
            _ => Duration::ZERO,
        }
    }
}

/// How still a scenario is on a worker.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Stillness {
    /// Of the last [`ToWorker::Settle`] or [`ToWorker::Begin`]; 0 before the first.
    pub round: u32,
    /// Whether nothing under load, and no tree before or behind it, goes on by itself.
    pub quiet: bool,
    /// Minions that wait for something that may never come.
    pub parked: u64,
    /// The first collect that holds something.
    pub collecting: Option<u32>,
    /// Messages to and from other workers that can keep the load alive.
    pub sent: u64,
    /// See `sent`.
    pub received: u64,
    /// All messages to and from other workers.
    pub sent_in_all: u64,
    /// See `sent_in_all`.
    pub received_in_all: u64,
}

/// What is done before the load and at its end.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settle {
    /// The side trees of a phase begin.
    RunTrees(TreePhase),
    /// Nothing: is it still as still?
    Look,
    /// What waits in vain ends.
    Release,
    /// A collect releases what it holds.
    Flush(u32),
    /// What goes on beside the load ends.
    EndCompanions,
}

/// A piece of a scenario's plan. Each worker takes the minions whose number falls to it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LineChunk {
    /// Which scenario.
    pub scenario: u32,
    /// The number of the first minion of the first line.
    pub first_minion: u64,
    /// Pairs of count and time on the plan's clock.
    pub lines: Vec<(u64, u64)>,
    /// Whether this is the end of the plan.
    pub last: bool,
}

/// How to stop.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopMode {
    /// No new starts; running minions end.
    Soft,
    /// No new starts; running minions are cancelled, what goes on beside them ends as usual.
    Load,
    /// Everything is cancelled.
    Hard,
}
