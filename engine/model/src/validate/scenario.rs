//! One scenario: its settings and its profile; its steps are checked in a module of their own.

use std::collections::BTreeSet;

use super::steps::Steps;
use super::{callbacks, names, options, settings};
use crate::document::{Document, ScenarioDocument};
use crate::nearest::name_hint;
use crate::{Catalog, Fault, FaultPlace, MaxInFlight, Profile, Retry, Scenario, Targets};

/// Makes a scenario; faults are appended, and none is returned if there are any.
pub(super) fn validate(
    document: &Document,
    scenario: &ScenarioDocument,
    targets: &Targets,
    catalog: &dyn Catalog,
    faults: &mut Vec<Fault>,
) -> Option<Scenario> {
    let mut scope = Scope { document, scenario, catalog, faults: Vec::new() };
    scope.check_head();
    let profile = scope.profile();
    let max_in_flight = scope.max_in_flight();
    let retry = scope.retry();
    let mut found = scope.faults;
    let steps = Steps { document, scenario, targets, catalog, profile: profile.as_ref(), retry: retry.as_ref() };
    let graph = steps.graph(&mut found);
    if !found.is_empty() {
        faults.append(&mut found);
        return None;
    }
    let profile = profile?;
    Some(Scenario {
        name: scenario.name.clone(),
        description: scenario.description.clone(),
        version: scenario.version.clone(),
        minions: profile.fixed_minions(1.0).unwrap_or(scenario.minions),
        profile,
        max_in_flight,
        settings: scenario.settings.clone(),
        rules: scenario.rules.clone(),
        graph: graph?,
        targets: targets.clone(),
        callbacks: document.callbacks.clone(),
    })
}

struct Scope<'a> {
    document: &'a Document,
    scenario: &'a ScenarioDocument,
    catalog: &'a dyn Catalog,
    faults: Vec<Fault>,
}

impl Scope<'_> {
    fn fault(&mut self, pointer: impl Into<String>, message: impl Into<String>, hint: Option<String>) {
        let place = FaultPlace { scenario: Some(self.scenario.name.clone()), step: None, pointer: pointer.into() };
        self.faults.push(Fault { place, message: message.into(), hint });
    }

    fn check_head(&mut self) {
        let scenario = self.scenario;
        if let Err((message, hint)) = names::check(&scenario.name) {
            self.fault("/name", message, hint);
        }
        if !(1..=u64::from(u32::MAX)).contains(&scenario.minions) {
            let hint = Some(format!("write a number from 1 to {}", u32::MAX));
            self.fault("/minions", format!("there are {} minions", scenario.minions), hint);
        }
        let plugins: BTreeSet<&str> = self.catalog.kinds().into_iter().map(|(_, plugin)| plugin).collect();
        for plugin in scenario.defaults.keys().filter(|plugin| !plugins.contains(plugin.as_str())) {
            let hint = name_hint(plugin, plugins.iter().copied());
            self.fault(format!("/defaults/{plugin}"), format!("there is no plugin `{plugin}`"), hint);
        }
        let mut seen = BTreeSet::new();
        for (index, setting) in scenario.settings.iter().enumerate() {
            if let Err((message, hint)) = names::check(&setting.name) {
                self.fault(format!("/settings/{index}/name"), message, hint);
            }
            if !seen.insert(setting.name.as_str()) {
                self.fault(format!("/settings/{index}/name"), format!("there are two settings `{}`", setting.name), None);
            }
            if let Some(message) = setting.check_default() {
                self.fault(format!("/settings/{index}/default"), message, None);
            }
        }
        for (plugin, defaults) in &scenario.defaults {
            for fault in settings::undeclared(scenario, defaults) {
                self.fault(format!("/defaults/{plugin}{}", fault.pointer), fault.message, fault.hint);
            }
        }
    }

    fn profile(&mut self) -> Option<Profile> {
        let profile = match Profile::from_json(&self.scenario.profile) {
            Ok(profile) => profile,
            Err(error) => {
                self.fault("/profile", error.to_string(), None);
                return None;
            }
        };
        if let Profile::User { callback } = &profile
            && let Err((message, hint)) = callbacks::check_place(&self.document.callbacks, callback.0, "profile")
        {
            self.fault("/profile", message, hint);
        }
        match profile.fixed_minions(1.0) {
            Some(0) => self.fault("/profile", "the profile starts nobody", Some("make it longer or its rate higher".to_owned())),
            Some(fixed) if fixed > u64::from(u32::MAX) => {
                self.fault("/profile", format!("the profile starts {fixed} minions, which is too many"), None)
            }
            _ => {}
        }
        Some(profile)
    }

    fn retry(&mut self) -> Option<Retry> {
        let retry = self.scenario.retry.as_ref().map(options::checked_retry)?;
        self.option(retry)
    }

    fn max_in_flight(&mut self) -> Option<MaxInFlight> {
        let cap = self.scenario.max_in_flight.map(options::max_in_flight)?;
        self.option(cap)
    }

    fn option<T>(&mut self, option: Result<T, options::OptionFault>) -> Option<T> {
        option.map_err(|(pointer, message, hint)| self.fault(pointer, message, hint)).ok()
    }
}
