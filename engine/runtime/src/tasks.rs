//! Tasks of one kind that a scenario has on a worker.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// Tasks by number, each until it has ended or was aborted. Clones are the same tasks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tasks {
    going: Rc<RefCell<FxHashMap<u64, AbortHandle>>>,
    next: Rc<Cell<u64>>,
}

impl Tasks {
    /// Adds work; `ended` is told when it has ended, however.
    pub(crate) fn spawn(&self, ended: &Rc<Notify>, work: impl Future<Output = ()> + 'static) {
        let number = self.next.get();
        self.next.set(number + 1);
        let entry = Entry { tasks: self.clone(), number, ended: Rc::clone(ended) };
        let task = tokio::task::spawn_local(async move {
            let _entry = entry;
            work.await;
        });
        // Kept before the task first runs: tasks of this runtime start at its next turn.
        self.going.borrow_mut().insert(number, task.abort_handle());
    }

    /// How many go on.
    pub(crate) fn count(&self) -> usize {
        self.going.borrow().len()
    }

    /// Cancels them: they are dropped when the runtime next turns.
    pub(crate) fn abort(&self) {
        self.going.borrow().values().for_each(AbortHandle::abort);
    }
}

/// A task's place among the others, as long as it goes on.
struct Entry {
    tasks: Tasks,
    number: u64,
    ended: Rc<Notify>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.tasks.going.borrow_mut().remove(&self.number);
        self.ended.notify_one();
    }
}
