//! All planned waiting of one worker, on one precise timer: starts, delays, paces, periods of iterations, waits before retries.
//!
//! A heap of wakers beside one timer descriptor: a waiting minion costs a moment and a waker here, and wakes to tens of microseconds.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use throng_measure::Moment;
use throng_plugin_api::{Clock, PreciseTimer};
use tokio::sync::Notify;

pub(crate) struct Timers {
    clock: Clock,
    heap: RefCell<BinaryHeap<Entry>>,
    earlier: Notify,
}

struct Entry {
    at: Moment,
    waker: Waker,
}

impl Timers {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, heap: RefCell::default(), earlier: Notify::new() }
    }

    /// Waits until a moment; past ones are ready at once.
    pub(crate) fn sleep_until(&self, at: Moment) -> Sleep<'_> {
        Sleep { timers: self, at, waiting: false }
    }

    /// Wakes whoever is due, for ever.
    pub(crate) async fn drive(&self, mut timer: PreciseTimer) -> io::Result<()> {
        loop {
            let next = self.heap.borrow().peek().map(|entry| entry.at);
            match next {
                None => self.earlier.notified().await,
                Some(at) => tokio::select! {
                    biased;
                    slept = timer.sleep_until(at) => { slept?; self.wake_due(); }
                    () = self.earlier.notified() => {}
                },
            }
        }
    }

    fn wake_due(&self) {
        let now = self.clock.now();
        while let Some(waker) = self.pop_due(now) {
            waker.wake();
        }
    }

    fn pop_due(&self, now: Moment) -> Option<Waker> {
        let mut heap = self.heap.borrow_mut();
        match heap.peek() {
            Some(entry) if entry.at <= now => heap.pop().map(|entry| entry.waker),
            _ => None,
        }
    }

    fn add(&self, entry: Entry) {
        let mut heap = self.heap.borrow_mut();
        let is_earliest = heap.peek().is_none_or(|first| entry.at < first.at);
        heap.push(entry);
        if is_earliest {
            self.earlier.notify_one();
        }
    }
}

/// A wait of one task. Dropped before its time, it leaves an entry behind that wakes nobody.
pub(crate) struct Sleep<'a> {
    timers: &'a Timers,
    at: Moment,
    waiting: bool,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.timers.clock.now() >= self.at {
            return Poll::Ready(());
        }
        // A task keeps its waker for all its life, and so does each branch of a join: one entry is enough, however often it is polled.
        if !self.waiting {
            self.timers.add(Entry { at: self.at, waker: context.waker().clone() });
            self.waiting = true;
        }
        Poll::Pending
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    /// The heap's greatest is the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.cmp(&self.at)
    }
}
