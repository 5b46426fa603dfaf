//! What a document can say about RabbitMQ, as it is written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use throng_broker::{CallbackOptions, TimeoutOptions};
use throng_sockets::TlsOptions;

/// Options of the scenario's defaults for `rabbitmq`: those of connections.
///
/// Objects inside are kept as they are and read at their own place, so that faults can say where they are.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct DefaultOptions {
    /// Where the broker is: `amqp://127.0.0.1:5672` or `amqps://broker.example`; what is behind the port is the virtual host, `/` by
    /// default. Its host and port must be among the `targets`.
    pub(crate) url: Option<String>,
    /// Who connects; `{setting:NAME}` is filled. Default: `guest`.
    pub(crate) user: Option<String>,
    /// The user's password; `{setting:NAME}` is filled. Default: `guest`.
    pub(crate) password: Option<String>,
    /// How often both sides tell that they live, at least `1s`; none: `0s`. Default: `30s`.
    pub(crate) heartbeat: Option<String>,
    /// How long things may take.
    #[schemars(with = "Option<TimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// How `amqps` connections are made.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
    /// Connections in the whole campaign that minions publish over, at least 1; each worker has its share. Default: one for each worker.
    #[schemars(range(min = 1))]
    pub(crate) connections: Option<u32>,
    /// Whether connections are open before the load. If one cannot be, the campaign fails without any. Default: `false`, each is opened
    /// when first needed.
    pub(crate) warm_up: Option<bool>,
}

/// Options of a `rabbitmq-produce` step.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ProduceOptions {
    /// What is published.
    #[schemars(with = "Option<MessageChoice>")]
    pub(crate) message: Option<Json>,
    /// Whether the step waits until the broker has confirmed the message. Default: `true`; otherwise it waits until the message is
    /// written, and nobody learns whether it arrived.
    pub(crate) confirm: Option<bool>,
    /// Where the broker is: `amqp://127.0.0.1:5672` or `amqps://broker.example/VIRTUAL-HOST`. Its host and port must be among the `targets`.
    pub(crate) url: Option<String>,
    /// Who connects; `{setting:NAME}` is filled. Default: `guest`.
    pub(crate) user: Option<String>,
    /// The user's password; `{setting:NAME}` is filled. Default: `guest`.
    pub(crate) password: Option<String>,
    /// How often both sides tell that they live, at least `1s`; none: `0s`. Default: `30s`.
    pub(crate) heartbeat: Option<String>,
    /// How long things may take.
    #[schemars(with = "Option<TimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// How `amqps` connections are made.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
    /// Connections in the whole campaign that minions publish over, at least 1; each worker has its share. Default: one for each worker.
    #[schemars(range(min = 1))]
    pub(crate) connections: Option<u32>,
    /// Whether connections are open before the load. If one cannot be, the campaign fails without any. Default: `false`, each is opened
    /// when first needed.
    pub(crate) warm_up: Option<bool>,
}

/// Options of a `rabbitmq-consume` source.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ConsumeOptions {
    /// The queue; `{setting:NAME}` is filled.
    pub(crate) queue: Option<String>,
    /// How the queue is declared before the load. Default: it must be there.
    #[schemars(with = "Option<DeclareOptions>")]
    pub(crate) declare: Option<Json>,
    /// What the queue is bound to before the load. Default: nothing.
    #[schemars(with = "Option<Vec<BindOptions>>")]
    pub(crate) bind: Option<Json>,
    /// Messages that a consumer holds without having acknowledged them, from 1 to 65535. Default: `10`.
    #[schemars(range(min = 1))]
    pub(crate) prefetch: Option<u16>,
    /// Consumers of the queue, each with a channel of its own, from 1 to 100. Default: `1`.
    #[schemars(range(min = 1, max = 100))]
    pub(crate) consumers: Option<u16>,
    /// How the body is read: `text`, `json` or `bytes`. Default: `text`.
    pub(crate) format: Option<String>,
    /// What becomes of a message whose body is not that: `count` it as an error, `ignore` it, or `fail` the campaign. Default: `count`.
    pub(crate) bad_records: Option<String>,
    /// Where the broker is: `amqp://127.0.0.1:5672` or `amqps://broker.example/VIRTUAL-HOST`. Its host and port must be among the `targets`.
    pub(crate) url: Option<String>,
    /// Who connects; `{setting:NAME}` is filled. Default: `guest`.
    pub(crate) user: Option<String>,
    /// The user's password; `{setting:NAME}` is filled. Default: `guest`.
    pub(crate) password: Option<String>,
    /// How often both sides tell that they live, at least `1s`; none: `0s`. Default: `30s`.
    pub(crate) heartbeat: Option<String>,
    /// How long things may take.
    #[schemars(with = "Option<TimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// How `amqps` connections are made.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
}

