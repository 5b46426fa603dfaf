//! What a document can say about Redis, as it is written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;
use throng_broker::CallbackOptions;
use throng_sockets::TlsOptions;

/// Options of the scenario's defaults for `redis`: those of connections.
///
/// Objects inside are kept as they are and read at their own place, so that faults can say where they are.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct DefaultOptions {
    /// Where the server is: `redis://127.0.0.1:6379`, or `rediss://…` over TLS; what is behind the port is the number of the database, `0`
    /// by default. Its host and port must be among the `targets`.
    pub(crate) url: Option<String>,
    /// Who asks, of the server's access control list; `{setting:NAME}` is filled. Default: the user that the server calls `default`.
    pub(crate) user: Option<String>,
    /// The password; `{setting:NAME}` is filled. Default: none.
    pub(crate) password: Option<String>,
    /// How long things may take.
    #[schemars(with = "Option<RedisTimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// How `rediss` connections are made.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
    /// Whether `url` is that of a sentinel, which is asked for the master. Default: it is the server's own.
    #[schemars(with = "Option<SentinelOptions>")]
    pub(crate) sentinel: Option<Json>,
    /// Connections in the whole campaign that minions share, at least 1; each worker has its share. Default: one for each worker.
    #[schemars(range(min = 1))]
    pub(crate) connections: Option<u32>,
    /// Whether connections are open before the load. If one cannot be, the campaign fails without any. Default: `false`, each is opened
    /// when first needed.
    pub(crate) warm_up: Option<bool>,
}

/// Options of a `redis-save` step.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct SaveOptions {
    /// What is saved: a record or a list of them, or a callback that answers one. Default: what the step is given is that.
    #[schemars(with = "Option<SaveChoice>")]
    pub(crate) records: Option<Json>,
    /// Whether the records of one visit are saved in a transaction (`MULTI`), with nothing between them. Default: `false`.
    pub(crate) transaction: Option<bool>,
    /// Where the server is: `redis://127.0.0.1:6379`, or `rediss://…` over TLS; what is behind the port is the number of the database, `0`
    /// by default. Its host and port must be among the `targets`.
    pub(crate) url: Option<String>,
    /// Who asks, of the server's access control list; `{setting:NAME}` is filled. Default: the user that the server calls `default`.
    pub(crate) user: Option<String>,
    /// The password; `{setting:NAME}` is filled. Default: none.
    pub(crate) password: Option<String>,
    /// How long things may take.
    #[schemars(with = "Option<RedisTimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// How `rediss` connections are made.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
    /// Whether `url` is that of a sentinel, which is asked for the master. Default: it is the server's own.
    #[schemars(with = "Option<SentinelOptions>")]
    pub(crate) sentinel: Option<Json>,
    /// Connections in the whole campaign that minions share, at least 1; each worker has its share. Default: one for each worker.
    #[schemars(range(min = 1))]
    pub(crate) connections: Option<u32>,
    /// Whether connections are open before the load. If one cannot be, the campaign fails without any. Default: `false`, each is opened
    /// when first needed.
    pub(crate) warm_up: Option<bool>,
}

/// Options of a `redis-stream-produce` step.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ProduceOptions {
    /// What is added to streams: an entry or a list of them, or a callback that answers one. Default: what the step is given is that.
    #[schemars(with = "Option<ProduceChoice>")]
    pub(crate) records: Option<Json>,
    /// Whether the entries of one visit are added in a transaction (`MULTI`), with nothing between them. Default: `false`.
    pub(crate) transaction: Option<bool>,
    /// Where the server is: `redis://127.0.0.1:6379`, or `rediss://…` over TLS; what is behind the port is the number of the database, `0`
    /// by default. Its host and port must be among the `targets`.
    pub(crate) url: Option<String>,
    /// Who asks, of the server's access control list; `{setting:NAME}` is filled. Default: the user that the server calls `default`.
    pub(crate) user: Option<String>,
    /// The password; `{setting:NAME}` is filled. Default: none.
    pub(crate) password: Option<String>,
    /// How long things may take.
    #[schemars(with = "Option<RedisTimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// How `rediss` connections are made.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
    /// Whether `url` is that of a sentinel, which is asked for the master. Default: it is the server's own.
    #[schemars(with = "Option<SentinelOptions>")]
    pub(crate) sentinel: Option<Json>,
    /// Connections in the whole campaign that minions share, at least 1; each worker has its share. Default: one for each worker.
    #[schemars(range(min = 1))]
    pub(crate) connections: Option<u32>,
    /// Whether connections are open before the load. If one cannot be, the campaign fails without any. Default: `false`, each is opened
    /// when first needed.
    pub(crate) warm_up: Option<bool>,
}

