//! What a worker holds of each shared step, and of a scenario's shared steps as a whole.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use throng_measure::Recorder;
use throng_model::{Collect, Join, Topic as TopicOptions};
use throng_protocols::Value;
use tokio::sync::Notify;

use super::cap::Cap;
use super::collector::Collector;
use super::join::JoinStore;
use super::latest::Latest;
use super::peers::{Peers, Ticket};
use super::topic::Topic;
use super::waits::Waits;
use crate::activity::Idlers;

/// Who fills a topic.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Feed {
    /// A side tree or a source: it goes on while there is load.
    Side,
    /// Steps of the load itself, or of a tree before, behind or between it: when only readers are left, nothing will come.
    Load,
}

/// A join: every worker owns the keys that fall to it.
pub(crate) struct JoinPart {
    pub(crate) spec: Join,
    pub(super) store: RefCell<JoinStore<Ticket>>,
    /// There is a deadline again.
    pub(super) deadline: Notify,
    pub(super) meters: JoinMeters,
}

/// The classes of a join, and its times: numbers of meters.
pub(super) struct JoinMeters {
    pub(super) matched: u32,
    pub(super) missing: u32,
    pub(super) used: u32,
    pub(super) early: u32,
    pub(super) late: u32,
    pub(super) duplicate: u32,
    pub(super) orphan: u32,
    pub(super) unkeyed: u32,
    pub(super) lost: u32,
    pub(super) time_to_outcome: u32,
    pub(super) lateness: u32,
}

impl JoinPart {
    pub(crate) fn new(spec: &Join, step: u32, workers: u32, recorder: &mut Recorder) -> Self {
        let mut counter = |name| recorder.counter(step, name);
        let (matched, missing, used, early) = (counter("matched"), counter("missing"), counter("used"), counter("early"));
        let (late, duplicate, orphan, unkeyed, lost) =
            (counter("late"), counter("duplicate"), counter("orphan"), counter("unkeyed"), counter("lost"));
        let (time_to_outcome, lateness) = (recorder.timer(step, "time-to-outcome"), recorder.timer(step, "lateness"));
        let meters = JoinMeters { matched, missing, used, early, late, duplicate, orphan, unkeyed, lost, time_to_outcome, lateness };
        let store = RefCell::new(JoinStore::new(spec, u64::from(workers)));
        Self { spec: spec.clone(), store, deadline: Notify::new(), meters }
    }
}

/// A topic that minions take records from; its state is with the owner.
pub(crate) struct TopicPart {
    pub(crate) spec: TopicOptions,
    pub(crate) owner: u32,
    pub(crate) feed: Feed,
    pub(super) topic: RefCell<Topic<Ticket>>,
    /// Values for which there was no room yet, each with who brought it.
    pub(super) pushers: RefCell<VecDeque<(Ticket, Value)>>,
    /// Somebody waits for a record.
    pub(super) wanted: Notify,
    pub(super) skipped: u32,
    pub(super) unread: u32,
}

impl TopicPart {
    pub(crate) fn new(spec: TopicOptions, owner: u32, feed: Feed, step: u32, recorder: &mut Recorder) -> Self {
        let topic = RefCell::new(Topic::new(&spec));
        let (skipped, unread) = (recorder.counter(step, "skipped-records"), recorder.counter(step, "unread-records"));
        Self { spec, owner, feed, topic, pushers: RefCell::default(), wanted: Notify::new(), skipped, unread }
    }
}

/// What `zip-last` pairs with; its state is with the owner.
pub(crate) struct LatestPart {
    pub(crate) owner: u32,
    pub(crate) feed: Feed,
    pub(super) latest: RefCell<Latest<Ticket>>,
}

impl LatestPart {
    pub(crate) fn new(owner: u32, feed: Feed) -> Self {
        Self { owner, feed, latest: RefCell::new(Latest::new()) }
    }
}

/// A collect; its state is with the owner.
pub(crate) struct CollectPart {
    pub(crate) owner: u32,
    pub(super) collector: RefCell<Collector>,
    /// There is a list with a time to be released at.
    pub(super) due: Notify,
    pub(super) lists: u32,
}

impl CollectPart {
    pub(crate) fn new(spec: &Collect, owner: u32, step: u32, recorder: &mut Recorder) -> Self {
        let lists = recorder.counter(step, "lists");
        Self { owner, collector: RefCell::new(Collector::new(spec)), due: Notify::new(), lists }
    }
}

/// The cap on minions in flight; its state is with the owner.
pub(crate) struct CapPart {
    pub(crate) owner: u32,
    pub(super) cap: RefCell<Cap<Ticket>>,
}

impl CapPart {
    pub(crate) fn new(spec: &throng_model::MaxInFlight, owner: u32) -> Self {
        Self { owner, cap: RefCell::new(Cap::new(spec.limit, spec.policy)) }
    }
}

/// What all shared steps of a scenario have in common on this worker.
pub(crate) struct SharedSteps {
    pub(crate) peers: Rc<Peers>,
    pub(crate) waits: Waits,
    /// Minions that wait for what may never come, and do nothing else.
    pub(crate) idlers: Rc<Idlers>,
    pub(crate) cap: Option<CapPart>,
    /// Topics in which minions have places of their own.
    pub(crate) broadcasts: Vec<u32>,
    pub(crate) traffic: Traffic,
    /// Times that somebody of this scenario had to wait for room in a mailbox, since that was last told.
    pub(crate) mailbox_waits: Cell<u64>,
}

impl SharedSteps {
    /// Waits until there is room for a message to a worker; one to this worker needs none.
    pub(crate) async fn room(&self, worker: u32) {
        self.peers.room(worker, &self.mailbox_waits).await;
    }
}

/// Messages of this scenario between this worker and the others.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    /// Those that can keep the load alive.
    pub(crate) sent: Cell<u64>,
    pub(crate) received: Cell<u64>,
    /// All of them.
    pub(crate) sent_in_all: Cell<u64>,
    pub(crate) received_in_all: Cell<u64>,
}

impl Traffic {
    pub(super) fn note_sent(&self, counted: bool) {
        self.sent_in_all.set(self.sent_in_all.get() + 1);
        self.sent.set(self.sent.get() + u64::from(counted));
    }

    pub(super) fn note_received(&self, counted: bool) {
        self.received_in_all.set(self.received_in_all.get() + 1);
        self.received.set(self.received.get() + u64::from(counted));
    }
}
