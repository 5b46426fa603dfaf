//! The host of a component: calls of the WIT imports, each as thin as it can be.

use std::cell::OnceCell;
use std::fmt;
use std::mem::ManuallyDrop;

use crate::bindings::throng::host::{clock, events, log, meters, random, session, settings, visit};
use crate::bindings::throng::http::exchange;
use crate::bindings::throng::types::values;
use crate::events::EventBody;
use crate::log::Level;
use crate::meters::{Meter, MeterKind, Operation};
use crate::visit::Fault;
use crate::{Failure, Phase, Value};

/// A value that lives in the engine, by its handle.
pub struct Native(Handle);

enum Handle {
    /// The handle of the call's input. The bindings give it back at the end of the call, so it must not be dropped here.
    /// Kept beyond the call, it is a number that the engine doesn't know any more: using it traps.
    Lent(ManuallyDrop<values::Native>),
    Own(values::Native),
}

impl Native {
    /// Looks into the input of a call without a handle of one's own, which would cost two more calls of the host.
    #[allow(unsafe_code, reason = "a handle is a number; the engine checks it on every use")]
    fn lent(native: &values::Native) -> Self {
        Self(Handle::Lent(ManuallyDrop::new(unsafe { values::Native::from_handle(native.handle()) })))
    }

    fn handle(&self) -> &values::Native {
        match &self.0 {
            Handle::Lent(native) => native,
            Handle::Own(native) => native,
        }
    }

    fn into_own(self) -> values::Native {
        match self.0 {
            Handle::Lent(native) => native.share(),
            Handle::Own(native) => native,
        }
    }

    /// `http/response`, `kafka/record`, `pair` …
    pub fn kind(&self) -> String {
        self.handle().kind()
    }

    /// The JSON text under a pointer (RFC 6901), read by the engine; "" is the whole value.
    pub fn json(&self, pointer: &str) -> Option<String> {
        self.handle().json(pointer)
    }
}

impl Clone for Native {
    fn clone(&self) -> Self {
        Self(Handle::Own(self.handle().share()))
    }
}

impl fmt::Debug for Native {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Native").field(&self.kind()).finish()
    }
}

impl From<values::Input<'_>> for Value {
    fn from(input: values::Input<'_>) -> Self {
        match input {
            values::Input::None => Self::None,
            values::Input::Boolean(value) => Self::Boolean(value),
            values::Input::Integer(value) => Self::Integer(value),
            values::Input::Number(value) => Self::Number(value),
            values::Input::Text(value) => Self::Text(value),
            values::Input::Json(value) => Self::Json(value),
            values::Input::Bytes(value) => Self::Bytes(value),
            values::Input::Native(native) => Self::Native(Native::lent(native)),
        }
    }
}

impl From<values::Value> for Value {
    fn from(value: values::Value) -> Self {
        match value {
            values::Value::None => Self::None,
            values::Value::Boolean(value) => Self::Boolean(value),
            values::Value::Integer(value) => Self::Integer(value),
            values::Value::Number(value) => Self::Number(value),
            values::Value::Text(value) => Self::Text(value),
            values::Value::Json(value) => Self::Json(value),
            values::Value::Bytes(value) => Self::Bytes(value),
            values::Value::Native(native) => Self::Native(Native(Handle::Own(native))),
        }
    }
}

impl From<Value> for values::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::None => Self::None,
            Value::Boolean(value) => Self::Boolean(value),
            Value::Integer(value) => Self::Integer(value),
            Value::Number(value) => Self::Number(value),
            Value::Text(value) => Self::Text(value),
            Value::Json(value) => Self::Json(value),
            Value::Bytes(value) => Self::Bytes(value),
            Value::Native(native) => Self::Native(native.into_own()),
        }
    }
}

