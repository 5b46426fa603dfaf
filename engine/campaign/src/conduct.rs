//! Conducts a campaign: assigns, starts the clock, deals out the plan, merges what comes back, and stops in time.

use std::sync::atomic::Ordering;
use std::time::Duration;

use throng_measure::{CampaignFacts, EndReason, Moment, Report, ScenarioShape, Snapshot, StateEntry, StepShape};
use throng_model::Profile;
use throng_plugin_api::Clock;
use throng_runtime::{Assignment, FromWorker, ProgramSetup, Resources, StopMode, ToWorker};
use tokio::sync::mpsc;

use crate::errors::CampaignError;
use crate::line_plan::{Cursor, LinePlan, plan_lines};
use crate::open::open_steps;
use crate::plan::Plan;
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
    start: Moment,
    /// Parts of scenarios on workers that have not ended.
    open_parts: usize,
    end: EndReason,
    states: Vec<StateEntry>,
}

impl std::fmt::Debug for Conductor<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Conductor").field("key", &self.plan.key).field("open_parts", &self.open_parts).finish_non_exhaustive()
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
        let mut conductor = Self {
            plan,
            resources,
            clock,
            team,
            lines,
            cursors: vec![vec![Cursor::default(); scenarios]; workers],
            strikes: (0..scenarios).map(|_| Strikes::default()).collect(),
            snapshot,
            start: clock.now(),
            open_parts: workers * scenarios,
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
        let start = prepared + self.plan.start_offset;
        self.start = start;
        self.enter("running");
        self.begin_all(start).await;
        let soft_at = self.plan.soft_timeout.map(|limit| start + limit);
        let hard_at = start + self.plan.hard_timeout;
        let far = Moment::from_nanos(u64::MAX / 2);
        let mut soft_deadline = soft_at.unwrap_or(far);
        let mut next_look = prepared;
        let mut cancel_until = far;
        let mut listening = true;
        while self.open_parts > 0 {
            let now = self.clock.now();
            if now >= next_look {
                self.note_due(now);
                observe(&self.snapshot, self.progress(now));
                next_look = now + OBSERVE;
            }
            if now >= cancel_until {
                break;
            }
            let deadline = if cancel_until < far { cancel_until } else { hard_at.min(soft_deadline) };
            tokio::select! {
                biased;
                command = commands.recv(), if listening => match command {
                    Some(Command::Abort) => cancel_until = self.abort("on request".to_owned()).await,
                    Some(Command::StopSoftly) => self.stop_softly("on request".to_owned()).await,
                    None => listening = false,
                },
                report = self.team.reports.recv() => match report {
                    Some(report) => self.take(report).await,
                    None => return Err(self.lost_worker().await),
                },
                () = self.clock.sleep_until(deadline.min(next_look)) => {
                    let now = self.clock.now();
                    if cancel_until == far && now >= hard_at {
                        cancel_until = self.abort(format!("the hard timeout of {:?} ran out", self.plan.hard_timeout)).await;
                    } else if now >= soft_deadline {
                        soft_deadline = far;
                        self.stop_softly("the soft timeout ran out".to_owned()).await;
                    }
                }
            }
        }
        let ended = self.clock.now();
        self.enter("ended");
        self.finish().await?;
        self.note_due(ended);
        observe(&self.snapshot, self.progress(ended));
        Ok(self.report(ended))
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
                seed: self.plan.seed,
                zone: self.plan.zone.clone(),
                fresh_instances: self.plan.fresh_instances,
            };
            self.tell_all(&ToWorker::Assign(Box::new(assignment))).await;
        }
        let mut awaited = self.open_parts;
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
            let load_stop = planned.scenario.profile.planned_end(self.plan.speed).map(|span| start + span);
            let begin = ToWorker::Begin { scenario, start, warm_until, last_start, load_stop };
            self.tell_all(&begin).await;
        }
    }

    async fn take(&mut self, report: FromWorker) {
        match report {
            FromWorker::Tick { scenario, delta, .. } => {
                let at = self.clock.now().since(self.start);
                self.snapshot.merge(scenario as usize, &delta, at);
            }
            FromWorker::WantsLines { worker, scenario } => self.deal(worker, scenario).await,
            FromWorker::Strike { scenario, step, code, message } => self.strike(scenario, &step, &code, &message).await,
            FromWorker::Ended { .. } => self.open_parts = self.open_parts.saturating_sub(1),
            FromWorker::Ready { .. } | FromWorker::Unable { .. } => {}
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
            self.tell_all(&ToWorker::Stop { scenario: Some(scenario), mode: StopMode::Hard }).await;
        }
    }

    async fn stop_softly(&mut self, reason: String) {
        if self.end == EndReason::Completed {
            self.end = EndReason::SoftStopped(reason);
            self.enter("completing");
        }
        self.tell_all(&ToWorker::Stop { scenario: None, mode: StopMode::Soft }).await;
    }

    /// Cancels everything; returns until when it is worth waiting for.
    async fn abort(&mut self, reason: String) -> Moment {
        self.end = EndReason::Aborted(reason);
        self.enter("cancelling");
        self.resources.abort.store(true, Ordering::Relaxed);
        self.tell_all(&ToWorker::Stop { scenario: None, mode: StopMode::Hard }).await;
        self.clock.now() + CANCEL_LIMIT
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

    fn report(&self, ended: Moment) -> Report {
        let facts = CampaignFacts {
            key: self.plan.key.clone(),
            started_unix: self.clock.unix_time(self.start),
            duration: ended.since(self.start),
            seed: self.plan.seed,
            speed: self.plan.speed,
            workers: self.cursors.len() as u32,
            end: self.end.clone(),
            states: self.states.clone(),
            health: self.plan.health,
        };
        Report::new(&self.snapshot, &facts)
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

fn plan_all(plan: &Plan, resources: &Resources, clock: Clock) -> Result<Vec<LinePlan>, CampaignError> {
    let plan_one = |planned: &crate::plan::PlannedScenario| {
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

fn setup(planned: &crate::plan::PlannedScenario, resources: &Resources, clock: Clock) -> ProgramSetup {
    ProgramSetup {
        settings: planned.settings.clone().into(),
        timekeeper: throng_runtime::timekeeper(clock),
        abort: resources.abort.clone(),
        fresh_instances: false,
    }
}

fn shape(planned: &crate::plan::PlannedScenario, lines: &LinePlan) -> ScenarioShape {
    let steps: Vec<StepShape> = throng_runtime::step_shapes(&planned.scenario.graph);
    ScenarioShape {
        name: planned.scenario.name.as_str().into(),
        steps,
        planned: Some(lines.total()),
        scheduled: planned.scenario.profile != Profile::Immediate,
    }
}
