//! What a document can say about HTTP, as it is written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use throng_sockets::TlsOptions;

/// Options of an `http` step, and of the scenario's defaults for `http`.
///
/// Objects inside are kept as they are and read at their own place, so that faults can say where they are.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct HttpOptions {
    /// The base of all requests: `http://127.0.0.1:8080` or `https://shop.example/api`. Its host and port must be among the `targets`.
    /// Default: the scenario's, else it is required.
    pub(crate) url: Option<String>,
    /// What is sent. Default: the scenario's, else it is required.
    #[schemars(with = "Option<RequestOptions>")]
    pub(crate) request: Option<Json>,
    /// Where connections come from. Default: `per-minion`.
    #[schemars(with = "Option<ConnectionOptions>")]
    pub(crate) connection: Option<Json>,
    /// How long things may take. Default: that of each option inside.
    #[schemars(with = "Option<TimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// The largest body of a response that is read: bytes, or a text like `64KiB`. A larger one is the error `body-too-large`.
    /// Default: `10MiB`.
    #[schemars(with = "Option<SizeOption>")]
    pub(crate) body_limit: Option<Json>,
    /// How `https` connections are made. Default: that of each option inside.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
    /// Which version of HTTP is spoken: `1.1`, or `2`, whose exchanges share connections. Default: `1.1`.
    #[schemars(with = "Option<VersionOption>")]
    pub(crate) version: Option<String>,
    /// Who asks: the header `authorization` of requests to the base's host that have none. Default: nobody.
    #[schemars(with = "Option<AuthOptions>")]
    pub(crate) auth: Option<Json>,
    /// Whether each minion keeps the cookies that it is given, and sends them back. Default: `false`.
    pub(crate) cookies: Option<bool>,
    /// How many redirects of a request are followed, at most 10. Default: `0`.
    #[schemars(range(max = 10))]
    pub(crate) redirects: Option<u32>,
    /// Whether compressed bodies are asked for, and inflated: gzip, deflate, brotli, zstd. Default: `false`.
    pub(crate) decompress: Option<bool>,
    /// What connections go through. Default: nothing.
    #[schemars(with = "Option<ProxyOptions>")]
    pub(crate) proxy: Option<Json>,
}

/// Options of an `http-with` step. Base, time-outs and TLS are those of the connection's own step.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct WithOptions {
    /// The earlier `http` step whose connection is used.
    pub(crate) connection: String,
    /// What is sent. Default: the scenario's, else it is required.
    #[schemars(with = "Option<RequestOptions>")]
    pub(crate) request: Option<Json>,
    /// The largest body of a response that is read: bytes, or a text like `64KiB`. Default: the scenario's, else `10MiB`.
    #[schemars(with = "Option<SizeOption>")]
    pub(crate) body_limit: Option<Json>,
}

