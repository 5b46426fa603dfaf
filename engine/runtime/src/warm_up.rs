//! What steps open before the load.

use std::time::Duration;

use futures_util::future::try_join_all;

use crate::assemble::AssembleError;
use crate::scenario_run::ScenarioRun;

/// How long a step may take.
const LIMIT: Duration = Duration::from_secs(30);

impl ScenarioRun {
    /// Opens what the steps' configurations ask for, all at once.
    ///
    /// # Errors
    /// The first step that cannot.
    pub(crate) async fn warm_up(&self) -> Result<(), AssembleError> {
        let steps = self.warming.iter().map(async |(step, runner)| {
            let reason = match self.clock.timeout(LIMIT, runner.warm_up()).await {
                Some(Ok(())) => return Ok(()),
                Some(Err(error)) => error.to_string(),
                None => format!("it was not warm within {LIMIT:?}"),
            };
            Err(AssembleError { step: Some(step.clone()), reason })
        });
        try_join_all(steps).await.map(drop)
    }
}
