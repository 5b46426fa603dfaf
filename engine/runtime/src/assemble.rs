//! Makes a scenario ready on a worker: its graph, its plugins' parts, its callbacks.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use throng_measure::{EngineEvents, Recorder, StepShape};
use throng_model::{
    AtEnd, Graph, Operator, Scenario, Secrets, Step, StepKind, StepNumber, StepSetup, TURN_WAITS, Topic, TopicMode, TreeRun, ZipOrder,
};
use throng_plugin_api::{AttachContext, Attached, Clock, MeterId, Meters, SandboxContext, Shared, StepRunner};
use throng_protocols::{Callbacks, Place, Timekeeper};
use tokio::sync::Notify;

use crate::activity::Idlers;
use crate::message::Assignment;
use crate::node::{Node, Work};
use crate::program::{CampaignTime, ProgramSetup, Resources};
use crate::pulse::Pulse;
use crate::scenario_run::{Life, ScenarioRun};
use crate::shared::{CapPart, CollectPart, Feed, JoinPart, LatestPart, Peers, SharedSteps, TopicPart, Waits, owner_of_step};
use crate::sources::Source;
use crate::timers::Timers;

/// The worker on which a scenario is assembled.
pub(crate) struct Site<'a> {
    pub(crate) worker: u32,
    pub(crate) workers: u32,
    pub(crate) clock: Clock,
    pub(crate) resources: &'a Resources,
    pub(crate) timers: &'a Rc<Timers>,
    pub(crate) peers: &'a Rc<Peers>,
    pub(crate) quieter: &'a Rc<Notify>,
    pub(crate) pulse: &'a Rc<Pulse>,
}

/// Why a scenario cannot run here.
pub(crate) struct AssembleError {
    pub(crate) step: Option<String>,
    pub(crate) reason: String,
}

/// Builds a worker's part of a scenario.
pub(crate) fn assemble(assignment: &Assignment, site: &Site<'_>) -> Result<Rc<ScenarioRun>, AssembleError> {
    let whole = |reason: String| AssembleError { step: None, reason };
    let scenario = find_scenario(assignment, site.resources).map_err(whole)?;
    let secrets = Secrets::of(&scenario.settings, &assignment.settings);
    let time = Arc::new(CampaignTime::new(site.clock));
    let sandbox = SandboxContext {
        time: Arc::clone(&time) as Arc<dyn Timekeeper>,
        abort: Arc::clone(&site.resources.abort),
        fresh_instances: assignment.fresh_instances,
        secrets: secrets.clone(),
    };
    let mut parts = Parts {
        assignment,
        site,
        scenario: &scenario,
        sandbox: &sandbox,
        recorder: Recorder::new(step_shapes(&scenario.graph)).with_events(assignment.events.clone()).without_secrets(secrets.clone()),
        shared: Shared::default(),
        runners: Vec::new(),
        warming: Vec::new(),
        warming_sources: Vec::new(),
        sources: FxHashMap::default(),
        feeders: FxHashMap::default(),
        broadcasts: Vec::new(),
    };
    let zone: Option<Arc<str>> = assignment.zone.as_deref().map(Arc::from);
    let name: Arc<str> = scenario.name.as_str().into();
    let mut nodes = Vec::with_capacity(scenario.graph.steps.len());
    for (number, step) in (0..).zip(&scenario.graph.steps) {
        let work = parts.work(StepNumber(number), step)?;
        let place = Place { scenario: Arc::clone(&name), step: step.name.as_str().into(), step_number: number, zone: zone.clone() };
        nodes.push(Node {
            number: StepNumber(number),
            place: Arc::new(place),
            work,
            next: step.next.clone(),
            taps: step.taps.clone(),
            concurrency: step.concurrency,
            turn_waits: parts.recorder.timer(number, TURN_WAITS),
            timeout: step.timeout,
            retry: step.retry.clone(),
            iterate: step.iterate.clone(),
            report: step.report,
            events: step.monitoring.events,
        });
    }
    let callbacks = attach_program(assignment, site, &sandbox).map_err(whole)?;
    let owns = |root: StepNumber| parts.owner(root) == site.worker;
    let trees = scenario.graph.trees.iter().filter(|tree| owns(tree.root)).copied().collect();
    let cap = assignment.max_in_flight.as_ref().map(|cap| CapPart::new(cap, assignment.scenario % site.workers.max(1)));
    let Parts { recorder, runners, warming, warming_sources, sources, feeders, broadcasts, .. } = parts;
    Ok(Rc::new_cyclic(|me| ScenarioRun {
        me: me.clone(),
        number: assignment.scenario,
        seed: assignment.seed,
        minions: assignment.minions,
        clock: site.clock,
        timers: Rc::clone(site.timers),
        nodes,
        root: scenario.graph.root,
        trees,
        sources: RefCell::new(sources),
        feeders,
        shared: SharedSteps {
            peers: Rc::clone(site.peers),
            waits: Waits::default(),
            idlers: Rc::new(Idlers::new(Rc::clone(site.quieter))),
            cap,
            broadcasts,
            traffic: crate::shared::Traffic::default(),
            mailbox_waits: Cell::default(),
        },
        runners,
        warming,
        warming_sources,
        callbacks,
        time,
        settings: assignment.settings.clone(),
        secrets,
        recorder: RefCell::new(recorder),
        wanted: EngineEvents::wanted(&assignment.events),
        quieter: Rc::clone(site.quieter),
        pulse: Rc::clone(site.pulse),
        life: Life::default(),
    }))
}

