//! Which minions are idle: every branch of theirs waits for what only others of the load could bring.

use std::cell::Cell;
use std::rc::Rc;

use tokio::sync::Notify;

/// How many minions of a scenario are idle on this worker.
#[derive(Debug)]
pub(crate) struct Idlers {
    count: Cell<u64>,
    /// Told when there is one more.
    quieter: Rc<Notify>,
}

/// The branches of one minion, and how many of them wait in doubt. A branch that waits for branches of its own doesn't count.
#[derive(Debug)]
pub(crate) struct Activity {
    branches: Cell<u32>,
    doubtful: Cell<u32>,
    idle: Cell<bool>,
    idlers: Rc<Idlers>,
}

impl Idlers {
    pub(crate) fn new(quieter: Rc<Notify>) -> Rc<Self> {
        Rc::new(Self { count: Cell::new(0), quieter })
    }

    pub(crate) fn count(&self) -> u64 {
        self.count.get()
    }
}

impl Activity {
    /// A minion that walks one way.
    pub(crate) fn new(idlers: &Rc<Idlers>) -> Rc<Self> {
        Rc::new(Self { branches: Cell::new(1), doubtful: Cell::new(0), idle: Cell::new(false), idlers: Rc::clone(idlers) })
    }

    /// A further branch, until the guard is dropped.
    pub(crate) fn branch(self: &Rc<Self>) -> Change {
        self.change(Kind::Branch)
    }

    /// A branch waits for branches of its own, until the guard is dropped.
    pub(crate) fn suspend(self: &Rc<Self>) -> Change {
        self.change(Kind::Suspension)
    }

    /// A branch waits in doubt, until the guard is dropped.
    pub(crate) fn doubt(self: &Rc<Self>) -> Change {
        self.change(Kind::Doubt)
    }

    fn change(self: &Rc<Self>, kind: Kind) -> Change {
        self.count(kind, true);
        Change { activity: Rc::clone(self), kind }
    }

    fn count(&self, kind: Kind, begins: bool) {
        let (counted, more) = match kind {
            Kind::Branch => (&self.branches, begins),
            Kind::Suspension => (&self.branches, !begins),
            Kind::Doubt => (&self.doubtful, begins),
        };
        counted.set(if more { counted.get() + 1 } else { counted.get().saturating_sub(1) });
        let idle = self.doubtful.get() > 0 && self.doubtful.get() == self.branches.get();
        if self.idle.replace(idle) == idle {
            return;
        }
        let idlers = &self.idlers.count;
        if idle {
            idlers.set(idlers.get() + 1);
            self.idlers.quieter.notify_one();
        } else {
            idlers.set(idlers.get() - 1);
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Branch,
    Suspension,
    Doubt,
}

/// Something that is so until this is dropped.
#[derive(Debug)]
pub(crate) struct Change {
    activity: Rc<Activity>,
    kind: Kind,
}

impl Drop for Change {
    fn drop(&mut self) {
        self.activity.count(self.kind, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minion_is_idle_when_all_its_branches_wait_in_doubt() {
        let idlers = Idlers::new(Rc::new(Notify::new()));
        let activity = Activity::new(&idlers);
        let waits = activity.doubt();
        assert_eq!(idlers.count(), 1);
        drop(waits);
        assert_eq!(idlers.count(), 0);
        let (suspended, left, right) = (activity.suspend(), activity.branch(), activity.branch());
        let left_waits = activity.doubt();
        assert_eq!(idlers.count(), 0, "the right one goes on");
        drop(right);
        assert_eq!(idlers.count(), 1, "only the left one is left");
        drop((left_waits, left, suspended));
        assert_eq!(idlers.count(), 0);
    }
}
