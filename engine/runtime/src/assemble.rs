//! Makes a scenario ready on a worker: its graph, its plugins' parts, its callbacks.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use throng_measure::{Recorder, StepShape};
use throng_model::{Graph, Scenario, Step, StepKind, StepSetup};
use throng_plugin_api::{AttachContext, Clock, MeterId, Meters, Shared, StepRunner};
use throng_protocols::{Callbacks, Place, Timekeeper};
use tokio::sync::Notify;

use crate::message::Assignment;
use crate::node::{Node, Work};
use crate::program::{CampaignTime, ProgramSetup, Resources};
use crate::scenario_run::{Life, ScenarioRun};
use crate::timers::Timers;

/// The worker on which a scenario is assembled.
pub(crate) struct Site<'a> {
    pub(crate) worker: u32,
    pub(crate) workers: u32,
    pub(crate) clock: Clock,
    pub(crate) resources: &'a Resources,
    pub(crate) timers: &'a Rc<Timers>,
    pub(crate) quieter: &'a Rc<Notify>,
}

/// Why a scenario cannot run here.
pub(crate) struct AssembleError {
    pub(crate) step: Option<String>,
    pub(crate) reason: String,
}

/// Builds a worker's part of a scenario.
pub(crate) fn assemble(assignment: &Assignment, site: &Site<'_>) -> Result<ScenarioRun, AssembleError> {
    let whole = |reason: String| AssembleError { step: None, reason };
    let scenario = find_scenario(assignment, site.resources).map_err(whole)?;
    let mut recorder = Recorder::new(step_shapes(&scenario.graph));
    let mut shared = Shared::default();
    let mut runners = Vec::new();
    let mut nodes = Vec::with_capacity(scenario.graph.steps.len());
    let zone: Option<Arc<str>> = assignment.zone.as_deref().map(Arc::from);
    let name: Arc<str> = scenario.name.as_str().into();
    for (number, step) in (0..).zip(&scenario.graph.steps) {
        let work = match &step.kind {
            StepKind::Operator(operator) => Work::of_operator(operator),
            StepKind::Plugin { .. } => {
                let runner = attach(step, number, &scenario, site, &mut recorder, &mut shared)?;
                runners.push(Rc::clone(&runner));
                Work::Plugin(runner)
            }
        };
        let place = Place { scenario: Arc::clone(&name), step: step.name.as_str().into(), step_number: number, zone: zone.clone() };
        nodes.push(Node {
            number: throng_model::StepNumber(number),
            place: Arc::new(place),
            work,
            next: step.next.clone(),
            timeout: step.timeout,
            retry: step.retry.clone(),
            iterate: step.iterate.clone(),
        });
    }
    let time = Arc::new(CampaignTime::new(site.clock));
    Ok(ScenarioRun {
        number: assignment.scenario,
        seed: assignment.seed,
        minions: assignment.minions,
        clock: site.clock,
        timers: Rc::clone(site.timers),
        nodes,
        root: scenario.graph.root,
        runners,
        callbacks: attach_program(assignment, site, &time).map_err(whole)?,
        time,
        settings: assignment.settings.clone(),
        recorder: RefCell::new(recorder),
        quieter: Rc::clone(site.quieter),
        life: Life::default(),
    })
}

fn find_scenario(assignment: &Assignment, resources: &Resources) -> Result<Scenario, String> {
    let document = throng_model::parse_document(&assignment.document).map_err(|error| error.to_string())?;
    let scenarios = throng_model::validate(&document, &resources.registry).map_err(|faults| faults.to_string())?;
    let found = scenarios.into_iter().find(|scenario| scenario.name == assignment.name);
    found.ok_or_else(|| format!("the document has no scenario `{}`", assignment.name))
}

/// What there is to measure of each step.
pub fn step_shapes(graph: &Graph) -> Vec<StepShape> {
    let shape = |step: &Step| StepShape {
        name: step.name.as_str().into(),
        kind: step.kind.name().to_owned(),
        hidden: step.is_hidden(),
        meters: step.monitoring.meters,
        tolerate: step.tolerate,
    };
    graph.steps.iter().map(shape).collect()
}

fn attach(
    step: &Step,
    number: u32,
    scenario: &Scenario,
    site: &Site<'_>,
    recorder: &mut Recorder,
    shared: &mut Shared,
) -> Result<Rc<dyn StepRunner>, AssembleError> {
    let StepKind::Plugin { kind, config, defaults } = &step.kind else {
        return Err(AssembleError { step: Some(step.name.clone()), reason: "not a plugin's step".to_owned() });
    };
    let fault = |reason: String| AssembleError { step: Some(step.name.clone()), reason };
    let setup = StepSetup { kind, step: &step.name, config, defaults: defaults.as_ref(), targets: &scenario.targets };
    let configured = site.resources.registry.configure(&setup).map_err(|faults| {
        let lines: Vec<_> = faults.iter().map(|fault| fault.message.as_str()).collect();
        fault(lines.join("; "))
    })?;
    let mut meters = StepMeters { step: number, recorder };
    let mut context =
        AttachContext { step: &step.name, clock: site.clock, worker: site.worker, workers: site.workers, meters: &mut meters, shared };
    configured.attach(&mut context).map_err(|error| fault(error.to_string()))
}

struct StepMeters<'a> {
    step: u32,
    recorder: &'a mut Recorder,
}

impl Meters for StepMeters<'_> {
    fn timer(&mut self, name: &'static str) -> MeterId {
        MeterId(self.recorder.timer(self.step, name))
    }

    fn counter(&mut self, name: &'static str) -> MeterId {
        MeterId(self.recorder.counter(self.step, name))
    }
}

fn attach_program(assignment: &Assignment, site: &Site<'_>, time: &Arc<CampaignTime>) -> Result<Option<Rc<dyn Callbacks>>, String> {
    let Some(digest) = &assignment.program else { return Ok(None) };
    let program = site.resources.programs.get(digest).ok_or_else(|| format!("the component {digest} is not here"))?;
    let setup = ProgramSetup {
        settings: Arc::new(assignment.settings.clone()),
        timekeeper: Arc::clone(time) as Arc<dyn Timekeeper>,
        abort: Arc::clone(&site.resources.abort),
        fresh_instances: assignment.fresh_instances,
    };
    program.attach(setup).map(Some)
}
