//! One minion's run, from its planned start to the release of what it held.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use throng_measure::Moment;
use throng_protocols::Value;

use crate::guests::{Origin, SessionCell};
use crate::scenario_run::ScenarioRun;
use crate::walk::{Token, walk};

/// A simulated user on its way through the graph.
pub(crate) struct Minion {
    pub(crate) number: u32,
    pub(crate) session: SessionCell,
}

/// Walks the load-injected graph once. Dropping the future, even before it was first polled, releases all that the minion holds.
pub(crate) fn run_minion(run: Rc<ScenarioRun>, number: u32, planned: Moment) -> impl Future<Output = ()> {
    let presence = Presence { run, number, state: Cell::new(State::Planned) };
    async move {
        let run = &*presence.run;
        let started = run.clock.now();
        run.recorder.borrow_mut().minion_started(started.since(planned));
        presence.state.set(State::Running);
        let minion = Minion { number, session: RefCell::default() };
        let token = Token { value: Value::None, intended: planned, origin: Origin::default() };
        walk(run, &minion, run.root, token).await;
        let ended = run.clock.now();
        let phase = run.phases().of(planned);
        run.recorder.borrow_mut().minion_completed(phase, ended.since(planned), ended.since(started));
        presence.state.set(State::Completed);
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
        }
        self.run.release(self.number);
    }
}
