//! Opens a campaign's steps: what only the world can tell is checked before any load.

use std::time::Duration;

use throng_model::{Scenario, StepKind, StepSetup};
use throng_plugin_api::{Clock, OpenContext, Registry};

use crate::errors::CampaignError;
use crate::plan::PlannedScenario;

/// How long a step may take to open.
const LIMIT: Duration = Duration::from_secs(30);

/// Opens every plugin step of every scenario, one after another.
pub(crate) async fn open_steps(scenarios: &[PlannedScenario], registry: &Registry, clock: Clock) -> Result<(), CampaignError> {
    for planned in scenarios {
        let context =
            OpenContext { clock, files: registry.files(&planned.folder), settings: planned.settings.clone(), secrets: planned.secrets() };
        open_scenario(&planned.scenario, registry, &context).await?;
    }
    Ok(())
}

async fn open_scenario(scenario: &Scenario, registry: &Registry, context: &OpenContext) -> Result<(), CampaignError> {
    for step in &scenario.graph.steps {
        let StepKind::Plugin { kind, config, defaults, .. } = &step.kind else { continue };
        let setup = StepSetup { kind, step: &step.name, config, defaults: defaults.as_ref(), targets: &scenario.targets };
        let unable = |reason: String| CampaignError::Unable { scenario: scenario.name.clone(), step: Some(step.name.clone()), reason };
        let configured = registry.configure(&setup).map_err(|faults| {
            let lines: Vec<_> = faults.into_iter().map(|fault| fault.message).collect();
            unable(lines.join("; "))
        })?;
        match context.clock.timeout(LIMIT, configured.open(context)).await {
            Some(opened) => opened.map_err(|error| unable(error.to_string()))?,
            None => return Err(CampaignError::Slow { scenario: scenario.name.clone(), step: step.name.clone(), limit: LIMIT }),
        }
    }
    Ok(())
}
