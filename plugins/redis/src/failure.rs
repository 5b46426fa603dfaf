//! What the server, or the way to it, says when something fails: the code, the words, what to do.

use std::time::Duration;

use redis::{ErrorKind, RedisError, ServerError};
use throng_broker::{Address, CLOSED, PROTOCOL, REFUSED, Security, TLS};
use throng_model::Targets;
use throng_plugin_api::OpenError;
use throng_protocols::Failure;

/// The key holds another type.
const WRONG_TYPE: &str = "wrong-type";
/// There is no memory left that the server may use.
const OUT_OF_MEMORY: &str = "out-of-memory";
/// The server cannot do it now.
const NOT_READY: &str = "not-ready";
/// The server is a replica.
const READ_ONLY: &str = "read-only";
/// The server is a node of a cluster, and the key is another's.
const CLUSTER: &str = "cluster";
/// The stream has no such group.
pub(crate) const NO_GROUP: &str = "no-group";
/// There is a group of this name.
pub(crate) const GROUP_EXISTS: &str = "group-exists";
/// The server refuses the command for another reason.
const REJECTED: &str = "rejected";
/// The stream is not there, and is not to be made.
const NO_STREAM: &str = "no-stream";
/// A poll has more elements than are remembered.
const TOO_MANY: &str = "too-many-records";
/// The sentinels do not know the master.
const NO_MASTER: &str = "no-master";
/// The master is not among the document's targets.
const NOT_GRANTED: &str = "not-granted";
/// No answer in time.
const ANSWER_TIMEOUT: &str = "answer-timeout";

/// Why something failed on a connection that is being opened, or is open.
pub(crate) fn of_connection(address: &Address, error: &RedisError) -> Failure {
    match error.kind() {
        ErrorKind::Parse => Failure::error(PROTOCOL, format!("what {address} says is not the protocol of Redis: {error}")),
        ErrorKind::Io => Failure::error(CLOSED, format!("the connection to {address} was lost: {error}")),
        _ => match error.code() {
            Some(code) => of_server(address, code, error.detail().unwrap_or_default()),
            None => Failure::error(REJECTED, format!("{address}: {error}")),
        },
    }
}

/// A connection that was lost before the first answer. With version 1.3 of TLS a server says only then that it wants another certificate.
pub(crate) fn of_greeting(address: &Address, failure: Failure) -> Failure {
    match address.security {
        Security::Tls if failure.code == CLOSED => {
            let hint = "`tls.certificate` is shown to servers that ask for one";
            Failure::error(TLS, format!("no TLS connection: {}, before it has answered anything; {hint}", failure.message))
        }
        _ => failure,
    }
}

/// An error among the answers.
pub(crate) fn of_error(address: &Address, error: &ServerError) -> Failure {
    of_server(address, error.code(), error.details().unwrap_or_default())
}

/// The server's own words.
fn of_server(address: &Address, said: &str, words: &str) -> Failure {
    let (code, hint) = match said {
        "NOAUTH" | "WRONGPASS" | "NOPERM" => (REFUSED, "; the options `user` and `password` say who asks"),
        "WRONGTYPE" => (WRONG_TYPE, "; choose another key, or delete what it holds"),
        "OOM" => (OUT_OF_MEMORY, "; the server's `maxmemory` is reached"),
        "LOADING" | "BUSY" | "MASTERDOWN" | "TRYAGAIN" | "CLUSTERDOWN" | "NOREPLICAS" | "MISCONF" => (NOT_READY, ""),
        "READONLY" => (READ_ONLY, "; it is a replica: let `url` name the master, or a `sentinel`"),
        "MOVED" | "ASK" | "CROSSSLOT" => (CLUSTER, "; it is a node of a cluster, and clusters are not supported"),
        "NOGROUP" => (NO_GROUP, "; have it made, or leave out `\"create\": false`"),
        "BUSYGROUP" => (GROUP_EXISTS, ""),
        _ => (REJECTED, ""),
    };
    let words = words.trim_end_matches('.');
    let failure = Failure::error(code, format!("{address} says: {said} {words}{hint}"));
    match code {
        OUT_OF_MEMORY | NOT_READY | READ_ONLY | NO_GROUP => failure,
        // It would be refused again.
        _ => failure.final_(),
    }
}

/// No answer in time.
pub(crate) fn answer_timeout(address: &Address, limit: Duration) -> Failure {
    Failure::error(ANSWER_TIMEOUT, format!("{address} has given no answer within {limit:?}; `timeouts.answer` allows more"))
}

/// An answer that no Redis gives.
pub(crate) fn strange_answer(address: &Address, command: &str) -> Failure {
    Failure::error(PROTOCOL, format!("what {address} answers to `{command}` is not what Redis answers; is it one?"))
}

/// A stream that is not to be made.
pub(crate) fn no_stream() -> Failure {
    Failure::error(NO_STREAM, "there is no such stream; have it made, or leave out `\"create\": false`")
}

/// More elements than are remembered.
pub(crate) fn too_many(command: &str) -> Failure {
    let message = format!("`{command}` has brought more elements than are remembered; `remember` allows more, `pattern` asks for less");
    Failure::error(TOO_MANY, message).final_()
}

/// Sentinels that do not know the master.
pub(crate) fn unknown_master(sentinel: &Address, master: &str) -> Failure {
    let message = format!("the sentinel {sentinel} knows no master `{master}`; correct `sentinel.master`, or `url` if it is no sentinel's");
    Failure::error(NO_MASTER, message)
}

/// A server that the sentinels call the master, and that is none.
pub(crate) fn not_master(address: &Address) -> Failure {
    Failure::error(READ_ONLY, format!("the sentinels call {address} the master, and it is a replica, still or again"))
}

/// A master that the document does not declare.
pub(crate) fn not_granted(address: &Address, targets: &Targets) -> Failure {
    let remedy = targets.line_granting(&address.to_string());
    let message = format!("the sentinels name the master {address}, and the document does not declare that target; {remedy}");
    Failure::error(NOT_GRANTED, message).final_()
}

/// The same, where a campaign cannot begin without.
pub(crate) fn open_error(failure: Failure) -> OpenError {
    OpenError { message: failure.message, hint: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_have_the_servers_words_and_a_remedy() {
        let address = Address { scheme: "redis", security: Security::Plain, host: "a".into(), port: 6379, path: None };
        let failure = of_server(&address, "WRONGTYPE", "Operation against a key holding the wrong kind of value");
        assert_eq!((failure.code.as_str(), failure.retryable), ("wrong-type", false));
        let words = "redis://a:6379 says: WRONGTYPE Operation against a key holding the wrong kind of value; choose another key, or delete what it holds";
        assert_eq!(failure.message, words);
        assert!(of_server(&address, "LOADING", "Redis is loading the dataset in memory").retryable, "it passes");
        assert_eq!(of_server(&address, "ERR", "no such key").message, "redis://a:6379 says: ERR no such key");
    }
}
