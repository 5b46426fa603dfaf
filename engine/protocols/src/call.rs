//! Calls of a scenario's callbacks: what they are given, what they may answer, and what else they may do.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Value;

/// Which visit of a step a call belongs to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Context {
    /// Unique in the campaign's scenario, from 0, whatever the number of workers and factories.
    pub minion: u32,
    /// Of the innermost iterated step or stage, from 0.
    pub iteration: u32,
    /// From 0; above 0 in a retry.
    pub attempt: u32,
}

/// Where in the scenario a call happens. One per step and worker, shared by all its calls.
#[derive(Debug)]
pub struct Place {
    /// The scenario's name.
    pub scenario: Arc<str>,
    /// The step's name.
    pub step: Arc<str>,
    /// The step's number in its scenario.
    pub step_number: u32,
    /// The zone of this factory.
    pub zone: Option<Arc<str>>,
}

/// One call of a callback.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its position in the document's list.
    pub callback: u32,
    /// The visit.
    pub context: Context,
    /// The step.
    pub place: Arc<Place>,
    /// The step that emitted the input.
    pub previous: Option<Arc<str>>,
    /// The errors that the context carries, oldest first; none if there were none. Those that were mended are among them.
    pub errors: Option<Arc<Vec<Fault>>>,
    /// Whether an error has exhausted the context and was not mended.
    pub exhausted: bool,
    /// The key of this call's random draws: made from seed, scenario, minion, step, iteration and attempt.
    pub draw: u64,
}

/// What a callback answered.
#[derive(Clone, Debug)]
pub enum Output {
    /// Nothing goes on: the branch ends here, in health.
    Nothing,
    /// One value.
    One(Value),
    /// Several, in order.
    Many(Vec<Value>),
}

/// Whether work could not be done or its result was not what was asserted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The work could not be done.
    Error,
    /// It was done, and the result is not what was asserted.
    Assertion,
}

/// Why a call or a piece of work did not succeed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Failure {
    /// Error or assertion.
    pub kind: FailureKind,
    /// Few different ones: failures are grouped by it.
    pub code: String,
    /// What happened, for people.
    pub message: String,
    /// Whether the step's retry policy applies.
    pub retryable: bool,
}

impl Failure {
    /// Work that could not be done, and may be tried again.
    pub fn error(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Error, code: code.into(), message: message.into(), retryable: true }
    }

    /// A result that is not what was asserted.
    pub fn assertion(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Assertion, code: code.into(), message: message.into(), retryable: false }
    }

    /// The same, never to be tried again.
    pub fn final_(self) -> Self {
        Self { retryable: false, ..self }
    }
}

/// An error that a context carries.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The step that failed.
    pub step: Arc<str>,
    /// The failure's code.
    pub code: String,
    /// The failure's message.
    pub message: String,
}

/// Memory of one minion, kept by the engine across steps, iterations and instances of the guest.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// A pointer: most minions keep nothing, and each call takes the session out and puts it back.
    kept: Option<Box<Kept>>,
}

#[derive(Clone, Debug, Default)]
struct Kept {
    values: BTreeMap<String, Vec<u8>>,
    bytes: usize,
}

/// Why a session value was not kept.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the session of a minion holds at most {limit} bytes; keep less in it, or keys instead of whole values")]
pub struct SessionError {
    /// Bytes a session may hold, keys included.
    pub limit: usize,
}

impl Session {
    /// Bytes a session may hold, keys included.
    pub const LIMIT: usize = 64 * 1024;

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&[u8]> {
        self.kept.as_ref()?.values.get(key).map(Vec::as_slice)
    }

    /// Keeps a value under a key.
    ///
    /// # Errors
    /// The session would exceed [`Session::LIMIT`]; nothing has changed then.
    pub fn set(&mut self, key: String, value: Vec<u8>) -> Result<(), SessionError> {
        let kept = self.kept.get_or_insert_default();
        let replaced = kept.values.get(&key).map_or(0, |old| old.len() + key.len());
        let bytes = kept.bytes - replaced + key.len() + value.len();
        if bytes > Self::LIMIT {
            return Err(SessionError { limit: Self::LIMIT });
        }
        kept.bytes = bytes;
        kept.values.insert(key, value);
        Ok(())
    }

    /// Forgets a value.
    pub fn remove(&mut self, key: &str) {
        if let Some(kept) = &mut self.kept
            && let Some(old) = kept.values.remove(key)
        {
            kept.bytes -= old.len() + key.len();
        }
    }
}

/// The types of a guest's own meters.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeterKind {
    /// Counts up.
    Counter,
    /// The last value set.
    Gauge,
    /// Durations in nanoseconds.
    Timer,
    /// A distribution of numbers.
    Summary,
    /// Benchmark ÷ total.
    Rate,
    /// A quantity per unit of time.
    Throughput,
}

/// A guest's own meter. The engine adds campaign, scenario, step and zone.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct GuestMeter {
    /// What it records.
    pub kind: MeterKind,
    /// Its name.
    pub name: String,
    /// Its own tags, as given.
    pub tags: Vec<(String, String)>,
}

/// One recording in a guest's meter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MeterOperation {
    /// Counter.
    Add(u64),
    /// Gauge.
    Set(f64),
    /// Timer, in nanoseconds.
    ObserveNanoseconds(u64),
    /// Summary and throughput.
    Observe(f64),
    /// Rate.
    AddRate {
        /// The part.
        benchmark: f64,
        /// The whole.
        total: f64,
    },
}

