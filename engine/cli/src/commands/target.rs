//! `throng target`: the built-in HTTP server.

use throng_target::{TargetError, TargetOptions};

use crate::exit::{Exit, Failure};

/// Serves until it is told to end.
pub(crate) fn target(options: TargetOptions) -> Result<Exit, Failure> {
    match throng_target::run(options) {
        Ok(()) => Ok(Exit::Good),
        Err(error @ TargetError::Start { .. }) => Err(Failure::engine(with_causes(&error))),
        Err(error) => Err(Failure::bad_input(with_causes(&error))),
    }
}

/// An error with all that it was caused by.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
