//! Why there is no response.

use std::io;

/// Why there is no response. The connection is unusable afterwards.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// A kept connection was closed before anything of the request was sent: it can be sent over another.
    #[error("the connection was closed before the request was sent")]
    NotSent,
    /// The connection was closed after some of the request was sent, before the whole response had come.
    #[error("the server closed the connection before its response was complete{}", .0.as_ref().map(|error| format!(": {error}")).unwrap_or_default())]
    Closed(#[source] Option<io::Error>),
    /// The server's bytes are not HTTP/1.1.
    #[error("the server does not answer in HTTP/1.1: {0}")]
    Protocol(#[from] ProtocolError),
    /// HTTP/2 went wrong: the server does not speak it, or has given up the exchange or the connection.
    #[error("the exchange over HTTP/2 failed: {0}")]
    Http2(#[source] h2::Error),
    /// Host and path make no URL.
    #[error("the request has no URL: {0}")]
    NoUrl(#[source] http::Error),
    /// The body is not what its headers say.
    #[error("the response's body is said to be compressed by {coding}, and is not: {source}")]
    Coding {
        /// What the headers say.
        coding: String,
        /// Where it breaks.
        source: io::Error,
    },
    /// The response's body is larger than allowed.
    #[error("the response's body is larger than {limit} bytes")]
    BodyTooLarge {
        /// Bytes that are allowed.
        limit: u64,
    },
}

/// What is wrong with the bytes of a response.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProtocolError {
    /// The status line or a header cannot be read.
    #[error("its head cannot be read: {0}")]
    Head(httparse::Error),
    /// A head without an end.
    #[error("its head is longer than {} KiB", super::head::HEAD / 1024)]
    HeadTooLarge,
    /// Not a status from 100 to 999.
    #[error("its status is not a number from 100 to 999")]
    Status,
    /// `101 switching protocols`, which nobody asked for.
    #[error("it switches to another protocol, which nobody asked for")]
    Upgrade,
    /// A `content-length` that is no number, or two that differ.
    #[error("its `content-length` is not one number")]
    Length,
    /// What should be a chunk is not one.
    #[error("its body is not made of chunks, as `transfer-encoding` says")]
    Chunk,
}
