//! Why a guest gave no answer, in words.

use throng_protocols::{CallbacksError, Failure};
use wasmtime::Trap;
use wasmtime_wasi::I32Exit;

use crate::guard::{Budget, Guard, Stopped};

/// A host function refuses to go on, and traps the guest with these words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct HostTrap(String);

impl HostTrap {
    /// Traps with these words.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// Why a guest gave no answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// It trapped or ran into a limit; its store is lost.
    Trapped {
        /// `trap`, `deadline`, `memory` or `aborted`.
        code: &'static str,
        /// What happened.
        message: String,
    },
    /// It wanted to wait; its store is lost.
    Pending,
}

impl Fault {
    /// Reads what wasmtime and the guard say about a call.
    pub(crate) fn new(error: &wasmtime::Error, guard: &Guard, last_words: Option<&str>) -> Self {
        let (code, message) = match (guard.stopped(), guard.memory_refused()) {
            (Some(Stopped::Aborted), _) => ("aborted", "the campaign was aborted while the guest was computing".into()),
            (Some(Stopped::Deadline(Budget { time, option, .. })), _) => {
                ("deadline", format!("the guest computed for more than {time:?}; do less in one go, or raise the limit `{option}`"))
            }
            (None, Some(limit)) => {
                ("memory", format!("the guest wanted more than {} KiB of memory; keep less, or raise the limit `memory`", limit >> 10))
            }
            (None, None) => ("trap", in_words(error)),
        };
        match last_words.filter(|_| code == "trap") {
            Some(words) => Self::Trapped { code, message: format!("{message}; it said on stderr: {words}") },
            None => Self::Trapped { code, message },
        }
    }
}

impl Fault {
    /// An export has the right name and another shape.
    pub(crate) fn mismatch(function: &str, error: &wasmtime::Error) -> Self {
        let message = format!(
            "its function `{function}` has another shape ({}); build the component against the `wit/` files of this engine's version",
            error.root_cause()
        );
        Self::Trapped { code: "trap", message }
    }
}

/// What a callback that wants to wait ends in.
pub(crate) const MAY_NOT_WAIT: &str =
    "callbacks may not wait, for example for a timer, a file or a socket; use a step such as `delay` or `http`";

impl From<Fault> for CallbacksError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Trapped { code, message } => Self::Trapped { code, message },
            Fault::Pending => Self::Unavailable(Failure::error("callbacks-may-not-wait", MAY_NOT_WAIT).final_()),
        }
    }
}

/// The cause of a trap, for people.
fn in_words(error: &wasmtime::Error) -> String {
    if let Some(HostTrap(message)) = error.downcast_ref() {
        return message.clone();
    }
    if let Some(I32Exit(status)) = error.downcast_ref() {
        return format!("the guest ended itself with exit status {status}; a callback has to return");
    }
    let Some(trap) = error.downcast_ref::<Trap>() else {
        return error.root_cause().to_string();
    };
    match trap {
        Trap::UnreachableCodeReached => "the guest panicked or gave up (it ran into `unreachable`)".into(),
        Trap::StackOverflow => "the guest's calls are nested too deeply: its stack is used up".into(),
        Trap::MemoryOutOfBounds => "the guest reached outside its memory".into(),
        Trap::IntegerDivisionByZero => "the guest divided by zero".into(),
        Trap::CannotLeaveComponent => "the guest called the host where it must not, such as while values are copied".into(),
        other => format!("the guest trapped: {}", other.to_string().trim_start_matches("wasm trap: ")),
    }
}
