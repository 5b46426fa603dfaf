//! Conducts a campaign: assigns, starts the clock, deals out the plan, merges what comes back, and stops in time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use throng_measure::rules::{PhaseTimes, RuleBook};
use throng_measure::{CampaignFacts, EndReason, Moment, Report, ScenarioShape, Snapshot, StateEntry, StepShape};
use throng_model::{Completion, Operator, Profile, Step, StepKind, TreeRun};
use throng_plugin_api::Clock;
use throng_runtime::{Assignment, FromWorker, ProgramSetup, Resources, Restart, StopMode, ToWorker, TreePhase};
use tokio::sync::mpsc;

use crate::errors::CampaignError;
use crate::health::HealthWatch;
use crate::histogram_budget;
use crate::lifecycle::Lifecycle;
use crate::line_plan::{Cursor, LinePlan, plan_lines};
use crate::open::open_steps;
use crate::plan::{Plan, PlannedScenario};
use crate::strikes::Strikes;
use crate::team::Team;

/// What a person or a program may ask of a running campaign.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Command {
    /// No new starts; running minions end.
    StopSoftly,
    /// Everything is cancelled.
    Abort,
}

/// How long a worker may take to get ready.
const READY_LIMIT: Duration = Duration::from_secs(30);

/// How long cancelled work may take to be gone before the campaign ends without it.
const CANCEL_LIMIT: Duration = Duration::from_millis(900);

/// How often the observer is shown the figures.
const OBSERVE: Duration = Duration::from_millis(250);

/// Starts that are late by less, in nanoseconds, are not missing when a campaign is stopped.
const START_GRACE: u64 = 1_000_000_000;

/// A campaign under way.
pub struct Conductor<'a> {
    plan: &'a Plan,
    resources: &'a Resources,
    clock: Clock,
    team: Team,
    lines: Vec<LinePlan>,
    /// By worker, then by scenario.
    cursors: Vec<Vec<Cursor>>,
    strikes: Vec<Strikes>,
    snapshot: Snapshot,
    health: HealthWatch,
    rules: RuleBook,
    /// By scenario: when its phases are, as far as is known.
    phases: Vec<PhaseTimes>,
    start: Moment,
    /// By scenario.
    lives: Vec<Lifecycle>,
    /// Until when it is worth waiting for what was cancelled.
    cancel_until: Option<Moment>,
    /// When scenarios end whose profile cancels what runs then.
    hard_ends: Vec<(Moment, u32)>,
    end: EndReason,
    states: Vec<StateEntry>,
}

impl std::fmt::Debug for Conductor<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Conductor").field("key", &self.plan.key).field("lives", &self.lives).finish_non_exhaustive()
    }
}

impl<'a> Conductor<'a> {
    /// Checks and opens all that the campaign needs; no load yet.
    ///
    /// # Errors
    /// A profile cannot be planned, or a step cannot start; named.
    pub async fn prepare(plan: &'a Plan, resources: &'a Resources, clock: Clock, team: Team) -> Result<Self, CampaignError> {
        let lines = plan_all(plan, resources, clock)?;
        open_steps(&plan.scenarios, &resources.registry, clock).await?;
        let workers = team.inboxes.len();
        let scenarios = plan.scenarios.len();
        let snapshot = Snapshot::new(plan.scenarios.iter().zip(&lines).map(|(planned, lines)| shape(planned, lines)).collect());
        let snapshot = snapshot.with_health(plan.health);
        let shapes = snapshot.scenarios().iter().map(|scenario| &scenario.shape);
        histogram_budget::check(shapes, workers, plan.hard_timeout, plan.histogram_memory)?;
        let mut conductor = Self {
            plan,
            resources,
            clock,
            team,
            lines,
            cursors: vec![vec![Cursor::default(); scenarios]; workers],
            strikes: (0..scenarios).map(|_| Strikes::default()).collect(),
            snapshot,
            health: HealthWatch::new(clock),
            rules: crate::rules::book(plan).map_err(CampaignError::Rules)?,
            phases: vec![PhaseTimes::default(); scenarios],
            start: clock.now(),
            lives: plan.scenarios.iter().zip(0..).map(|(planned, number)| lifecycle(planned, number, workers)).collect(),
            cancel_until: None,
            hard_ends: Vec::new(),
            end: EndReason::Completed,
            states: Vec::new(),
        };
        conductor.assign_all().await?;
        Ok(conductor)
    }

