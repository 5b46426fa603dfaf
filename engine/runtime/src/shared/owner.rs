//! What the owner of a shared step does when it is asked, from here or from another worker.

use std::rc::Rc;

use smol_str::SmolStr;
use throng_measure::{EngineEvent, Moment};
use throng_model::StepNumber;
use throng_protocols::{EventBody, List, Value};

use super::cap::Admission;
use super::join::{LeftComes, Orphans, RightComes};
use super::latest::Asked;
use super::parts::{CollectPart, JoinPart, LatestPart, TopicPart};
use super::peers::{Answer, Body, Envelope, Ticket};
use super::topic::{CacheFull, Taken};
use crate::message::FromWorker;
use crate::node::Work;
use crate::scenario_run::ScenarioRun;

/// Stands where a step's number does for who starts minions.
pub(super) const STARTER: u32 = u32::MAX;

/// Why a topic cannot take more.
pub(crate) fn cache_is_full(limit: u64) -> String {
    format!("the topic keeps all records, and they have more than {limit} bytes; give it a `buffer`, or a higher `cache-limit`")
}

impl ScenarioRun {
    /// Takes what another worker has sent.
    pub(crate) fn take_envelope(&self, envelope: Envelope) {
        self.shared.traffic.note_received(envelope.counted);
        self.receive(envelope.body);
        self.quieter.notify_one();
    }

    /// Sends to a worker, or takes it here if it is this one.
    pub(super) fn dispatch(&self, worker: u32, counted: bool, body: Body) {
        if worker == self.shared.peers.worker {
            return self.receive(body);
        }
        self.shared.traffic.note_sent(counted);
        self.shared.peers.push(worker, Envelope { scenario: self.number, counted, body });
        // The counts of messages must balance at the end, also when it is a timer that sends.
        if self.is_quiet() {
            self.quieter.notify_one();
        }
    }

    fn receive(&self, body: Body) {
        match body {
            Body::Take { step, ticket, reader } => self.take_record(step, ticket, reader),
            Body::Feed { step, value, ticket } => self.take_in(step, value, ticket),
            Body::Left { step, key, made, ticket } => self.take_left(step, key, made, ticket),
            Body::Right { step, key, value, came } => self.take_right(step, key, value, came),
            Body::Gather { step, value } => self.gather(step, value),
            Body::Enter { ticket } => self.admit(ticket),
            Body::Leave => self.vacate(),
            Body::Cancel { step, ticket, key, gave_up } => self.cancel_wait(step, ticket, key.as_deref(), gave_up),
            Body::GiveBack { step, record } => self.take_back(step, record),
            Body::Forget { step, reader } => {
                if let Work::Topic(part) = self.work(step) {
                    part.topic.borrow_mut().forget(reader);
                }
            }
            Body::Answer { step, wait, answer } => {
                if let Some(Answer::Record(record)) = self.shared.waits.answer(wait, answer) {
                    self.give_back(step, record);
                }
            }
        }
    }

    fn work(&self, step: u32) -> &Work {
        &self.node(StepNumber(step)).work
    }

    fn answer(&self, step: u32, ticket: Ticket, answer: Answer) {
        self.dispatch(ticket.worker, true, Body::Answer { step, wait: ticket.wait, answer });
    }

    /// A record that came too late for who asked for it goes back to its topic.
    pub(super) fn give_back(&self, step: u32, record: Value) {
        if let Work::Topic(part) = self.work(step) {
            self.dispatch(part.owner, true, Body::GiveBack { step, record });
        }
    }

    fn count(&self, meter: u32, by: u64) {
        if by > 0 {
            self.recorder.borrow_mut().record(meter, by);
        }
    }

