//! The codes that failures of brokers are grouped by, and those of opening a connection.

use std::io;
use std::time::Duration;

use throng_measure::Shortage;
use throng_plugin_api::shortage_of;
use throng_protocols::Failure;

use crate::address::Address;

/// Nothing listens at the address.
pub const CONNECT_REFUSED: &str = "connect-refused";
/// No connection within `timeouts.connect`.
pub const CONNECT_TIMEOUT: &str = "connect-timeout";
/// No connection for another reason, such as no route.
pub const CONNECT: &str = "connect";
/// This process, or this machine, may open no more file descriptors: the generator's fault.
pub const NO_DESCRIPTORS: &str = "no-descriptors";
/// This machine has no local port left for the connection: the generator's fault.
pub const NO_PORTS: &str = "no-ports";
/// The host's name has no address.
pub const RESOLVE: &str = "resolve";
/// No TLS connection.
pub const TLS: &str = "tls";
/// The connection was lost.
pub const CLOSED: &str = "closed";
/// What the server said is not its protocol.
pub const PROTOCOL: &str = "protocol";
/// The server does not let this user in, or do this.
pub const REFUSED: &str = "access-refused";
/// The message cannot be sent as it is.
pub const BAD_MESSAGE: &str = "bad-message";
/// The record is not what it should be.
pub const BAD_RECORD: &str = "bad-record";
/// The callback's answer is not a message.
pub const WRONG_ANSWER: &str = "wrong-answer";

/// Why there is no connection, in the operating system's words, with what to do about it.
pub fn connect_failure(address: &Address, error: &io::Error) -> Failure {
    if let Some(rustls) = rustls_error(error) {
        let hint = match rustls {
            rustls::Error::InvalidCertificate(_) => "; `tls.roots` says whom to trust, `tls.server-name` under which name",
            rustls::Error::InvalidMessage(_) => "; is it a port without TLS?",
            _ => "",
        };
        return Failure::error(TLS, format!("no TLS connection to {address}: {rustls}{hint}"));
    }
    match shortage_of(error) {
        Some(Shortage::Descriptors) => {
            let message = format!(
                "no connection to {address}: this process may open no more file descriptors ({error}); raise its hard limit, `ulimit -Hn`"
            );
            return Failure::error(NO_DESCRIPTORS, message);
        }
        Some(Shortage::MachineDescriptors) => {
            let message =
                format!("no connection to {address}: this machine may open no more file descriptors ({error}); raise `fs.file-max`");
            return Failure::error(NO_DESCRIPTORS, message);
        }
        Some(Shortage::Ports) => {
            let message = format!(
                "no connection to {address}: this machine has no local port left for it ({error}); widen `net.ipv4.ip_local_port_range`"
            );
            return Failure::error(NO_PORTS, message);
        }
        _ => {}
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::error(
            CONNECT_REFUSED,
            format!("{address} refuses connections: nothing listens there; start the server, or correct the `url`"),
        ),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            let message = format!("{address} has closed the connection before it was open: {error}; the server's log says why");
            Failure::error(CLOSED, message)
        }
        _ if error.to_string().contains("lookup address") => {
            Failure::error(RESOLVE, format!("the name of {address} cannot be resolved: {error}"))
        }
        _ => Failure::error(CONNECT, format!("no connection to {address}: {error}")),
    }
}

/// No connection in time.
pub fn connect_timeout(address: &Address, limit: Duration) -> Failure {
    Failure::error(CONNECT_TIMEOUT, format!("no connection to {address} within {limit:?}; `timeouts.connect` allows more"))
}

/// What the machine did not have, if that is what a failure says.
pub fn shortage_in(failure: &Failure) -> Option<Shortage> {
    match failure.code.as_str() {
        NO_DESCRIPTORS => Some(Shortage::Descriptors),
        NO_PORTS => Some(Shortage::Ports),
        _ => None,
    }
}

/// A callback that did not answer with a message.
pub fn wrong_answer(what: &str, example: &str) -> Failure {
    let message = format!("the callback answered {what}; a message is wanted: JSON like {example}");
    Failure::error(WRONG_ANSWER, message).final_()
}

fn rustls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

#[cfg(test)]
mod tests {
    use rustix::io::Errno;

    use super::*;
    use crate::address::Security;

    #[test]
    fn each_cause_has_its_code() {
        let address = Address { scheme: "amqp", security: Security::Plain, host: "a".into(), port: 5672, path: None };
        let code = |error: io::Error| connect_failure(&address, &error).code;
        assert_eq!(code(Errno::CONNREFUSED.into()), CONNECT_REFUSED);
        assert_eq!(code(Errno::MFILE.into()), NO_DESCRIPTORS);
        assert_eq!(code(Errno::ADDRNOTAVAIL.into()), NO_PORTS);
        assert_eq!(code(Errno::CONNRESET.into()), CLOSED);
        assert_eq!(code(Errno::HOSTUNREACH.into()), CONNECT);
        assert_eq!(code(io::Error::other("failed to lookup address information: no such name")), RESOLVE);
        assert_eq!(code(io::Error::other(rustls::Error::DecryptError)), TLS);
        assert_eq!(shortage_in(&connect_failure(&address, &Errno::NFILE.into())), Some(Shortage::Descriptors));
    }
}
