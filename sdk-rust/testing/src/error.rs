//! Why a test did not come to an outcome.

use std::fmt;

use throng_campaign::overrides::OverrideError;
use throng_campaign::{CampaignError, LoadError, UndeclaredSetting};
use throng_guest::SandboxError;
use throng_model::{DocumentError, Faults, ProfileError};

/// A scenario that could not be run. One that ran and failed has an [`Outcome`](crate::Outcome) that says so.
#[derive(thiserror::Error)]
pub enum TestError {
    /// The scenario was built wrongly, a line for each fault.
    #[error("{0}")]
    Build(String),
    /// The SDK wrote a document that is none.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The scenarios, or the settings given to them, are wrong.
    #[error(transparent)]
    Faults(#[from] Faults),
    /// The component cannot be run.
    #[error("{origin}: {source}")]
    Component {
        /// The file, or `the component`.
        origin: String,
        /// Why.
        source: LoadError,
    },
    /// There is no sandbox.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A setting that nobody declares.
    #[error("setting: {0}")]
    Setting(#[from] UndeclaredSetting),
    /// A profile that cannot be read.
    #[error("profile: {0}")]
    Profile(#[from] ProfileError),
    /// A change that cannot be made.
    #[error("{option}: {0}", option = .0.option())]
    Override(#[from] OverrideError),
    /// The campaign did not come to a report.
    #[error(transparent)]
    Campaign(#[from] CampaignError),
    /// The operating system refused something.
    #[error("{what}: {source}")]
    System {
        /// What was wanted.
        what: &'static str,
        /// The refusal.
        source: std::io::Error,
    },
    /// The engine itself panicked.
    #[error("the engine panicked: {0}; this is a fault of the engine, please report it")]
    Panicked(String),
}

/// As people read it, because this is what tests show that end with `?` or `unwrap`.
impl fmt::Debug for TestError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}
