//! What a document can say about TLS, as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

/// How connections over TLS are made: the option `tls`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TlsOptions {
    /// Whether any certificate is accepted. Default: `false`.
    pub insecure: Option<bool>,
    /// A PEM file with the certificates that are trusted; relative paths begin at the folder of the scenario's file. Default: those of the operating system.
    pub roots: Option<String>,
    /// The name that the server's certificate must have, and that the server is told. Default: the URL's host.
    pub server_name: Option<String>,
    /// A PEM file with the certificate that is shown to servers that ask for one, and those that lead to its root. Default: none is shown.
    pub certificate: Option<String>,
    /// A PEM file with the private key of `certificate`. Default: the file of the certificate.
    pub key: Option<String>,
}
