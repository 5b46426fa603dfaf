//! The steps of a scenario: from the document's to the graph, or to everything that is wrong with them.

use std::collections::BTreeMap;

use super::assemble::{Numbering, assemble};
use super::edges::Edges;
use super::findings::Findings;
use super::flow::Flow;
use super::kinds::{self, Kind};
use super::layout::{Layout, List};
use super::operators::{InnerStep, Setup};
use super::{MAX_STEPS, callbacks, edges, names, options, settings, side_trees, topics};
use crate::document::{Document, ScenarioDocument, StepDocument};
use crate::{Catalog, ConfigFault, Fault, FaultPlace, Graph, Iterate, PluginUse, Profile, Retry, StepKind, StepNumber, StepSetup, Targets};

/// What the steps of a scenario are checked with.
#[derive(Clone, Copy)]
pub(super) struct Steps<'a> {
    pub(super) document: &'a Document,
    pub(super) scenario: &'a ScenarioDocument,
    pub(super) targets: &'a Targets,
    pub(super) catalog: &'a dyn Catalog,
    /// None when it is faulty.
    pub(super) profile: Option<&'a Profile>,
    /// For steps that have none of their own.
    pub(super) retry: Option<&'a Retry>,
}

/// A step without its edges.
pub(super) struct Draft {
    pub(super) kind: StepKind,
    pub(super) concurrency: u32,
    pub(super) timeout: Option<std::time::Duration>,
    pub(super) retry: Option<Retry>,
    pub(super) iterate: Option<Iterate>,
    /// Steps that it leans on.
    pub(super) leans_on: Vec<String>,
}

/// What the step at a position may refer to.
struct Surroundings<'a> {
    layout: &'a Layout<'a>,
    names: &'a [String],
    edges: Option<&'a Edges>,
    numbering: &'a Numbering,
    steps: &'a BTreeMap<&'a str, StepNumber>,
}

