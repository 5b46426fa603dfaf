//! One minion's runs, each from its planned start to the release of what it held.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use throng_measure::{EngineEvent, Moment};
use throng_protocols::{EventBody, Value};

use crate::activity::Activity;
use crate::guests::{Origin, SessionCell};
use crate::keep::Keep;
use crate::scenario_run::ScenarioRun;
use crate::walk::{Scope, Token, walk};

/// A simulated user on its way through the graph, or who walks a side tree.
pub(crate) struct Minion {
    pub(crate) number: u32,
    pub(crate) session: SessionCell,
    keep: RefCell<Option<Box<Keep>>>,
    role: Role,
    pub(crate) activity: Rc<Activity>,
    /// Nothing will ever come that it waits for.
    pub(crate) starved: Cell<bool>,
}

/// Whether a minion keeps its scenario alive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// Under load: a minion, or a list that goes on from a collect.
    Load,
    /// Beside it.
    Side,
}

impl Minion {
    pub(crate) fn new(number: u32, role: Role, run: &ScenarioRun) -> Self {
        let activity = Activity::new((role == Role::Load).then(|| Rc::clone(&run.shared.idlers)));
        Self { number, session: RefCell::default(), keep: RefCell::default(), role, activity, starved: Cell::new(false) }
    }

    pub(crate) fn is_load(&self) -> bool {
        self.role == Role::Load
    }

    /// What it keeps, made when first used.
    pub(crate) fn keep<R>(&self, with: impl FnOnce(&mut Keep) -> R) -> R {
        with(self.keep.borrow_mut().get_or_insert_default())
    }
}

/// Walks the load-injected graph, once or for as long as the profile says. Dropping the future, even before it was first polled,
/// releases all that the minion holds.
pub(crate) fn run_minion(run: Rc<ScenarioRun>, number: u32, planned: Moment) -> impl Future<Output = ()> {
    let presence = Presence { run, number, state: Cell::new(State::Planned) };
    async move {
        let run = &*presence.run;
        let began = run.clock.now();
        run.recorder.borrow_mut().minion_started(began.since(run.life.start.get()), began.since(planned));
        run.minion_event(EngineEvent::MinionStarted, number, || EventBody::None);
        let mut planned = planned;
        loop {
            let started = run.clock.now();
            presence.state.set(State::Running);
            let minion = Minion::new(number, Role::Load, run);
            let token = Token { value: Value::None, intended: planned, made: planned, origin: Origin::default() };
            walk(run, &minion, Scope::default(), run.root, token).await;
            let ended = run.clock.now();
            presence.state.set(State::Completed);
            if minion.starved.get() {
                run.lost_minion_event(EngineEvent::MinionStarved, number);
                return run.recorder.borrow_mut().minion_starved();
            }
            let phase = run.phase_of(planned);
            run.recorder.borrow_mut().minion_completed(phase, ended.since(planned), ended.since(started));
            run.minion_event(EngineEvent::MinionCompleted, number, || EventBody::Duration(ended.since(planned)));
            let mut again = ended;
            if run.life.plan.is_held() && run.keeps_active() {
                // What it has open is not kept for as long as somebody looks at a plan that is held.
                run.let_go(number);
                // Boxed: a hold is rare, and its wait would make each minion larger.
                Box::pin(run.life.plan.goes_by()).await;
                again = run.clock.now();
            }
            if !run.starts_again(again, ended.since(started)) {
                return;
            }
            run.let_go(number);
            planned = again;
            // Its start belongs to no schedule, so that there is nothing to be late for.
            run.recorder.borrow_mut().minion_started_again(again.since(run.life.start.get()));
            run.minion_event(EngineEvent::MinionStarted, number, || EventBody::None);
            // A run that never waits would keep everybody else from their turn.
            tokio::task::yield_now().await;
        }
    }
}

/// Says that a minion is done, however its run ends.
struct Presence {
    run: Rc<ScenarioRun>,
    number: u32,
    state: Cell<State>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
    Planned,
    Running,
    Completed,
}

impl Drop for Presence {
    fn drop(&mut self) {
        if self.state.get() == State::Running {
            self.run.recorder.borrow_mut().minion_cancelled();
            self.run.minion_event(EngineEvent::MinionCancelled, self.number, || EventBody::None);
        }
        self.run.release(self.number);
    }
}
