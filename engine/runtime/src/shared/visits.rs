//! How minions use shared steps, wherever the owner is.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use smol_str::SmolStr;
use throng_measure::EngineEvent;
use throng_model::{AtEnd, JoinKind, StepNumber};
use throng_protocols::{Context, EventBody, Failure, Output, Pair, Value};

use super::owner::STARTER;
use super::owner_of_key;
use super::parts::{CollectPart, Feed, JoinPart, LatestPart, TopicPart};
use super::peers::{Answer, Body, Ticket};
use super::waits::Left;
use crate::execution::Visiting;
use crate::message::FromWorker;
use crate::minion::Minion;
use crate::node::{Node, Work};
use crate::scenario_run::ScenarioRun;

/// What a visit of a shared step comes to.
pub(crate) enum Visited {
    /// It has a result.
    Done(Result<Output, Failure>),
    /// Nothing will ever come: the minion's run ends here.
    Starved,
}

/// Whether the answer may never come.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Hope {
    /// It comes.
    Sure,
    /// It comes as long as the load goes on.
    WhileLoad,
    /// Only others of the load can bring it.
    Doubtful,
}

impl Visiting<'_> {
    /// Takes a record out of a topic.
    pub(crate) async fn take_record(self, part: &TopicPart, input: &Value) -> Visited {
        let Self { run, minion, node, .. } = self;
        let step = node.number.0;
        let hope = if part.feed == Feed::Load { Hope::Doubtful } else { Hope::WhileLoad };
        let reader = minion.number;
        match run.ask(part.owner, step, minion, hope, |ticket| Body::Take { step, ticket, reader }).await {
            Answer::Record(record) if part.spec.keep_input => paired(input, record),
            Answer::Record(record) => Visited::Done(Ok(Output::One(record))),
            Answer::Ended => match part.spec.at_end {
                AtEnd::Complete => Visited::Done(Ok(Output::Nothing)),
                AtEnd::Fail => {
                    let failure = Failure::error("source-ended", "there are no more records, and `at-end` is `fail`");
                    Visited::Done(Err(failure.final_()))
                }
                AtEnd::Wait => run.starve(minion).await,
            },
            _ => Visited::Starved,
        }
    }

    /// Pairs with the latest value of another step.
    pub(crate) async fn pair_with_latest(self, part: &LatestPart, input: &Value) -> Visited {
        let Self { run, minion, node, .. } = self;
        let step = node.number.0;
        let hope = if part.feed == Feed::Load { Hope::Doubtful } else { Hope::WhileLoad };
        let reader = minion.number;
        match run.ask(part.owner, step, minion, hope, |ticket| Body::Take { step, ticket, reader }).await {
            Answer::Record(record) => paired(input, record),
            Answer::Ended => run.starve(minion).await,
            _ => Visited::Starved,
        }
    }

    /// Waits for a value's counterpart.
    pub(crate) async fn join(self, part: &JoinPart, context: Context, input: &Value) -> Visited {
        let Self { run, minion, node, origin, made, .. } = self;
        let step = node.number.0;
        let key = match run.key(node, minion, origin, context, &part.spec.left_key, input) {
            Ok(Some(key)) => key,
            Ok(None) => {
                let failure = Failure::error("no-key", "the value has no key to join on").final_();
                return Visited::Done(Err(failure));
            }
            Err(failure) => return Visited::Done(Err(failure)),
        };
        let owner = owner_of_key(&key, run.shared.peers.workers());
        let question = |ticket| Body::Left { step, key: key.clone(), made, ticket };
        let answer = run.ask_about(owner, step, minion, Hope::Sure, Some(&key), question).await;
        if matches!(answer, Answer::Missing) {
            run.fault_event(EngineEvent::JoinMissing, self.node, minion, context.iteration, || EventBody::Text(key.to_string()));
        }
        match answer {
            Answer::Record(right) => paired(input, right),
            Answer::Missing if part.spec.kind == JoinKind::Left => paired(input, Value::None),
            Answer::Missing => {
                let right = run.shown_name(part.spec.right);
                let message =
                    format!("nothing came from `{right}` for the key `{key}` within {}", throng_model::format_duration(part.spec.timeout));
                Visited::Done(Err(Failure::assertion("missing", message)))
            }
            _ => Visited::Starved,
        }
    }

    /// Adds a value to a list.
    pub(crate) async fn gather(self, part: &CollectPart, input: &Value) -> Visited {
        let Self { run, minion, node, .. } = self;
        run.shared.room(part.owner).await;
        run.dispatch(part.owner, minion.is_load(), Body::Gather { step: node.number.0, value: input.clone() });
        Visited::Done(Ok(Output::Nothing))
    }
}

