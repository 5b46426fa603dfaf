//! HTTP: requests that closures build and the engine sends, responses that the engine holds.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};

use crate::carry::{ByHandle, Carry, wrong_value};
use crate::form::{Part, base64, encoded_form, encoded_parts};
use crate::platform::{self, Native, RequestHandle};
use crate::{Failure, Value};

/// A request in the making; the engine sends what a closure answers with. What cannot be sent fails the step, with the reason.
///
/// ```
/// use throng::Request;
///
/// Request::post("/orders").bearer("token").json(&serde_json::json!({"item": "pen"}));
/// ```
#[derive(Debug)]
#[must_use = "a request is sent when a step's closure answers with it"]
pub struct Request {
    handle: RequestHandle,
    failure: Option<Failure>,
}

impl Request {
    /// `method` with any name; `url` may be relative to the step's server.
    pub fn new(method: &str, url: impl AsRef<str>) -> Self {
        Self { handle: RequestHandle::new(method, url.as_ref()), failure: None }
    }

    /// A GET request.
    pub fn get(url: impl AsRef<str>) -> Self {
        Self::new("GET", url)
    }

    /// A POST request.
    pub fn post(url: impl AsRef<str>) -> Self {
        Self::new("POST", url)
    }

    /// A PUT request.
    pub fn put(url: impl AsRef<str>) -> Self {
        Self::new("PUT", url)
    }

    /// A PATCH request.
    pub fn patch(url: impl AsRef<str>) -> Self {
        Self::new("PATCH", url)
    }

    /// A DELETE request.
    pub fn delete(url: impl AsRef<str>) -> Self {
        Self::new("DELETE", url)
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.handle.header(name, value.as_ref());
        self
    }

    /// Adds `authorization: Bearer …`.
    pub fn bearer(self, token: impl AsRef<str>) -> Self {
        self.header("authorization", format!("Bearer {}", token.as_ref()))
    }

    /// Adds `authorization: Basic …`, of a name without a colon and a password.
    pub fn basic(self, user: impl AsRef<str>, password: impl AsRef<str>) -> Self {
        let credentials = format!("{}:{}", user.as_ref(), password.as_ref());
        self.header("authorization", format!("Basic {}", base64(credentials.as_bytes())))
    }

    /// The body as the fields of a form, with its content type: `form([("user", "ada"), ("password", "x")])`.
    pub fn form<N: AsRef<str>, V: AsRef<str>>(self, fields: impl IntoIterator<Item = (N, V)>) -> Self {
        self.header("content-type", "application/x-www-form-urlencoded").body(encoded_form(fields))
    }

    /// The body in parts, as forms with files are sent, with its content type.
    pub fn multipart(self, parts: impl IntoIterator<Item = Part>) -> Self {
        let (kind, body) = encoded_parts(&parts.into_iter().collect::<Vec<_>>());
        self.header("content-type", kind).body(body)
    }

    /// The body, as it stands.
    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.handle.body(body.as_ref());
        self
    }

    /// The body as JSON, with its content type. A value that JSON cannot say fails the step.
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => self.header("content-type", "application/json").body(body),
            Err(error) => Self { failure: Some(wrong_value(format!("the request's body cannot be written as JSON: {error}"))), ..self },
        }
    }

    fn into_value(self) -> Result<Value, Failure> {
        match self.failure {
            None => Ok(self.handle.into_value()),
            Some(failure) => Err(failure),
        }
    }
}

/// What a closure that builds a request may answer: the request, or `Result<Request, Failure>`.
pub trait IntoRequest {
    /// For the engine.
    ///
    /// # Errors
    /// The closure's own, or a body that cannot be written.
    fn into_request(self) -> Result<Value, Failure>;
}

impl IntoRequest for Request {
    fn into_request(self) -> Result<Value, Failure> {
        self.into_value()
    }
}

impl IntoRequest for Result<Request, Failure> {
    fn into_request(self) -> Result<Value, Failure> {
        self.and_then(Request::into_value)
    }
}

/// A request that is the same for everybody, but for the holes that the engine fills: `{minion}`, `{iteration}`, `{sequence}`, `{random}`,
/// `{uuid}`, `{setting:NAME}`; `{{` and `}}` are the braces themselves. No closure is called for it.
#[derive(Clone, Debug)]
pub struct FixedRequest {
    fields: Map<String, Json>,
}

/// A request without a closure, with any method; `path` is appended to the server's URL.
pub fn fixed(method: impl Into<String>, path: impl Into<String>) -> FixedRequest {
    let fields = [("method".to_owned(), method.into().into()), ("path".to_owned(), path.into().into())];
    FixedRequest { fields: fields.into_iter().collect() }
}

/// A GET request without a closure: `get("/items/{minion}")`.
pub fn get(path: impl Into<String>) -> FixedRequest {
    fixed("GET", path)
}

/// A POST request without a closure.
pub fn post(path: impl Into<String>) -> FixedRequest {
    fixed("POST", path)
}

/// A PUT request without a closure.
pub fn put(path: impl Into<String>) -> FixedRequest {
    fixed("PUT", path)
}

