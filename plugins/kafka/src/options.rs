//! What a document can say about Kafka, as it is written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use throng_broker::CallbackOptions;

/// What can stand in the scenario's defaults for `kafka`; what a step says itself wins.
///
/// Objects inside are kept as they are and read at their own place, so that faults can say where they are.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ClientOptions {
    /// Where the cluster is asked for first: `127.0.0.1:9092`, or a list of such. Each must be among the `targets`.
    #[schemars(with = "Option<OneOrMany>")]
    pub(crate) brokers: Option<Json>,
    /// How to log in.
    #[schemars(with = "Option<SaslOptions>")]
    pub(crate) sasl: Option<Json>,
    /// How connections are encrypted. Default: not at all.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
    /// How long things may take.
    #[schemars(with = "Option<TimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// Further properties of librdkafka, by their names there; texts may have `{setting:NAME}`.
    #[schemars(with = "Option<BTreeMap<String, PropertyOption>>")]
    pub(crate) properties: Option<Json>,
}

/// Options of a `kafka-produce` step.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ProduceOptions {
    /// Where the cluster is asked for first: `127.0.0.1:9092`, or a list of such. Each must be among the `targets`.
    #[schemars(with = "Option<OneOrMany>")]
    pub(crate) brokers: Option<Json>,
    /// The topic of all records that name no other. A template.
    pub(crate) topic: Option<String>,
    /// What is sent.
    #[schemars(with = "Option<RecordSource>")]
    pub(crate) record: Option<Json>,
    /// Who must have a record before it is acknowledged. Default: `all`.
    #[schemars(with = "Option<AcksOption>")]
    pub(crate) acks: Option<String>,
    /// Whether a record that is sent again, because its acknowledgement got lost, is in the topic once all the same. Default: `false`.
    pub(crate) idempotent: Option<bool>,
    /// How long a record waits for others that are sent together with it. Default: `5ms`.
    pub(crate) linger: Option<String>,
    /// How records are compressed. Default: `none`.
    #[schemars(with = "Option<CompressionOption>")]
    pub(crate) compression: Option<String>,
    /// How to log in.
    #[schemars(with = "Option<SaslOptions>")]
    pub(crate) sasl: Option<Json>,
    /// How connections are encrypted. Default: not at all.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
    /// How long things may take.
    #[schemars(with = "Option<TimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// Further properties of librdkafka, by their names there; texts may have `{setting:NAME}`.
    #[schemars(with = "Option<BTreeMap<String, PropertyOption>>")]
    pub(crate) properties: Option<Json>,
}

/// Options of a `kafka-consume` source.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ConsumeOptions {
    /// Where the cluster is asked for first: `127.0.0.1:9092`, or a list of such. Each must be among the `targets`.
    #[schemars(with = "Option<OneOrMany>")]
    pub(crate) brokers: Option<Json>,
    /// The topics: one, or a list.
    #[schemars(with = "Option<OneOrMany>")]
    pub(crate) topics: Option<Json>,
    /// All topics whose whole name fits this regular expression, in place of `topics`: `orders-.*`.
    pub(crate) pattern: Option<String>,
    /// The consumer group, whose offsets are committed; may have `{setting:NAME}`.
    pub(crate) group: Option<String>,
    /// Where to begin in partitions of which the group has no offset. Default: `latest`.
    #[schemars(with = "Option<FromOption>")]
    pub(crate) from: Option<String>,
    /// How many members of the group this source is, each with a connection of its own; at least 1. Default: 1.
    #[schemars(range(min = 1, max = 64))]
    pub(crate) concurrency: Option<u32>,
    /// What keys are. Default: `text`.
    #[schemars(with = "Option<FormatOption>")]
    pub(crate) key: Option<String>,
    /// What values are. Default: `json`.
    #[schemars(with = "Option<FormatOption>")]
    pub(crate) value: Option<String>,
    /// What becomes of a record whose key or value is not what it should be. Default: `count`.
    #[schemars(with = "Option<BadRecordsOption>")]
    pub(crate) bad_records: Option<String>,
    /// How often offsets of records that were handed over are committed, at least `10ms`. Default: `1s`.
    pub(crate) commit_interval: Option<String>,
    /// How to log in.
    #[schemars(with = "Option<SaslOptions>")]
    pub(crate) sasl: Option<Json>,
    /// How connections are encrypted. Default: not at all.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
    /// How long things may take.
    #[schemars(with = "Option<TimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// Further properties of librdkafka, by their names there; texts may have `{setting:NAME}`.
    #[schemars(with = "Option<BTreeMap<String, PropertyOption>>")]
    pub(crate) properties: Option<Json>,
}

/// Options of a `kafka-lag` source.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct LagOptions {
    /// Where the cluster is asked for first: `127.0.0.1:9092`, or a list of such. Each must be among the `targets`.
    #[schemars(with = "Option<OneOrMany>")]
    pub(crate) brokers: Option<Json>,
    /// The topics that the group reads: one, or a list.
    #[schemars(with = "Option<OneOrMany>")]
    pub(crate) topics: Option<Json>,
    /// The consumer group that is looked at; may have `{setting:NAME}`.
    pub(crate) group: Option<String>,
    /// From one look to the next, at least `10ms`. Default: `1s`.
    pub(crate) every: Option<String>,
    /// What a record is about: the whole group, or each partition by itself. Default: `group`.
    #[schemars(with = "Option<PerOption>")]
    pub(crate) per: Option<String>,
    /// How to log in.
    #[schemars(with = "Option<SaslOptions>")]
    pub(crate) sasl: Option<Json>,
    /// How connections are encrypted. Default: not at all.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
    /// How long things may take.
    #[schemars(with = "Option<TimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// Further properties of librdkafka, by their names there; texts may have `{setting:NAME}`.
    #[schemars(with = "Option<BTreeMap<String, PropertyOption>>")]
    pub(crate) properties: Option<Json>,
}

