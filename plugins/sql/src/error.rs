//! What can go wrong between a step and its database, and the codes that it is grouped by.

use std::io;
use std::time::Duration;

use sqlx::mysql::MySqlDatabaseError;
use sqlx::postgres::PgDatabaseError;
use throng_measure::Shortage;
use throng_plugin_api::{OpenError, shortage_of};
use throng_protocols::Failure;

use crate::address::Server;
use crate::database::Account;

/// Characters of a statement that are shown around a fault.
const NEAR: usize = 30;

/// Why a statement did not come to an answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SqlError {
    #[error("the name of {server} cannot be resolved: {source}")]
    Resolve { server: String, source: io::Error },
    #[error("{server} refuses connections: nothing listens there; start the server, or correct the `url`")]
    Refused { server: String },
    #[error("no connection to {server} within {limit:?}; `timeouts.connect` allows more")]
    ConnectTimeout { server: String, limit: Duration },
    #[error("no connection to {server}: {source}")]
    Connect { server: String, source: io::Error },
    #[error("no TLS connection to {server}: {reason}")]
    Tls { server: String, reason: String },
    #[error("{server} does not let the user `{user}` in: {words}; {remedy}")]
    LogIn { server: String, user: String, words: String, remedy: &'static str },
    #[error("the connection was lost: {0}")]
    Closed(#[from] io::Error),
    #[error("the server's bytes are not its protocol: {0}")]
    Protocol(String),
    #[error("the column `{column}`: {reason}")]
    Column { column: String, reason: String },
    #[error("the answer is larger than {limit} bytes; `answer-limit` allows more, `limit` in the statement asks for less")]
    AnswerTooLarge { limit: u64 },
    #[error("{0}")]
    Statement(Box<Refusal>),
    #[error("{0}")]
    Parameter(String),
    #[error("`{file}` cannot be opened: {words}")]
    File { file: String, words: String },
}

/// A statement that the database refused, in its own words.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Refusal {
    /// The SQLSTATE, or the name that SQLite gives.
    pub(crate) state: String,
    pub(crate) message: String,
    pub(crate) detail: Option<String>,
    pub(crate) hint: Option<String>,
    /// A piece of the statement where the fault is.
    pub(crate) near: Option<String>,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} ({})", self.message, self.state)?;
        self.near.iter().try_for_each(|near| write!(formatter, " at `{near}`"))?;
        let remedy = self.hint.as_deref().or_else(|| remedy(&self.state));
        self.detail.as_deref().into_iter().chain(remedy).try_for_each(|more| write!(formatter, "; {more}"))
    }
}

impl Refusal {
    /// Whether the same statement may succeed another time: not enough room, a conflict with others, a server that is going or coming.
    fn is_passing(&self) -> bool {
        ["08", "40", "53", "57", "55P03", "SQLITE_BUSY", "SQLITE_LOCKED"].iter().any(|start| self.state.starts_with(start))
    }
}

/// Why there is no TLS, with what to do about it.
fn told_tls(reason: &(dyn std::error::Error + 'static)) -> String {
    let words = reason.to_string();
    let hint = match words.contains("ertificate") {
        true => "; `tls.roots` says whom to trust",
        false => "; does the server speak TLS?",
    };
    format!("{words}{hint}")
}

/// The piece of a statement that begins at a position, from 1, in characters.
pub(crate) fn near(statement: &str, position: usize) -> Option<String> {
    let mut rest = statement.chars().skip(position.checked_sub(1)?);
    let piece: String = rest.by_ref().take(NEAR).collect();
    let more = if rest.next().is_some() { "…" } else { "" };
    (!piece.is_empty()).then(|| format!("{}{more}", piece.replace(['\n', '\r', '\t'], " ")))
}

/// What to do about a state, where the server does not say it.
fn remedy(state: &str) -> Option<&'static str> {
    Some(match state {
        "42P18" | "42P08" => "say the placeholder's type: `$1::integer`",
        "53300" | "08004" => "the server has no connection left: make `pool.size` smaller",
        "42501" => "the `user` may not do this",
        _ => return None,
    })
}

impl SqlError {
    /// Why there is no connection.
    pub(crate) fn of_opening(error: sqlx::Error, server: &Server, account: &Account) -> Self {
        let server = server.to_string();
        match error {
            sqlx::Error::Io(source) if source.kind() == io::ErrorKind::ConnectionRefused => Self::Refused { server },
            sqlx::Error::Io(source) if source.to_string().contains("lookup address") => Self::Resolve { server, source },
            sqlx::Error::Io(source) if source.to_string().contains("certificate") => Self::Tls { server, reason: told_tls(&source) },
            sqlx::Error::Io(source) => Self::Connect { server, source },
            sqlx::Error::Tls(reason) => Self::Tls { server, reason: told_tls(reason.as_ref()) },
            other => match Self::of_statement(other, "") {
                // The class of who may come in.
                Self::Statement(refusal) if refusal.state.starts_with("28") => {
                    let words = format!("{} ({})", refusal.message, refusal.state);
                    Self::LogIn { server, user: account.user.clone(), words, remedy: "check `user` and `password`" }
                }
                other => other,
            },
        }
    }