/// The import behind [`crate::Request`].
#[derive(Debug)]
pub(crate) struct RequestHandle {
    method: String,
    url: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl RequestHandle {
    pub(crate) fn new(method: &str, url: &str) -> Self {
        Self { method: method.into(), url: url.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn header(&mut self, name: &str, value: &[u8]) {
        self.headers.push((name.into(), value.into()));
    }

    pub(crate) fn body(&mut self, body: &[u8]) {
        self.body = body.into();
    }

    pub(crate) fn into_value(self) -> Value {
        exchange::request_of(&self.method, &self.url, &self.headers, &self.body).into()
    }
}

/// In a component the types of the graph alone say that a native value is a response; the functions trap on another kind.
pub(crate) fn expect_response(value: Value) -> Result<Native, Failure> {
    match value {
        Value::Native(native) => Ok(native),
        other => Err(crate::http::not_a_response(&other)),
    }
}

pub(crate) fn pair_of(native: &Native) -> Option<(Value, Value)> {
    let (first, second) = values::pair_of(native.handle())?;
    Some((first.into(), second.into()))
}

pub(crate) fn items_of(native: &Native) -> Option<Vec<Value>> {
    Some(values::items_of(native.handle())?.into_iter().map(Into::into).collect())
}

pub(crate) fn make_pair(first: Value, second: Value) -> Native {
    Native(Handle::Own(values::make_pair(first.into(), second.into())))
}

pub(crate) fn make_list(items: Vec<Value>) -> Native {
    Native(Handle::Own(values::make_list(items.into_iter().map(Into::into).collect())))
}

pub(crate) fn response_status(response: &Native) -> u16 {
    exchange::status(response.handle())
}

pub(crate) fn response_header(response: &Native, name: &str) -> Option<String> {
    exchange::header(response.handle(), name)
}

pub(crate) fn response_headers(response: &Native) -> Vec<(String, Vec<u8>)> {
    exchange::headers(response.handle())
}

pub(crate) fn response_body_length(response: &Native) -> u64 {
    exchange::body_length(response.handle())
}

pub(crate) fn response_body(response: &Native) -> Vec<u8> {
    exchange::body(response.handle())
}

pub(crate) fn response_timing(response: &Native, phase: Phase) -> Option<u64> {
    let phase = match phase {
        Phase::Resolve => exchange::Phase::Resolve,
        Phase::Connect => exchange::Phase::Connect,
        Phase::Tls => exchange::Phase::Tls,
        Phase::RequestSent => exchange::Phase::RequestSent,
        Phase::FirstByte => exchange::Phase::FirstByte,
        Phase::LastByte => exchange::Phase::LastByte,
    };
    exchange::timing(response.handle(), phase)
}

pub(crate) fn response_given(response: &Native) -> Value {
    exchange::given(response.handle()).into()
}

fn level(level: Level) -> log::Level {
    match level {
        Level::Trace => log::Level::Trace,
        Level::Debug => log::Level::Debug,
        Level::Info => log::Level::Info,
        Level::Warn => log::Level::Warn,
        Level::Error => log::Level::Error,
    }
}

pub(crate) fn log_enabled(at: Level) -> bool {
    log::enabled(level(at))
}

pub(crate) fn log_write(at: Level, message: &str) {
    log::write(level(at), message);
}

pub(crate) fn scenario() -> String {
    visit::scenario()
}

pub(crate) fn step() -> String {
    visit::step()
}

pub(crate) fn previous_step() -> Option<String> {
    visit::previous_step()
}

pub(crate) fn zone() -> Option<String> {
    visit::zone()
}

pub(crate) fn exhausted() -> bool {
    visit::exhausted()
}

pub(crate) fn errors() -> Vec<Fault> {
    visit::errors().into_iter().map(|fault| Fault { step: fault.step, code: fault.code, message: fault.message }).collect()
}

pub(crate) fn session_get(key: &str) -> Option<Vec<u8>> {
    session::get(key)
}

pub(crate) fn session_set(key: &str, value: &[u8]) {
    session::set(key, value);
}

pub(crate) fn session_remove(key: &str) {
    session::remove(key);
}

pub(crate) fn setting(key: &str) -> Option<String> {
    settings::get(key)
}

pub(crate) fn random() -> u64 {
    random::next()
}

pub(crate) fn now() -> u64 {
    clock::now()
}

pub(crate) fn unix_time() -> u64 {
    clock::unix_time()
}

pub(crate) fn emit(name: &str, at: Level, tags: &[(String, String)], body: EventBody) {
    let body = match body {
        EventBody::None => events::Body::None,
        EventBody::Text(text) => events::Body::Text(text),
        EventBody::Number(number) => events::Body::Number(number),
        EventBody::Duration(nanoseconds) => events::Body::Duration(nanoseconds),
    };
    events::emit(name, level(at), tags, &body);
}

pub(crate) fn report(at: Level, message: &str) {
    events::report(level(at), message);
}

pub(crate) fn abort(message: &str) {
    events::abort(message);
}

/// The import behind a meter, made when it is first used: scenarios may build meters where no call is running.
#[derive(Debug, Default)]
pub(crate) struct MeterHandle(OnceCell<OpenMeter>);

impl Clone for MeterHandle {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[derive(Debug)]
enum OpenMeter {
    Counter(meters::Counter),
    Gauge(meters::Gauge),
    Timer(meters::Timer),
    Summary(meters::Summary),
    Rate(meters::Rate),
    Throughput(meters::Throughput),
}

pub(crate) fn record(meter: &Meter, handle: &MeterHandle, operation: Operation) {
    let Meter { kind, name, tags } = meter;
    let open = handle.0.get_or_init(|| match kind {
        MeterKind::Counter => OpenMeter::Counter(meters::Counter::new(name, tags)),
        MeterKind::Gauge => OpenMeter::Gauge(meters::Gauge::new(name, tags)),
        MeterKind::Timer => OpenMeter::Timer(meters::Timer::new(name, tags)),
        MeterKind::Summary => OpenMeter::Summary(meters::Summary::new(name, tags)),
        MeterKind::Rate => OpenMeter::Rate(meters::Rate::new(name, tags)),
        MeterKind::Throughput => OpenMeter::Throughput(meters::Throughput::new(name, tags)),
    });
    match (open, operation) {
        (OpenMeter::Counter(counter), Operation::Count(by)) => counter.add(by),
        (OpenMeter::Gauge(gauge), Operation::Set(to)) => gauge.set(to),
        (OpenMeter::Timer(timer), Operation::Time(nanoseconds)) => timer.observe(nanoseconds),
        (OpenMeter::Summary(summary), Operation::Observe(value)) => summary.observe(value),
        (OpenMeter::Rate(rate), Operation::Rate { benchmark, total }) => rate.add(benchmark, total),
        (OpenMeter::Throughput(throughput), Operation::Throughput(quantity)) => throughput.add(quantity),
        // The types of `crate::meters` offer each kind its own operation only.
        _ => {}
    }
}
