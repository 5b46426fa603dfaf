//! One scenario on one worker: what all its minions here share.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use throng_measure::{EngineEvents, Moment, Phase, Recorder};
use throng_model::{Completion, Secrets, SideTree, StepNumber};
use throng_plugin_api::{Clock, StepRunner};
use throng_protocols::{CallStatistics, Callbacks};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::message::{FromWorker, PlannedPhases, Restart, Stillness};
use crate::node::{Node, Settings, Work};
use crate::phases::Phases;
use crate::plan_clock::{PlanClock, Turn};
use crate::plan_time::PlanTime;
use crate::program::CampaignTime;
use crate::pulse::Pulse;
use crate::shared::SharedSteps;
use crate::sources::Source;
use crate::tasks::Tasks;
use crate::timers::Timers;

/// A scenario's part on a worker. Single-threaded; no borrow of its cells is held while a guest runs or across an await.
pub(crate) struct ScenarioRun {
    /// For work that outlives who began it.
    pub(crate) me: Weak<ScenarioRun>,
    pub(crate) number: u32,
    pub(crate) seed: u64,
    pub(crate) minions: u64,
    pub(crate) clock: Clock,
    pub(crate) timers: Rc<Timers>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) root: StepNumber,
    /// Side trees of which this worker is the owner.
    pub(crate) trees: Vec<SideTree>,
    /// Sources of which this worker is the owner, until they run.
    pub(crate) sources: RefCell<FxHashMap<u32, Source>>,
    /// The root of the side tree that feeds a topic, where one does.
    pub(crate) feeders: FxHashMap<u32, StepNumber>,
    pub(crate) shared: SharedSteps,
    pub(crate) runners: Vec<Rc<dyn StepRunner>>,
    /// Steps that open something before the load, by name.
    pub(crate) warming: Vec<(String, Rc<dyn StepRunner>)>,
    /// The same of sources, by name and number.
    pub(crate) warming_sources: Vec<(String, u32)>,
    pub(crate) callbacks: Option<Rc<dyn Callbacks>>,
    pub(crate) settings: Settings,
    /// Those of their values that are not to be shown.
    pub(crate) secrets: Secrets,
    pub(crate) recorder: RefCell<Recorder>,
    /// The engine's own events that somebody wants.
    pub(crate) wanted: EngineEvents,
    /// Told when a minion ends or the plan does.
    pub(crate) quieter: Rc<Notify>,
    pub(crate) pulse: Rc<Pulse>,
    pub(crate) time: Arc<CampaignTime>,
    pub(crate) life: Life,
}

/// What changes while a scenario runs.
#[derive(Default)]
pub(crate) struct Life {
    phases: OnceCell<Phases>,
    /// The campaign's t₀.
    pub(crate) start: Cell<Moment>,
    /// How the plan goes by.
    pub(crate) plan: PlanTime,
    pub(crate) alive: RefCell<FxHashMap<u32, AbortHandle>>,
    /// Lists that go on from collects: load that is no minion's.
    pub(crate) lists: Tasks,
    /// Trees that end by themselves: before and behind the load, and behind stages, those that wait for the stage included.
    pub(crate) trees: Tasks,
    /// Told when the stages that have not ended will not.
    pub(crate) stages_over: Notify,
    /// What goes on beside the load.
    pub(crate) companions: Tasks,
    /// What keeps the time of joins and collects, until the scenario is over; and what is opened before the load.
    pub(crate) watchers: Tasks,
    /// Whether more starts are planned.
    pub(crate) starting: Cell<bool>,
    /// Whether nothing new begins any more.
    pub(crate) stopping: Cell<bool>,
    /// Whether the next start waits for a minion to end.
    pub(crate) blocked: Cell<bool>,
    /// Until when, and how, minions are started again.
    pub(crate) restart: Cell<Option<Restart>>,
    /// Whether the starter has room for more of the plan.
    pub(crate) wants_lines: Cell<bool>,
    /// What calls of plugins' components have cost.
    pub(crate) components: Cell<CallStatistics>,
    /// What the campaign knows of the cost of calls.
    pub(crate) told_statistics: Cell<CallStatistics>,
    /// What the campaign knows of how still it is here.
    pub(crate) told: Cell<Option<Stillness>>,
    /// Of the campaign's last question.
    pub(crate) round: Cell<u32>,
    /// Whether what goes away is cancelled, rather than out of time.
    pub(crate) cancelled: Cell<bool>,
    /// Whether the scenario was cancelled, or is wholly over.
    pub(crate) closing: Cell<bool>,
    /// What the campaign has not been told of yet. What is more than it holds is not told: the campaign's own limits are lower.
    news: RefCell<VecDeque<FromWorker>>,
}