/// Options of an `http-poll` source.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PollOptions {
    /// The base of all requests: `http://127.0.0.1:8080` or `https://shop.example/api`. Its host and port must be among the `targets`.
    /// Default: the scenario's, else it is required.
    pub(crate) url: Option<String>,
    /// What is requested by `GET`: short for a `request` with this path. A template. Default: `request` says it.
    pub(crate) path: Option<String>,
    /// What is sent. A callback is given the last response that was accepted, none at first. Default: the scenario's.
    #[schemars(with = "Option<RequestOptions>")]
    pub(crate) request: Option<Json>,
    /// From the start of one poll to the start of the next, at least `1ms`. Default: `1s`.
    pub(crate) every: Option<String>,
    /// The statuses that make a record: numbers, and ranges with both their ends. Another one is a bad record. Default: `["200..299"]`.
    #[schemars(with = "Option<Vec<NumberOrText>>")]
    pub(crate) accept: Option<Json>,
    /// How the next request says what is known already. Default: it does not.
    #[schemars(with = "Option<CursorOptions>")]
    pub(crate) cursor: Option<Json>,
    /// How long things may take. Default: that of each option inside.
    #[schemars(with = "Option<PollTimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// The largest body of a response that is read: bytes, or a text like `64KiB`. A larger one is a bad record. Default: `10MiB`.
    #[schemars(with = "Option<SizeOption>")]
    pub(crate) body_limit: Option<Json>,
    /// How `https` connections are made. Default: that of each option inside.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
    /// Which version of HTTP is spoken: `1.1`, or `2`, whose exchanges share connections. Default: `1.1`.
    #[schemars(with = "Option<VersionOption>")]
    pub(crate) version: Option<String>,
    /// Who asks: the header `authorization` of requests to the base's host that have none. Default: nobody.
    #[schemars(with = "Option<AuthOptions>")]
    pub(crate) auth: Option<Json>,
    /// Whether each minion keeps the cookies that it is given, and sends them back. Default: `false`.
    pub(crate) cookies: Option<bool>,
    /// How many redirects of a request are followed, at most 10. Default: `0`.
    #[schemars(range(max = 10))]
    pub(crate) redirects: Option<u32>,
    /// Whether compressed bodies are asked for, and inflated: gzip, deflate, brotli, zstd. Default: `false`.
    pub(crate) decompress: Option<bool>,
    /// What connections go through. Default: nothing.
    #[schemars(with = "Option<ProxyOptions>")]
    pub(crate) proxy: Option<Json>,
}

/// A value of each accepted response that the next request has in its query. A response without it leaves the last one in place.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct CursorOptions {
    /// The name in the query: `after` makes `?after=VALUE`. Required.
    pub(crate) query: Option<String>,
    /// A JSON pointer to the value in the body, a text or number; `-1` is the last item of a list.
    /// Default: `header` says where it is.
    pub(crate) json: Option<String>,
    /// The header that has the value, in place of `json`. Default: none.
    pub(crate) header: Option<String>,
    /// What the first request has: a text or number. Default: nothing, and the query is left out.
    #[schemars(with = "Option<NumberOrText>")]
    pub(crate) initial: Option<Json>,
}

/// A number or a text.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum NumberOrText {
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
}

/// How long things of a poll may take.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct PollTimeoutOptions {
    /// For name resolution, TCP connect and TLS handshake together. Default: `5s`.
    pub(crate) connect: Option<String>,
    /// A kept connection that was not used for longer is closed instead of being used again. Default: none.
    pub(crate) idle: Option<String>,
    /// For a poll as a whole, connecting included. Default: `10s`.
    pub(crate) request: Option<String>,
}

/// Options of an `http-close` step.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CloseOptions {
    /// The earlier `http` step whose connection is closed.
    pub(crate) connection: String,
}

/// What is sent: a callback's answer, or the same each time but for the holes of its templates.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, clippy::large_enum_variant, reason = "only its schema is used; which of the two is meant is told by the key `callback`")]
pub(crate) enum RequestOptions {
    /// A callback answers it.
    Callback(CallbackOptions),
    /// The document says it.
    Static(StaticOptions),
}

/// A callback of the use `request:http`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallbackOptions {
    /// Its position in the document's list of callbacks.
    pub(crate) callback: u32,
}

