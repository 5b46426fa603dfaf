//! Records of a source, taken by the minions that visit a step.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Upstream;
use super::upstream::Side;
use crate::draft::{Config, Position, Root, SOURCES};
use crate::duration::written;
use crate::read::{Emits, Read};
use crate::{Feed, Flow};

/// What minions do at a step whose source has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AtEnd {
    /// They stay in the step: the default. When only they are left, they end as starved.
    Wait,
    /// They end well.
    Complete,
    /// They fail.
    Fail,
}

impl<T: 'static, At> Flow<T, At> {
    /// Takes a record of `feed` at each visit, and goes on with it. Unless told otherwise by [`broadcast`](Flow::broadcast) or
    /// [`repeat`](Flow::repeat), each record goes to exactly one minion.
    ///
    /// ```
    /// # use throng::{AtEnd, csv, http, post, scenario};
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct User { name: String }
    ///
    /// scenario("login").start()
    ///     .take("user", csv::<User>("users.csv")).at_end(AtEnd::Complete)
    ///     .http("login", &http("http://127.0.0.1:8080"), |_, user| throng::Request::post("/login").json(&user));
    /// ```
    pub fn take<U: Upstream>(self, name: impl Into<String>, feed: U) -> Flow<U::Value, At> {
        self.then_take(name.into(), feed, |record| record)
    }

    /// The same, and goes on with the value that came in and the record.
    pub fn take_with_input<U: Upstream>(self, name: impl Into<String>, feed: U) -> Flow<(T, U::Value), At> {
        let read = self.read.clone();
        self.then_take(name.into(), feed, |record| read.beside(record)).topic("keep-input", true)
    }

    fn then_take<U: Upstream, V: 'static>(self, name: String, feed: U, emits: impl FnOnce(Read<U::Value>) -> Read<V>) -> Flow<V, At> {
        match feed.into_side().0 {
            // A side tree has one source, its root: another one stays a tree of its own.
            Side::Feed(feed) if is_lone_source(&feed) && self.draft.borrow().root == Root::Start => self.then_source(name, feed, emits),
            side => {
                let (from, read) = self.draw_side(side, "take");
                self.then(Some(name), "singleton-pipe", Config::Object(vec![("from".to_owned(), from)]), emits(read))
            }
        }
    }

    /// A source that is nothing else stands where its records are taken.
    fn then_source<R: 'static, V: 'static>(self, name: String, feed: Feed<R>, emits: impl FnOnce(Read<R>) -> Read<V>) -> Flow<V, At> {
        let read = emits(feed.read);
        if let Some(source) = &feed.last {
            let mut step = source.borrow_mut();
            step.name = Some(name);
            step.emits = Emits::of(&read);
            step.stage = self.stage.clone();
            step.position = match (self.last, &self.stage) {
                (Some(last), _) => Position::After(vec![last]),
                (None, Some(_)) => Position::Inside,
                (None, None) => Position::Root(Root::Start),
            };
        }
        self.draft.borrow_mut().absorb(feed.draft.take());
        Flow { draft: self.draft, last: feed.last, stage: self.stage, read, at: self.at }
    }

    /// Of [`take`](Flow::take): every minion gets every record. `buffer` is how many records a late or slow minion still gets: 0 for new ones
    /// only, `None` for all; a source without an end needs a number.
    pub fn broadcast(self, buffer: impl Into<Option<u64>>) -> Self {
        let flow = self.topic_by("broadcast", "mode", "broadcast");
        match buffer.into() {
            Some(buffer) => flow.topic("buffer", buffer),
            None => flow,
        }
    }

    /// Of [`take`](Flow::take): as [`broadcast`](Flow::broadcast), from the beginning again at the end of the source.
    pub fn repeat(self) -> Self {
        self.topic_by("repeat", "mode", "loop")
    }

    /// Of [`take`](Flow::take): each record goes to exactly one minion, in order. That is the default.
    pub fn unicast(self) -> Self {
        self.topic_by("unicast", "mode", "unicast")
    }

    /// How many records a [`take`](Flow::take) keeps: a full unicast topic, of 1 000 unless told otherwise, makes its source wait. Of
    /// [`zip`](Flow::zip), how many rights wait for lefts.
    pub fn buffer(self, records: u64) -> Self {
        match self.last_kind() {
            Some("zip") => self.on_config("buffer", &["zip"], |config| config.set("buffer", records.into())),
            _ => self.topic("buffer", records),
        }
    }

    /// Of [`take`](Flow::take): what minions do when the source has ended.
    pub fn at_end(self, at_end: AtEnd) -> Self {
        let written = match at_end {
            AtEnd::Wait => "wait",
            AtEnd::Complete => "complete",
            AtEnd::Fail => "fail",
        };
        self.topic("at-end", written)
    }

    /// Of [`take`](Flow::take): a minion that has not asked for so long loses its place in a broadcast.
    pub fn idle_timeout(self, limit: Duration) -> Self {
        self.topic("idle-timeout", written(limit))
    }

    /// Of [`take`](Flow::take), where everything is kept: more than this, such as `64MiB`, fails the campaign.
    pub fn cache_limit(self, limit: impl Into<String>) -> Self {
        self.topic("cache-limit", limit.into())
    }

    fn topic(self, option: &str, value: impl Into<Json>) -> Self {
        self.topic_by(option, option, value)
    }

    /// Sets an option of the topic; `method` is what the author has written.
    fn topic_by(self, method: &str, option: &str, value: impl Into<Json>) -> Self {
        let taking = self.last.as_ref().is_some_and(|last| {
            let step = last.borrow();
            // A source at the root of a side tree has no topic: its records go straight on.
            let visited = !matches!(step.position, Position::Root(Root::Tree));
            step.kind == "singleton-pipe" || (visited && SOURCES.contains(&step.kind))
        });
        match taking {
            false => self.misplaced(method, &["take"]),
            true => self.on_last_step(method, |options| {
                if let Some(topic) = options.entry("topic").or_insert_with(|| json!({})).as_object_mut() {
                    topic.insert(option.to_owned(), value.into());
                }
            }),
        }
    }
}

fn is_lone_source<R>(feed: &Feed<R>) -> bool {
    let Some(last) = &feed.last else { return false };
    feed.draft.borrow().steps.len() == 1 && SOURCES.contains(&last.borrow().kind)
}
