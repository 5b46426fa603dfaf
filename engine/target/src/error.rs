//! What can go wrong with the target itself.

use std::io;

/// Why the target cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The address is taken, or not one of this machine.
    #[error("cannot listen on {host}:{port}; another program may have it: choose another `--port`, or 0 for a free one")]
    Bind {
        /// As given.
        host: String,
        /// As given.
        port: u16,
        /// The operating system's reason.
        source: io::Error,
    },
    /// An order cannot be both lost and doubled.
    #[error("`--lose` and `--double` are more than 100% together ({percent}%); lower one of them")]
    Shares {
        /// Their sum.
        percent: f64,
    },
    /// The operating system refuses a runtime, a thread or a signal handler.
    #[error("cannot start the target: no {what}")]
    Start {
        /// What could not be had.
        what: &'static str,
        /// The operating system's reason.
        source: io::Error,
    },
}
