//! Connections that the minions of a worker share: opened when first needed, opened again when lost.

use std::future::Future;
use std::rc::Rc;

use throng_measure::Moment;
use throng_plugin_api::Clock;
use throng_protocols::Failure;
use tokio::sync::Mutex;

use crate::back_off::BackOff;

/// A connection that any number of minions use at a time.
pub trait Link {
    /// Whether it can still be used.
    fn is_alive(&self) -> bool;
}

/// A number of connections to one broker. Each minion has its place, so that what it sends keeps its order.
#[derive(Debug)]
pub struct Pool<L> {
    slots: Vec<Slot<L>>,
}

/// A connection, or the way to one. While there is none, one attempt at a time is made, after pauses that grow; whoever waits for an
/// attempt that began behind his coming shares what it comes to.
#[derive(Debug)]
struct Slot<L> {
    state: Mutex<State<L>>,
}

#[derive(Debug)]
struct State<L> {
    link: Option<Rc<L>>,
    back_off: BackOff,
    failed: Option<Failed>,
}

impl<L: Link> State<L> {
    fn alive(&self) -> Option<Rc<L>> {
        self.link.as_ref().filter(|link| link.is_alive()).map(Rc::clone)
    }
}

#[derive(Debug)]
struct Failed {
    begun: Moment,
    next: Moment,
    failure: Failure,
}

impl<L: Link> Pool<L> {
    /// Of this size, at least 1; nothing is opened yet.
    pub fn new(size: u32) -> Self {
        let slot = |_| Slot { state: Mutex::new(State { link: None, back_off: BackOff::default(), failed: None }) };
        Self { slots: (0..size.max(1)).map(slot).collect() }
    }

    /// The minion's connection; opened by `open` if there is none, or none any more.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn link<F>(&self, minion: u32, clock: Clock, open: impl FnOnce() -> F) -> Result<Rc<L>, Failure>
    where
        F: Future<Output = Result<L, Failure>>,
    {
        let index = minion as usize % self.slots.len().max(1);
        match self.slots.get(index) {
            Some(slot) => slot.link(clock, open).await,
            // There is at least one.
            None => open().await.map(Rc::new),
        }
    }

    /// Opens all that are not open.
    ///
    /// # Errors
    /// One cannot be opened.
    pub async fn fill<F>(&self, clock: Clock, open: impl Fn() -> F) -> Result<(), Failure>
    where
        F: Future<Output = Result<L, Failure>>,
    {
        for slot in &self.slots {
            slot.link(clock, &open).await?;
        }
        Ok(())
    }
}

impl<L: Link> Slot<L> {
    async fn link<F>(&self, clock: Clock, open: impl FnOnce() -> F) -> Result<Rc<L>, Failure>
    where
        F: Future<Output = Result<L, Failure>>,
    {
        // Mostly nobody has it in hand, and it is there.
        if let Ok(state) = self.state.try_lock()
            && let Some(link) = state.alive()
        {
            return Ok(link);
        }
        let come = clock.now();
        let mut state = self.state.lock().await;
        if let Some(link) = state.alive() {
            return Ok(link);
        }
        state.link = None;
        if let Some(failed) = &state.failed {
            if failed.begun >= come {
                return Err(failed.failure.clone());
            }
            if clock.now() < failed.next {
                clock.sleep_until(failed.next).await;
            }
        }
        let begun = clock.now();
        match open().await {
            Ok(link) => {
                let link = Rc::new(link);
                state.link = Some(Rc::clone(&link));
                state.back_off.reset();
                state.failed = None;
                Ok(link)
            }
            Err(failure) => {
                let next = clock.now() + state.back_off.pause();
                state.failed = Some(Failed { begun, next, failure: failure.clone() });
                Err(failure)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;

    struct Fake {
        alive: Cell<bool>,
    }

    impl Link for Fake {
        fn is_alive(&self) -> bool {
            self.alive.get()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn minions_share_a_connection_and_its_attempts() {
        let clock = Clock::paused();
        let pool = Pool::<Fake>::new(1);
        let attempts = RefCell::new(Vec::new());
        let fails = Cell::new(true);
        let open = || async {
            attempts.borrow_mut().push(clock.now().as_nanos() / 1_000_000);
            let waited = clock.timeout(Duration::from_millis(10), std::future::pending::<()>()).await;
            assert_eq!(waited, None);
            if fails.get() { Err(Failure::error("closed", "away")) } else { Ok(Fake { alive: Cell::new(true) }) }
        };
        // They come at the same moment.
        let ended = join_all((0..5).map(|minion| pool.link(minion, clock, open))).await;
        assert!(ended.iter().all(Result::is_err));
        assert_eq!(*attempts.borrow(), [0]);
        assert!(pool.link(0, clock, open).await.is_err());
        assert_eq!(*attempts.borrow(), [0, 110], "after the pause");
        fails.set(false);
        let links: Vec<_> = join_all((0..5).map(|minion| pool.link(minion, clock, open))).await.into_iter().flatten().collect();
        assert!(links.len() == 5 && links.iter().all(|link| Rc::ptr_eq(link, &links[0])));
        assert_eq!(*attempts.borrow(), [0, 110, 320]);
        links[0].alive.set(false);
        assert!(!Rc::ptr_eq(&pool.link(0, clock, open).await.expect("opened again"), &links[0]));
        assert_eq!(attempts.borrow().len(), 4, "a lost one is opened at once");
    }
}
