//! From one campaign document, and the files that it names, to a plan: for doors that lay nothing over the document.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use throng_model::{Campaign, Fault, Faults, Scenario, SettingText};
use throng_runtime::Resources;

use crate::overrides::{Named, OverrideError, Overrides};
use crate::{
    GivenSettings, LoadError, Loaded, Loader, Plan, PlannedScenario, check_declared, check_rules, check_timeouts, check_zone, fresh_key,
    fresh_seed, health_limits, plan_exporters,
};

/// A file of a campaign, loaded.
#[derive(Clone, Debug)]
pub struct NamedFile {
    /// As people know it.
    pub name: String,
    /// What is in it.
    pub loaded: Loaded,
}

/// A campaign that can be conducted.
#[derive(Debug)]
pub struct Composed {
    /// What it is going to do.
    pub plan: Plan,
    /// What its workers need.
    pub resources: Resources,
}

/// Pins the files' documents with the campaign's settings, applies its changes, and checks what only all together can tell. Relative
/// paths, of sources and of exporters, begin at the folder. Of the plugins that are no part of the engine, the campaign gets those that its files use.
///
/// # Errors
/// All that is wrong; places are JSON pointers into the campaign document, or places in the files' scenarios.
pub fn compose(campaign: &Campaign, files: &[NamedFile], loader: &Loader<'_>, folder: &Path) -> Result<Composed, Faults> {
    let mut composing = Composing { campaign, loader, folder, kinds: BTreeSet::new(), faults: Vec::new() };
    let described: Vec<_> = files.iter().flat_map(|file| &file.loaded.scenarios).collect();
    composing.check_names(files, &described);
    composing.check_settings(&described);
    Faults::unless(std::mem::take(&mut composing.faults), ())?;
    let mut resources = Resources::default();
    let scenarios = composing.pin(files, &mut resources);
    resources.registry = loader.registry.used_by(composing.kinds.iter().map(String::as_str));
    let plan = composing.plan(scenarios);
    Faults::unless(composing.faults, Composed { plan, resources })
}

struct Composing<'a> {
    campaign: &'a Campaign,
    loader: &'a Loader<'a>,
    folder: &'a Path,
    /// The plugins' kinds that the files' scenarios use, also those that are not run: who runs this again checks them all again.
    kinds: BTreeSet<String>,
    faults: Vec<Fault>,
}

