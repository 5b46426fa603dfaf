//! The generator's part of a report: its samples, judged with what the scenarios say of it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{CampaignFacts, ScenarioReport, fitness};
use crate::health::Circumstances;
use crate::{GeneratorReport, GuestStallReport, ScenarioSnapshot, ShortageReport, Shortages, Snapshot};

pub(super) fn health(snapshot: &Snapshot, scenarios: &[ScenarioReport], facts: &CampaignFacts) -> GeneratorReport {
    let mut guests: Vec<_> = snapshot.scenarios().iter().flat_map(guest_stalls).collect();
    guests.sort_by_key(|guest| Reverse(guest.longest));
    let shortages = shortages(snapshot);
    let circumstances = Circumstances {
        duration: facts.duration,
        histogram_bytes: snapshot.histogram_bytes(),
        is_scheduled: scenarios.iter().any(|scenario| scenario.health.scheduled),
        is_late: scenarios.iter().any(|scenario| fitness::is_late(scenario, &facts.health)),
        guests: &guests,
        shortages: &shortages,
    };
    snapshot.generator().report(&circumstances)
}

fn guest_stalls(scenario: &ScenarioSnapshot) -> impl Iterator<Item = GuestStallReport> {
    scenario.run.guest_stalls.iter().filter_map(|(step, stall)| {
        let step = scenario.shape.steps.get(step as usize)?.name.to_string();
        Some(GuestStallReport {
            scenario: scenario.shape.name.to_string(),
            step,
            calls: stall.calls,
            nanos: stall.nanos,
            longest: stall.longest,
        })
    })
}

fn shortages(snapshot: &Snapshot) -> Vec<ShortageReport> {
    let mut all = Shortages::default();
    snapshot.scenarios().iter().for_each(|scenario| all.merge(&scenario.run.shortages));
    let all: BTreeMap<_, _> = all.iter().collect();
    all.into_iter().map(|(of, short)| ShortageReport { of, times: short.times, first: short.first }).collect()
}
