//! TCP and UDP: places, messages, and the steps that send them.

use std::marker::PhantomData;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use crate::Flow;
use crate::carry::{BySerde, Carry};
use crate::draft::Config;
use crate::duration::written;
use crate::read::Read;

/// A place that messages are sent to over TCP or TLS, or by datagrams; what is not said is as the engine has it (`docs/tcp.md`, `docs/udp.md`).
///
/// ```
/// use throng::{message, scenario, tcp};
///
/// let desk = tcp("tcp://127.0.0.1:9000").delimiter("\n");
/// scenario("desk")
///     .start()
///     .tcp("hello", &desk, message("HELLO {minion}"))
///     .tcp_with("order", "hello", message("BUY pen").json::<Vec<u32>>());
/// ```
#[derive(Clone, Debug)]
#[must_use = "a place is given to steps"]
pub struct Place {
    options: Map<String, Json>,
}

/// Where messages go over TCP: `tcp://127.0.0.1:9000`, or `tls://…`; it becomes a target of the scenarios that use it.
pub fn tcp(url: impl Into<String>) -> Place {
    Place { options: Map::from_iter([("url".to_owned(), Json::String(url.into()))]) }
}

/// Where datagrams go: `udp://127.0.0.1:5353`; it becomes a target of the scenarios that use it.
pub fn udp(url: impl Into<String>) -> Place {
    tcp(url)
}

impl Place {
    /// Each message ends with this text.
    pub fn delimiter(self, text: impl Into<String>) -> Self {
        self.with("framing", json!({"delimiter": text.into()}))
    }

    /// Each message has so many bytes.
    pub fn length(self, bytes: u32) -> Self {
        self.with("framing", json!({"length": bytes}))
    }

    /// Each message begins with its length, in so many bytes: 1, 2, 4 or 8.
    pub fn length_prefix(self, bytes: u8) -> Self {
        self.with("framing", json!({"length-prefix": {"bytes": bytes}}))
    }

    /// The other side closes the connection behind its answer.
    pub fn until_closed(self) -> Self {
        self.with("framing", "until-closed".into())
    }

    /// The bytes of an answer that are read, at most; not of datagrams.
    pub fn reply_limit(self, bytes: u64) -> Self {
        self.with("reply-limit", bytes.into())
    }

    /// How long an answer to a datagram is waited for.
    pub fn reply_timeout(self, limit: Duration) -> Self {
        self.with("reply-timeout", written(limit).into())
    }

    /// How long opening a connection may take.
    pub fn connect_timeout(self, limit: Duration) -> Self {
        self.within("timeouts", "connect", written(limit).into())
    }

    /// How long a kept connection may be unused.
    pub fn idle_timeout(self, limit: Duration) -> Self {
        self.within("timeouts", "idle", written(limit).into())
    }

    /// Any certificate is accepted.
    pub fn insecure(self) -> Self {
        self.within("tls", "insecure", true.into())
    }

    /// The PEM file of the certificates that are trusted.
    pub fn roots(self, file: impl Into<String>) -> Self {
        self.within("tls", "roots", file.into().into())
    }

    /// The PEM files of the certificate that is shown to the server, and of its key.
    pub fn certificate(self, certificate: impl Into<String>, key: impl Into<String>) -> Self {
        self.within("tls", "certificate", certificate.into().into()).within("tls", "key", key.into().into())
    }

    fn with(mut self, option: &str, value: Json) -> Self {
        self.options.insert(option.to_owned(), value);
        self
    }

    fn within(mut self, group: &str, option: &str, value: Json) -> Self {
        if let Some(options) = self.options.entry(group).or_insert_with(|| json!({})).as_object_mut() {
            options.insert(option.to_owned(), value);
        }
        self
    }
}

/// A message, and what becomes of its answer: `A`, a text unless told otherwise.
#[derive(Clone, Debug)]
#[must_use = "a message is sent by a step"]
pub struct Message<A = String> {
    request: Json,
    reply: &'static str,
    answer: PhantomData<A>,
}

/// A text with holes: `{minion}`, `{setting:NAME}` …
pub fn message(text: impl Into<String>) -> Message {
    Message::of(json!({"text": text.into()}))
}

/// Bytes in hexadecimal digits: `0a 1b ff`.
pub fn message_hex(digits: impl Into<String>) -> Message {
    Message::of(json!({"hex": digits.into()}))
}

/// What the step is given: a text as it is, anything else as its JSON.
pub fn message_of_input() -> Message {
    Message::of(json!({"input": true}))
}

impl Message {
    fn of(request: Json) -> Self {
        Self { request, reply: "text", answer: PhantomData }
    }

    /// The answer is JSON of this type.
    pub fn json<T: Carry<BySerde>>(self) -> Message<T> {
        Message { request: self.request, reply: "json", answer: PhantomData }
    }

    /// The answer becomes a text of hexadecimal digits.
    pub fn hex(self) -> Self {
        Self { reply: "hex", ..self }
    }

    /// The answer becomes a text of base64.
    pub fn base64(self) -> Self {
        Self { reply: "base64", ..self }
    }
}

impl<A> Message<A> {
    fn fields(self, mut options: Map<String, Json>) -> Config {
        options.insert("request".to_owned(), self.request);
        options.insert("reply".to_owned(), self.reply.into());
        Config::Constant(options.into())
    }
}

impl<T: 'static, At> Flow<T, At> {
    /// Sends a message over the minion's connection to a place, and goes on with the answer.
    pub fn tcp<A: Carry<BySerde>>(self, name: impl Into<String>, place: &Place, message: Message<A>) -> Flow<A, At> {
        self.exchange_with(name.into(), "tcp", place, message)
    }

    /// Sends a message over the connection that an earlier `tcp` step has opened.
    pub fn tcp_with<A: Carry<BySerde>>(self, name: impl Into<String>, connection: impl Into<String>, message: Message<A>) -> Flow<A, At> {
        let options = Map::from_iter([("connection".to_owned(), Json::String(connection.into()))]);
        self.then(Some(name.into()), "tcp-with", message.fields(options), Read::carried())
    }

    /// Closes the connection that an earlier `tcp` step has opened.
    pub fn tcp_close(self, name: impl Into<String>, connection: impl Into<String>) -> Self {
        self.then_same(Some(name.into()), "tcp-close", Config::Constant(json!({"connection": connection.into()})))
    }

    /// Sends a datagram, and goes on with the one that answers it.
    pub fn udp<A: Carry<BySerde>>(self, name: impl Into<String>, place: &Place, message: Message<A>) -> Flow<A, At> {
        self.exchange_with(name.into(), "udp", place, message)
    }

    fn exchange_with<A: Carry<BySerde>>(self, name: String, kind: &'static str, place: &Place, message: Message<A>) -> Flow<A, At> {
        if let Some(url) = place.options.get("url").and_then(Json::as_str) {
            self.draft.borrow_mut().add_target(url);
        }
        self.then(Some(name), kind, message.fields(place.options.clone()), Read::carried())
    }
}
