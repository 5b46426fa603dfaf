//! Scenarios outside of a component: plain values, the host as a trait, and one host in memory.
//!
//! `throng-testing` runs whole scenarios natively inside the engine with it; single callbacks are tested with [`crate::testing`].

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::rc::Rc;

use serde_json::Value as Json;

use crate::log::Level;
use crate::meters::{Meter, Operation};
use crate::visit::Fault;
use crate::{EventBody, Phase};

pub use crate::program::Program;
pub use crate::value::{Output, Value};

/// A value that lives in the engine, as plain data.
#[derive(Clone, Debug)]
pub enum Native {
    /// `http/response`.
    Response(Rc<ResponseData>),
    /// `http/request`: what request callbacks answer with.
    Request(Rc<RequestData>),
    /// `pair`: two values together.
    Pair(Rc<(Value, Value)>),
    /// `list`: several values as one.
    List(Rc<Vec<Value>>),
    /// Any other, passed through as it is.
    Foreign(Rc<dyn Foreign>),
}

impl Native {
    /// `http/response`, `kafka/record` …
    pub fn kind(&self) -> String {
        match self {
            Self::Response(_) => "http/response".into(),
            Self::Request(_) => "http/request".into(),
            Self::Pair(_) => "pair".into(),
            Self::List(_) => "list".into(),
            Self::Foreign(foreign) => foreign.kind(),
        }
    }

    /// The JSON text under a pointer (RFC 6901); "" is the whole value.
    pub fn json(&self, pointer: &str) -> Option<String> {
        match self {
            Self::Response(response) => {
                let body: serde_json::Value = serde_json::from_slice(&response.body).ok()?;
                body.pointer(pointer).map(ToString::to_string)
            }
            Self::Request(_) => None,
            Self::Pair(pair) => items_json([&pair.0, &pair.1].into_iter(), pointer).map(|json| json.to_string()),
            Self::List(items) => items_json(items.iter(), pointer).map(|json| json.to_string()),
            Self::Foreign(foreign) => foreign.json(pointer),
        }
    }

    pub(crate) fn response(&self) -> Option<&ResponseData> {
        match self {
            Self::Response(response) => Some(response),
            _ => None,
        }
    }
}

/// Opens one item without rendering the others, or renders all.
fn items_json<'a>(mut items: impl Iterator<Item = &'a Value>, pointer: &str) -> Option<Json> {
    if pointer.is_empty() {
        return Some(items.map(|item| value_json(item, "").unwrap_or_default()).collect());
    }
    let rest = pointer.strip_prefix('/')?;
    let (index, inner) = rest.find('/').map_or((rest, ""), |end| rest.split_at(end));
    value_json(items.nth(index.parse().ok()?)?, inner)
}

/// What is under a pointer of a value; none where JSON has no word for it.
fn value_json(value: &Value, pointer: &str) -> Option<Json> {
    let whole = match value {
        Value::None => Json::Null,
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Number(value) => (*value).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Json(json) => serde_json::from_str(json).ok()?,
        Value::Bytes(_) => return None,
        Value::Native(native) => return serde_json::from_str(&native.json(pointer)?).ok(),
    };
    whole.pointer(pointer).cloned()
}

/// An engine's value that the SDK has no type for.
pub trait Foreign: Debug + 'static {
    /// `kafka/record` …
    fn kind(&self) -> String;

    /// The JSON text under a pointer (RFC 6901); "" is the whole value.
    fn json(&self, pointer: &str) -> Option<String>;

    /// For the adapter, to get its value back.
    fn as_any(&self) -> &dyn Any;
}

/// An HTTP request as its closure built it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RequestData {
    /// `GET`, `POST` …
    pub method: String,
    /// Absolute, or relative to the step's server.
    pub url: String,
    /// In the order given; a name may repeat.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Empty for none.
    pub body: Vec<u8>,
}

/// An HTTP response.
#[derive(Clone, Debug, Default)]
pub struct ResponseData {
    /// The status code.
    pub status: u16,
    /// All headers, in order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// Nanoseconds of the phases that happened.
    pub timings: Vec<(Phase, u64)>,
    /// What the request's step was given.
    pub given: Value,
}

/// Where in the scenario a call happens.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Visit {
    /// The scenario's name.
    pub scenario: String,
    /// The step's name.
    pub step: String,
    /// The step that emitted the input.
    pub previous_step: Option<String>,
    /// The zone of the factory.
    pub zone: Option<String>,
    /// Whether an error used up its retries before.
    pub exhausted: bool,
    /// The errors that the context carries, oldest first.
    pub errors: Vec<Fault>,
}

