//! What a document can say about ledgers, as it is written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

/// Options of a `ledger-record` step.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RecordOptions {
    /// The ledger's name, by which `ledger-check` finds it. Default: `ledger`.
    pub(crate) ledger: Option<String>,
    /// What names the record: `{"json": "/id"}`, a JSON pointer into the value, or a template such as `order-{minion}`. A text or a whole
    /// number.
    pub(crate) key: Option<Json>,
    /// What must be stored under the key: as `key`, of any type. Default: nothing in particular.
    pub(crate) value: Option<Json>,
    /// Keys that the ledger can hold; one more is the error `ledger-full`. Default: 1 000 000.
    #[schemars(range(min = 1))]
    pub(crate) capacity: Option<u64>,
}

/// Options of a `ledger-check` step.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CheckOptions {
    /// The ledger's name. Default: `ledger`.
    pub(crate) ledger: Option<String>,
    /// A JSON pointer to the rows in the input, which is a list. Default: the input itself.
    pub(crate) rows: Option<String>,
    /// What names a row: `{"json": "/id"}`, a JSON pointer into it.
    pub(crate) key: Option<Json>,
    /// What is stored under the key. Default: nothing is compared.
    pub(crate) value: Option<Json>,
}