impl Steps<'_> {
    /// Makes the graph; faults are appended, and none is returned if there are any.
    pub(super) fn graph(&self, faults: &mut Vec<Fault>) -> Option<Graph> {
        let layout = Layout::of(self.scenario);
        if let Some((message, hint)) = wrong_number(layout.sites.len()) {
            let place = FaultPlace { scenario: Some(self.scenario.name.clone()), step: None, pointer: "/steps".to_owned() };
            faults.push(Fault { place, message, hint: Some(hint) });
            return None;
        }
        let kinds: Vec<_> = layout.sites.iter().map(|site| kinds::find(&site.step, self.catalog)).collect();
        let names = step_names(&layout, &kinds);
        let mut findings = Findings::new(&self.scenario.name, &names);
        let graph = self.checked_graph(&layout, kinds, &names, &mut findings);
        let found = findings.into_faults();
        let graph = graph.filter(|_| found.is_empty());
        faults.extend(found);
        graph
    }

    fn checked_graph<'a>(
        &self,
        layout: &'a Layout<'a>,
        kinds: Vec<Result<Kind<'a>, Vec<ConfigFault>>>,
        names: &'a [String],
        findings: &mut Findings<'a>,
    ) -> Option<Graph> {
        for (position, fault) in &layout.faults {
            findings.of_config(*position, "", vec![fault.clone()]);
        }
        let edges = edges::resolve(layout, findings);
        let runs = side_trees::runs(layout, self.profile, findings);
        let numbering = Numbering::of(edges.as_ref().map(|edges| edges.order.as_slice()), layout.sites.len());
        let steps = names.iter().enumerate().map(|(position, name)| (name.as_str(), numbering.number(position))).collect();
        let surroundings = Surroundings { layout, names, edges: edges.as_ref(), numbering: &numbering, steps: &steps };
        let mut drafts = Vec::new();
        for (position, kind) in kinds.into_iter().enumerate() {
            drafts.push(self.draft(position, kind, &surroundings, findings));
        }
        let edges = edges?;
        let faulty: Vec<bool> = drafts.iter().map(Option::is_none).collect();
        let leaning: Vec<_> = drafts.iter().map(|draft| draft.as_ref().map(|draft| draft.leans_on.clone()).unwrap_or_default()).collect();
        let mut graph = assemble(layout, names, drafts, &edges, &numbering, &runs)?;
        let flow = Flow::of(&graph);
        flow.check_joins(&graph, &numbering, findings);
        flow.check_leaning(&graph, &leaning, &numbering, findings);
        topics::settle(&mut graph, layout, &edges, &faulty, &numbering, findings);
        side_trees::check_ends(&graph, &numbering, findings);
        Some(graph)
    }

    fn draft(
        &self,
        position: usize,
        kind: Result<Kind<'_>, Vec<ConfigFault>>,
        surroundings: &Surroundings<'_>,
        findings: &mut Findings<'_>,
    ) -> Option<Draft> {
        let site = surroundings.layout.sites.get(position)?;
        let step: &StepDocument = &site.step;
        if let Some(Err((message, hint))) = step.name.as_deref().map(names::check) {
            findings.of_step(position, "/name", message, hint);
        }
        let kind = match kind {
            Ok(kind) => kind,
            Err(faults) => {
                findings.of_config(position, "", faults);
                return None;
            }
        };
        let pointer = kind.pointer();
        findings.of_config(position, &pointer, settings::undeclared_in_kind(self.scenario, &kind));
        let parsed = match &kind {
            Kind::Operator { operator, config } => {
                let setup = surroundings.setup(position, operator.name, config, &self.document.callbacks);
                (operator.parse)(&setup).map(|operator| (StepKind::Operator(operator), Vec::new()))
            }
            Kind::Plugin { name, plugin, config } => self.plugin_step(findings.name(position), name, plugin, config),
        };
        let (kind, leans_on) = match parsed {
            Ok(parsed) => parsed,
            Err(faults) => {
                findings.of_config(position, &pointer, faults);
                return None;
            }
        };
        if matches!(kind, StepKind::Operator(crate::Operator::Collect(_))) && site.list.stage().is_some() {
            let hint = "collect after the stage".to_owned();
            findings.of_step(position, pointer, "a list belongs to no minion, so `collect` cannot be inside of a stage", hint);
        }
        let mut option_fault = |(pointer, message, hint): options::OptionFault| findings.of_step(position, pointer, message, hint);
        let timeout = options::timeout(step, &kind).map_err(&mut option_fault).ok();
        let retry = options::retry(step, &kind, self.retry).map_err(&mut option_fault).ok();
        let iterate = options::iterate(step, &kind).map_err(&mut option_fault).ok();
        let concurrency = options::concurrency(step).map_err(&mut option_fault).ok();
        Some(Draft { kind, concurrency: concurrency?, timeout: timeout?, retry: retry?, iterate: iterate?, leans_on })
    }

    fn plugin_step(
        &self,
        step: &str,
        kind: &str,
        plugin: &str,
        config: &serde_json::Value,
    ) -> Result<(StepKind, Vec<String>), Vec<ConfigFault>> {
        let defaults = self.scenario.defaults.get(plugin);
        let uses = self.catalog.check(&StepSetup { kind, step, config, defaults, targets: self.targets })?;
        let mut faults = Vec::new();
        for place in &uses.callbacks {
            if let Err((message, hint)) = callbacks::check_place(&self.document.callbacks, place.callback, &place.required_use) {
                faults.push(ConfigFault { pointer: format!("/{}", place.option), message, hint });
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let PluginUse { source, warms_up, .. } = uses;
        let kind = StepKind::Plugin { kind: kind.to_owned(), config: config.clone(), defaults: defaults.cloned(), source, warms_up };
        Ok((kind, uses.steps))
    }
}

impl Surroundings<'_> {
    fn setup<'b>(
        &'b self,
        position: usize,
        kind: &'b str,
        config: &'b serde_json::Value,
        callbacks: &'b [crate::CallbackDeclaration],
    ) -> Setup<'b> {
        let name = |position: usize| self.names.get(position).map_or("", String::as_str);
        let inner: Vec<usize> = self.layout.list(List::Stage(position)).collect();
        let is_followed = |earlier: usize| {
            let previous = |position: &usize| self.edges.and_then(|edges| edges.previous.get(*position));
            inner.iter().filter_map(previous).any(|previous| previous.contains(&earlier))
        };
        Setup {
            kind,
            config,
            step: name(position),
            callbacks,
            steps: self.steps,
            in_place: self.layout.list(List::Right(position)).last().map(|position| self.numbering.number(position)),
            // Without edges it is not known how a stage ends, and there is a fault already.
            inner: if self.edges.is_none() {
                Vec::new()
            } else {
                inner
                    .iter()
                    .map(|inner| InnerStep { name: name(*inner), number: self.numbering.number(*inner), is_followed: is_followed(*inner) })
                    .collect()
            },
        }
    }
}

fn wrong_number(steps: usize) -> Option<(String, String)> {
    match steps {
        0 => Some(("the scenario has no steps".to_owned(), "it needs at least one, with `\"start\": true`".to_owned())),
        _ if steps > MAX_STEPS => {
            Some((format!("the scenario has {steps} steps, more than {MAX_STEPS}"), "split the scenario into several".to_owned()))
        }
        _ => None,
    }
}

/// Given names; `_join-right-N` for steps in place of a right side, and `_kind-N` for the others.
fn step_names(layout: &Layout<'_>, kinds: &[Result<Kind<'_>, Vec<ConfigFault>>]) -> Vec<String> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut names: Vec<String> = Vec::new();
    for (position, (site, kind)) in layout.sites.iter().zip(kinds).enumerate() {
        let made = || match site.list {
            List::Right(join) => {
                let number = layout.list(site.list).take_while(|earlier| *earlier <= position).count();
                let join = names.get(join).map_or("", String::as_str);
                format!("_{}-right-{number}", join.trim_start_matches('_'))
            }
            List::Scenario | List::Stage(_) => {
                let kind = kind.as_ref().map_or("step", Kind::short_name);
                let count = counts.entry(kind.to_owned()).or_default();
                *count += 1;
                format!("_{kind}-{count}")
            }
        };
        let name = site.step.name.clone().unwrap_or_else(made);
        names.push(name);
    }
    names
}