const NEWS_HELD: usize = 128;

impl ScenarioRun {
    #[allow(clippy::indexing_slicing, reason = "the validator hands out numbers of this graph only")]
    pub(crate) fn node(&self, step: StepNumber) -> &Node {
        &self.nodes[step.index()]
    }

    /// A step's name, or that of the nearest named one before it: hidden names say nothing to people.
    pub(crate) fn shown_name(&self, step: StepNumber) -> &str {
        let before = |step: StepNumber| self.nodes.iter().find(|node| node.next.contains(&step));
        let ways = std::iter::successors(Some(self.node(step)), |node| before(node.number));
        let named = ways.map(|node| &*node.place.step).find(|name| !name.starts_with('_'));
        named.unwrap_or(&self.node(step).place.step)
    }

    /// The clock starts.
    pub(crate) fn begin(&self, clock: PlanClock, phases: PlannedPhases) {
        self.life.starting.set(true);
        self.life.start.set(clock.start());
        self.time.begin(clock.start());
        // Set once: a second beginning would change phases under running minions, and is ignored.
        let _ = self.life.phases.set(Phases::new(phases, &clock));
        self.life.plan.begin(clock);
    }

    /// The plan goes by at another pace.
    pub(crate) fn turn(&self, turn: Turn) {
        self.life.plan.turn(turn);
        if let Some(phases) = self.life.phases.get() {
            self.life.plan.with(|clock| phases.turn(clock));
        }
    }

    /// The phase of what was meant to start at a moment; before the clock has started there is nothing but warm-up.
    pub(crate) fn phase_of(&self, intended: Moment) -> Phase {
        self.life.phases.get().map_or(Phase::WarmUp, |phases| phases.of(intended))
    }

    /// Whether the load has begun, or is over.
    pub(crate) fn has_begun(&self) -> bool {
        self.life.phases.get().is_some()
    }

    /// Whether what is not there yet may still be brought by what goes on beside the load.
    pub(crate) fn is_fed(&self) -> bool {
        self.has_begun() && !self.life.stopping.get()
    }

    /// The load stops now, unless it has stopped already: nothing new begins, and who waits for a source waits in doubt from now on.
    pub(crate) fn stop_load(&self, now: Moment) {
        self.life.starting.set(false);
        self.life.stopping.set(true);
        self.life.restart.set(None);
        self.life.plan.stop();
        self.shared.waits.doubt_all();
        if let Some(phases) = self.life.phases.get() {
            phases.stop_load(now);
        }
    }

    /// Whether minions whose run has ended are started again.
    pub(crate) fn keeps_active(&self) -> bool {
        self.life.restart.get().is_some() && !self.life.closing.get()
    }

    /// Whether a minion whose run has ended is started again now.
    pub(crate) fn starts_again(&self, now: Moment, lasted: u64) -> bool {
        let Some(restart) = self.life.restart.get().filter(|_| !self.life.closing.get()) else { return false };
        let Some(until) = self.life.plan.moment_of(restart.until) else { return true };
        match restart.completion {
            Completion::Graceful => now < until,
            Completion::Hard => now + std::time::Duration::from_nanos(lasted) <= until && now < until,
        }
    }

