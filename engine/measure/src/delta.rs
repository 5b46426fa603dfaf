//! What a worker has recorded of a scenario since it was last asked.

use serde::{Deserialize, Serialize};

use crate::{Histogram, PluginMeter, RunFigures, StepFigures};

/// One worker's period of one scenario, on its way to the merger. Cheap to make; its encoding is left to who sends it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct ScenarioDelta {
    /// Steps of which there is something to tell.
    pub steps: Vec<StepDelta>,
    /// Everything else.
    pub run: RunFigures,
    /// Runs that began, by second since the campaign's start; one or two entries as a rule.
    #[serde(default)]
    pub starts: Vec<(u64, u64)>,
}

/// One step's part.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StepDelta {
    /// Its number.
    pub step: u32,
    /// Only what is new.
    pub figures: StepFigures,
}

/// Emptied histograms, for [`Recorder::reuse`](crate::Recorder::reuse).
#[derive(Debug, Default)]
pub struct Spares(pub(crate) Vec<Histogram>);

impl ScenarioDelta {
    /// Takes a merged delta apart and empties its histograms, so that the worker need not make new ones.
    pub fn into_spares(self) -> Spares {
        let Self { steps, run: RunFigures { start_lag, journey, .. }, .. } = self;
        let mut spares = vec![start_lag];
        spares.extend(journey.response.into_iter().chain(journey.service));
        for StepDelta { figures, .. } in steps {
            spares.extend(figures.times.response.into_iter().chain(figures.times.service));
            spares.extend(figures.plugin.into_values().filter_map(|meter| match meter {
                PluginMeter::Timer(timer) => Some(timer),
                PluginMeter::Counter(_) => None,
            }));
        }
        spares.retain(Histogram::is_allocated);
        spares.iter_mut().for_each(Histogram::clear);
        Spares(spares)
    }
}
