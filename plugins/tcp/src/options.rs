//! What a document can say about TCP and UDP, as it is written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use throng_sockets::TlsOptions;

/// Options of a `tcp` step, and of the scenario's defaults for `tcp`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TcpOptions {
    /// Where to: `tcp://127.0.0.1:9000`, or `tls://shop.example:9443`. Host and port must be among the `targets`. Default: the scenario's,
    /// else it is required.
    pub(crate) url: Option<String>,
    /// What is sent. Default: the scenario's, else nothing.
    #[schemars(with = "Option<RequestOptions>")]
    pub(crate) request: Option<Json>,
    /// How messages are told apart, those that are sent and those that come. Default: `none`.
    #[schemars(with = "Option<FramingOptions>")]
    pub(crate) framing: Option<Json>,
    /// Whether an answer is waited for, and what becomes of it. Default: `text`.
    #[schemars(with = "Option<ReplyOption>")]
    pub(crate) reply: Option<String>,
    /// The largest answer that is read: bytes, or a text like `64KiB`. Default: `1MiB`.
    #[schemars(with = "Option<SizeOption>")]
    pub(crate) reply_limit: Option<Json>,
    /// How long things may take. Default: that of each option inside.
    #[schemars(with = "Option<TimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// How `tls` connections are made. Default: that of each option inside.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
}

/// Options of a `tcp-with` step. Place, framing, time-outs and TLS are those of the connection's own step.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TcpWithOptions {
    /// The earlier `tcp` step whose connection is used.
    pub(crate) connection: String,
    /// What is sent. Default: nothing.
    #[schemars(with = "Option<RequestOptions>")]
    pub(crate) request: Option<Json>,
    /// Whether an answer is waited for, and what becomes of it. Default: `text`.
    #[schemars(with = "Option<ReplyOption>")]
    pub(crate) reply: Option<String>,
    /// The largest answer that is read: bytes, or a text like `64KiB`. Default: the scenario's, else `1MiB`.
    #[schemars(with = "Option<SizeOption>")]
    pub(crate) reply_limit: Option<Json>,
}

/// Options of a `tcp-close` step.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TcpCloseOptions {
    /// The earlier `tcp` step whose connection is closed.
    pub(crate) connection: String,
}

/// Options of a `udp` step, and of the scenario's defaults for `udp`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct UdpOptions {
    /// Where to: `udp://127.0.0.1:9000`. Host and port must be among the `targets`. Default: the scenario's, else it is required.
    pub(crate) url: Option<String>,
    /// What is sent. Default: the scenario's, else an empty datagram.
    #[schemars(with = "Option<RequestOptions>")]
    pub(crate) request: Option<Json>,
    /// Whether an answer is waited for, and what becomes of it. Default: `text`.
    #[schemars(with = "Option<ReplyOption>")]
    pub(crate) reply: Option<String>,
    /// How long an answer is waited for. Default: `1s`.
    pub(crate) reply_timeout: Option<String>,
}

/// What is sent: one of these.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct RequestOptions {
    /// A text. A template. Default: none.
    pub(crate) text: Option<String>,
    /// Bytes in hexadecimal digits, blanks between them are skipped: `0a 1b ff`. Default: none.
    pub(crate) hex: Option<String>,
    /// Bytes in base64. Default: none.
    pub(crate) base64: Option<String>,
    /// Whether the step's input is sent: bytes as they are, a text, or the JSON of anything else. Default: `false`.
    pub(crate) input: Option<bool>,
}

/// How messages are told apart.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FramingOptions {
    /// Not at all: what is sent is sent as it is, and what comes first is the answer.
    None,
    /// The other side closes the connection behind its answer.
    UntilClosed,
    /// Each message ends with this text, which is added to what is sent and left out of what comes: `\n`. Default: none.
    Delimiter(String),
    /// Each message has so many bytes. Default: none.
    Length(u32),
    /// Each message begins with its length. Default: none.
    LengthPrefix(PrefixOptions),
}

/// A length before a message.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PrefixOptions {
    /// Bytes of the length: 1, 2, 4 or 8.
    pub(crate) bytes: u8,
    /// Which of its bytes comes first: the highest (`big`) or the lowest (`little`). Default: `big`.
    #[serde(default)]
    pub(crate) endian: Endian,
    /// Whether the length counts its own bytes. Default: `false`.
    #[serde(default)]
    pub(crate) counts_itself: bool,
}

/// The order of a number's bytes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Endian {
    /// The highest first.
    #[default]
    Big,
    /// The lowest first.
    Little,
}

/// What becomes of an answer.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum ReplyOption {
    /// None is waited for: the step's input goes on.
    None,
    /// A text; what is not UTF-8 is the error `wrong-reply`.
    Text,
    /// JSON; what is none is the error `wrong-reply`.
    Json,
    /// A text of hexadecimal digits.
    Hex,
    /// A text of base64.
    Base64,
    /// Bytes, for guests that understand them.
    Bytes,
}

/// How long things may take. A step as a whole is limited by its own `timeout`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct TimeoutOptions {
    /// For name resolution, TCP connect and TLS handshake together. Default: `5s`.
    pub(crate) connect: Option<String>,
    /// A kept connection that was not used for longer is closed instead of being used again. Default: none.
    pub(crate) idle: Option<String>,
}

/// A number of bytes, or a text with a unit.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum SizeOption {
    /// Bytes.
    Bytes(u64),
    /// With a unit: `64KiB`, `10MiB`.
    Text(String),
}