    fn take_record(&self, step: u32, ticket: Ticket, reader: u32) {
        match self.work(step) {
            Work::Topic(part) => {
                let taken = part.topic.borrow_mut().take(ticket, reader, self.clock.now());
                match taken {
                    Taken::Record(record) => {
                        self.answer(step, ticket, Answer::Record(record));
                        self.let_pushers_in(step, part);
                    }
                    Taken::Ended => self.answer(step, ticket, Answer::Ended),
                    Taken::Waits => {
                        part.wanted.notify_one();
                        self.let_pushers_in(step, part);
                    }
                }
                let skipped = part.topic.borrow_mut().take_skipped();
                self.count(part.skipped, skipped);
                self.shared_event(EngineEvent::TopicSkipped, step, u64::from(skipped > 0), || EventBody::Number(skipped as f64));
            }
            Work::Latest(part) => {
                let asked = part.latest.borrow_mut().ask(ticket);
                match asked {
                    Asked::Value(value) => self.answer(step, ticket, Answer::Record(value)),
                    Asked::Ended => self.answer(step, ticket, Answer::Ended),
                    Asked::Waits => {}
                }
            }
            _ => {}
        }
    }

    fn take_in(&self, step: u32, value: Value, ticket: Ticket) {
        match self.work(step) {
            Work::Topic(part) => {
                part.pushers.borrow_mut().push_back((ticket, value));
                self.let_pushers_in(step, part);
            }
            Work::Latest(part) => {
                let waited = part.latest.borrow_mut().replace(value.clone());
                for who in waited {
                    self.answer(step, who, Answer::Record(value.clone()));
                }
                self.answer(step, ticket, Answer::Room);
            }
            _ => {}
        }
    }

    fn let_pushers_in(&self, step: u32, part: &TopicPart) {
        while part.topic.borrow().has_room() {
            let Some((who, value)) = part.pushers.borrow_mut().pop_front() else { return };
            if self.publish(step, part, value).is_err() {
                self.tell_full(step, part);
            }
            self.answer(step, who, Answer::Room);
        }
    }

    /// More is to be kept in a topic than may be: the campaign fails.
    fn tell_full(&self, step: u32, part: &TopicPart) {
        let step = self.node(StepNumber(step)).place.step.to_string();
        self.tell(FromWorker::SourceFailed { scenario: self.number, step, reason: cache_is_full(part.spec.cache_limit) });
    }

    /// Puts a record into a topic of this worker.
    pub(crate) fn publish(&self, step: u32, part: &TopicPart, record: Value) -> Result<(), CacheFull> {
        let given = part.topic.borrow_mut().publish(record.clone(), self.clock.now());
        let given = given.inspect_err(|_| {
            self.shared_event(EngineEvent::TopicOverflowed, step, 1, || EventBody::Text(cache_is_full(part.spec.cache_limit)));
        })?;
        for who in given {
            self.answer(step, who, Answer::Record(record.clone()));
        }
        Ok(())
    }

    /// The records of a topic have come to their end.
    pub(crate) fn end_topic(&self, step: u32, part: &TopicPart) {
        let waited = part.topic.borrow_mut().end();
        for who in waited {
            self.answer(step, who, Answer::Ended);
        }
    }

    /// What `zip-last` pairs with has come to its end.
    pub(crate) fn end_latest(&self, step: u32, part: &LatestPart) {
        let waited = part.latest.borrow_mut().end();
        for who in waited {
            self.answer(step, who, Answer::Ended);
        }
    }

    /// A loop whose records are all kept begins again; whether there is anything to repeat.
    pub(crate) fn repeat_topic(&self, step: u32, part: &TopicPart) -> bool {
        if part.topic.borrow().is_empty() {
            return false;
        }
        let again = part.topic.borrow_mut().end_of_pass(self.clock.now());
        for (who, record) in again {
            self.answer(step, who, Answer::Record(record));
        }
        true
    }

    fn take_back(&self, step: u32, record: Value) {
        let Work::Topic(part) = self.work(step) else { return };
        let again = part.topic.borrow_mut().give_back(record);
        if let Some((who, record)) = again {
            self.answer(step, who, Answer::Record(record));
        } else if part.topic.borrow().has_ended() {
            self.count(part.unread, 1);
        }
    }