impl Composing<'_> {
    fn fault(&mut self, pointer: impl Into<String>, message: impl Into<String>, hint: Option<String>) {
        self.faults.push(Fault::new(pointer, message, hint));
    }

    /// Scenarios have unique names, and those that the campaign names are there.
    fn check_names(&mut self, files: &[NamedFile], described: &[&Scenario]) {
        let mut homes: BTreeMap<&str, &str> = BTreeMap::new();
        for (position, file) in files.iter().enumerate() {
            for scenario in &file.loaded.scenarios {
                if let Some(other) = homes.insert(&scenario.name, &file.name) {
                    let message = format!("scenario `{}` is in `{other}` and in `{}`", scenario.name, file.name);
                    self.fault(format!("/files/{position}"), message, Some("names are unique in a campaign".to_owned()));
                }
            }
        }
        self.faults.extend(self.campaign.unknown(|| described.iter().map(|scenario| scenario.name.as_str())));
    }

    fn check_settings(&mut self, described: &[&Scenario]) {
        for scenario in described {
            let Some(changes) = self.campaign.document.scenarios.get(&scenario.name) else { continue };
            for (key, value) in &changes.settings {
                if let Err(error) = check_declared([*scenario], &BTreeMap::from([(key.clone(), value.0.clone())])) {
                    self.fault(format!("/scenarios/{}/settings/{key}", scenario.name), error.to_string(), None);
                }
            }
        }
        for (key, value) in &self.campaign.document.settings {
            let alone = BTreeMap::from([(key.clone(), value.0.clone())]);
            if let Err(error) = check_declared(described.iter().copied(), &alone) {
                self.fault(format!("/settings/{key}"), error.to_string(), None);
            }
        }
    }

    /// The scenarios that are run, each with the campaign's changes.
    fn pin(&mut self, files: &[NamedFile], resources: &mut Resources) -> Vec<PlannedScenario> {
        let document = &self.campaign.document;
        let texts = |settings: &BTreeMap<String, SettingText>| settings.iter().map(|(key, value)| (key.clone(), value.0.clone())).collect();
        let each = document.scenarios.iter().map(|(name, changes)| (name.clone(), texts(&changes.settings)));
        let given = GivenSettings { common: texts(&document.settings), each: each.collect() };
        let mut planned = Vec::new();
        for (position, file) in files.iter().enumerate() {
            let pinned = match self.loader.pin(&file.loaded, &given) {
                Ok(pinned) => pinned,
                Err(LoadError::Faults(faults)) => {
                    self.faults.extend(faults.iter().cloned());
                    continue;
                }
                Err(error) => {
                    self.fault(format!("/files/{position}"), error.to_string(), None);
                    continue;
                }
            };
            let of_file = |pinned| PlannedScenario::of_file(&file.name, self.folder, pinned, resources);
            let all: Vec<_> = pinned.into_iter().flat_map(of_file).collect();
            for pinned in all {
                self.kinds.extend(pinned.kinds().map(str::to_owned));
                if !self.is_chosen(&pinned.scenario.name) {
                    continue;
                }
                let Some(scenario) = self.changed(pinned.scenario) else { continue };
                let zones = self.campaign.changes.get(&scenario.name).and_then(|changes| changes.zones.clone());
                planned.push(PlannedScenario { scenario, zones, ..pinned });
            }
        }
        planned.sort_by(|one, other| one.scenario.name.cmp(&other.scenario.name));
        planned
    }

    /// A campaign that names scenarios runs these alone.
    fn is_chosen(&self, name: &str) -> bool {
        self.campaign.changes.is_empty() || self.campaign.changes.contains_key(name)
    }

    fn changed(&mut self, scenario: Scenario) -> Option<Scenario> {
        let name = scenario.name.clone();
        let changes = self.campaign.changes.get(&name).cloned().unwrap_or_default();
        let overrides = Overrides {
            minions: for_it(changes.minions),
            minions_factor: self.campaign.document.minions_factor,
            profile: for_it(changes.profile),
            max_in_flight: for_it(changes.max_in_flight),
            speed: self.campaign.document.speed.unwrap_or(1.0),
            scenario: Vec::new(),
        };
        match overrides.apply(vec![scenario]) {
            Ok(changed) => changed.into_iter().next(),
            Err(error) => {
                let pointer = match &error {
                    OverrideError::Factor { option, .. } => format!("/{option}"),
                    other => format!("/scenarios/{name}/{}", other.option()),
                };
                self.fault(pointer, error.to_string(), None);
                None
            }
        }
    }

    fn plan(&mut self, scenarios: Vec<PlannedScenario>) -> Plan {
        let document = &self.campaign.document;
        let usual = Plan::default();
        let seed = document.seed.unwrap_or_else(fresh_seed);
        let first = scenarios.first().map_or("campaign", |planned| planned.scenario.name.as_str());
        let exporters: Vec<_> = document.exporters.iter().map(|exporter| (exporter.clone(), self.folder.to_path_buf())).collect();
        let exporters = plan_exporters(&exporters, self.loader.registry).unwrap_or_else(|faults| {
            for fault in faults {
                self.fault(format!("/exporters/{}{}", fault.position, fault.pointer), fault.message, fault.hint);
            }
            Vec::new()
        });
        let plan = Plan {
            key: document.key.clone().unwrap_or_else(|| fresh_key(first, seed)),
            speed: document.speed.unwrap_or(usual.speed),
            seed,
            start_offset: document.start_offset.map_or(usual.start_offset, |time| time.0),
            warm_up: document.warm_up.map_or(usual.warm_up, |time| time.0),
            soft_timeout: document.soft_timeout.map(|time| time.0),
            hard_timeout: document.hard_timeout.map_or(usual.hard_timeout, |time| time.0),
            zone: document.zone.clone(),
            tags: document.tags.clone(),
            rules: document.rules.clone(),
            fresh_instances: usual.fresh_instances,
            health: health_limits(&document.health),
            histogram_memory: document.histogram_memory.map_or(usual.histogram_memory, |size| size.0),
            exporters,
            scenarios,
        };
        self.check_whole(&plan);
        plan
    }

    fn check_whole(&mut self, plan: &Plan) {
        if let Err(error) = check_timeouts(plan.soft_timeout, plan.hard_timeout) {
            let blamed = if self.campaign.document.hard_timeout.is_some() { "/hard-timeout" } else { "/soft-timeout" };
            self.fault(blamed, error.to_string(), None);
        }
        if let Err(error) = check_zone(plan.zone.as_deref(), &plan.scenarios) {
            self.fault("/zone", error.to_string(), None);
        }
        // Rules name scenarios and steps: of what is not there because of another fault nothing can be said.
        if self.faults.is_empty()
            && let Err(faults) = check_rules(plan)
        {
            let mut told = BTreeSet::new();
            for fault in faults {
                if told.insert((fault.position, fault.message.clone())) {
                    self.fault(format!("/rules/{}", fault.position), fault.message, None);
                }
            }
        }
    }
}

fn for_it<T>(value: Option<T>) -> Vec<Named<T>> {
    value.map(|value| Named { scenario: None, value }).into_iter().collect()
}
