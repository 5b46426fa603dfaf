//! How the command ends.

use std::fmt;
use std::process::ExitCode;

use throng_campaign::UndeclaredSetting;
use throng_campaign::overrides::OverrideError;
use throng_measure::Verdict;

/// The exit codes, the same for every command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// Successful, or with warnings.
    Good,
    /// The campaign failed.
    Failed,
    /// Bad usage, or a bad document.
    BadInput,
    /// The campaign was aborted.
    Aborted,
    /// The generator itself was the bottleneck.
    Void,
    /// The engine itself failed.
    Engine,
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Successful | Verdict::Warning => Self::Good,
            Verdict::Failed => Self::Failed,
            Verdict::Aborted => Self::Aborted,
            Verdict::Void => Self::Void,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Good => 0,
            Exit::Failed => 1,
            Exit::BadInput => 2,
            Exit::Aborted => 3,
            Exit::Void => 4,
            Exit::Engine => 5,
        })
    }
}

/// A command that could not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// What happened, where, and what to do.
    pub(crate) message: String,
}

impl Failure {
    /// The person's input was wrong.
    pub(crate) fn bad_input(message: impl fmt::Display) -> Self {
        Self { exit: Exit::BadInput, message: message.to_string() }
    }

    /// The engine itself failed.
    pub(crate) fn engine(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Engine, message: message.to_string() }
    }
}

/// The command line asked for it, by the option of this name.
impl From<OverrideError> for Failure {
    fn from(error: OverrideError) -> Self {
        Self::bad_input(format!("--{}: {error}", error.option()))
    }
}

impl From<UndeclaredSetting> for Failure {
    fn from(error: UndeclaredSetting) -> Self {
        Self::bad_input(format!("-c {}: {error}", error.key))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}
