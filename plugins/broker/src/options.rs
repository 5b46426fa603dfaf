//! Options that all brokers have, as they are written.

use schemars::JsonSchema;
use serde::Deserialize;

/// How long things may take. A message as a whole is limited by the step's own `timeout`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TimeoutOptions {
    /// For name resolution, TCP connect, TLS handshake and log-in together. Default: `5s`.
    pub connect: Option<String>,
}

/// A callback that answers with what is sent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallbackOptions {
    /// Its position in the document's list.
    pub callback: u32,
}
