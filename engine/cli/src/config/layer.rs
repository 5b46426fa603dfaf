//! What one source says, checked.

use std::collections::BTreeMap;

use throng_campaign::Plan;
use throng_campaign::overrides::{Named, OverrideError, Overrides};
use throng_guest::Limits;
use throng_measure::HealthLimits;
use throng_model::{
    CampaignDocument, CampaignHealth, CampaignScenario, DOCUMENT_VERSION, DurationText, Fault, Percentage, Rule, Scenario, ScenarioChanges,
    SizeText, check_changes, validate_campaign,
};

use super::{ConfigDocument, Origin};
use crate::arguments::{Color, Live, ReportFile, Switch};
use crate::exit::Failure;

/// Keys that only presets have: at the top of the file they would change every scenario that is ever run.
pub(super) const PRESETS_ONLY: [&str; 6] = ["minions", "minions-factor", "profile", "max-in-flight", "speed", "scenario"];

/// Keys that no preset has.
pub(super) const NOT_IN_PRESETS: [&str; 2] = ["color", "presets"];

/// What one source says, with its changes of scenarios read.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) origin: Origin,
    pub(crate) document: ConfigDocument,
    /// Of every scenario.
    all: ScenarioChanges,
    /// Of single ones, by name.
    pub(crate) each: BTreeMap<String, ScenarioChanges>,
}

impl Layer {
    /// Checks what is said, as far as it alone can tell.
    pub(crate) fn checked(origin: Origin, document: ConfigDocument) -> Result<Self, Failure> {
        let mut faults = misplaced(&origin, &document);
        faults.extend(own_faults(&document));
        let all = CampaignScenario {
            minions: document.minions,
            profile: document.profile.clone(),
            max_in_flight: document.max_in_flight,
            ..CampaignScenario::default()
        };
        let all = check_changes("", &all, &mut faults);
        let changes = match validate_campaign(as_campaign(&document)) {
            Ok(campaign) => campaign.changes,
            Err(found) => {
                faults.extend(found.iter().cloned());
                BTreeMap::new()
            }
        };
        let messages: Vec<_> = faults.iter().map(|fault| fault_at(&origin, fault)).collect();
        if messages.is_empty() { Ok(Self { origin, document, all, each: changes }) } else { Err(Failure::bad_input(messages.join("\n"))) }
    }

    /// What is in force when nothing is said.
    pub(crate) fn defaults() -> Self {
        let plan = Plan::default();
        let document = ConfigDocument {
            workers: Some(default_workers()),
            live: Some(Live::Auto),
            summary: Some(Switch::On),
            color: Some(Color::Auto),
            hard_timeout: Some(DurationText(plan.hard_timeout)),
            start_offset: Some(DurationText(plan.start_offset)),
            warm_up: Some(DurationText(plan.warm_up)),
            histogram_memory: Some(SizeText(plan.histogram_memory)),
            health: default_health(&plan.health),
            speed: Some(plan.speed),
            ..ConfigDocument::default()
        };
        Self { origin: Origin::Default, document, all: ScenarioChanges::default(), each: BTreeMap::new() }
    }

    /// What it changes of these scenarios, apart from what only the last one that says it does: the factor and the choice.
    pub(crate) fn overrides(&self, scenarios: &[Scenario], speed: f64) -> Overrides {
        // Whoever speaks of this one run means scenarios that are there; the others speak of all that there may be.
        let spoken_of = |name: &str| self.origin.is_of_this_run() || scenarios.iter().any(|scenario| scenario.name == name);
        let each: BTreeMap<_, _> = self.each.iter().filter(|(name, _)| spoken_of(name)).collect();
        Overrides {
            minions: changes(&self.all, &each, |changes| changes.minions),
            minions_factor: None,
            profile: changes(&self.all, &each, |changes| changes.profile.clone()),
            max_in_flight: changes(&self.all, &each, |changes| changes.max_in_flight),
            speed,
            scenario: Vec::new(),
        }
    }

    /// Which scenarios it chooses, if it does: by patterns, or, in a campaign document, by naming them.
    pub(crate) fn choice(&self) -> Option<Vec<String>> {
        let named = || self.each.keys().cloned().collect::<Vec<_>>();
        match &self.origin {
            Origin::Campaign(_) => Some(named()).filter(|names| !names.is_empty()),
            _ => self.document.scenario.clone(),
        }
    }

    /// What is wrong with one of its changes.
    pub(crate) fn override_fault(&self, error: &OverrideError) -> Failure {
        let of = |name: &str, key: &str| ["scenarios", name, key].map(str::to_owned).to_vec();
        let path = match error {
            OverrideError::Unmatched { pattern, .. } if matches!(self.origin, Origin::Campaign(_)) => {
                vec!["scenarios".to_owned(), pattern.clone()]
            }
            OverrideError::UnknownScenario { name, option, .. } => of(name, option),
            OverrideError::FixedMinions { scenario, .. } | OverrideError::Minions { scenario, .. }
                if self.each.get(scenario).is_some_and(|changes| changes.minions.is_some()) =>
            {
                of(scenario, "minions")
            }
            other => vec![other.option().to_owned()],
        };
        self.origin.fault(&path, error)
    }
}