    fn take_left(&self, step: u32, key: SmolStr, made: Moment, ticket: Ticket) {
        let Work::Join(part) = self.work(step) else { return };
        let now = self.clock.now();
        self.expire(step, part, now);
        let mut store = part.store.borrow_mut();
        let had_deadline = store.next_deadline().is_some();
        let comes = store.left(&key, ticket, made, now);
        drop(store);
        match comes {
            LeftComes::Matched { right, duplicates } => {
                self.count(part.meters.matched, 1);
                self.count(part.meters.used, 1);
                self.count(part.meters.early, 1);
                self.count(part.meters.duplicate, duplicates);
                self.shared_event(EngineEvent::JoinDuplicate, step, duplicates, || EventBody::Text(key.to_string()));
                self.recorder.borrow_mut().record(part.meters.time_to_outcome, 0);
                self.answer(step, ticket, Answer::Record(right));
            }
            LeftComes::Waits if !had_deadline => part.deadline.notify_one(),
            LeftComes::Waits => {}
        }
    }

    fn take_right(&self, step: u32, key: SmolStr, value: Value, came: Moment) {
        let Work::Join(part) = self.work(step) else { return };
        let now = self.clock.now();
        self.expire(step, part, now);
        let mut dropped = Vec::new();
        let mut store = part.store.borrow_mut();
        let had_deadline = store.next_deadline().is_some();
        let comes = store.right(&key, value, now, &mut dropped);
        drop(store);
        self.note_orphans(step, part, dropped);
        match comes {
            RightComes::Matched { who, made, right } => {
                self.count(part.meters.matched, 1);
                self.count(part.meters.used, 1);
                self.recorder.borrow_mut().record(part.meters.time_to_outcome, came.since(made));
                self.answer(step, who, Answer::Record(right));
            }
            RightComes::Late(by) => {
                self.count(part.meters.late, 1);
                self.shared_event(EngineEvent::JoinLate, step, 1, || EventBody::Text(key.to_string()));
                self.recorder.borrow_mut().record(part.meters.lateness, by);
            }
            RightComes::Duplicate => {
                self.count(part.meters.duplicate, 1);
                self.shared_event(EngineEvent::JoinDuplicate, step, 1, || EventBody::Text(key.to_string()));
            }
            RightComes::Kept if !had_deadline => part.deadline.notify_one(),
            RightComes::Kept => {}
        }
    }

    /// A right without a key: an error of that side.
    pub(super) fn note_unkeyed(&self, step: u32, part: &JoinPart, reason: &str) {
        self.count(part.meters.unkeyed, 1);
        self.shared_event(EngineEvent::JoinUnkeyed, step, 1, || EventBody::Text(reason.to_owned()));
        let right = self.shown_name(part.spec.right);
        let text = format!("a value of `{right}` has no key for this join: {reason}");
        self.recorder.borrow_mut().message(Some(step), throng_protocols::Severity::Error, text);
    }

    /// Lets lefts go whose time is over, as long as the scenario runs.
    pub(crate) async fn watch_join(self: Rc<Self>, step: u32, part: Rc<JoinPart>) {
        loop {
            let deadline = part.store.borrow().next_deadline();
            match deadline {
                None => part.deadline.notified().await,
                Some(deadline) => self.timers.sleep_until(deadline).await,
            }
            self.expire(step, &part, self.clock.now());
        }
    }

    /// Lets go what has had its time in a join. Also before anything comes to it: what comes in the very moment of a left's deadline is late,
    /// whoever has their turn first.
    fn expire(&self, step: u32, part: &JoinPart, now: Moment) {
        if part.store.borrow().next_deadline().is_none_or(|deadline| deadline > now) {
            return;
        }
        let (missing, orphans) = part.store.borrow_mut().expire(now);
        self.note_orphans(step, part, orphans);
        self.count(part.meters.missing, missing.len() as u64);
        for left in missing {
            self.count(part.meters.lost, u64::from(left.lost));
            self.answer(step, left.who, Answer::Missing);
        }
    }

    /// The end of a join: nobody will ask for the rights that are left.
    pub(crate) fn end_join(&self, step: u32, part: &JoinPart) {
        let orphans = part.store.borrow_mut().end();
        self.note_orphans(step, part, orphans);
    }