impl ScenarioRun {
    /// Gives a value that a step has emitted to the joins, zips and singleton pipes that it feeds, in order. What has to be waited for is left.
    pub(crate) fn tap<'a>(&'a self, minion: &'a Minion, node: &'a Node, value: &Value) -> Option<LocalBoxFuture<'a, ()>> {
        let mut taps = node.taps.iter();
        let first = taps.by_ref().find_map(|tap| self.bring(minion, node, *tap, value))?;
        if taps.len() == 0 {
            return Some(first);
        }
        let value = value.clone();
        Some(Box::pin(async move {
            first.await;
            for tap in taps {
                if let Some(rest) = self.bring(minion, node, *tap, &value) {
                    rest.await;
                }
            }
        }))
    }

    fn bring<'a>(&'a self, minion: &'a Minion, node: &Node, to: StepNumber, value: &Value) -> Option<LocalBoxFuture<'a, ()>> {
        let to = self.node(to);
        let (owner, feed) = match &to.work {
            Work::Join(part) => {
                let (owner, body) = self.right(minion, node, to, part, value)?;
                if self.shared.peers.has_room(owner) {
                    self.dispatch(owner, minion.is_load(), body);
                    return None;
                }
                return Some(Box::pin(async move {
                    self.shared.room(owner).await;
                    self.dispatch(owner, minion.is_load(), body);
                }));
            }
            Work::Topic(part) => (part.owner, part.feed),
            Work::Latest(part) => (part.owner, part.feed),
            _ => return None,
        };
        let value = value.clone();
        Some(Box::pin(async move { self.feed(owner, feed, to.number.0, minion, &value).await }))
    }

    /// A right for a join, and who owns its key; none if it has no key.
    fn right(&self, minion: &Minion, node: &Node, join: &Node, part: &JoinPart, value: &Value) -> Option<(u32, Body)> {
        let came = self.clock.now();
        let context = Context { minion: minion.number, iteration: 0, attempt: 0 };
        let origin = crate::guests::Origin { previous: Some(node.number), ..Default::default() };
        let reason = match self.key(join, minion, &origin, context, &part.spec.right_key, value) {
            Ok(Some(key)) => {
                let owner = owner_of_key(&key, self.shared.peers.workers());
                return Some((owner, Body::Right { step: join.number.0, key, value: value.clone(), came }));
            }
            Ok(None) => "it is none".to_owned(),
            Err(failure) => failure.message,
        };
        self.note_unkeyed(join.number.0, part, &reason);
        None
    }

    /// Puts a value into a topic, and waits until there is room for it.
    async fn feed(&self, owner: u32, feed: Feed, step: u32, minion: &Minion, value: &Value) {
        // Where the load feeds itself, those who wait for room may wait for readers that are gone.
        let hope = if feed == Feed::Load { Hope::Doubtful } else { Hope::Sure };
        let value = value.clone();
        let answer = self.ask(owner, step, minion, hope, |ticket| Body::Feed { step, value, ticket }).await;
        if matches!(answer, Answer::Starved) && !self.has_begun() {
            let reason =
                "it has more values than fit, and before the load nobody takes any; raise the `buffer`, or run the tree during the load";
            let step = self.shown_name(StepNumber(step)).to_owned();
            self.tell(FromWorker::SourceFailed { scenario: self.number, step, reason: reason.to_owned() });
        }
    }

    /// Puts a source's record into a topic that this worker owns.
    pub(crate) async fn offer(&self, step: u32, part: &TopicPart, minion: &Minion, record: Value) {
        self.feed(part.owner, part.feed, step, minion, &record).await;
    }

    /// Waits until somebody wants a record of a topic that this worker owns.
    pub(crate) async fn demand(&self, part: &TopicPart) {
        while !part.topic.borrow().is_wanted() {
            part.wanted.notified().await;
        }
    }

    /// Asks for a slot for a minion, and waits for one where the policy says so.
    pub(crate) async fn enter(&self, owner: u32) -> Answer {
        let ticket = Ticket { worker: self.shared.peers.worker, wait: self.shared.waits.open(None) };
        let mut wait = Wait { run: self, number: ticket.wait, to: Some((owner, STARTER)), key: None };
        self.dispatch(owner, true, Body::Enter { ticket });
        if let Some(answer) = (&mut wait).now_or_never() {
            return answer;
        }
        self.life.blocked.set(true);
        self.quieter.notify_one();
        let answer = wait.await;
        self.life.blocked.set(false);
        answer
    }

    /// Says that a minion is done: its slot and its places in topics are free.
    pub(crate) fn leave_shared(&self, minion: u32) {
        if let Some(cap) = &self.shared.cap {
            self.dispatch(cap.owner, true, Body::Leave);
        }
        for step in &self.shared.broadcasts {
            if let Work::Topic(part) = &self.node(StepNumber(*step)).work {
                self.dispatch(part.owner, false, Body::Forget { step: *step, reader: minion });
            }
        }
    }

    /// Waits until the scenario finds that nothing will come.
    async fn starve(&self, minion: &Minion) -> Visited {
        let number = self.shared.waits.open(Some(&minion.activity));
        Wait { run: self, number, to: None, key: None }.await;
        Visited::Starved
    }

    async fn ask(&self, owner: u32, step: u32, minion: &Minion, hope: Hope, question: impl FnOnce(Ticket) -> Body) -> Answer {
        self.ask_about(owner, step, minion, hope, None, question).await
    }

    async fn ask_about(
        &self,
        owner: u32,
        step: u32,
        minion: &Minion,
        hope: Hope,
        key: Option<&SmolStr>,
        question: impl FnOnce(Ticket) -> Body,
    ) -> Answer {
        self.shared.room(owner).await;
        let waits = &self.shared.waits;
        let wait = match hope {
            Hope::Sure => waits.open(None),
            Hope::WhileLoad if self.is_fed() => waits.open_while_load(&minion.activity),
            Hope::WhileLoad | Hope::Doubtful => waits.open(Some(&minion.activity)),
        };
        let ticket = Ticket { worker: self.shared.peers.worker, wait };
        let wait = Wait { run: self, number: ticket.wait, to: Some((owner, step)), key: key.cloned() };
        self.dispatch(owner, minion.is_load(), question(ticket));
        wait.await
    }
}

fn paired(input: &Value, record: Value) -> Visited {
    Visited::Done(Ok(Output::One(Value::native(Pair { first: input.clone(), second: record }))))
}

/// A wait for an answer. Dropped before its time, it tells the owner.
struct Wait<'a> {
    run: &'a ScenarioRun,
    number: u64,
    /// The owner's worker, and the step.
    to: Option<(u32, u32)>,
    key: Option<SmolStr>,
}

impl Future for Wait<'_> {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Answer> {
        self.run.shared.waits.poll(self.number, context.waker())
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        match (self.run.shared.waits.close(self.number), self.to) {
            (Left::Unanswered, Some((owner, step))) => {
                let ticket = Ticket { worker: self.run.shared.peers.worker, wait: self.number };
                let gave_up = !self.run.life.cancelled.get();
                self.run.dispatch(owner, true, Body::Cancel { step, ticket, key: self.key.take(), gave_up });
            }
            (Left::Answered(Answer::Record(record)), Some((_, step))) => self.run.give_back(step, record),
            _ => {}
        }
    }
}