/// What closures can reach beside their value: the imports of a component, as a trait.
pub trait Host: 'static {
    /// The current visit.
    fn visit(&self) -> Visit;
    /// Whether lines of this level are kept.
    fn log_enabled(&self, level: Level) -> bool;
    /// Keeps a line.
    fn log(&mut self, level: Level, message: &str);
    /// A value of the minion's session.
    fn session_get(&self, key: &str) -> Option<Vec<u8>>;
    /// Keeps a value in the minion's session.
    fn session_set(&mut self, key: &str, value: &[u8]);
    /// Forgets a value of the minion's session.
    fn session_remove(&mut self, key: &str);
    /// A setting of the campaign.
    fn setting(&self, key: &str) -> Option<String>;
    /// The next draw of this visit.
    fn random(&mut self) -> u64;
    /// Nanoseconds since the start of the campaign.
    fn now(&self) -> u64;
    /// Wall clock, nanoseconds since the Unix epoch.
    fn unix_time(&self) -> u64;
    /// Records in a meter of the scenario's own.
    fn record(&mut self, meter: &Meter, operation: Operation);
    /// Keeps an event.
    fn emit(&mut self, name: &str, level: Level, tags: &[(String, String)], body: EventBody);
    /// Keeps a line for the report.
    fn report(&mut self, level: Level, message: &str);
    /// Keeps a line for the report that ends the scenario.
    fn abort(&mut self, message: &str);
}

/// Runs with this host behind everything that closures reach: sessions, meters, settings …
pub fn with_host<T>(host: Rc<RefCell<dyn Host>>, work: impl FnOnce() -> T) -> T {
    crate::platform::with_host(host, work)
}

/// An event that a closure emitted.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRecord {
    /// Noun and past verb.
    pub name: String,
    /// How serious.
    pub level: Level,
    /// The closure's own tags.
    pub tags: Vec<(String, String)>,
    /// Its value.
    pub body: EventBody,
}

/// A host that keeps everything, for tests to look at.
#[derive(Clone, Debug, Default)]
pub struct MemoryHost {
    /// Handed out to closures.
    pub visit: Visit,
    /// The minion's session.
    pub session: BTreeMap<String, Vec<u8>>,
    /// What the campaign set.
    pub settings: BTreeMap<String, String>,
    /// Lines of the log.
    pub log: Vec<(Level, String)>,
    /// Recordings, in order.
    pub recordings: Vec<(Meter, Operation)>,
    /// Events, in order.
    pub events: Vec<EventRecord>,
    /// Lines of the report.
    pub report: Vec<(Level, String)>,
    /// Lines of the report that end the scenario.
    pub aborts: Vec<String>,
    /// Where draws go on: the same seed gives the same draws.
    pub seed: u64,
    /// Nanoseconds since the start of the campaign.
    pub now: u64,
    /// Wall clock, nanoseconds since the Unix epoch.
    pub unix_time: u64,
}

impl Host for MemoryHost {
    fn visit(&self) -> Visit {
        self.visit.clone()
    }

    fn log_enabled(&self, _level: Level) -> bool {
        true
    }

    fn log(&mut self, level: Level, message: &str) {
        self.log.push((level, message.to_owned()));
    }

    fn session_get(&self, key: &str) -> Option<Vec<u8>> {
        self.session.get(key).cloned()
    }

    fn session_set(&mut self, key: &str, value: &[u8]) {
        self.session.insert(key.to_owned(), value.to_vec());
    }

    fn session_remove(&mut self, key: &str) {
        self.session.remove(key);
    }

    fn setting(&self, key: &str) -> Option<String> {
        self.settings.get(key).cloned()
    }

    /// SplitMix64: its state is a counter, so that a seed and a number of draws say which comes next.
    fn random(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn now(&self) -> u64 {
        self.now
    }

    fn unix_time(&self) -> u64 {
        self.unix_time
    }

    fn record(&mut self, meter: &Meter, operation: Operation) {
        self.recordings.push((meter.clone(), operation));
    }

    fn emit(&mut self, name: &str, level: Level, tags: &[(String, String)], body: EventBody) {
        self.events.push(EventRecord { name: name.to_owned(), level, tags: tags.to_vec(), body });
    }

    fn report(&mut self, level: Level, message: &str) {
        self.report.push((level, message.to_owned()));
    }

    fn abort(&mut self, message: &str) {
        self.aborts.push(message.to_owned());
    }
}
