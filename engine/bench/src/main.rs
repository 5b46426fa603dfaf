//! Bare loops around the engine's hot paths: `throng-bench calls [NAME]`, `throng-bench recording [EXECUTIONS]`.

mod calls;
mod recording;
mod rounds;

use std::error::Error;

/// Executions of a round, when nothing is said.
const EXECUTIONS: u32 = 2_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("calls") => calls::calls(arguments.next().as_deref().unwrap_or_default()),
        Some("recording") => Ok(recording::recording(arguments.next().map_or(Ok(EXECUTIONS), |executions| executions.parse())?)?),
        _ => Err("say `calls` or `recording`".into()),
    }
}