/// What is sent: a callback's answer, or the same each time but for the holes of its templates.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, clippy::large_enum_variant, reason = "only its schema is used; which of the two is meant is told by the key `callback`")]
pub(crate) enum RecordSource {
    /// A callback of the use `request:kafka` answers it.
    Callback(CallbackOptions),
    /// The document says it.
    Static(RecordOptions),
}

/// A record that the document says. Texts are templates: `{minion}`, `{iteration}`, `{sequence}`, `{random}`, `{uuid}`, `{setting:NAME}`;
/// `{{minion}}` gives `{minion}`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RecordOptions {
    /// The key. A template. Default: none.
    pub(crate) key: Option<String>,
    /// The value as text. A template. Default: none, which deletes the key in a compacted topic.
    pub(crate) value: Option<String>,
    /// The value as JSON, in place of `value`; texts inside are templates.
    pub(crate) json: Option<Json>,
    /// Names and values; values are templates.
    #[schemars(with = "BTreeMap<String, String>")]
    pub(crate) headers: Map<String, Json>,
    /// The partition. Default: by the key, or any without one.
    #[schemars(range(min = 0))]
    pub(crate) partition: Option<i32>,
}

/// How to log in.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SaslOptions {
    /// How the password is proven. Default: `PLAIN`.
    #[schemars(with = "Option<MechanismOption>")]
    pub(crate) mechanism: Option<String>,
    /// The user; may have `{setting:NAME}`.
    pub(crate) username: Option<String>,
    /// The password; write `{setting:NAME}`, and declare the setting as `secret`.
    pub(crate) password: Option<String>,
}

/// How connections are encrypted; `{}` with what the operating system trusts.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct TlsOptions {
    /// Whether any certificate is accepted. Default: `false`.
    pub(crate) insecure: Option<bool>,
    /// A PEM file with the certificates that are trusted, instead of the operating system's.
    pub(crate) roots: Option<String>,
    /// A PEM file with the certificate that the client shows.
    pub(crate) certificate: Option<String>,
    /// A PEM file with its private key.
    pub(crate) key: Option<String>,
    /// The password of that key; write `{setting:NAME}`.
    pub(crate) key_password: Option<String>,
}

/// How long things may take. A step as a whole is limited by its own `timeout`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct TimeoutOptions {
    /// Until a broker has answered, before the load. Default: `5s`.
    pub(crate) connect: Option<String>,
    /// Until a record is acknowledged, all its attempts together. Default: `5s`.
    pub(crate) delivery: Option<String>,
    /// Until a broker has answered one request. Default: `5s`.
    pub(crate) request: Option<String>,
}

/// One text, or several.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// The value of a property.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum PropertyOption {
    /// As librdkafka writes it.
    Text(String),
    /// The same as a number.
    Number(f64),
    /// `true` or `false`.
    Boolean(bool),
}

/// Who must have a record before it is acknowledged.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum AcksOption {
    /// All replicas that are in sync.
    All,
    /// The partition's leader.
    Leader,
    /// Nobody: it is acknowledged when it is sent.
    None,
}

/// How records are compressed.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum CompressionOption {
    /// Not at all.
    None,
    /// By gzip.
    Gzip,
    /// By Snappy.
    Snappy,
    /// By LZ4.
    Lz4,
    /// By Zstandard.
    Zstd,
}

/// Where to begin.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum FromOption {
    /// With the oldest record that is kept.
    Earliest,
    /// With what is written from the opening of the campaign on.
    Latest,
}

/// What keys or values are.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum FormatOption {
    /// JSON.
    Json,
    /// Text in UTF-8.
    Text,
    /// Bytes.
    Bytes,
}

/// What becomes of a bad record.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum BadRecordsOption {
    /// It is an error of the source, counted and reported with its topic, partition and offset.
    Count,
    /// It is left out.
    Ignore,
    /// The campaign fails.
    Fail,
}

/// What a record of `kafka-lag` is about.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum PerOption {
    /// The group, with a list of its partitions.
    Group,
    /// One partition.
    Partition,
}

/// How a password is proven.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum MechanismOption {
    /// It is sent.
    #[serde(rename = "PLAIN")]
    Plain,
    /// By a challenge.
    #[serde(rename = "SCRAM-SHA-256")]
    Scram256,
    /// By a challenge.
    #[serde(rename = "SCRAM-SHA-512")]
    Scram512,
}

/// Takes what all kinds say about their client out of their options.
macro_rules! client_options {
    ($($kind:ty),*) => {$(
        impl $kind {
            /// What it says about its client.
            pub(crate) fn client(&self) -> ClientOptions {
                let Self { brokers, sasl, tls, timeouts, properties, .. } = self.clone();
                ClientOptions { brokers, sasl, tls, timeouts, properties }
            }
        }
    )*};
}

client_options!(ProduceOptions, ConsumeOptions, LagOptions);