/// How serious an event, log line or message is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Finest detail.
    Trace,
    /// Decisions.
    Debug,
    /// Life cycle.
    Info,
    /// Will surprise someone.
    Warn,
    /// Harm.
    Error,
    /// Messages only: the scenario that leaves one ends at once.
    Abort,
}

impl Severity {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Abort => "abort",
        }
    }
}

/// What an event carries.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventBody {
    /// Nothing.
    None,
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// Nanoseconds.
    Duration(u64),
    /// Why something failed; the engine's own events only.
    Error {
        /// What it has in common with others of its kind.
        code: String,
        /// For people.
        message: String,
    },
}

/// An event that a guest emitted.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRecord {
    /// Noun and past verb: `order-placed`.
    pub name: String,
    /// How serious.
    pub level: Severity,
    /// The guest's own tags.
    pub tags: Vec<(String, String)>,
    /// Its value.
    pub body: EventBody,
}

/// A line for the campaign's report.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    /// How serious; a warning makes the scenario a warning, an error fails it, an abort ends it at once.
    pub severity: Severity,
    /// What it says.
    pub text: String,
}

/// What a call did beside answering. Held until the call has succeeded; a trapped call's effects are discarded.
#[derive(Debug, Default)]
pub struct Effects {
    /// Recordings, in order.
    pub meters: Vec<(Arc<GuestMeter>, MeterOperation)>,
    /// Events, in order.
    pub events: Vec<EventRecord>,
    /// Lines for the report.
    pub messages: Vec<Message>,
}

impl Effects {
    /// Whether there is nothing to apply: the common case, checked on every call.
    pub fn is_empty(&self) -> bool {
        self.meters.is_empty() && self.events.is_empty() && self.messages.is_empty()
    }
}

/// Tells guests the time; handed in, so that tests can hold it.
pub trait Timekeeper: Send + Sync {
    /// Nanoseconds since the start of the campaign.
    fn since_start(&self) -> u64;

    /// Wall clock, nanoseconds since the Unix epoch.
    fn unix_time(&self) -> u64;
}

/// Why a call gave no answer at all: the guest's own failures are [`CallbacksError::Failed`].
#[derive(Clone, Debug)]
pub enum CallbacksError {
    /// The guest answered with a failure.
    Failed(Failure),
    /// The guest trapped, ran over its deadline or asked for too much memory: a strike.
    Trapped {
        /// `trap`, `deadline`, `memory` …: failures are grouped by it.
        code: &'static str,
        /// What happened, for people.
        message: String,
    },
    /// The engine could not make the call, such as with every lane taken; not the guest's doing.
    Unavailable(Failure),
}

/// A scenario's callbacks as one worker sees them: a component's lanes, or native closures in `throng-testing`.
pub trait Callbacks {
    /// Runs one callback. `session` is changed, and `effects` filled, only when the call returns in health
    /// (also with a failure of the guest's own making); a trap leaves both as they were.
    ///
    /// # Errors
    /// See [`CallbacksError`].
    fn call(&self, call: Call, input: &Value, session: &mut Session, effects: &mut Effects) -> Result<Output, CallbacksError>;

    /// What the calls have cost so far.
    fn statistics(&self) -> CallStatistics;
}

/// A plugin's component whose calls may wait for the network, as one worker sees it.
pub trait WaitingCallbacks {
    /// Makes one call; any number may be under way at a time. `effects` is filled only when the call returns in health.
    ///
    /// # Errors
    /// See [`CallbacksError`].
    fn call<'a>(
        &'a self,
        call: Call,
        input: &'a Value,
        effects: &'a mut Effects,
    ) -> Pin<Box<dyn Future<Output = Result<Output, CallbacksError>> + 'a>>;

    /// What calls have cost since this was last asked.
    fn take_statistics(&self) -> CallStatistics;
}

/// What a worker's calls of one scenario have cost, since the worker began.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CallStatistics {
    /// Calls made.
    pub calls: u64,
    /// Nanoseconds inside the guest.
    pub nanos: u64,
    /// Calls that trapped, of any kind.
    pub traps: u64,
    /// Calls that ran over their deadline.
    pub deadlines: u64,
    /// Requests for memory that were refused.
    pub memory_refusals: u64,
}

impl CallStatistics {
    /// What has come since it stood so.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            calls: self.calls - before.calls,
            nanos: self.nanos - before.nanos,
            traps: self.traps - before.traps,
            deadlines: self.deadlines - before.deadlines,
            memory_refusals: self.memory_refusals - before.memory_refusals,
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            nanos: self.nanos + other.nanos,
            traps: self.traps + other.traps,
            deadlines: self.deadlines + other.deadlines,
            memory_refusals: self.memory_refusals + other.memory_refusals,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_counts_what_it_holds() {
        let mut session = Session::default();
        session.set("a".into(), vec![0; Session::LIMIT - 1]).expect("exactly full");
        assert!(session.set("b".into(), vec![]).is_err());
        session.set("a".into(), vec![0; 10]).expect("a smaller one in its place");
        session.set("b".into(), vec![0; 10]).expect("room again");
        session.remove("a");
        assert_eq!(session.get("a"), None);
        assert_eq!(session.get("b").map(<[u8]>::len), Some(10));
        assert_eq!(session.kept.as_ref().map(|kept| kept.bytes), Some(11));
    }
}