/// Options of a `redis-poll` source.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct PollOptions {
    /// What is looked through: `scan`, the keys of the database; `sscan`, the members of a set; `hscan`, the fields of a hash; `zscan`, the
    /// members of a sorted set with their scores.
    pub(crate) method: Option<String>,
    /// The key of the set, hash or sorted set; `{setting:NAME}` is filled.
    pub(crate) key: Option<String>,
    /// Which keys, members or fields, as Redis matches them: `order:*`; `{setting:NAME}` is filled. Default: all.
    pub(crate) pattern: Option<String>,
    /// Of `scan`: keys of this type alone, such as `hash`. Default: of any.
    pub(crate) r#type: Option<String>,
    /// How many the server looks at in one go, from 1 to 100000. Default: `1000`.
    #[schemars(range(min = 1, max = 100_000))]
    pub(crate) count: Option<u32>,
    /// Of which a poll makes records: `new`, of what was not there in the last poll; or `all`. Default: `new`.
    pub(crate) emit: Option<String>,
    /// How many a poll can go through, at most; so many are remembered to tell what is new. Default: `1000000`.
    #[schemars(range(min = 1))]
    pub(crate) remember: Option<u32>,
    /// How members and values are read: `text`, `json` or `bytes`. Default: `text`.
    pub(crate) format: Option<String>,
    /// What becomes of one that is not that: `count` it as an error, `ignore` it, or `fail` the campaign. Default: `count`.
    pub(crate) bad_records: Option<String>,
    /// From the start of one poll to the start of the next, at least `1ms`. Default: `10s`.
    pub(crate) poll_delay: Option<String>,
    /// Where the server is: `redis://127.0.0.1:6379`, or `rediss://…` over TLS; what is behind the port is the number of the database, `0`
    /// by default. Its host and port must be among the `targets`.
    pub(crate) url: Option<String>,
    /// Who asks, of the server's access control list; `{setting:NAME}` is filled. Default: the user that the server calls `default`.
    pub(crate) user: Option<String>,
    /// The password; `{setting:NAME}` is filled. Default: none.
    pub(crate) password: Option<String>,
    /// How long things may take.
    #[schemars(with = "Option<RedisTimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// How `rediss` connections are made.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
    /// Whether `url` is that of a sentinel, which is asked for the master. Default: it is the server's own.
    #[schemars(with = "Option<SentinelOptions>")]
    pub(crate) sentinel: Option<Json>,
}

/// Options of a `redis-stream-consume` source.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ConsumeOptions {
    /// The key of the stream; `{setting:NAME}` is filled.
    pub(crate) stream: Option<String>,
    /// The group that consumes it; `{setting:NAME}` is filled.
    pub(crate) group: Option<String>,
    /// What the group knows this source by: a consumer's name, with its number behind it; `{setting:NAME}` is filled. Default: `throng`.
    pub(crate) consumer: Option<String>,
    /// Whether group and stream are made where they are not there. Default: `true`.
    pub(crate) create: Option<bool>,
    /// Where the source begins: `last-consumed`, behind what the group has been given, with what was never acknowledged first, a new group
    /// at the first entry; `earliest`, at the first entry; `latest`, with what is added from then on. Default: `last-consumed`.
    pub(crate) offset: Option<String>,
    /// Consumers, each with a connection of its own, from 1 to 100. Default: `1`.
    #[schemars(range(min = 1, max = 100))]
    pub(crate) concurrency: Option<u32>,
    /// Entries that a consumer is given at a time, from 1 to 10000. Default: `100`.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) count: Option<u32>,
    /// For how long another consumer of the group must have kept an entry without acknowledging it for this source to take it over when it
    /// begins with `last-consumed`. Default: `1m`.
    pub(crate) claim_after: Option<String>,
    /// How the values of fields are read: `text`, `json` or `bytes`. Default: `text`.
    pub(crate) format: Option<String>,
    /// The names of fields whose values are read as JSON, whatever `format` says. Default: none.
    pub(crate) json_fields: Option<Vec<String>>,
    /// What becomes of an entry with a value that is not that: `count` it as an error, `ignore` it, or `fail` the campaign. Default: `count`.
    pub(crate) bad_records: Option<String>,
    /// Where the server is: `redis://127.0.0.1:6379`, or `rediss://…` over TLS; what is behind the port is the number of the database, `0`
    /// by default. Its host and port must be among the `targets`.
    pub(crate) url: Option<String>,
    /// Who asks, of the server's access control list; `{setting:NAME}` is filled. Default: the user that the server calls `default`.
    pub(crate) user: Option<String>,
    /// The password; `{setting:NAME}` is filled. Default: none.
    pub(crate) password: Option<String>,
    /// How long things may take.
    #[schemars(with = "Option<RedisTimeoutOptions>")]
    pub(crate) timeouts: Option<Json>,
    /// How `rediss` connections are made.
    #[schemars(with = "Option<TlsOptions>")]
    pub(crate) tls: Option<Json>,
    /// Whether `url` is that of a sentinel, which is asked for the master. Default: it is the server's own.
    #[schemars(with = "Option<SentinelOptions>")]
    pub(crate) sentinel: Option<Json>,
}

