//! The host of a native program: whichever [`Host`] the current call was made with, otherwise one in memory per thread.

use std::cell::RefCell;
use std::rc::Rc;

use crate::events::EventBody;
use crate::log::Level;
use crate::meters::{Meter, Operation};
use crate::native::{Host, MemoryHost, Native, RequestData};
use crate::visit::Fault;
use crate::{Failure, Phase, Value};

thread_local! {
    static CURRENT: RefCell<Rc<RefCell<dyn Host>>> = RefCell::new(Rc::new(RefCell::new(MemoryHost::default())));
}

/// Runs with this host, and puts the former one back, also when `work` panics.
pub(crate) fn with_host<T>(host: Rc<RefCell<dyn Host>>, work: impl FnOnce() -> T) -> T {
    struct Former(Option<Rc<RefCell<dyn Host>>>);
    impl Drop for Former {
        fn drop(&mut self) {
            if let Some(former) = self.0.take() {
                CURRENT.set(former);
            }
        }
    }
    let _former = Former(Some(CURRENT.replace(host)));
    work()
}

fn host<T>(work: impl FnOnce(&mut dyn Host) -> T) -> T {
    let host = CURRENT.with_borrow(Rc::clone);
    let mut host = host.borrow_mut();
    work(&mut *host)
}

#[derive(Debug)]
pub(crate) struct RequestHandle(RequestData);

impl RequestHandle {
    pub(crate) fn new(method: &str, url: &str) -> Self {
        Self(RequestData { method: method.into(), url: url.into(), ..RequestData::default() })
    }

    pub(crate) fn header(&mut self, name: &str, value: &[u8]) {
        self.0.headers.push((name.into(), value.into()));
    }

    pub(crate) fn body(&mut self, body: &[u8]) {
        self.0.body = body.into();
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Native(Native::Request(Rc::new(self.0)))
    }
}

pub(crate) fn expect_response(value: Value) -> Result<Native, Failure> {
    match value {
        Value::Native(native @ Native::Response(_)) => Ok(native),
        other => Err(crate::http::not_a_response(&other)),
    }
}

pub(crate) fn pair_of(native: &Native) -> Option<(Value, Value)> {
    match native {
        Native::Pair(pair) => Some((**pair).clone()),
        _ => None,
    }
}

pub(crate) fn items_of(native: &Native) -> Option<Vec<Value>> {
    match native {
        Native::List(items) => Some((**items).clone()),
        _ => None,
    }
}

pub(crate) fn make_pair(first: Value, second: Value) -> Native {
    Native::Pair(Rc::new((first, second)))
}

pub(crate) fn make_list(items: Vec<Value>) -> Native {
    Native::List(Rc::new(items))
}

pub(crate) fn response_status(response: &Native) -> u16 {
    response.response().map_or(0, |response| response.status)
}

pub(crate) fn response_header(response: &Native, name: &str) -> Option<String> {
    let (_, value) = response.response()?.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    String::from_utf8(value.clone()).ok()
}

pub(crate) fn response_headers(response: &Native) -> Vec<(String, Vec<u8>)> {
    response.response().map(|response| response.headers.clone()).unwrap_or_default()
}

pub(crate) fn response_body_length(response: &Native) -> u64 {
    response.response().map_or(0, |response| response.body.len() as u64)
}

pub(crate) fn response_body(response: &Native) -> Vec<u8> {
    response.response().map(|response| response.body.clone()).unwrap_or_default()
}

pub(crate) fn response_timing(response: &Native, phase: Phase) -> Option<u64> {
    let response = response.response()?;
    response.timings.iter().find(|(known, _)| *known == phase).map(|(_, nanoseconds)| *nanoseconds)
}

pub(crate) fn response_given(response: &Native) -> Value {
    response.response().map(|response| response.given.clone()).unwrap_or_default()
}

pub(crate) fn log_enabled(at: Level) -> bool {
    host(|host| host.log_enabled(at))
}

pub(crate) fn log_write(at: Level, message: &str) {
    host(|host| host.log(at, message));
}

pub(crate) fn scenario() -> String {
    host(|host| host.visit().scenario)
}

pub(crate) fn step() -> String {
    host(|host| host.visit().step)
}

pub(crate) fn previous_step() -> Option<String> {
    host(|host| host.visit().previous_step)
}

pub(crate) fn zone() -> Option<String> {
    host(|host| host.visit().zone)
}

pub(crate) fn exhausted() -> bool {
    host(|host| host.visit().exhausted)
}

pub(crate) fn errors() -> Vec<Fault> {
    host(|host| host.visit().errors)
}

pub(crate) fn session_get(key: &str) -> Option<Vec<u8>> {
    host(|host| host.session_get(key))
}

pub(crate) fn session_set(key: &str, value: &[u8]) {
    host(|host| host.session_set(key, value));
}

pub(crate) fn session_remove(key: &str) {
    host(|host| host.session_remove(key));
}

pub(crate) fn setting(key: &str) -> Option<String> {
    host(|host| host.setting(key))
}

pub(crate) fn random() -> u64 {
    host(|host| host.random())
}

pub(crate) fn now() -> u64 {
    host(|host| host.now())
}

pub(crate) fn unix_time() -> u64 {
    host(|host| host.unix_time())
}

pub(crate) fn emit(name: &str, at: Level, tags: &[(String, String)], body: EventBody) {
    host(|host| host.emit(name, at, tags, body));
}

pub(crate) fn report(at: Level, message: &str) {
    host(|host| host.report(at, message));
}

pub(crate) fn abort(message: &str) {
    host(|host| host.abort(message));
}

/// Nothing is opened natively.
#[derive(Clone, Debug, Default)]
pub(crate) struct MeterHandle;

pub(crate) fn record(meter: &Meter, _handle: &MeterHandle, operation: Operation) {
    host(|host| host.record(meter, operation));
}
