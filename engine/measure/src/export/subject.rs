//! Whose a meter or event is: campaign, scenario, step, zone and tags.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ExportedEvent, Stamp};
use crate::{Event, ScenarioShape};

/// Whose a meter or event is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Subject {
    /// The campaign's key.
    pub campaign: String,
    /// The label of where the engine runs.
    pub zone: Option<String>,
    /// The scenario; none for the campaign's own.
    pub scenario: Option<String>,
    /// The step; none for the scenario's own.
    pub step: Option<String>,
    /// The campaign's tags and the step's, and those of the meter or event; of equal names the last of these.
    pub tags: BTreeMap<String, String>,
}

impl Subject {
    /// The same with more tags.
    pub(super) fn tagged(self: &Arc<Self>, tags: &[(String, String)]) -> Arc<Self> {
        if tags.is_empty() {
            return Arc::clone(self);
        }
        let mut subject = Self::clone(self);
        subject.tags.extend(tags.iter().cloned());
        Arc::new(subject)
    }
}

/// The subjects of a campaign, each made once.
#[derive(Clone, Debug)]
pub struct Subjects {
    scenarios: Vec<(Arc<Subject>, Vec<Arc<Subject>>)>,
    campaign: Arc<Subject>,
}

impl Subjects {
    /// Those of a campaign with these scenarios; `campaign` says all that they have in common.
    pub fn new<'a>(campaign: Subject, scenarios: impl IntoIterator<Item = &'a ScenarioShape>) -> Self {
        let of_scenario = |shape: &ScenarioShape| {
            let scenario = Subject { scenario: Some(shape.name.to_string()), ..campaign.clone() };
            let steps = shape.steps.iter().map(|step| {
                let mut subject = Subject { step: Some(step.name.to_string()), ..scenario.clone() };
                subject.tags.extend(step.tags.clone());
                Arc::new(subject)
            });
            let steps = steps.collect();
            (Arc::new(scenario), steps)
        };
        Self { scenarios: scenarios.into_iter().map(of_scenario).collect(), campaign: Arc::new(campaign) }
    }

    /// An event with its subject, of a scenario or of the campaign itself; `stamp` is its moment.
    pub fn event(&self, scenario: Option<usize>, event: Event, stamp: Stamp) -> ExportedEvent {
        let subject = match (scenario, event.step) {
            (None, _) => &self.campaign,
            (Some(scenario), Some(step)) => self.step(scenario, step as usize),
            (Some(scenario), None) => self.scenario(scenario),
        };
        ExportedEvent {
            name: event.name.into_owned(),
            level: event.level,
            stamp,
            subject: subject.tagged(&event.tags),
            minion: event.minion,
            iteration: event.iteration,
            value: event.value,
        }
    }

    pub(super) fn scenario(&self, scenario: usize) -> &Arc<Subject> {
        self.scenarios.get(scenario).map_or(&self.campaign, |(scenario, _)| scenario)
    }

    pub(super) fn step(&self, scenario: usize, step: usize) -> &Arc<Subject> {
        let steps = self.scenarios.get(scenario).map(|(_, steps)| steps);
        steps.and_then(|steps| steps.get(step)).unwrap_or_else(|| self.scenario(scenario))
    }
}