/// A DELETE request without a closure.
pub fn delete(path: impl Into<String>) -> FixedRequest {
    fixed("DELETE", path)
}

impl FixedRequest {
    /// Sets a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Some(headers) = self.fields.entry("headers").or_insert_with(|| json!({})).as_object_mut() {
            headers.insert(name.into(), value.into().into());
        }
        self
    }

    /// The body as text.
    #[must_use]
    pub fn body(self, body: impl Into<String>) -> Self {
        self.with_body("body", body.into().into())
    }

    /// The body as JSON, with its content type: `json!({"item": "pen-{minion}"})`.
    #[must_use]
    pub fn json(self, body: Json) -> Self {
        self.with_body("json", body)
    }

    /// The body as the fields of a form, with its content type: `form([("user", "user-{minion}")])`.
    #[must_use]
    pub fn form<N: Into<String>, V: Into<String>>(self, fields: impl IntoIterator<Item = (N, V)>) -> Self {
        let fields: Map<String, Json> = fields.into_iter().map(|(name, value)| (name.into(), value.into().into())).collect();
        self.with_body("form", fields.into())
    }

    /// The body in parts, as forms with files are sent.
    #[must_use]
    pub fn multipart(self, parts: impl IntoIterator<Item = Part>) -> Self {
        self.with_body("multipart", parts.into_iter().map(Part::into_document).collect())
    }

    /// The body as the bytes of a file, which the engine reads before the load; a relative path begins at the component's folder.
    #[must_use]
    pub fn file(self, path: impl Into<String>) -> Self {
        self.with_body("file", path.into().into())
    }

    /// The body goes out in chunks of this many bytes, and the server is not told its length.
    #[must_use]
    pub fn chunks(mut self, size: u32) -> Self {
        self.fields.insert("chunks".to_owned(), size.into());
        self
    }

    /// A request has one body, of one kind.
    fn with_body(mut self, kind: &str, body: Json) -> Self {
        for other in ["body", "json", "form", "multipart", "file"] {
            self.fields.remove(other);
        }
        self.fields.insert(kind.to_owned(), body);
        self
    }

    pub(crate) fn into_document(self) -> Json {
        Json::Object(self.fields)
    }
}

/// A phase of an exchange.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Name resolution.
    Resolve,
    /// TCP connect.
    Connect,
    /// TLS handshake.
    Tls,
    /// From connection in hand to the request handed to the socket.
    RequestSent,
    /// From connection in hand to the response's head.
    FirstByte,
    /// From connection in hand to the last byte of the body.
    LastByte,
}

/// A response. It stays in the engine: what isn't asked for isn't copied. Not to be kept beyond the closure that was given it;
/// pass it on by answering with it.
#[derive(Clone)]
pub struct Response(pub(crate) Native);

impl Response {
    /// The status code.
    pub fn status(&self) -> u16 {
        platform::response_status(&self.0)
    }

    /// The first value of a header, as text.
    pub fn header(&self, name: &str) -> Option<String> {
        platform::response_header(&self.0, name)
    }

    /// All headers, in order.
    pub fn headers(&self) -> Vec<(String, Vec<u8>)> {
        platform::response_headers(&self.0)
    }

    /// Bytes of the body.
    pub fn body_length(&self) -> u64 {
        platform::response_body_length(&self.0)
    }

    /// The body.
    pub fn body(&self) -> Vec<u8> {
        platform::response_body(&self.0)
    }

    /// The body as text; what isn't UTF-8 is replaced.
    pub fn text(&self) -> String {
        match String::from_utf8(self.body()) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        }
    }

    /// The body as a value of this type.
    ///
    /// # Errors
    /// The body is not JSON, or the JSON of something else; the message says where.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body()).map_err(|error| {
            Failure::error(format!("the body of the response ({}) is not as expected: {error}", self.status())).code("wrong-body")
        })
    }

    /// The JSON text under a pointer (RFC 6901), read by the engine: cheaper than the whole body.
    pub fn json_at(&self, pointer: &str) -> Option<String> {
        self.0.json(pointer)
    }

    /// Nanoseconds of a phase; none for one that did not happen, such as connecting on a reused connection.
    pub fn timing(&self, phase: Phase) -> Option<u64> {
        platform::response_timing(&self.0, phase)
    }

    /// What the request's step was given.
    ///
    /// # Errors
    /// That was of another type.
    pub fn given<T: Carry<Way>, Way>(&self) -> Result<T, Failure> {
        T::from_value(platform::response_given(&self.0))
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Response").field("status", &self.status()).field("body_length", &self.body_length()).finish()
    }
}

impl Carry<ByHandle> for Response {
    fn into_value(self) -> Result<Value, Failure> {
        Ok(Value::Native(self.0))
    }

    fn from_value(value: Value) -> Result<Self, Failure> {
        platform::expect_response(value).map(Self)
    }
}

pub(crate) fn not_a_response(value: &Value) -> Failure {
    wrong_value(format!("this step takes an HTTP response, and was given {}", value.kind()))
}