    /// Runs the campaign to its end. `observe` is shown the figures several times a second.
    ///
    /// # Errors
    /// A worker died: a fault of the engine itself.
    pub async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        observe: &mut dyn FnMut(&Snapshot, Progress),
    ) -> Result<Report, CampaignError> {
        let prepared = self.clock.now();
        self.start = prepared;
        let hard_at = prepared + self.plan.start_offset + self.plan.hard_timeout;
        let mut listening = true;
        let mut next_look = prepared;
        let mut before = self.run_trees_before().await;
        let mut soft_at = None;
        let mut begun = false;
        while !self.lives.iter().all(Lifecycle::has_ended) {
            let now = self.clock.now();
            if before == 0 && !begun && self.cancel_until.is_none() {
                begun = true;
                self.start = now + self.plan.start_offset;
                self.enter("running");
                self.begin_all(self.start).await;
                soft_at = self.plan.soft_timeout.map(|limit| self.start + limit);
            }
            if now >= next_look {
                self.note_due(now);
                self.health.look(&mut self.snapshot, now, self.start);
                self.rules.advance(&self.snapshot, now.since(self.start));
                self.obey_rules().await;
                observe(&self.snapshot, self.progress(now));
                next_look = now + OBSERVE;
            }
            if self.cancel_until.is_some_and(|until| now >= until) {
                break;
            }
            self.go_on(now).await;
            let deadline = self.cancel_until.unwrap_or(hard_at.min(soft_at.unwrap_or(hard_at)));
            let deadline =
                self.lives.iter().filter_map(Lifecycle::due).chain(self.hard_ends.iter().map(|(at, _)| *at)).fold(deadline, Moment::min);
            tokio::select! {
                biased;
                command = commands.recv(), if listening => match command {
                    Some(Command::Abort) => self.abort("on request".to_owned()).await,
                    Some(Command::StopSoftly) => self.stop_softly("on request".to_owned()).await,
                    None => listening = false,
                },
                report = self.team.reports.recv() => match report {
                    Some(FromWorker::TreesDone { phase: TreePhase::BeforeLoad, .. }) => before = before.saturating_sub(1),
                    Some(report) => self.take(report).await,
                    None => return Err(self.lost_worker().await),
                },
                () = self.clock.sleep_until(deadline.min(next_look)) => {
                    let now = self.clock.now();
                    if self.cancel_until.is_none() && now >= hard_at {
                        self.abort(format!("the hard timeout of {} ran out", throng_model::format_duration(self.plan.hard_timeout))).await;
                    } else if soft_at.is_some_and(|soft_at| now >= soft_at) {
                        soft_at = None;
                        self.stop_softly("the soft timeout ran out".to_owned()).await;
                    }
                }
            }
        }
        let ended = self.clock.now();
        self.enter("ended");
        self.health.look_now(&mut self.snapshot, ended, self.start);
        self.finish().await?;
        self.note_due(ended);
        observe(&self.snapshot, self.progress(ended));
        Ok(self.report(ended))
    }

    /// Runs what comes before the load; how many workers' parts of it are awaited.
    async fn run_trees_before(&mut self) -> usize {
        let has_trees =
            |planned: &PlannedScenario| planned.scenario.graph.trees.iter().any(|tree| TreePhase::BeforeLoad.includes(tree.run));
        let scenarios: Vec<u32> =
            (0..).zip(&self.plan.scenarios).filter(|(_, planned)| has_trees(planned)).map(|(number, _)| number).collect();
        if !scenarios.is_empty() {
            self.enter("before the load");
        }
        for scenario in &scenarios {
            self.tell_all(&ToWorker::RunTrees { scenario: *scenario, phase: TreePhase::BeforeLoad }).await;
        }
        scenarios.len() * self.team.inboxes.len()
    }

    /// What is to be done though nobody reports: side trees whose time is over, profiles that end hard, trees behind the load.
    async fn go_on(&mut self, now: Moment) {
        let mut orders: Vec<ToWorker> = self.lives.iter_mut().filter_map(|life| life.tick(now)).collect();
        let due: Vec<u32> = self.hard_ends.extract_if(.., |(at, _)| *at <= now).map(|(_, scenario)| scenario).collect();
        orders.extend(due.into_iter().map(|scenario| ToWorker::Stop { scenario: Some(scenario), mode: StopMode::Load }));
        if self.lives.iter().all(Lifecycle::is_drained) {
            orders.extend(self.lives.iter_mut().filter_map(Lifecycle::go_behind));
        }
        for order in orders {
            self.tell_all(&order).await;
        }
    }

    async fn assign_all(&mut self) -> Result<(), CampaignError> {
        for (scenario, planned) in (0..).zip(&self.plan.scenarios) {
            let assignment = Assignment {
                scenario,
                name: planned.scenario.name.clone(),
                document: planned.document.to_string(),
                program: planned.program.clone(),
                settings: planned.settings.clone(),
                minions: planned.scenario.minions,
                max_in_flight: planned.scenario.max_in_flight,
                seed: self.plan.seed,
                zone: self.plan.zone.clone(),
                fresh_instances: self.plan.fresh_instances,
                folder: planned.folder.clone(),
            };
            self.tell_all(&ToWorker::Assign(Box::new(assignment))).await;
        }
        let mut awaited = self.team.inboxes.len() * self.plan.scenarios.len();
        while awaited > 0 {
            match self.clock.timeout(READY_LIMIT, self.team.reports.recv()).await {
                Some(Some(FromWorker::Ready { .. })) => awaited -= 1,
                Some(Some(FromWorker::Unable { scenario, step, reason, .. })) => {
                    return Err(CampaignError::Unable { scenario: self.name(scenario), step, reason });
                }
                Some(Some(_)) => {}
                Some(None) => return Err(self.lost_worker().await),
                None => return Err(CampaignError::WorkerGone { worker: 0, reason: format!("not ready within {READY_LIMIT:?}") }),
            }
        }
        Ok(())
    }

    async fn begin_all(&mut self, start: Moment) {
        let warm_until = start + self.plan.warm_up;
        for (scenario, (planned, lines)) in (0..).zip(self.plan.scenarios.iter().zip(&self.lines)) {
            let last_start = start + Duration::from_nanos(lines.last_offset());
            let profile = &planned.scenario.profile;
            let load_stop = profile.planned_end(self.plan.speed).map(|span| start + span);
            let stage_ends = profile.stage_ends(self.plan.speed).into_iter().map(|end| start + end).collect();
            let restart = profile.completion().zip(load_stop).map(|(completion, until)| Restart { until, completion });
            if let Some(Restart { until, completion: Completion::Hard }) = restart {
                self.hard_ends.push((until, scenario));
            }
            let since_start = |moment: Moment| moment.since(start);
            let phases =
                PhaseTimes { warm_until: since_start(warm_until), last_start: lines.last_offset(), load_stop: load_stop.map(since_start) };
            if let Some(known) = self.phases.get_mut(scenario as usize) {
                *known = phases;
            }
            self.rules.set_phases(scenario as usize, phases);
            let begin = ToWorker::Begin { scenario, start, warm_until, last_start, load_stop, stage_ends, restart };
            self.tell_all(&begin).await;
        }
    }

    async fn take(&mut self, report: FromWorker) {
        match report {
            FromWorker::Tick { scenario, delta, .. } => {
                let now = self.clock.now();
                let at = now.since(self.start);
                self.note_due(now);
                self.rules.observe(&self.snapshot, scenario as usize, &delta, at);
                self.snapshot.merge(scenario as usize, &delta, at);
                self.obey_rules().await;
            }
            FromWorker::Health { worker, sample } => {
                let at = self.clock.now().since(self.start);
                self.snapshot.hear_worker(worker as usize, &sample, at);
            }
            FromWorker::WantsLines { worker, scenario } => self.deal(worker, scenario).await,
            FromWorker::Strike { scenario, step, code, message } => self.strike(scenario, &step, &code, &message).await,
            FromWorker::Still { worker, scenario, stillness } => {
                let now = self.clock.now();
                let order = self.lives.get_mut(scenario as usize).and_then(|life| life.heard(worker, stillness, now));
                if self.lives.get(scenario as usize).is_some_and(|life| !life.is_under_load()) {
                    self.note_load_stop(scenario as usize, now);
                }
                self.tell_some(order).await;
            }
            FromWorker::TreesDone { scenario, phase: TreePhase::AfterLoad, .. } => {
                let order = self.lives.get_mut(scenario as usize).and_then(Lifecycle::trees_done);
                self.tell_some(order).await;
            }
            FromWorker::SourceFailed { scenario, step, reason } => {
                let reason = format!("the source `{step}` of the scenario `{}` cannot go on: {reason}", self.name(scenario));
                self.cancel(EndReason::Failed(reason)).await;
            }
            FromWorker::CapReached { scenario } => {
                let reason = format!("the scenario `{}` reached its `max-in-flight`, and its policy is to stop", self.name(scenario));
                if self.end == EndReason::Completed {
                    self.end = EndReason::Failed(reason);
                    self.enter("completing");
                }
                self.tell_all(&ToWorker::Stop { scenario: None, mode: StopMode::Soft }).await;
            }
            FromWorker::Ended { scenario, .. } => {
                if let Some(life) = self.lives.get_mut(scenario as usize) {
                    life.ended();
                }
            }
            FromWorker::TreesDone { .. } | FromWorker::Ready { .. } | FromWorker::Unable { .. } => {}
        }
    }

    async fn deal(&mut self, worker: u32, scenario: u32) {
        let cursor = self.cursors.get_mut(worker as usize).and_then(|cursors| cursors.get_mut(scenario as usize));
        let (Some(cursor), Some(lines)) = (cursor, self.lines.get(scenario as usize)) else { return };
        let chunk = lines.deal(scenario, cursor);
        if let Some(inbox) = self.team.inboxes.get(worker as usize) {
            // A worker that is gone is noticed by its reports' end.
            let _ = inbox.send(ToWorker::Lines(chunk)).await;
        }
    }

    async fn strike(&mut self, scenario: u32, step: &str, code: &str, message: &str) {
        let Some(strikes) = self.strikes.get_mut(scenario as usize) else { return };
        if let Some(reason) = strikes.note(step, code, message) {
            self.snapshot.abort(scenario as usize, reason);
            if let Some(life) = self.lives.get_mut(scenario as usize) {
                life.cancelled();
            }
            self.tell_all(&ToWorker::Stop { scenario: Some(scenario), mode: StopMode::Hard }).await;
        }
    }

    async fn stop_softly(&mut self, reason: String) {
        if self.end == EndReason::Completed {
            self.end = EndReason::SoftStopped(reason);
            self.enter("completing");
        }
        let now = self.clock.now();
        self.note_expected(now);
        (0..self.phases.len()).for_each(|scenario| self.note_load_stop(scenario, now));
        self.tell_all(&ToWorker::Stop { scenario: None, mode: StopMode::Soft }).await;
    }

    /// How many starts should have been made by now; those of the last moments may be on their way.
    fn note_expected(&mut self, now: Moment) {
        let Some(until) = now.since(self.start).checked_sub(START_GRACE) else { return };
        for (scenario, lines) in self.lines.iter().enumerate() {
            self.snapshot.set_expected(scenario, lines.planned_until(until));
        }
    }

    /// The load of a scenario stops, unless it was to stop before.
    fn note_load_stop(&mut self, scenario: usize, now: Moment) {
        let at = now.since(self.start);
        if let Some(phases) = self.phases.get_mut(scenario)
            && phases.load_stop.is_none_or(|stop| at < stop)
        {
            phases.load_stop = Some(at);
            self.rules.set_phases(scenario, *phases);
        }
    }

    /// Stops softly when a rule asks for it.
    async fn obey_rules(&mut self) {
        if self.end == EndReason::Completed
            && let Some(reason) = self.rules.stop_requested().map(str::to_owned)
        {
            self.stop_softly(reason).await;
        }
    }

    /// Ends everything before its time.
    async fn abort(&mut self, reason: String) {
        self.cancel(EndReason::Aborted(reason)).await;
    }

    /// Cancels everything; the first reason stays.
    async fn cancel(&mut self, end: EndReason) {
        if self.cancel_until.is_some() {
            return;
        }
        self.end = end;
        self.enter("cancelling");
        self.resources.abort.store(true, Ordering::Relaxed);
        self.lives.iter_mut().for_each(Lifecycle::cancelled);
        self.tell_all(&ToWorker::Stop { scenario: None, mode: StopMode::Hard }).await;
        self.cancel_until = Some(self.clock.now() + CANCEL_LIMIT);
    }

    /// Takes the last figures and lets the workers go.
    async fn finish(&mut self) -> Result<(), CampaignError> {
        self.tell_all(&ToWorker::Finish).await;
        let patience = self.clock.now() + CANCEL_LIMIT;
        self.team.inboxes.clear();
        loop {
            tokio::select! {
                report = self.team.reports.recv() => match report {
                    Some(report) => self.take(report).await,
                    None => break,
                },
                () = self.clock.sleep_until(patience) => {
                    tracing::warn!("a worker did not end in time; its last figures are missing");
                    return Ok(());
                }
            }
        }
        for end in self.team.ends.drain(..) {
            if let Ok(result) = end.await {
                result?;
            }
        }
        Ok(())
    }

    async fn lost_worker(&mut self) -> CampaignError {
        for (worker, end) in (0..).zip(self.team.ends.drain(..)) {
            match end.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return error.into(),
                Err(_) => return CampaignError::WorkerGone { worker, reason: "its thread panicked".to_owned() },
            }
        }
        CampaignError::WorkerGone { worker: 0, reason: "it ended before the campaign".to_owned() }
    }

    /// Notes a new state, with its time.
    fn enter(&mut self, state: &str) {
        let at = self.clock.now().since(self.start);
        self.states.push(StateEntry { state: state.to_owned(), at });
    }

    async fn tell_some(&self, message: Option<ToWorker>) {
        if let Some(message) = message {
            self.tell_all(&message).await;
        }
    }

    async fn tell_all(&self, message: &ToWorker) {
        for inbox in &self.team.inboxes {
            // A worker that is gone is noticed by its reports' end.
            let _ = inbox.send(message.clone()).await;
        }
    }

    fn name(&self, scenario: u32) -> String {
        self.plan.scenarios.get(scenario as usize).map(|planned| planned.scenario.name.clone()).unwrap_or_default()
    }

    /// Tells the snapshot how many starts the plan has come to.
    fn note_due(&mut self, now: Moment) {
        let elapsed = now.since(self.start);
        for (scenario, lines) in self.lines.iter_mut().enumerate() {
            self.snapshot.set_due(scenario, lines.due(elapsed));
        }
    }

    fn progress(&self, now: Moment) -> Progress {
        let planned_end = self.lines.iter().map(LinePlan::last_offset).max().unwrap_or(0);
        Progress { elapsed: Duration::from_nanos(now.since(self.start)), planned_starts_until: Duration::from_nanos(planned_end) }
    }

    fn report(&mut self, ended: Moment) -> Report {
        let facts = CampaignFacts {
            key: self.plan.key.clone(),
            started_unix: self.clock.unix_time(self.start),
            duration: ended.since(self.start),
            seed: self.plan.seed,
            speed: self.plan.speed,
            workers: self.cursors.len() as u32,
            zone: self.plan.zone.clone(),
            tags: self.plan.tags.clone(),
            end: self.end.clone(),
            states: self.states.clone(),
            health: self.plan.health,
        };
        let rules = self.rules.judge(&self.snapshot, facts.duration);
        Report::judged(&self.snapshot, &facts, rules)
    }
}

