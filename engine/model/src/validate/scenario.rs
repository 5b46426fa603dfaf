//! One scenario: its settings, its profile and its steps.

use std::collections::{BTreeMap, BTreeSet};

use super::edges::{self, Edges};
use super::kinds::{self, Kind};
use super::{MAX_STEPS, callbacks, names, options};
use crate::document::{Document, ScenarioDocument, StepDocument};
use crate::nearest::name_hint;
use crate::{Catalog, Fault, FaultPlace, Graph, Profile, Retry, Scenario, Step, StepKind, StepNumber, StepSetup, Targets};

/// Makes a scenario; faults are appended, and none is returned if there are any.
pub(super) fn validate(
    document: &Document,
    scenario: &ScenarioDocument,
    targets: &Targets,
    catalog: &dyn Catalog,
    faults: &mut Vec<Fault>,
) -> Option<Scenario> {
    let mut scope = Scope { document, scenario, targets, catalog, faults: Vec::new() };
    scope.check_head();
    let profile = scope.profile();
    let graph = scope.graph();
    if !scope.faults.is_empty() {
        faults.append(&mut scope.faults);
        return None;
    }
    let profile = profile?;
    Some(Scenario {
        name: scenario.name.clone(),
        description: scenario.description.clone(),
        version: scenario.version.clone(),
        minions: profile.fixed_minions(1.0).unwrap_or(scenario.minions),
        profile,
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
    targets: &'a Targets,
    catalog: &'a dyn Catalog,
    faults: Vec<Fault>,
}

/// A step without its edges.
struct Draft {
    kind: StepKind,
    timeout: Option<std::time::Duration>,
    retry: Option<Retry>,
    iterate: Option<crate::Iterate>,
    /// Steps that it leans on.
    leans_on: Vec<String>,
}

impl Scope<'_> {
    fn fault(&mut self, step: Option<&str>, pointer: impl Into<String>, message: impl Into<String>, hint: Option<String>) {
        let place = FaultPlace { scenario: Some(self.scenario.name.clone()), step: step.map(str::to_owned), pointer: pointer.into() };
        self.faults.push(Fault { place, message: message.into(), hint });
    }

    fn check_head(&mut self) {
        let scenario = self.scenario;
        if let Err((message, hint)) = names::check(&scenario.name) {
            self.fault(None, "/name", message, hint);
        }
        if !(1..=u64::from(u32::MAX)).contains(&scenario.minions) {
            let hint = Some(format!("write a number from 1 to {}", u32::MAX));
            self.fault(None, "/minions", format!("there are {} minions", scenario.minions), hint);
        }
        let plugins: BTreeSet<&str> = self.catalog.kinds().into_iter().map(|(_, plugin)| plugin).collect();
        for plugin in scenario.defaults.keys().filter(|plugin| !plugins.contains(plugin.as_str())) {
            let hint = name_hint(plugin, plugins.iter().copied());
            self.fault(None, format!("/defaults/{plugin}"), format!("there is no plugin `{plugin}`"), hint);
        }
        let mut seen = BTreeSet::new();
        for (index, setting) in scenario.settings.iter().enumerate() {
            if let Err((message, hint)) = names::check(&setting.name) {
                self.fault(None, format!("/settings/{index}/name"), message, hint);
            }
            if !seen.insert(setting.name.as_str()) {
                self.fault(None, format!("/settings/{index}/name"), format!("there are two settings `{}`", setting.name), None);
            }
            if let Some(message) = setting.check_default() {
                self.fault(None, format!("/settings/{index}/default"), message, None);
            }
        }
        for (plugin, defaults) in &scenario.defaults {
            self.check_settings(None, defaults, &format!("/defaults/{plugin}"));
        }
    }

    fn profile(&mut self) -> Option<Profile> {
        let profile = match Profile::from_json(&self.scenario.profile) {
            Ok(profile) => profile,
            Err(error) => {
                self.fault(None, "/profile", error.to_string(), None);
                return None;
            }
        };
        if let Profile::User { callback } = &profile
            && let Err((message, hint)) = callbacks::check_place(&self.document.callbacks, callback.0, "profile")
        {
            self.fault(None, "/profile", message, hint);
        }
        match profile.fixed_minions(1.0) {
            Some(0) => self.fault(None, "/profile", "the profile starts nobody", Some("make it longer or its rate higher".to_owned())),
            Some(fixed) if fixed > u64::from(u32::MAX) => {
                self.fault(None, "/profile", format!("the profile starts {fixed} minions, which is too many"), None)
            }
            _ => {}
        }
        Some(profile)
    }

    fn graph(&mut self) -> Option<Graph> {
        let (scenario, catalog) = (self.scenario, self.catalog);
        if scenario.steps.is_empty() {
            self.fault(None, "/steps", "the scenario has no steps", Some("it needs at least one, with `\"start\": true`".to_owned()));
            return None;
        }
        if scenario.steps.len() > MAX_STEPS {
            let hint = Some("split the scenario into several".to_owned());
            self.fault(None, "/steps", format!("the scenario has {} steps, more than {MAX_STEPS}", scenario.steps.len()), hint);
            return None;
        }
        let kinds: Vec<_> = scenario.steps.iter().map(|step| kinds::find(step, catalog)).collect();
        let names = step_names(&scenario.steps, kinds.iter().map(|kind| kind.as_ref().map_or("step", Kind::name)));
        let inherited = self.scenario_retry();

        // Edges are resolved first, but a reader expects the faults of one step together.
        let mut edge_faults = Vec::new();
        let edges = edges::resolve(&scenario.steps, &names, &mut edge_faults);
        edge_faults.sort_by_key(|(step, ..)| *step);
        let mut edge_faults = edge_faults.into_iter().peekable();
        let mut drafts = Vec::new();
        for (index, ((step, name), kind)) in scenario.steps.iter().zip(&names).zip(kinds).enumerate() {
            while let Some((at, pointer, message, hint)) = edge_faults.next_if(|(at, ..)| at.is_none_or(|at| at <= index)) {
                self.fault(at.map(|_| name.as_str()), pointer, message, hint);
            }
            drafts.push(self.draft(step, name, kind, inherited.as_ref()));
        }
        let edges = edges?;
        self.check_leaning(&edges, &names, &drafts);
        assemble(scenario, names, drafts, &edges)
    }

    fn scenario_retry(&mut self) -> Option<Retry> {
        match options::checked_retry(self.scenario.retry.as_ref()?) {
            Ok(retry) => Some(retry),
            Err((pointer, message, hint)) => {
                self.fault(None, pointer, message, hint);
                None
            }
        }
    }

    fn draft(
        &mut self,
        step: &StepDocument,
        name: &str,
        kind: Result<Kind<'_>, Vec<crate::ConfigFault>>,
        inherited: Option<&Retry>,
    ) -> Option<Draft> {
        if let Some(Err((message, hint))) = step.name.as_deref().map(names::check) {
            self.fault(Some(name), "/name", message, hint);
        }
        let kind = match kind {
            Ok(kind) => kind,
            Err(config_faults) => {
                self.config_faults(name, "", config_faults);
                return None;
            }
        };
        self.check_settings(Some(name), kind.config(), &format!("/{}", kind.name()));
        let (kind, leans_on) = self.step_kind(name, &kind)?;
        let timeout = self.option(name, options::timeout(step, &kind));
        let retry = self.option(name, options::retry(step, &kind, inherited));
        let iterate = step.iterate.as_ref().map(|iterate| self.option(name, options::iterate(iterate)));
        let (timeout, retry, iterate) = (timeout?, retry?, iterate.map_or(Some(None), |iterate| iterate.map(Some))?);
        Some(Draft { kind, timeout, retry, iterate, leans_on })
    }

    fn step_kind(&mut self, name: &str, kind: &Kind<'_>) -> Option<(StepKind, Vec<String>)> {
        let pointer = format!("/{}", kind.name());
        let callbacks = &self.document.callbacks;
        match kind {
            Kind::Operator { name: operator, config } => match kinds::parse_operator(operator, config, callbacks) {
                Ok(operator) => Some((StepKind::Operator(operator), Vec::new())),
                Err(faults) => {
                    self.config_faults(name, &pointer, faults);
                    None
                }
            },
            Kind::Plugin { name: kind, plugin, config } => {
                let defaults = self.scenario.defaults.get(*plugin);
                let setup = StepSetup { kind, step: name, config, defaults, targets: self.targets };
                let uses = match self.catalog.check(&setup) {
                    Ok(uses) => uses,
                    Err(faults) => {
                        self.config_faults(name, &pointer, faults);
                        return None;
                    }
                };
                for place in &uses.callbacks {
                    if let Err((message, hint)) = callbacks::check_place(callbacks, place.callback, &place.required_use) {
                        self.fault(Some(name), format!("{pointer}/{}", place.option), message, hint);
                    }
                }
                let kind = StepKind::Plugin { kind: (*kind).to_owned(), config: (*config).clone(), defaults: defaults.cloned(), source: uses.source };
                Some((kind, uses.steps))
            }
        }
    }

    fn option<T>(&mut self, step: &str, option: Result<T, options::OptionFault>) -> Option<T> {
        option.map_err(|(pointer, message, hint)| self.fault(Some(step), pointer, message, hint)).ok()
    }

    fn config_faults(&mut self, step: &str, pointer: &str, faults: Vec<crate::ConfigFault>) {
        for fault in faults {
            self.fault(Some(step), format!("{pointer}{}", fault.pointer), fault.message, fault.hint);
        }
    }

    fn check_settings(&mut self, step: Option<&str>, config: &serde_json::Value, pointer: &str) {
        let mut asked = Vec::new();
        kinds::settings_in(config, pointer, &mut asked);
        let declared = || self.scenario.settings.iter().map(|setting| setting.name.as_str());
        let unknown: Vec<_> = asked.into_iter().filter(|(_, name)| declared().all(|declared| declared != name)).collect();
        for (pointer, name) in unknown {
            let hint = name_hint(&name, self.scenario.settings.iter().map(|setting| setting.name.as_str()));
            let hint = hint.or_else(|| Some("declare it under `settings`".to_owned()));
            self.fault(step, pointer, format!("there is no setting `{name}`"), hint);
        }
    }

    fn check_leaning(&mut self, edges: &Edges, names: &[String], drafts: &[Option<Draft>]) {
        for (index, draft) in drafts.iter().enumerate() {
            let (Some(draft), Some(step)) = (draft, names.get(index)) else { continue };
            for wanted in &draft.leans_on {
                let found = names.iter().position(|name| name == wanted);
                let pointer = format!("/{}", draft.kind.name());
                match found {
                    Some(position) if edges.is_ancestor(position, index) => {}
                    Some(_) => {
                        let hint = Some("name one that comes before it".to_owned());
                        self.fault(Some(step), pointer, format!("the step `{wanted}` does not come before this one"), hint);
                    }
                    None => {
                        let hint = name_hint(wanted, names.iter().map(String::as_str));
                        self.fault(Some(step), pointer, format!("there is no step `{wanted}`"), hint);
                    }
                }
            }
        }
    }
}

/// Given names, and `_kind-N` for the others.
fn step_names<'a>(steps: &[StepDocument], kinds: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    steps
        .iter()
        .zip(kinds)
        .map(|(step, kind)| match &step.name {
            Some(name) => name.clone(),
            None => {
                let count = counts.entry(kind).or_default();
                *count += 1;
                format!("_{kind}-{count}")
            }
        })
        .collect()
}

