//! HTTP requests that guests build and the plugin sends; responses that the engine holds and guests look into.

use std::any::Any;
use std::sync::OnceLock;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::{Native, Value};

/// A request as its author wrote it. What cannot be sent fails the step when it is sent, with the reason.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// Absolute, or relative to the step's base.
    pub url: String,
    /// In the order given; a name may repeat.
    #[serde(default)]
    pub headers: Vec<(String, Vec<u8>)>,
    /// Empty for none.
    #[serde(default)]
    pub body: Bytes,
}

impl Native for Request {
    fn kind(&self) -> &'static str {
        "http/request"
    }

    fn json(&self, pointer: &str) -> Option<serde_json::Value> {
        let whole = serde_json::json!({ "method": self.method, "url": self.url, "body-length": self.body.len() });
        whole.pointer(pointer).cloned()
    }

    fn size(&self) -> usize {
        self.url.len() + self.body.len() + self.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A response, read to its last byte.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// All headers.
    pub headers: Headers,
    /// The whole body, decoded from the transfer's framing.
    pub body: Bytes,
    /// When its phases happened.
    pub timings: Timings,
    /// What the request's step was given.
    pub given: Value,
    json: OnceLock<Option<serde_json::Value>>,
}

impl Response {
    /// Puts a response together.
    pub fn new(status: u16, headers: impl Into<Headers>, body: Bytes, timings: Timings, given: Value) -> Self {
        Self { status, headers: headers.into(), body, timings, given, json: OnceLock::new() }
    }

    /// The body as JSON, if it is that; parsed once, when first asked for.
    pub fn body_json(&self) -> Option<&serde_json::Value> {
        self.json.get_or_init(|| serde_json::from_slice(&self.body).ok()).as_ref()
    }

    /// The first value of a header, as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.map().get(name)?.to_str().ok()
    }
}

impl Native for Response {
    fn kind(&self) -> &'static str {
        "http/response"
    }

    /// The JSON of the body; parsed once, when first asked for.
    fn json(&self, pointer: &str) -> Option<serde_json::Value> {
        self.body_json()?.pointer(pointer).cloned()
    }

    fn size(&self) -> usize {
        self.body.len() + self.headers.size()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The headers of a response. Few are ever looked at: those that came over the wire are kept as they came and parsed when first asked for.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    head: Bytes,
    /// Boxed, as it is large and rarely made: whoever waits for a response has room for this.
    map: OnceLock<Box<HeaderMap>>,
}

impl Headers {
    /// Those of a whole head, status line and empty line included, that was parsed once already. What is no head has no headers.
    pub fn of_response(head: Bytes) -> Self {
        Self { head, map: OnceLock::new() }
    }

    /// By name; a name may have several values.
    pub fn map(&self) -> &HeaderMap {
        self.map.get_or_init(|| Box::new(parsed(&self.head).unwrap_or_default()))
    }

    /// Bytes that they take.
    fn size(&self) -> usize {
        if !self.head.is_empty() {
            return self.head.len();
        }
        self.map().iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
    }
}

impl From<HeaderMap> for Headers {
    fn from(map: HeaderMap) -> Self {
        Self { head: Bytes::new(), map: Box::new(map).into() }
    }
}

fn parsed(head: &Bytes) -> Option<HeaderMap> {
    let lines = head.iter().filter(|byte| **byte == b'\n').count();
    let mut headers = vec![httparse::EMPTY_HEADER; lines];
    httparse::Response::new(&mut headers).parse(head).ok()?;
    let mut map = HeaderMap::with_capacity(lines);
    for header in headers.iter().take_while(|header| !header.name.is_empty()) {
        let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
        // A slice of what is there: nothing is copied.
        map.append(name, HeaderValue::from_maybe_shared(head.slice_ref(header.value)).ok()?);
    }
    Some(map)
}

/// Durations of an exchange's phases in nanoseconds; none for a phase that did not happen, such as connecting on a reused connection.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Timings {
    /// Name resolution.
    pub resolve: Option<u64>,
    /// TCP connect.
    pub connect: Option<u64>,
    /// TLS handshake.
    pub tls: Option<u64>,
    /// From connection in hand to the request handed to the socket.
    pub request_sent: Option<u64>,
    /// From connection in hand to the response's head.
    pub first_byte: Option<u64>,
    /// From connection in hand to the last byte of the body.
    pub last_byte: Option<u64>,
    /// Whether the connection was there before.
    pub reused: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_parsed_when_asked_for() {
        let head = "HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a:2 \r\nset-cookie: \u{e9}\r\nempty:\r\n\r\n";
        let response = Response::new(200, Headers::of_response(head.into()), Bytes::new(), Timings::default(), Value::None);
        let values: Vec<_> = response.headers.map().get_all("X-a").iter().collect();
        assert_eq!(values, ["1", "2"]);
        assert_eq!((response.header("empty"), response.header("x-b"), response.header("set-cookie")), (Some(""), None, None));
        assert_eq!(response.headers.map().len(), 4);
        assert_eq!(response.size(), head.len());
        assert!(Headers::default().map().is_empty());
    }
}