    /// Why a statement did not come to an answer.
    pub(crate) fn of_statement(error: sqlx::Error, statement: &str) -> Self {
        match error {
            sqlx::Error::Database(error) => match error.try_downcast_ref::<PgDatabaseError>() {
                Some(error) => Self::Statement(Box::new(crate::postgres::refusal(error, statement))),
                None => match error.try_downcast_ref::<MySqlDatabaseError>() {
                    Some(error) => Self::Statement(Box::new(crate::mysql::refusal(error))),
                    None => Self::Protocol(error.to_string()),
                },
            },
            sqlx::Error::Io(source) => Self::Closed(source),
            sqlx::Error::Encode(reason) => Self::Parameter(reason.to_string()),
            other => Self::Protocol(other.to_string()),
        }
    }

    /// A statement with more or fewer placeholders than it is given parameters.
    pub(crate) fn other_number(wanted: usize, given: usize) -> Self {
        Self::Parameter(format!("the statement has {wanted} placeholders, and there are {given} parameters"))
    }

    /// What the machine did not have, if that is why.
    pub(crate) fn shortage(&self) -> Option<Shortage> {
        match self {
            Self::Connect { source, .. } => shortage_of(source),
            _ => None,
        }
    }

    /// Whether it is a connection that failed, rather than what was asked of it.
    pub(crate) fn is_of_connection(&self) -> bool {
        !matches!(self, Self::Statement(_) | Self::Parameter(_) | Self::Column { .. } | Self::AnswerTooLarge { .. } | Self::File { .. })
    }

    /// Whether the same may succeed another time, by what the server says.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Statement(refusal) if refusal.is_passing())
    }

    /// Whether the connection can be used again.
    pub(crate) fn leaves_connection(&self) -> bool {
        match self {
            Self::Parameter(_) => true,
            // A server that goes says so, and closes.
            Self::Statement(refusal) => !["08", "57P"].iter().any(|start| refusal.state.starts_with(start)),
            _ => false,
        }
    }

    fn code(&self) -> String {
        let code = match self {
            Self::Resolve { .. } => "resolve",
            Self::Refused { .. } => "connect-refused",
            Self::ConnectTimeout { .. } => "connect-timeout",
            Self::Connect { source, .. } => match shortage_of(source) {
                Some(Shortage::Descriptors | Shortage::MachineDescriptors) => "no-descriptors",
                Some(Shortage::Ports) => "no-ports",
                _ => "connect",
            },
            Self::Tls { .. } => "tls",
            Self::LogIn { .. } => "access-refused",
            Self::Closed(_) => "closed",
            Self::Protocol(_) => "protocol",
            Self::AnswerTooLarge { .. } => "answer-too-large",
            Self::Statement(refusal) if refusal.state.starts_with("SQLITE") => return refusal.state.to_ascii_lowercase().replace('_', "-"),
            Self::Statement(refusal) => return format!("sqlstate-{}", refusal.state),
            Self::Parameter(_) => "bad-parameter",
            Self::Column { .. } => "unreadable-column",
            Self::File { .. } => "file-unreadable",
        };
        code.to_owned()
    }
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        let failure = Self::error(error.code(), error.to_string());
        match &error {
            SqlError::Statement(refusal) if refusal.is_passing() => failure,
            SqlError::Statement(_)
            | SqlError::Parameter(_)
            | SqlError::Column { .. }
            | SqlError::AnswerTooLarge { .. }
            | SqlError::LogIn { .. }
            | SqlError::File { .. } => failure.final_(),
            _ => failure,
        }
    }
}

impl From<SqlError> for OpenError {
    fn from(error: SqlError) -> Self {
        Self { message: error.to_string(), hint: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_have_the_servers_words_and_a_remedy() {
        let refusal = |state: &str, hint: Option<&str>| Refusal {
            state: state.to_owned(),
            message: "it is wrong".to_owned(),
            hint: hint.map(str::to_owned),
            near: Some("form orders".to_owned()),
            detail: None,
        };
        let failure = |refusal: Refusal| Failure::from(SqlError::Statement(Box::new(refusal)));
        assert_eq!(failure(refusal("42601", None)).message, "it is wrong (42601) at `form orders`");
        let untyped = failure(refusal("42P18", None));
        assert_eq!((untyped.code.as_str(), untyped.retryable), ("sqlstate-42P18", false));
        assert!(untyped.message.ends_with("; say the placeholder's type: `$1::integer`"), "{}", untyped.message);
        assert!(failure(refusal("42P18", Some("theirs"))).message.ends_with("; theirs"));
        assert!(failure(refusal("40001", None)).retryable, "a conflict passes");
        assert_eq!(failure(refusal("SQLITE_BUSY", None)).code, "sqlite-busy");
    }
}
