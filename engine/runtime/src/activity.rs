//! Whether a minion goes on by itself, or every one of its branches waits for what only others can bring.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;

use futures_util::FutureExt as _;
use tokio::sync::Notify;

/// The minions of a scenario on this worker that only wait.
#[derive(Debug)]
pub(crate) struct Idlers {
    count: Cell<u64>,
    /// Told when there is one more.
    quieter: Rc<Notify>,
}

impl Idlers {
    pub(crate) fn new(quieter: Rc<Notify>) -> Self {
        Self { count: Cell::new(0), quieter }
    }

    pub(crate) fn count(&self) -> u64 {
        self.count.get()
    }
}

/// One minion's branches, and how many of them wait for what may never come.
#[derive(Debug)]
pub(crate) struct Activity {
    branches: Cell<u32>,
    parked: Cell<u32>,
    /// None for who walks beside the load: that keeps nothing alive.
    idlers: Option<Rc<Idlers>>,
}

impl Activity {
    /// A minion with one branch.
    pub(crate) fn new(idlers: Option<Rc<Idlers>>) -> Rc<Self> {
        Rc::new(Self { branches: Cell::new(1), parked: Cell::new(0), idlers })
    }

    /// A branch begins to wait for what may never come.
    pub(crate) fn park(&self) {
        self.change(|| self.parked.set(self.parked.get() + 1));
    }

    /// Its wait is over.
    pub(crate) fn unpark(&self) {
        self.change(|| self.parked.set(self.parked.get() - 1));
    }

    /// Work that goes on beside others.
    pub(crate) fn branch<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<'_, F> {
        holding(Branch::begin(self), work)
    }

    /// Waits for branches: who waits is none of them.
    pub(crate) fn wait_for<F: Future>(&self, branches: F) -> impl Future<Output = F::Output> + use<'_, F> {
        holding(Rest::begin(self), branches)
    }

    fn is_idle(&self) -> bool {
        self.parked.get() > 0 && self.parked.get() == self.branches.get()
    }

    fn change(&self, change: impl FnOnce()) {
        let before = self.is_idle();
        change();
        let Some(idlers) = self.idlers.as_ref().filter(|_| before != self.is_idle()) else { return };
        if before {
            idlers.count.set(idlers.count.get() - 1);
        } else {
            idlers.count.set(idlers.count.get() + 1);
            idlers.quieter.notify_one();
        }
    }

    fn add_branch(&self) {
        self.change(|| self.branches.set(self.branches.get() + 1));
    }

    fn remove_branch(&self) {
        self.change(|| self.branches.set(self.branches.get() - 1));
    }
}

/// Work, and what is let go when it ends. Not an `async` block, which would have room for the work twice: as it came, and where it waits.
fn holding<G, F: Future>(held: G, work: F) -> impl Future<Output = F::Output> {
    work.map(move |output| {
        drop(held);
        output
    })
}

/// A branch, as long as this lives.
struct Branch<'a>(&'a Activity);

impl<'a> Branch<'a> {
    fn begin(activity: &'a Activity) -> Self {
        activity.add_branch();
        Self(activity)
    }
}

impl Drop for Branch<'_> {
    fn drop(&mut self) {
        self.0.remove_branch();
    }
}

/// One branch less, as long as this lives.
struct Rest<'a>(&'a Activity);

impl<'a> Rest<'a> {
    fn begin(activity: &'a Activity) -> Self {
        activity.remove_branch();
        Self(activity)
    }
}

impl Drop for Rest<'_> {
    fn drop(&mut self) {
        self.0.add_branch();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minion_is_idle_when_all_its_branches_are() {
        let idlers = Rc::new(Idlers::new(Rc::default()));
        let activity = Activity::new(Some(Rc::clone(&idlers)));
        activity.park();
        assert_eq!(idlers.count(), 1);
        activity.unpark();
        let (left, right) = (activity.branch(std::future::pending::<()>()), activity.branch(std::future::pending::<()>()));
        let mut both = Box::pin(activity.wait_for(async { futures_util::future::join(left, right).await }));
        assert!((&mut both).now_or_never().is_none());
        activity.park();
        assert_eq!(idlers.count(), 0, "the other one goes on");
        activity.park();
        assert_eq!(idlers.count(), 1);
        activity.unpark();
        activity.unpark();
        drop(both);
        activity.park();
        assert_eq!(idlers.count(), 1, "only the first is left");
    }
}
