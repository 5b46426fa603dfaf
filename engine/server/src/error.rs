//! Why the engine cannot serve.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::store::StoreError;

/// Why the engine cannot serve, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The folder of its data cannot be used.
    #[error("cannot use `{folder}` for the engine's data: {source}; name another folder with `--data`, or make it writable")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another engine has the folder.
    #[error("`{folder}` is in use by another engine; stop that one, or name another folder with `--data`")]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// What is stored cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}; choose another with `--bind`")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Others can reach it, and it could not tell them apart.
    #[error(
        "others can reach {address} (or tokens are required), and there is no token yet; make one with `throng tokens add NAME --scope admin`, or listen on 127.0.0.1"
    )]
    NoTokens {
        /// The address.
        address: SocketAddr,
    },
    /// The certificate or its key cannot be used.
    #[error("`{path}` cannot be used for TLS: {why}; name PEM files with `--tls-cert` and `--tls-key`")]
    Tls {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A thread or a runtime cannot be started.
    #[error("cannot start {what}: {source}")]
    Start {
        /// What.
        what: &'static str,
        /// Why.
        source: std::io::Error,
    },
}