/// Options of a `rabbitmq-depth` source.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct DepthOptions {
    /// The queue; `{setting:NAME}` is filled.
    pub(crate) queue: Option<String>,
    /// From the start of one look to the start of the next, at least `10ms`. Default: `1s`.
    pub(crate) every: Option<String>,
    /// Where the broker is: `amqp://127.0.0.1:5672` or `amqps://broker.example/VIRTUAL-HOST`. Its host and port must be among the `targets`.
    pub(crate) url: Option<String>,
    /// Who connects; `{setting:NAME}` is filled. Default: `guest`.
    pub(crate) user: Option<String>,
    /// The user's password; `{setting:NAME}` is filled. Default: `guest`.
    pub(crate) password: Option<String>,
    /// How often both sides tell that they live, at least `1s`; none: `0s`. Default: `30s`.
    pub(crate) heartbeat: Option<String>,
    /// How long things may take.
    #[schemars(with = "Option<TimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// How `amqps` connections are made.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
}

/// What is published: a callback's answer, or the same each time but for the holes of its templates.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, clippy::large_enum_variant, reason = "only its schema is used; which of the two is meant is told by the key `callback`")]
pub(crate) enum MessageChoice {
    /// A callback answers it; of the use `request:rabbitmq`.
    Callback(CallbackOptions),
    /// The document says it.
    Static(MessageOptions),
}

/// A message. In a document its texts are templates, in a callback's answer they stand as they are.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct MessageOptions {
    /// The exchange that it goes to. A template. Default: the broker's own, which knows each queue by its name.
    pub(crate) exchange: Option<String>,
    /// What the exchange finds its way by; for the default one the name of a queue. A template. Default: empty.
    pub(crate) routing_key: Option<String>,
    /// The body as text. A template. Default, where there is neither `json` nor `base64`: what the step is given.
    pub(crate) body: Option<String>,
    /// The body as JSON; texts inside are templates. Sets the property `content-type` where it is not given.
    pub(crate) json: Option<Json>,
    /// The body as bytes, in base64.
    pub(crate) base64: Option<String>,
    /// Names and values: texts, which are templates, numbers, `true` and `false`.
    pub(crate) headers: Map<String, Json>,
    /// What else is said of it.
    #[schemars(with = "PropertyOptions")]
    pub(crate) properties: Option<Json>,
    /// Whether it outlives the broker in a durable queue. Default: `false`.
    pub(crate) persistent: Option<bool>,
    /// Whether a message that reaches no queue is the failure `unroutable`. Default: `false`: the broker drops it.
    pub(crate) mandatory: Option<bool>,
}

/// The properties of a message; texts are templates.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct PropertyOptions {
    /// The body's media type.
    pub(crate) content_type: Option<String>,
    /// How the body is encoded.
    pub(crate) content_encoding: Option<String>,
    /// What the message answers, or is answered by.
    pub(crate) correlation_id: Option<String>,
    /// Where answers go.
    pub(crate) reply_to: Option<String>,
    /// After how many milliseconds the broker drops it.
    pub(crate) expiration: Option<String>,
    /// The message's own id.
    pub(crate) message_id: Option<String>,
    /// What kind of message it is.
    pub(crate) r#type: Option<String>,
    /// Who sends it; the broker refuses another than the user who is logged in.
    pub(crate) user_id: Option<String>,
    /// Which application sends it.
    pub(crate) app_id: Option<String>,
    /// From 0 to 9; more come first.
    #[schemars(range(max = 255))]
    pub(crate) priority: Option<u8>,
    /// Seconds since the Unix epoch.
    pub(crate) timestamp: Option<u64>,
}

/// How a queue is declared.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct DeclareOptions {
    /// Whether it outlives the broker. Default: `true`.
    pub(crate) durable: Option<bool>,
    /// Whether it is this source's alone, and goes with its connection. Default: `false`.
    pub(crate) exclusive: Option<bool>,
    /// Whether it goes with its last consumer. Default: `false`.
    pub(crate) auto_delete: Option<bool>,
    /// Further arguments, such as `{"x-queue-type": "quorum"}`. Default: none.
    pub(crate) arguments: Map<String, Json>,
}

/// What a queue is bound to.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct BindOptions {
    /// The exchange; `{setting:NAME}` is filled.
    pub(crate) exchange: Option<String>,
    /// The routing key, or for an exchange of the type `topic` the pattern; `{setting:NAME}` is filled. Default: empty.
    pub(crate) routing_key: Option<String>,
    /// The type of the exchange, which is declared as durable: `direct`, `topic`, `fanout`, `headers` or another. Default: it must be there.
    pub(crate) r#type: Option<String>,
    /// Further arguments, such as the headers of an exchange of the type `headers`. Default: none.
    pub(crate) arguments: Map<String, Json>,
}
