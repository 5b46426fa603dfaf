//! `throng target`: the built-in HTTP server.

use throng_target::TargetOptions;

use crate::exit::{Exit, Failure};

/// Serves until it is told to end.
pub(crate) fn target(options: TargetOptions) -> Result<Exit, Failure> {
    throng_target::run(options).map_err(Failure::bad_input)?;
    Ok(Exit::Good)
}
