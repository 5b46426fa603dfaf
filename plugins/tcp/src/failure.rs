//! The codes that failures are grouped by, and which error has which.

use throng_protocols::Failure;
use throng_sockets::{SocketError, TlsError};

/// The connection was closed before the answer was complete.
pub(crate) const CLOSED: &str = "closed";
/// No connection within `timeouts.connect`.
pub(crate) const CONNECT_TIMEOUT: &str = "connect-timeout";
/// The answer is larger than `reply-limit`.
pub(crate) const REPLY_TOO_LARGE: &str = "reply-too-large";
/// No answer within `reply-timeout`.
pub(crate) const NO_REPLY: &str = "no-reply";

/// What cannot be sent: never retried, it would be the same again.
pub(crate) fn bad_request(message: impl Into<String>) -> Failure {
    Failure::error("bad-request", message).final_()
}

/// An answer that is not what it should be.
pub(crate) fn wrong_reply(message: impl Into<String>) -> Failure {
    Failure::error("wrong-reply", message).final_()
}

/// A connection that broke.
pub(crate) fn closed(place: &str, reason: impl std::fmt::Display) -> Failure {
    Failure::error(CLOSED, format!("the connection to {place} was closed: {reason}"))
}

/// No socket.
pub(crate) fn no_socket(error: &SocketError) -> Failure {
    let code = match error {
        SocketError::Resolve { .. } | SocketError::NoAddress(_) => "resolve",
        SocketError::Refused { .. } => "connect-refused",
        SocketError::NoDescriptor { .. } | SocketError::NoMachineDescriptor { .. } => "no-descriptors",
        SocketError::NoPort { .. } => "no-ports",
        SocketError::Socket { .. } => "connect",
    };
    Failure::error(code, error.to_string())
}

/// No TLS.
pub(crate) fn no_tls(error: &TlsError) -> Failure {
    Failure::error("tls", error.to_string())
}