/// A request that the document says. Texts are templates: `{minion}`, `{iteration}`, `{sequence}`, `{random}`, `{uuid}`, `{setting:NAME}`;
/// `{{minion}}` gives `{minion}`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StaticOptions {
    /// `GET`, `POST` … Default: `GET`.
    pub(crate) method: Option<String>,
    /// Appended to the base: `/items/{minion}?q=1`. A template. Default: nothing.
    pub(crate) path: Option<String>,
    /// Names and values; values are templates. Default: none.
    #[schemars(with = "BTreeMap<String, String>")]
    pub(crate) headers: serde_json::Map<String, Json>,
    /// The body as text. A template. Default: none.
    pub(crate) body: Option<String>,
    /// The body as JSON; texts inside are templates. Sets `content-type: application/json` where the headers have none.
    /// Default: none.
    pub(crate) json: Option<Json>,
    /// The body as the fields of a form, by name; values are templates. Sets `content-type: application/x-www-form-urlencoded` where the
    /// headers have none. Default: none.
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub(crate) form: Option<Json>,
    /// The body in parts, as forms with files are sent. Sets `content-type: multipart/form-data`. Default: none.
    #[schemars(with = "Option<Vec<PartOptions>>")]
    pub(crate) multipart: Option<Json>,
    /// The body as the bytes of a file of at most 256 MiB, which is read before the load; a relative path begins at the folder of the
    /// scenario's file. Default: none.
    pub(crate) file: Option<String>,
    /// The body is sent in chunks of this size (`transfer-encoding: chunked`), so that the server is not told its length: bytes, or a text
    /// like `64KiB`. For HTTP/1.1. Default: in one piece, with its length.
    #[schemars(with = "Option<SizeOption>")]
    pub(crate) chunks: Option<Json>,
}

/// A part of a `multipart` body.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct PartOptions {
    /// The field's name. Required.
    pub(crate) name: Option<String>,
    /// What it holds, as text. A template. Default: `file` says it.
    pub(crate) value: Option<String>,
    /// What it holds: the bytes of a file of at most 256 MiB, which is read before the load; a relative path begins at the folder of the
    /// scenario's file. Default: `value` says it.
    pub(crate) file: Option<String>,
    /// The name of the file that the value stands for. Default: the last part of `file`; with `value`, it is no file.
    pub(crate) file_name: Option<String>,
    /// The value's content type. Default: `application/octet-stream` with `file`; with `value` none is told, which means plain text.
    pub(crate) content_type: Option<String>,
}

/// Which version of HTTP is spoken.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum VersionOption {
    /// One exchange at a time over a connection.
    #[serde(rename = "1.1")]
    One,
    /// Any number of exchanges at a time over a connection: over TLS both sides agree on it (ALPN), without it the server must know.
    #[serde(rename = "2")]
    Two,
}

/// Who asks: either `basic` or `bearer`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct AuthOptions {
    /// By name and password. Default: none.
    #[schemars(with = "Option<BasicOptions>")]
    pub(crate) basic: Option<Json>,
    /// By a token. A template. Default: none.
    pub(crate) bearer: Option<String>,
}

/// A name and a password.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct BasicOptions {
    /// The name, without a colon. A template. Default: empty.
    pub(crate) user: String,
    /// The password. A template. Default: empty.
    pub(crate) password: String,
}

/// What connections go through.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ProxyOptions {
    /// Its protocol and place: `http://127.0.0.1:3128`, `socks5://127.0.0.1:1080` or `socks4://…`. Its host and port must be among the
    /// `targets`. Required.
    pub(crate) url: Option<String>,
    /// The name that it wants; `{setting:NAME}` is filled. Default: none.
    pub(crate) user: Option<String>,
    /// The password that it wants; `{setting:NAME}` is filled. Default: none.
    pub(crate) password: Option<String>,
}

/// Where connections come from.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConnectionOptions {
    /// Each minion has its own: opened when first used, kept along its journey, closed when it is done.
    #[default]
    PerMinion,
    /// All minions of the step, and of those that use its connection, take one for each request and give it back. Default: none.
    Pool(PoolOptions),
}

/// A pool.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PoolOptions {
    /// Connections in the whole campaign, at least 1; each worker has its share.
    #[schemars(range(min = 1))]
    pub(crate) size: u32,
    /// Whether all of them are opened before the load, in place of each when it is first needed. If one cannot be, the campaign fails
    /// without any load. Default: `false`.
    #[serde(default)]
    pub(crate) warm_up: bool,
}

/// How long things may take. A request as a whole is limited by the step's own `timeout`.
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