/// What is gathered while the steps of a scenario are made ready.
struct Parts<'a> {
    assignment: &'a Assignment,
    site: &'a Site<'a>,
    scenario: &'a Scenario,
    sandbox: &'a SandboxContext,
    recorder: Recorder,
    shared: Shared,
    runners: Vec<Rc<dyn StepRunner>>,
    warming: Vec<(String, Rc<dyn StepRunner>)>,
    warming_sources: Vec<(String, u32)>,
    sources: FxHashMap<u32, Source>,
    feeders: FxHashMap<u32, StepNumber>,
    broadcasts: Vec<u32>,
}

impl Parts<'_> {
    fn owner(&self, step: StepNumber) -> u32 {
        owner_of_step(self.assignment.scenario, step.0, self.site.workers)
    }

    /// What a step does here. State that all workers share is made everywhere, and used by its owner.
    fn work(&mut self, number: StepNumber, step: &Step) -> Result<Work, AssembleError> {
        match &step.kind {
            StepKind::Plugin { source: Some(source), warms_up, .. } => {
                if self.owner(number) == self.site.worker
                    && let Attached::Source(runner) = self.attach(step, number)?
                {
                    if *warms_up {
                        self.warming_sources.push((step.name.clone(), number.0));
                    }
                    self.sources.insert(number.0, Source::Plugin { runner, endless: source.endless });
                }
                Ok(self.source_work(number, step))
            }
            StepKind::Plugin { warms_up, .. } => match self.attach(step, number)? {
                Attached::Step(runner) => {
                    self.runners.push(Rc::clone(&runner));
                    if *warms_up {
                        self.warming.push((step.name.clone(), Rc::clone(&runner)));
                    }
                    Ok(Work::Plugin(runner))
                }
                Attached::Source(_) => Err(AssembleError {
                    step: Some(step.name.clone()),
                    reason: "the plugin made a source where it promised a step".to_owned(),
                }),
            },
            StepKind::Operator(operator) => Ok(match operator {
                Operator::Datasource(callback) => {
                    if self.owner(number) == self.site.worker {
                        self.sources.insert(number.0, Source::Guest { callback: callback.0, calls: 0 });
                    }
                    self.source_work(number, step)
                }
                Operator::Join(join) => Work::Join(Rc::new(JoinPart::new(join, number.0, self.site.workers, &mut self.recorder))),
                Operator::Collect(collect) => {
                    Work::Collect(Rc::new(CollectPart::new(collect, self.owner(number), number.0, &mut self.recorder)))
                }
                Operator::SingletonPipe { from } => {
                    let (owner, feed) = self.feed(number, *from);
                    self.topic(number, step.topic.clone().unwrap_or_else(unicast), owner, feed)
                }
                Operator::Zip(zip) => {
                    let (owner, feed) = self.feed(number, zip.right);
                    match zip.order {
                        ZipOrder::Last => Work::Latest(Rc::new(LatestPart::new(owner, feed))),
                        ZipOrder::Next => {
                            let mode = TopicMode::Unicast { buffer: zip.buffer };
                            self.topic(number, Topic { mode, keep_input: true, ..unicast() }, owner, feed)
                        }
                    }
                }
                other => Work::of_operator(other).unwrap_or(Work::Source),
            }),
        }
    }

    /// A source that minions visit is a topic to them; the root of a side tree makes its values by itself.
    fn source_work(&mut self, number: StepNumber, step: &Step) -> Work {
        match &step.topic {
            Some(topic) => self.topic(number, topic.clone(), self.owner(number), Feed::Side),
            None => Work::Source,
        }
    }

    fn topic(&mut self, number: StepNumber, topic: Topic, owner: u32, feed: Feed) -> Work {
        if !matches!(topic.mode, TopicMode::Unicast { .. }) {
            self.broadcasts.push(number.0);
        }
        Work::Topic(Rc::new(TopicPart::new(topic, owner, feed, number.0, &mut self.recorder)))
    }

    /// Who owns what a step feeds, and whether that goes on beside the load: with a tree that runs once it stays on the tree's worker.
    fn feed(&mut self, number: StepNumber, from: StepNumber) -> (u32, Feed) {
        let root = self.scenario.graph.root_of(from);
        let run = self.scenario.graph.trees.iter().find(|tree| tree.root == root).map(|tree| tree.run);
        let feed = match run {
            None | Some(TreeRun::AfterStage) => return (self.owner(number), Feed::Load),
            Some(TreeRun::During) => Feed::Side,
            Some(TreeRun::BeforeLoad | TreeRun::AfterLoad { .. }) => Feed::Load,
        };
        self.feeders.insert(number.0, root);
        (self.owner(root), feed)
    }

    fn attach(&mut self, step: &Step, number: StepNumber) -> Result<Attached, AssembleError> {
        let StepKind::Plugin { kind, config, defaults, .. } = &step.kind else {
            return Err(AssembleError { step: Some(step.name.clone()), reason: "not a plugin's step".to_owned() });
        };
        let fault = |reason: String| AssembleError { step: Some(step.name.clone()), reason };
        let setup = StepSetup { kind, step: &step.name, config, defaults: defaults.as_ref(), targets: &self.scenario.targets };
        let configured = self.site.resources.registry.configure(&setup).map_err(|faults| {
            let lines: Vec<_> = faults.iter().map(|fault| fault.message.as_str()).collect();
            fault(lines.join("; "))
        })?;
        let mut meters = StepMeters { step: number.0, recorder: &mut self.recorder };
        let mut context = AttachContext {
            step: &step.name,
            clock: self.site.clock,
            worker: self.site.worker,
            workers: self.site.workers,
            files: &self.site.resources.registry.files(&self.assignment.folder),
            settings: &self.assignment.settings,
            sandbox: self.sandbox,
            meters: &mut meters,
            shared: &mut self.shared,
        };
        configured.attach(&mut context).map_err(|error| fault(error.to_string()))
    }
}

/// What a zip takes its values from.
fn unicast() -> Topic {
    Topic { mode: TopicMode::Unicast { buffer: 1000 }, at_end: AtEnd::Wait, idle_timeout: None, cache_limit: u64::MAX, keep_input: false }
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
        tags: step.tags.clone(),
        window: match &step.kind {
            StepKind::Operator(Operator::Join(join)) => Some(join.window),
            _ => None,
        },
    };
    graph.steps.iter().map(shape).collect()
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

fn attach_program(assignment: &Assignment, site: &Site<'_>, sandbox: &SandboxContext) -> Result<Option<Rc<dyn Callbacks>>, String> {
    let Some(digest) = &assignment.program else { return Ok(None) };
    let program = site.resources.programs.get(digest).ok_or_else(|| format!("the component {digest} is not here"))?;
    let setup = ProgramSetup {
        settings: Arc::new(assignment.settings.clone()),
        secrets: sandbox.secrets.clone(),
        timekeeper: Arc::clone(&sandbox.time),
        abort: Arc::clone(&sandbox.abort),
        fresh_instances: sandbox.fresh_instances,
    };
    program.attach(setup).map(Some)
}
