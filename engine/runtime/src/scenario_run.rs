//! One scenario on one worker: what all its minions here share.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use throng_measure::{Moment, Recorder};
use throng_model::StepNumber;
use throng_plugin_api::{Clock, StepRunner};
use throng_protocols::{CallStatistics, Callbacks};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::message::FromWorker;
use crate::node::{Node, Settings};
use crate::phases::Phases;
use crate::program::CampaignTime;
use crate::timers::Timers;

/// A scenario's part on a worker. Single-threaded; no borrow of its cells is held while a guest runs or across an await.
pub(crate) struct ScenarioRun {
    pub(crate) number: u32,
    pub(crate) seed: u64,
    pub(crate) minions: u64,
    pub(crate) clock: Clock,
    pub(crate) timers: Rc<Timers>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) root: StepNumber,
    pub(crate) runners: Vec<Rc<dyn StepRunner>>,
    pub(crate) callbacks: Option<Rc<dyn Callbacks>>,
    pub(crate) settings: Settings,
    pub(crate) recorder: RefCell<Recorder>,
    /// Told when a minion ends or the plan does.
    pub(crate) quieter: Rc<Notify>,
    pub(crate) time: Arc<CampaignTime>,
    pub(crate) life: Life,
}

/// What changes while a scenario runs.
pub(crate) struct Life {
    phases: OnceCell<Phases>,
    /// The campaign's t₀.
    pub(crate) start: Cell<Moment>,
    pub(crate) alive: RefCell<FxHashMap<u32, AbortHandle>>,
    /// Whether more starts are planned.
    pub(crate) starting: Cell<bool>,
    /// Whether the starter has room for more of the plan.
    pub(crate) wants_lines: Cell<bool>,
    /// What the campaign knows of the cost of calls.
    pub(crate) told_statistics: Cell<CallStatistics>,
    /// Strikes that the campaign has not been told of yet. What is more than it holds is not told: the campaign's own limits are lower.
    strikes: RefCell<VecDeque<FromWorker>>,
}

const STRIKES_HELD: usize = 128;

impl Default for Life {
    fn default() -> Self {
        Self {
            phases: OnceCell::new(),
            start: Cell::default(),
            alive: RefCell::default(),
            starting: Cell::new(true),
            wants_lines: Cell::default(),
            told_statistics: Cell::default(),
            strikes: RefCell::default(),
        }
    }
}

impl ScenarioRun {
    #[allow(clippy::indexing_slicing, reason = "the validator hands out numbers of this graph only")]
    pub(crate) fn node(&self, step: StepNumber) -> &Node {
        &self.nodes[step.index()]
    }

    /// The clock starts.
    pub(crate) fn begin(&self, start: Moment, phases: Phases) {
        self.life.start.set(start);
        self.time.begin(start);
        // Set once: a second beginning would change phases under running minions, and is ignored.
        let _ = self.life.phases.set(phases);
    }

    /// The phases; before the clock has started there is nothing but warm-up.
    pub(crate) fn phases(&self) -> &Phases {
        let never = Moment::from_nanos(u64::MAX);
        self.life.phases.get_or_init(|| Phases::new(never, never, None))
    }

    /// Whether nothing is alive and nothing more will start.
    pub(crate) fn is_over(&self) -> bool {
        !self.life.starting.get() && self.life.alive.borrow().is_empty()
    }

    /// Lets go of all that is held for a minion.
    pub(crate) fn release(&self, minion: u32) {
        for runner in &self.runners {
            runner.minion_done(minion);
        }
        self.life.alive.borrow_mut().remove(&minion);
        if self.is_over() {
            self.quieter.notify_one();
        }
    }

    /// Asks the campaign for more of the plan.
    pub(crate) fn ask_for_lines(&self) {
        self.life.wants_lines.set(true);
        self.quieter.notify_one();
    }

    /// Notes that the sandbox stopped a guest; the campaign counts the strikes of all workers.
    pub(crate) fn strike(&self, node: &Node, code: &str, message: &str) {
        let mut strikes = self.life.strikes.borrow_mut();
        if strikes.len() < STRIKES_HELD {
            strikes.push_back(FromWorker::Strike {
                scenario: self.number,
                step: node.place.step.to_string(),
                code: code.to_owned(),
                message: message.to_owned(),
            });
            self.quieter.notify_one();
        }
    }

    /// The strikes since the last time.
    pub(crate) fn take_strikes(&self) -> VecDeque<FromWorker> {
        self.life.strikes.take()
    }

    /// Cancels every minion: their tasks are dropped when the runtime next turns.
    pub(crate) fn cancel_all(&self) {
        for task in self.life.alive.borrow().values() {
            task.abort();
        }
    }
}