/// How long things may take.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct RedisTimeoutOptions {
    /// For name resolution, TCP connect, TLS handshake and log-in together. Default: `5s`.
    pub(crate) connect: Option<String>,
    /// For an answer of the server; a connection that brings none in time is given up. Default: `10s`.
    pub(crate) answer: Option<String>,
}

/// Who is asked which server is the master.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct SentinelOptions {
    /// What the sentinels call it; `{setting:NAME}` is filled.
    pub(crate) master: Option<String>,
    /// URLs of further sentinels, which are asked when the first gives no answer. Default: none.
    pub(crate) others: Option<Vec<String>>,
    /// Who asks the sentinels; `{setting:NAME}` is filled. Default: nobody in particular.
    pub(crate) user: Option<String>,
    /// The password for the sentinels; `{setting:NAME}` is filled. Default: none.
    pub(crate) password: Option<String>,
}

/// A key and what is saved there. In a document its texts are templates, in what a callback answers or a step is given they stand as they are.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct SaveRecordOptions {
    /// The key. A template.
    pub(crate) key: Option<String>,
    /// What it is: `string`, `hash`, `set`, `zset` or `list`. Default: `string`.
    pub(crate) r#type: Option<String>,
    /// What is saved: of a `string` text or any JSON; of a `hash` an object; of a `set` or `list` a list, or one; of a `zset` an object of
    /// members with their scores. Names and texts inside are templates. Default, where there is no `base64`: what the step is given.
    pub(crate) value: Option<Json>,
    /// Of a `string`: any bytes, in base64.
    pub(crate) base64: Option<String>,
    /// When the key expires, from then on: `60s`. Default: never; a `string` loses the time that it had.
    pub(crate) ttl: Option<String>,
}

/// An entry of a stream. In a document its texts are templates, in what a callback answers or a step is given they stand as they are.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct EntryOptions {
    /// The key of the stream. A template.
    pub(crate) stream: Option<String>,
    /// Names and values, text or any JSON; names and texts are templates. Default: what the step is given, which must be an object.
    pub(crate) fields: Option<Json>,
    /// The entry's id. A template. Default: `*`, the server makes one up.
    pub(crate) id: Option<String>,
    /// The stream keeps so many entries, the oldest go. Default: all.
    pub(crate) max_length: Option<u64>,
    /// Whether it keeps exactly so many, rather than a few more, which is faster. Default: `false`.
    pub(crate) exact: Option<bool>,
    /// Whether the stream is made if it is not there. Default: `true`; otherwise the entry is the failure `no-stream`.
    pub(crate) create: Option<bool>,
}

/// What a step saves.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, clippy::large_enum_variant, reason = "only its schema is used; which one is meant is told by its shape")]
pub(crate) enum SaveChoice {
    /// A callback answers it; of the use `request:redis`.
    Callback(CallbackOptions),
    /// The document says it.
    One(SaveRecordOptions),
    /// The document says several.
    Many(Vec<SaveRecordOptions>),
}

/// What a step adds to streams.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, clippy::large_enum_variant, reason = "only its schema is used; which one is meant is told by its shape")]
pub(crate) enum ProduceChoice {
    /// A callback answers it; of the use `request:redis`.
    Callback(CallbackOptions),
    /// The document says it.
    One(EntryOptions),
    /// The document says several.
    Many(Vec<EntryOptions>),
}
