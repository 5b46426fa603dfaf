//! What the broker, or the way to it, says when something fails: the code, the words, what to do.

use std::io;
use std::time::Duration;

use lapin::ErrorKind;
use lapin::protocol::{AMQPError, AMQPErrorKind, AMQPHardError, AMQPSoftError};
use throng_broker::{Address, CLOSED, PROTOCOL, REFUSED, connect_failure, connect_timeout};
use throng_plugin_api::OpenError;
use throng_protocols::Failure;

/// There is no such exchange, queue or virtual host.
const NOT_FOUND: &str = "not-found";
/// It is there, and otherwise than was asked for.
const PRECONDITION: &str = "precondition-failed";
/// Somebody has it for himself.
const LOCKED: &str = "locked";
/// The message has reached no queue.
pub(crate) const UNROUTABLE: &str = "unroutable";
/// The broker has not taken the message.
pub(crate) const NACKED: &str = "nacked";

/// Why there is no connection.
pub(crate) fn of_connecting(address: &Address, limit: Duration, error: &lapin::Error) -> Failure {
    match error.kind() {
        ErrorKind::IOError(error) if error.kind() == io::ErrorKind::TimedOut => connect_timeout(address, limit),
        ErrorKind::IOError(error) => connect_failure(address, error),
        ErrorKind::ProtocolError(error) => of_broker(address, error),
        _ => Failure::error(CLOSED, format!("{address} has closed the connection before it was open: {error}; the broker's log says why")),
    }
}

/// Why something failed on an open connection.
pub(crate) fn of_use(address: &Address, error: &lapin::Error) -> Failure {
    match error.kind() {
        ErrorKind::ProtocolError(error) => of_broker(address, error),
        ErrorKind::MissingHeartbeatError => {
            let message = format!("the connection to {address} was lost: the broker gave no sign of life for `heartbeat`");
            Failure::error(CLOSED, message)
        }
        _ => Failure::error(CLOSED, format!("the connection to {address} was lost: {error}")),
    }
}

/// The broker's own words.
fn of_broker(address: &Address, error: &AMQPError) -> Failure {
    let (code, hint) = match error.kind() {
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) => (REFUSED, "; the options `user` and `password` say who asks"),
        AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND) => (NOT_FOUND, "; correct the name, or have it declared"),
        AMQPErrorKind::Soft(AMQPSoftError::RESOURCELOCKED) => (LOCKED, "; it is exclusive to another connection"),
        AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED) => (PRECONDITION, "; declare it as it is, or delete it"),
        AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED | AMQPHardError::INVALIDPATH) => {
            (NOT_FOUND, "; the path of `url` names the virtual host")
        }
        AMQPErrorKind::Hard(AMQPHardError::CONNECTIONFORCED) => (CLOSED, ""),
        _ => (PROTOCOL, ""),
    };
    let failure = Failure::error(code, format!("{address} says: {}{hint}", error.get_message().as_str().trim_end_matches('.')));
    // It would be refused again.
    if code == REFUSED { failure.final_() } else { failure }
}

/// The same, where a campaign cannot begin without.
pub(crate) fn open_error(failure: Failure) -> OpenError {
    OpenError { message: failure.message, hint: None }
}
