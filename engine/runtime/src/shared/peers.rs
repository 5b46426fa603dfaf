//! Mailboxes between workers: one bounded channel per pair, woken once per batch.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use smol_str::SmolStr;
use throng_measure::Moment;
use throng_protocols::Value;
use tokio::sync::{Notify, mpsc};

/// Messages that may wait for one worker before those who ask it for something must wait as well.
const OUTBOX: usize = 1024;

/// Batches under way between two workers.
const BATCHES: usize = 8;

/// Who waits for an answer, and on which worker.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Ticket {
    pub(crate) worker: u32,
    pub(crate) wait: u64,
}

/// A message to the part of a scenario on another worker.
#[derive(Debug)]
pub(crate) struct Envelope {
    pub(crate) scenario: u32,
    /// Whether it can keep the scenario's load alive: only such are counted when its end is looked for.
    pub(crate) counted: bool,
    pub(crate) body: Body,
}

/// What workers say to each other.
#[derive(Debug)]
pub(crate) enum Body {
    /// A minion asks for the next record of a topic.
    Take { step: u32, ticket: Ticket, reader: u32 },
    /// A value for a topic; answered when there is room for it.
    Feed { step: u32, value: Value, ticket: Ticket },
    /// A left of a join.
    Left { step: u32, key: SmolStr, made: Moment, ticket: Ticket },
    /// A right of a join.
    Right { step: u32, key: SmolStr, value: Value, came: Moment },
    /// A value for a collect.
    Gather { step: u32, value: Value },
    /// A minion is to start.
    Enter { ticket: Ticket },
    /// A minion is done.
    Leave,
    /// Who waited has gone away: `gave_up` for want of time, otherwise cancelled with everything else.
    Cancel { step: u32, ticket: Ticket, key: Option<SmolStr>, gave_up: bool },
    /// A record that came too late for who asked for it.
    GiveBack { step: u32, record: Value },
    /// A minion is done: its place in a topic is forgotten.
    Forget { step: u32, reader: u32 },
    /// An answer to who waits.
    Answer { step: u32, wait: u64, answer: Answer },
}

/// What those who wait are told.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A record, or a right.
    Record(Value),
    /// The source has no more.
    Ended,
    /// No right came in time.
    Missing,
    /// There was room.
    Room,
    /// A minion may start; whether it had to wait for another to end.
    Go { waited: bool },
    /// A minion is not started.
    Drop,
    /// No minion is started any more.
    Stop,
    /// Nothing will ever come.
    Starved,
}

/// One worker's end of all mailboxes.
#[derive(Debug)]
pub struct PeerLink {
    to: Vec<Option<mpsc::Sender<Vec<Envelope>>>>,
    inbox: mpsc::Receiver<Vec<Envelope>>,
}

/// The mailboxes of so many workers, each worker's end at its number.
pub fn peer_links(workers: u32) -> Vec<PeerLink> {
    let (senders, inboxes): (Vec<_>, Vec<_>) = (0..workers).map(|_| mpsc::channel(BATCHES * workers as usize)).unzip();
    let link = |(own, inbox): (usize, _)| {
        let to = senders.iter().enumerate().map(|(other, sender)| (other != own).then(|| sender.clone())).collect();
        PeerLink { to, inbox }
    };
    inboxes.into_iter().enumerate().map(link).collect()
}

impl PeerLink {
    /// Takes the link apart: what sends, and what receives.
    pub(crate) fn open(self, worker: u32) -> (Rc<Peers>, mpsc::Receiver<Vec<Envelope>>) {
        let outboxes = self.to.into_iter().map(|to| to.map(|to| Rc::new(Outbox::new(to))));
        (Rc::new(Peers { worker, outboxes: outboxes.collect() }), self.inbox)
    }
}

/// The way to the other workers.
#[derive(Debug)]
pub(crate) struct Peers {
    pub(crate) worker: u32,
    outboxes: Vec<Option<Rc<Outbox>>>,
}

#[derive(Debug)]
struct Outbox {
    queue: RefCell<Vec<Envelope>>,
    filled: Notify,
    emptied: Notify,
    to: mpsc::Sender<Vec<Envelope>>,
}

impl Outbox {
    fn new(to: mpsc::Sender<Vec<Envelope>>) -> Self {
        Self { queue: RefCell::default(), filled: Notify::new(), emptied: Notify::new(), to }
    }

    /// Sends what has gathered, until the other worker is gone.
    async fn flush(&self) {
        loop {
            self.filled.notified().await;
            let batch = self.queue.take();
            self.emptied.notify_waiters();
            if !batch.is_empty() && self.to.send(batch).await.is_err() {
                return;
            }
        }
    }
}

impl Peers {
    /// How many workers there are.
    pub(crate) fn workers(&self) -> u32 {
        self.outboxes.len() as u32
    }

    /// One task for each other worker, to be spawned.
    pub(crate) fn flushers(&self) -> impl Iterator<Item = impl Future<Output = ()> + 'static> {
        let outboxes: Vec<_> = self.outboxes.iter().flatten().cloned().collect();
        outboxes.into_iter().map(|outbox| async move { outbox.flush().await })
    }

    /// Waits until there is room for a message to a worker, and counts each time that there is none. Only who asks for something waits;
    /// answers are bounded by the questions.
    pub(crate) async fn room(&self, worker: u32, waits: &Cell<u64>) {
        let Some(outbox) = self.outbox(worker) else { return };
        while outbox.queue.borrow().len() >= OUTBOX {
            waits.set(waits.get() + 1);
            outbox.emptied.notified().await;
        }
    }

    /// Whether a message to a worker needs not to wait.
    pub(crate) fn has_room(&self, worker: u32) -> bool {
        self.outbox(worker).is_none_or(|outbox| outbox.queue.borrow().len() < OUTBOX)
    }

    /// Sends a message to another worker.
    pub(crate) fn push(&self, worker: u32, envelope: Envelope) {
        if let Some(outbox) = self.outbox(worker) {
            outbox.queue.borrow_mut().push(envelope);
            outbox.filled.notify_one();
        }
    }

    fn outbox(&self, worker: u32) -> Option<&Rc<Outbox>> {
        self.outboxes.get(worker as usize)?.as_ref()
    }
}
