//! The codes that failures are grouped by, and which error has which.

use throng_protocols::Failure;
use throng_sockets::SocketError;

use crate::connect::ConnectError;
use crate::connection::ExchangeError;

/// Nothing listens at the address.
pub(crate) const CONNECT_REFUSED: &str = "connect-refused";
/// No connection within `timeouts.connect`.
pub(crate) const CONNECT_TIMEOUT: &str = "connect-timeout";
/// No connection for another reason, such as no route.
pub(crate) const CONNECT: &str = "connect";
/// This process, or this machine, may open no more file descriptors: the generator's fault.
pub(crate) const NO_DESCRIPTORS: &str = "no-descriptors";
/// This machine has no local port left for the connection: the generator's fault.
pub(crate) const NO_PORTS: &str = "no-ports";
/// The host's name has no address.
pub(crate) const RESOLVE: &str = "resolve";
/// No TLS connection.
pub(crate) const TLS: &str = "tls";
/// The connection was closed before the response was complete.
pub(crate) const CLOSED: &str = "closed";
/// The server does not speak HTTP/1.1.
pub(crate) const PROTOCOL: &str = "protocol";
/// The response's body is larger than `body-limit`.
pub(crate) const BODY_TOO_LARGE: &str = "body-too-large";
/// The response's body is not what its `content-encoding` says.
pub(crate) const BAD_CODING: &str = "bad-coding";
/// The response sends on to what cannot be requested.
pub(crate) const BAD_REDIRECT: &str = "bad-redirect";
/// The last response that `redirects` allows to be followed sends on.
pub(crate) const TOO_MANY_REDIRECTS: &str = "too-many-redirects";
/// The proxy makes no way to the host.
pub(crate) const PROXY: &str = "proxy";
/// The request cannot be sent as it is.
pub(crate) const BAD_REQUEST: &str = "bad-request";
/// The document does not declare the host and port.
pub(crate) const TARGET_NOT_GRANTED: &str = "target-not-granted";
/// A response has a status that `accept` does not have.
pub(crate) const HTTP_STATUS: &str = "http-status";
/// A poll has taken longer than `timeouts.request`.
pub(crate) const REQUEST_TIMEOUT: &str = "request-timeout";
/// The callback's answer is not a request.
pub(crate) const WRONG_ANSWER: &str = "wrong-answer";

/// A request that cannot be sent: never retried, it would be the same again.
pub(crate) fn bad_request(message: impl Into<String>) -> Failure {
    Failure::error(BAD_REQUEST, message).final_()
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        let code = match &error {
            ConnectError::Socket(SocketError::Resolve { .. } | SocketError::NoAddress(_)) => RESOLVE,
            ConnectError::Socket(SocketError::Refused { .. }) => CONNECT_REFUSED,
            ConnectError::Socket(SocketError::NoDescriptor { .. } | SocketError::NoMachineDescriptor { .. }) => NO_DESCRIPTORS,
            ConnectError::Socket(SocketError::NoPort { .. }) => NO_PORTS,
            ConnectError::Socket(SocketError::Socket { .. }) => CONNECT,
            ConnectError::Timeout { .. } => CONNECT_TIMEOUT,
            ConnectError::Proxy { .. } => PROXY,
            ConnectError::NoHttp2 { .. } => PROTOCOL,
            ConnectError::Handshake { .. } | ConnectError::ServerName { .. } | ConnectError::Trust(_) => TLS,
        };
        Self::error(code, error.to_string())
    }
}

impl From<ExchangeError> for Failure {
    fn from(error: ExchangeError) -> Self {
        match &error {
            ExchangeError::NotSent | ExchangeError::Closed(_) => Self::error(CLOSED, error.to_string()),
            ExchangeError::Protocol(_) | ExchangeError::Http2(_) => Self::error(PROTOCOL, error.to_string()),
            ExchangeError::NoUrl(_) => bad_request(error.to_string()),
            ExchangeError::Coding { .. } => Self::error(BAD_CODING, error.to_string()).final_(),
            ExchangeError::BodyTooLarge { .. } => Self::error(BODY_TOO_LARGE, format!("{error}; `body-limit` allows more")).final_(),
        }
    }
}
