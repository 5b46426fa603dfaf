//! Lines in the engine's log, at most 64 KiB a second per scenario.

use std::fmt::Display;

use crate::platform;

/// How serious a log line, an event or a line of the report is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Level {
    /// Finest detail.
    Trace,
    /// Decisions.
    Debug,
    /// Life cycle.
    Info,
    /// Will surprise someone.
    Warn,
    /// Harm.
    Error,
}

/// Whether lines of this level are kept.
pub fn enabled(level: Level) -> bool {
    platform::log_enabled(level)
}

/// Writes a line; it is formatted only if its level is kept: `log::write(Level::Debug, format_args!("cart {cart}"))`.
pub fn write(level: Level, message: impl Display) {
    if enabled(level) {
        platform::log_write(level, &message.to_string());
    }
}

/// Writes a line at [`Level::Debug`].
pub fn debug(message: impl Display) {
    write(Level::Debug, message);
}

/// Writes a line at [`Level::Info`].
pub fn info(message: impl Display) {
    write(Level::Info, message);
}

/// Writes a line at [`Level::Warn`].
pub fn warn(message: impl Display) {
    write(Level::Warn, message);
}

/// Writes a line at [`Level::Error`].
pub fn error(message: impl Display) {
    write(Level::Error, message);
}