    fn note_orphans(&self, step: u32, part: &JoinPart, orphans: Vec<Orphans>) {
        for Orphans { key, count } in orphans {
            self.count(part.meters.orphan, count);
            self.shared_event(EngineEvent::JoinOrphan, step, count, || EventBody::Text(key.to_string()));
        }
    }

    fn gather(&self, step: u32, value: Value) {
        let Work::Collect(part) = self.work(step) else { return };
        self.release_due(step, part);
        let had_due = part.collector.borrow().due().is_some();
        let full = part.collector.borrow_mut().add(value, self.clock.now());
        match full {
            Some(list) => self.emit_list(step, part, list),
            None if !had_due => part.due.notify_one(),
            None => {}
        }
    }

    /// Releases lists whose time has come, as long as the scenario runs.
    pub(crate) async fn watch_collect(self: Rc<Self>, step: u32, part: Rc<CollectPart>) {
        loop {
            let due = part.collector.borrow().due();
            match due {
                None => part.due.notified().await,
                Some(due) => self.timers.sleep_until(due).await,
            }
            self.release_due(step, &part);
        }
    }

    /// Releases a list whose time has come; what comes in that very moment is for the next one.
    fn release_due(&self, step: u32, part: &CollectPart) {
        let list = part.collector.borrow_mut().take_due(self.clock.now());
        if let Some(list) = list {
            self.emit_list(step, part, list);
        }
    }

    /// Releases what a collect holds.
    pub(crate) fn flush_collect(&self, step: u32) {
        let Work::Collect(part) = self.work(step) else { return };
        let list = part.collector.borrow_mut().release();
        if let Some(list) = list {
            self.emit_list(step, part, list);
        }
    }

    /// The first collect of this worker that holds something.
    pub(crate) fn collecting(&self) -> Option<u32> {
        let holds = |work: &Work| matches!(work, Work::Collect(part) if !part.collector.borrow().is_empty());
        self.nodes.iter().find(|node| holds(&node.work)).map(|node| node.number.0)
    }

    fn emit_list(&self, step: u32, part: &CollectPart, items: Vec<Value>) {
        self.count(part.lists, 1);
        self.spawn_context(StepNumber(step), Value::native(List { items }));
    }

    fn admit(&self, ticket: Ticket) {
        let Some(part) = &self.shared.cap else { return };
        let admission = part.cap.borrow_mut().enter(ticket);
        match admission {
            Admission::Go => self.answer(STARTER, ticket, Answer::Go { waited: false }),
            Admission::Drop => self.answer(STARTER, ticket, Answer::Drop),
            Admission::Stop => self.answer(STARTER, ticket, Answer::Stop),
            Admission::Wait => {}
        }
    }

    fn vacate(&self) {
        let Some(part) = &self.shared.cap else { return };
        let next = part.cap.borrow_mut().leave();
        if let Some(next) = next {
            self.answer(STARTER, next, Answer::Go { waited: true });
        }
    }

    fn cancel_wait(&self, step: u32, ticket: Ticket, key: Option<&str>, gave_up: bool) {
        if step == STARTER {
            if let Some(part) = &self.shared.cap {
                part.cap.borrow_mut().cancel(|who| *who == ticket);
            }
            return;
        }
        match self.work(step) {
            Work::Topic(part) => {
                part.topic.borrow_mut().cancel(|who| *who == ticket);
                part.pushers.borrow_mut().retain(|(who, _)| *who != ticket);
            }
            Work::Latest(part) => part.latest.borrow_mut().cancel(|who| *who == ticket),
            Work::Join(part) => {
                let Some(key) = key else { return };
                let mut store = part.store.borrow_mut();
                if !gave_up {
                    store.cancel(key, |who| *who == ticket);
                } else if let Some(missing) = store.give_up(key, self.clock.now(), |who| *who == ticket) {
                    self.count(part.meters.missing, 1);
                    self.count(part.meters.lost, u64::from(missing.lost));
                }
            }
            _ => {}
        }
    }
}
