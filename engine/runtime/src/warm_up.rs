//! What steps open before the load.

use std::time::Duration;

use futures_util::future::{LocalBoxFuture, try_join, try_join_all};
use throng_plugin_api::OpenError;

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
        let steps = self.warming.iter().map(|(step, runner)| self.warmed(step, runner.warm_up()));
        let sources = self.warming_sources.iter().map(async |(step, number)| {
            // Nobody else wants it before the load.
            let Some(mut source) = self.sources.borrow_mut().remove(number) else { return Ok(()) };
            self.warmed(step, source.warm_up()).await?;
            self.sources.borrow_mut().insert(*number, source);
            Ok(())
        });
        try_join(try_join_all(steps), try_join_all(sources)).await.map(drop)
    }

    async fn warmed(&self, step: &str, opening: LocalBoxFuture<'_, Result<(), OpenError>>) -> Result<(), AssembleError> {
        let reason = match self.clock.timeout(LIMIT, opening).await {
            Some(Ok(())) => return Ok(()),
            Some(Err(error)) => error.to_string(),
            None => format!("it was not warm within {LIMIT:?}"),
        };
        Err(AssembleError { step: Some(step.to_owned()), reason })
    }
}