fn assemble(scenario: &ScenarioDocument, names: Vec<String>, drafts: Vec<Option<Draft>>, edges: &Edges) -> Option<Graph> {
    let numbers: BTreeMap<usize, StepNumber> =
        edges.order.iter().enumerate().map(|(number, index)| (*index, StepNumber(number as u32))).collect();
    let number = |index: &usize| numbers.get(index).copied();
    let mut parts: BTreeMap<usize, _> = names.into_iter().zip(drafts).zip(&scenario.steps).enumerate().collect();
    let mut steps = Vec::new();
    for index in &edges.order {
        let ((name, draft), document) = parts.remove(index)?;
        let draft = draft?;
        let follows = |later: &usize| edges.previous.get(*later).is_some_and(|previous| previous.contains(index));
        let mut next: Vec<usize> = edges.order.iter().copied().filter(follows).collect();
        // Values are given to the next steps in the order in which the document has them.
        next.sort_unstable();
        steps.push(Step {
            name,
            kind: draft.kind,
            next: next.iter().filter_map(number).collect(),
            previous: edges.previous.get(*index).into_iter().flatten().filter_map(number).collect(),
            taps: Vec::new(),
            stage: None,
            topic: None,
            concurrency: 1,
            timeout: draft.timeout,
            retry: draft.retry,
            iterate: draft.iterate,
            tolerate: document.tolerate,
            report: document.report.unwrap_or(true),
            monitoring: options::monitoring(document.monitoring.as_ref()),
            tags: document.tags.clone(),
        });
    }
    Some(Graph { steps, root: number(&edges.root)?, trees: Vec::new() })
}