fn changes<T>(
    all: &ScenarioChanges,
    each: &BTreeMap<&String, &ScenarioChanges>,
    pick: impl Fn(&ScenarioChanges) -> Option<T>,
) -> Vec<Named<T>> {
    let all = pick(all).map(|value| Named { scenario: None, value });
    let each = each.iter().filter_map(|(name, changes)| Some(Named { scenario: Some((*name).clone()), value: pick(changes)? }));
    all.into_iter().chain(each).collect()
}

/// What it says as a campaign document, whose values are checked.
fn as_campaign(document: &ConfigDocument) -> CampaignDocument {
    CampaignDocument {
        throng: DOCUMENT_VERSION.to_owned(),
        // It names none, and that is no fault here.
        files: vec!["-".to_owned()],
        plugins: Vec::new(),
        key: None,
        scenarios: document.scenarios.iter().map(|(name, scenario)| (name.clone(), scenario.into())).collect(),
        settings: document.settings.clone(),
        minions_factor: document.minions_factor,
        speed: document.speed,
        start_offset: document.start_offset,
        warm_up: document.warm_up,
        soft_timeout: document.soft_timeout,
        hard_timeout: document.hard_timeout,
        seed: document.seed,
        zone: document.zone.clone(),
        tags: document.tags.clone(),
        rules: document.rules.clone(),
        histogram_memory: document.histogram_memory,
        health: document.health.clone(),
        // A matter of each run.
        exporters: Vec::new(),
        schedule: None,
    }
}

/// Keys that have no business where they are.
fn misplaced(origin: &Origin, document: &ConfigDocument) -> Vec<Fault> {
    let fault = |path: &[String], message: &str, hint: &str| Fault::new(format!("/{}", path.join("/")), message, Some(hint.to_owned()));
    let only_in_presets = "it changes the scenarios that are run, which only a preset does";
    let values = document.values();
    let faults = values.iter().filter_map(|(path, _)| {
        let path = path.as_slice();
        match (origin, path) {
            (Origin::File(_), [key, ..]) if PRESETS_ONLY.contains(&key.as_str()) => {
                Some(fault(path, only_in_presets, "write it under `[presets.NAME]`"))
            }
            (Origin::File(_), [scenarios, name, key]) if scenarios == "scenarios" && key != "settings" => {
                Some(fault(path, only_in_presets, &format!("write it under `[presets.NAME.scenarios.{name}]`")))
            }
            (Origin::Preset(..), [key, ..]) if NOT_IN_PRESETS.contains(&key.as_str()) => {
                Some(fault(path, "no preset says this", "write it at the top of the file"))
            }
            _ => None,
        }
    });
    faults.collect()
}

/// What is wrong with keys that campaign documents don't have.
fn own_faults(document: &ConfigDocument) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(workers) = document.workers.filter(|workers| !(1..=1024).contains(workers)) {
        faults.push(Fault::new("/workers", format!("there are {workers} workers"), Some("write a number from 1 to 1024".to_owned())));
    }
    for (position, report) in (0..).zip(document.report.iter().flatten()) {
        if let Err(error) = ReportFile::parse(report) {
            faults.push(Fault::new(format!("/report/{position}"), error, None));
        }
    }
    for (position, rule) in document.rules.iter().enumerate() {
        if let Err(error) = rule.parse::<Rule>() {
            faults.push(Fault::new(format!("/rules/{position}"), error.to_string(), None));
        }
    }
    for (name, value) in &document.limits {
        if let Err(error) = Limits::default().set(name, &value.0) {
            faults.push(Fault::new(format!("/limits/{name}"), error.to_string(), None));
        }
    }
    faults
}

fn fault_at(origin: &Origin, fault: &Fault) -> String {
    let path: Vec<_> = fault.place.pointer.split('/').skip(1).map(str::to_owned).collect();
    let hint = fault.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    origin.fault(&path, &format!("{}{hint}", fault.message)).message
}

/// One thread is left to the control side and to the target, if it is on this machine.
fn default_workers() -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from(cores.saturating_sub(1)).unwrap_or(1).max(1)
}

fn default_health(limits: &HealthLimits) -> CampaignHealth {
    let time = |nanoseconds| Some(DurationText(std::time::Duration::from_nanos(nanoseconds)));
    let share = |share: f64| Percentage::parse(&format!("{}%", share * 100.0)).ok();
    CampaignHealth {
        start_lag_warns: time(limits.start_lag_warns),
        start_lag_voids: time(limits.start_lag_voids),
        share_of_response: share(limits.share_of_response),
        achieved_starts: share(limits.achieved_starts),
        achieved_starts_voids: share(limits.achieved_starts_voids),
        stall_warns: time(limits.stall_warns),
        stall_voids: time(limits.stall_voids),
        stall_share: share(limits.stall_share),
        processor_warns: share(limits.processor_warns),
        processor_voids: share(limits.processor_voids),
        processor_for: time(limits.processor_for),
        stolen_warns: share(limits.stolen_warns),
        throttled_warns: share(limits.throttled_warns),
        memory_warns: share(limits.memory_warns),
        descriptors_warns: share(limits.descriptors_warns),
        ports_warns: share(limits.ports_warns),
    }
}
