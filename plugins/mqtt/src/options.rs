//! What a document can say about MQTT, as it is written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use throng_broker::{CallbackOptions, TimeoutOptions};
use throng_sockets::TlsOptions;

/// Options of the scenario's defaults for `mqtt`: those of connections.
///
/// Objects inside are kept as they are and read at their own place, so that faults can say where they are.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct DefaultOptions {
    /// Where the broker is: `mqtt://127.0.0.1:1883` or `mqtts://broker.example`. Its host and port must be among the `targets`.
    pub(crate) url: Option<String>,
    /// The version of the protocol: `3.1.1` or `5`. Default: `5`.
    pub(crate) version: Option<String>,
    /// Who connects; `{setting:NAME}` is filled. Default: nobody in particular.
    pub(crate) user: Option<String>,
    /// The user's password; `{setting:NAME}` is filled. Default: none.
    pub(crate) password: Option<String>,
    /// How often a connection that is idle tells that it lives, from `1s`; never: `0s`. Default: `30s`.
    pub(crate) keep_alive: Option<String>,
    /// How long things may take.
    #[schemars(with = "Option<TimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// How `mqtts` connections are made.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
    /// Where connections of `mqtt-publish` come from: `per-minion`, or `shared`. Default: `per-minion`.
    pub(crate) connection: Option<String>,
}

/// Options of an `mqtt-publish` step.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct PublishOptions {
    /// What is published.
    #[schemars(with = "Option<MessageChoice>")]
    pub(crate) message: Option<Json>,
    /// Where connections come from: `per-minion`, each opened when first used and closed when its minion is done; or `shared`, one for
    /// each worker. Default: `per-minion`.
    pub(crate) connection: Option<String>,
    /// What the broker knows a connection by. A template; a shared connection's has a number behind it. Default: one of a kind.
    pub(crate) client_id: Option<String>,
    /// Where the broker is: `mqtt://127.0.0.1:1883` or `mqtts://broker.example`. Its host and port must be among the `targets`.
    pub(crate) url: Option<String>,
    /// The version of the protocol: `3.1.1` or `5`. Default: `5`.
    pub(crate) version: Option<String>,
    /// Who connects; `{setting:NAME}` is filled. Default: nobody in particular.
    pub(crate) user: Option<String>,
    /// The user's password; `{setting:NAME}` is filled. Default: none.
    pub(crate) password: Option<String>,
    /// How often a connection that is idle tells that it lives, from `1s`; never: `0s`. Default: `30s`.
    pub(crate) keep_alive: Option<String>,
    /// How long things may take.
    #[schemars(with = "Option<TimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// How `mqtts` connections are made.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
}

/// Options of an `mqtt-subscribe` source.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct SubscribeOptions {
    /// Filters of topics, such as `orders/+/new` and `logs/#`; `{setting:NAME}` is filled.
    #[schemars(with = "Option<Vec<String>>")]
    pub(crate) topics: Option<Json>,
    /// How surely messages arrive: `0` at most once, `1` at least once, `2` exactly once. Default: `1`.
    #[schemars(range(max = 2))]
    pub(crate) qos: Option<u8>,
    /// Whether messages that the broker has retained from before are taken, too. Default: `true`.
    pub(crate) retained: Option<bool>,
    /// How the body is read: `text`, `json` or `bytes`. Default: `text`.
    pub(crate) format: Option<String>,
    /// What becomes of a message whose body is not that: `count` it as an error, `ignore` it, or `fail` the campaign. Default: `count`.
    pub(crate) bad_records: Option<String>,
    /// What the broker knows the connection by; `{setting:NAME}` is filled. Default: one of a kind.
    pub(crate) client_id: Option<String>,
    /// Where the broker is: `mqtt://127.0.0.1:1883` or `mqtts://broker.example`. Its host and port must be among the `targets`.
    pub(crate) url: Option<String>,
    /// The version of the protocol: `3.1.1` or `5`. Default: `5`.
    pub(crate) version: Option<String>,
    /// Who connects; `{setting:NAME}` is filled. Default: nobody in particular.
    pub(crate) user: Option<String>,
    /// The user's password; `{setting:NAME}` is filled. Default: none.
    pub(crate) password: Option<String>,
    /// How often a connection that is idle tells that it lives, from `1s`; never: `0s`. Default: `30s`.
    pub(crate) keep_alive: Option<String>,
    /// How long things may take.
    #[schemars(with = "Option<TimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// How `mqtts` connections are made.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
}

/// What is published: a callback's answer, or the same each time but for the holes of its templates.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, clippy::large_enum_variant, reason = "only its schema is used; which of the two is meant is told by the key `callback`")]
pub(crate) enum MessageChoice {
    /// A callback answers it; of the use `request:mqtt`.
    Callback(CallbackOptions),
    /// The document says it.
    Static(MessageOptions),
}

/// A message. In a document its texts are templates, in a callback's answer they stand as they are.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct MessageOptions {
    /// The topic. A template.
    pub(crate) topic: Option<String>,
    /// The body as text. A template. Default, where there is neither `json` nor `base64`: what the step is given.
    pub(crate) body: Option<String>,
    /// The body as JSON; texts inside are templates.
    pub(crate) json: Option<Json>,
    /// The body as bytes, in base64.
    pub(crate) base64: Option<String>,
    /// How surely it arrives: `0` at most once, `1` at least once, `2` exactly once. Default: `1`.
    #[schemars(range(max = 2))]
    pub(crate) qos: Option<u8>,
    /// Whether the broker keeps it for those who subscribe later. Default: `false`.
    pub(crate) retain: Option<bool>,
    /// Of version 5: names and values that go with it. Values are templates.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub(crate) properties: Map<String, Json>,
    /// Of version 5: the body's media type. A template.
    pub(crate) content_type: Option<String>,
    /// Of version 5: where answers go. A template.
    pub(crate) response_topic: Option<String>,
    /// Of version 5: what an answer is recognised by. A template.
    pub(crate) correlation_data: Option<String>,
    /// Of version 5: after how many seconds the broker drops it.
    pub(crate) expiry: Option<u32>,
}