/// Where a campaign is in time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Progress {
    /// Since t₀.
    pub elapsed: Duration,
    /// From t₀ to the last planned start.
    pub planned_starts_until: Duration,
}

/// How a scenario will come to its end.
fn lifecycle(planned: &PlannedScenario, number: u32, workers: usize) -> Lifecycle {
    let graph = &planned.scenario.graph;
    let timeout = |step: &Step| match &step.kind {
        StepKind::Operator(Operator::Join(join)) => Some(join.timeout),
        _ => None,
    };
    let beside = graph.trees.iter().any(|tree| tree.run == TreeRun::During);
    let linger = graph.steps.iter().filter_map(timeout).max().filter(|_| beside).unwrap_or_default();
    let behind = graph.trees.iter().any(|tree| TreePhase::AfterLoad.includes(tree.run));
    Lifecycle::new(number, workers, linger, behind)
}

fn plan_all(plan: &Plan, resources: &Resources, clock: Clock) -> Result<Vec<LinePlan>, CampaignError> {
    let plan_one = |planned: &PlannedScenario| {
        let profile_error = |reason| CampaignError::Profile { scenario: planned.scenario.name.clone(), reason };
        let program = planned.program.as_ref().and_then(|digest| resources.programs.get(digest));
        let callbacks = program
            .filter(|_| matches!(planned.scenario.profile, Profile::User { .. }))
            .map(|program| program.attach(setup(planned, resources, clock)))
            .transpose()
            .map_err(profile_error)?;
        plan_lines(&planned.scenario, plan.speed, plan.seed, callbacks.as_deref()).map_err(profile_error)
    };
    plan.scenarios.iter().map(plan_one).collect()
}

fn setup(planned: &PlannedScenario, resources: &Resources, clock: Clock) -> ProgramSetup {
    ProgramSetup {
        settings: planned.settings.clone().into(),
        timekeeper: throng_runtime::timekeeper(clock),
        abort: resources.abort.clone(),
        fresh_instances: false,
    }
}

fn shape(planned: &PlannedScenario, lines: &LinePlan) -> ScenarioShape {
    let steps: Vec<StepShape> = throng_runtime::step_shapes(&planned.scenario.graph);
    ScenarioShape {
        name: planned.scenario.name.as_str().into(),
        steps,
        planned: planned.scenario.profile.completion().is_none().then(|| lines.total()),
        scheduled: planned.scenario.profile != Profile::Immediate,
    }
}