    /// Whether nothing under load goes on by itself, nor a tree before or behind it: what is alive waits for what may never come.
    pub(crate) fn is_quiet(&self) -> bool {
        let alive = self.life.alive.borrow().len() + self.life.lists.count() + self.life.trees.count();
        (!self.life.starting.get() || self.life.blocked.get()) && alive as u64 == self.shared.idlers.count()
    }

    /// How still it is here.
    pub(crate) fn stillness(&self) -> Stillness {
        let traffic = &self.shared.traffic;
        Stillness {
            round: self.life.round.get(),
            quiet: self.is_quiet(),
            parked: self.shared.idlers.count(),
            collecting: self.collecting(),
            sent: traffic.sent.get(),
            received: traffic.received.get(),
            sent_in_all: traffic.sent_in_all.get(),
            received_in_all: traffic.received_in_all.get(),
        }
    }

    /// Whether nothing at all is left here.
    pub(crate) fn is_gone(&self) -> bool {
        self.life.alive.borrow().is_empty()
            && [&self.life.lists, &self.life.trees, &self.life.companions, &self.life.watchers].iter().all(|tasks| tasks.count() == 0)
    }

    /// Lets go of all that steps hold for a minion.
    pub(crate) fn let_go(&self, minion: u32) {
        for runner in &self.runners {
            runner.minion_done(minion);
        }
    }

    /// A minion is gone.
    pub(crate) fn release(&self, minion: u32) {
        self.let_go(minion);
        self.leave_shared(minion);
        self.life.alive.borrow_mut().remove(&minion);
        if self.is_quiet() {
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
        self.tell(FromWorker::Strike {
            scenario: self.number,
            step: node.place.step.to_string(),
            code: code.to_owned(),
            message: self.secrets.hide(message).into_owned(),
        });
    }

    /// Asks the campaign to end this scenario, as a callback wants it.
    pub(crate) fn ask_for_abort(&self, node: &Node, message: &str) {
        self.tell(FromWorker::AbortAsked {
            scenario: self.number,
            step: node.place.step.to_string(),
            message: self.secrets.hide(message).into_owned(),
        });
    }

    /// Tells the campaign, at the worker's next turn.
    pub(crate) fn tell(&self, news: FromWorker) {
        let mut held = self.life.news.borrow_mut();
        if held.len() < NEWS_HELD {
            held.push_back(news);
            self.quieter.notify_one();
        }
    }

    /// What is new since the last time.
    pub(crate) fn take_news(&self) -> VecDeque<FromWorker> {
        self.life.news.take()
    }

    /// Cancels every minion: their tasks are dropped when the runtime next turns.
    pub(crate) fn cancel_load(&self) {
        self.life.cancelled.set(true);
        self.life.alive.borrow().values().for_each(AbortHandle::abort);
        self.life.lists.abort();
    }

    /// Ends what goes on beside the load.
    pub(crate) fn cancel_companions(&self) {
        self.life.cancelled.set(true);
        self.life.companions.abort();
    }

    /// A soft stop: there will be no load that the trees before it could be for, and no more stages for a tree to run behind.
    pub(crate) fn skip_trees(&self) {
        if !self.has_begun() {
            self.life.cancelled.set(true);
            self.life.trees.abort();
        }
        self.life.stages_over.notify_waiters();
    }

    /// Cancels all that there is.
    pub(crate) fn cancel_everything(&self) {
        self.cancel_load();
        self.life.trees.abort();
        self.cancel_companions();
        self.life.watchers.abort();
    }

    /// The end: what joins hold is asked for by nobody.
    pub(crate) fn close(&self) {
        self.life.watchers.abort();
        for node in &self.nodes {
            if let Work::Join(part) = &node.work {
                self.end_join(node.number.0, part);
            }
        }
    }
}
