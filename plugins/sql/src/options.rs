//! What a document can say about SQL, as it is written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

/// Options that all kinds have, and the scenario's defaults for `sql`: where the database is and how it is reached. Objects inside are kept as
/// they are and read at their own place, so that faults can say where they are.
macro_rules! with_database {
    ($(#[$doc:meta])* struct $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub(crate) struct $name {
            $($(#[$field_doc])* pub(crate) $field: $type,)*
            /// The database: `postgresql://db.example/shop`, `mysql://db.example/shop`, `mariadb://…`, or `sqlite:shop.db`. Host and port
            /// must be among the `targets`; a relative path begins at the folder of the scenario's file.
            pub(crate) url: Option<String>,
            /// Who asks; `{setting:NAME}` is filled in. Default: `postgres` in PostgreSQL, `root` in MySQL and MariaDB.
            pub(crate) user: Option<String>,
            /// The password; `{setting:NAME}` is filled in, best of a setting that is `secret`. Default: none.
            pub(crate) password: Option<String>,
            /// Connections that the steps of the same database share.
            #[schemars(with = "Option<PoolOptions>")]
            pub(crate) pool: Option<Json>,
            /// How long things may take.
            #[schemars(with = "Option<TimeoutOptions>")]
            pub(crate) timeouts: Option<Json>,
            /// If it is there, connections are made over TLS, and a server without it is refused. Default: no TLS.
            #[schemars(with = "Option<TlsOptions>")]
            pub(crate) tls: Option<Json>,
            /// The largest answer that is read: bytes, or a text like `64KiB`. A larger one is the error `answer-too-large`. Default: `64MiB`.
            #[schemars(with = "Option<SizeOption>")]
            pub(crate) answer_limit: Option<Json>,
        }

        impl $name {
            /// The options that all kinds have.
            #[allow(dead_code, reason = "the defaults have nothing else")]
            pub(crate) fn database(&self) -> DatabaseOptions {
                DatabaseOptions {
                    url: self.url.clone(),
                    user: self.user.clone(),
                    password: self.password.clone(),
                    pool: self.pool.clone(),
                    timeouts: self.timeouts.clone(),
                    tls: self.tls.clone(),
                    answer_limit: self.answer_limit.clone(),
                }
            }
        }
    };
}

with_database! {
    /// The scenario's defaults for `sql`.
    struct DatabaseOptions {}
}

with_database! {
    /// Options of an `sql-poll` source.
    struct PollOptions {
        /// What is asked again and again. Its one placeholder, `$1` in PostgreSQL and `?` elsewhere, is the tie-breaker's last value, and the
        /// column of the tie-breaker is the first that it orders by: `select * from orders where id > $1 order by id`.
        query: Option<String>,
        /// The column that tells new rows from old ones.
        #[schemars(with = "Option<TieBreakerOptions>")]
        tie_breaker: Option<Json>,
        /// From the start of one poll to the start of the next, at least `1ms`. Default: `10s`.
        poll_delay: Option<String>,
    }
}

/// The column that tells new rows from old ones.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TieBreakerOptions {
    /// Its name in the rows.
    pub(crate) column: String,
    /// Its value in the first poll: a number, a text, or null.
    #[serde(default)]
    pub(crate) initial: Json,
}

with_database! {
    /// Options of an `sql-search` step.
    struct SearchOptions {
        /// What is asked, with the database's own placeholders: `$1`, `$2` … in PostgreSQL, `?` elsewhere.
        query: Option<String>,
        /// What the placeholders stand for, in their order: `{"json": POINTER}` into the input, a text with holes such as `{minion}`, or any
        /// other JSON. A list that is under a pointer is an array for PostgreSQL, and JSON elsewhere.
        parameters: Option<Vec<Json>>,
        /// In place of `query` and `parameters`: a callback of the use `request:sql`.
        request: Option<CallbackOptions>,
        /// Whether a pair of the input and the rows is emitted instead of the rows. Default: `false`.
        #[serde(default)]
        keep_input: bool,
    }
}

with_database! {
    /// Options of an `sql-save` step.
    struct SaveOptions {
        /// The table that rows are inserted into: `orders`, `shop.orders`.
        table: Option<String>,
        /// Its columns, each with what is saved in it: as `parameters`, the pointers being into the row.
        columns: Option<BTreeMap<String, Json>>,
        /// A JSON pointer to the rows in the input: a list is many rows, anything else, a pair too, is one. Default: the input
        /// itself.
        rows: Option<String>,
        /// In place of `table` and `columns`: any statement, with the database's own placeholders.
        statement: Option<String>,
        /// What the placeholders of `statement` stand for.
        parameters: Option<Vec<Json>>,
        /// In place of all these: a callback of the use `request:sql`.
        request: Option<CallbackOptions>,
        /// Whether a pair of the input and what came of it is emitted. Default: `false`.
        #[serde(default)]
        keep_input: bool,
    }
}

/// A callback of the use `request:sql`. It answers JSON: `{"query": "select …", "parameters": [1, "a"]}`.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallbackOptions {
    /// Its position in the document's list of callbacks.
    pub(crate) callback: u32,
}

/// A pool.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct PoolOptions {
    /// Connections in the whole campaign, at least 1; each worker has its share. Default: 10; 1 of SQLite.
    #[schemars(range(min = 1))]
    pub(crate) size: Option<u32>,
    /// Whether all of them are opened before the load. Default: `false`, each is opened when first needed.
    pub(crate) warm_up: Option<bool>,
}

/// How long things may take. A search or save as a whole is limited by the step's own `timeout`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct TimeoutOptions {
    /// For name resolution, TCP connect, TLS handshake and log-in together. Default: `5s`.
    pub(crate) connect: Option<String>,
    /// A kept connection that was not used for longer is closed instead of being used again. Default: none.
    pub(crate) idle: Option<String>,
    /// Of `sql-poll`: for a poll as a whole, connecting included. Default: `10s`.
    pub(crate) query: Option<String>,
}

/// How connections are made over TLS.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct TlsOptions {
    /// Whether any certificate is accepted. Default: `false`.
    pub(crate) insecure: Option<bool>,
    /// A PEM file with the certificates that are trusted, instead of the operating system's.
    pub(crate) roots: Option<String>,
    /// A PEM file with the certificate that is shown to servers that ask for one. Default: none is shown.
    pub(crate) certificate: Option<String>,
    /// A PEM file with the private key of `certificate`. Default: the file of the certificate.
    pub(crate) key: Option<String>,
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
