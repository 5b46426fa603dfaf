//! Everything that a campaign and its workers say to each other: plain data, so that a worker can live in another process.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use throng_measure::{Moment, ScenarioDelta};

/// From the campaign to a worker.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum ToWorker {
    /// Get ready for a scenario; answered by [`FromWorker::Ready`] or [`FromWorker::Unable`].
    Assign(Box<Assignment>),
    /// All are ready: the clock starts. Sent once for each scenario.
    Begin {
        /// Which scenario.
        scenario: u32,
        /// The campaign's t₀.
        start: Moment,
        /// Samples intended before this are warm-up.
        warm_until: Moment,
        /// The last planned start: the ramp ends here.
        last_start: Moment,
        /// When the load is planned to stop, if the profile says so.
        load_stop: Option<Moment>,
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
        /// The figures.
        delta: Box<ScenarioDelta>,
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
    /// Nothing of the scenario is alive on this worker, and no more starts are planned.
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
    /// The campaign's seed.
    pub seed: u64,
    /// The zone of this factory.
    pub zone: Option<String>,
    /// Whether every call of a guest gets a fresh instance: shows guests that lean on their globals.
    pub fresh_instances: bool,
}

/// A piece of a scenario's plan. Each worker takes the minions whose number falls to it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LineChunk {
    /// Which scenario.
    pub scenario: u32,
    /// The number of the first minion of the first line.
    pub first_minion: u64,
    /// Pairs of count and offset from t₀ in nanoseconds.
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
    /// Everything is cancelled.
    Hard,
}
