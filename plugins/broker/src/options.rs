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

/// How connections over TLS are made.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TlsOptions {
    /// Whether any certificate is accepted. Default: `false`.
    pub insecure: Option<bool>,
    /// A PEM file with the certificates that are trusted, instead of the operating system's.
    pub roots: Option<String>,
    /// The name that the server's certificate must have, and that the server is told. Default: the URL's host.
    pub server_name: Option<String>,
    /// A PEM file with the certificate that is shown to servers that ask for one, and those that lead to its root. Default: none is shown.
    pub certificate: Option<String>,
    /// A PEM file with the private key of `certificate`. Default: the file of the certificate.
    pub key: Option<String>,
}

/// A callback that answers with what is sent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallbackOptions {
    /// Its position in the document's list.
    pub callback: u32,
}
