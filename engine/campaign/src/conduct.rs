//! Conducts a campaign: assigns, starts the clock, deals out the plan, merges what comes back, and stops in time.

mod begin;
mod hear;
mod pace;
mod prepare;
mod stop;

use std::time::Duration;

use throng_measure::rules::RuleBook;
use throng_measure::{CampaignFacts, EndReason, ExporterReport, Moment, Pace, Report, Snapshot, StateEntry};
use throng_plugin_api::{Clock, Plugin};
use throng_runtime::{PlanClock, Resources, ToWorker};
use tokio::sync::{mpsc, watch};

use self::pace::ScenarioPhases;
use self::prepare::{lifecycle, plan_all, shape};
use crate::errors::CampaignError;
use crate::exporters::{self, Exporters};
use crate::health::HealthWatch;
use crate::histogram_budget;
use crate::lifecycle::Lifecycle;
use crate::line_plan::{Cursor, LinePlan};
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
    health: HealthWatch,
    rules: RuleBook,
    /// By scenario: when its phases are, as far as is known.
    phases: Vec<ScenarioPhases>,
    /// What somebody asks for; none where nobody can.
    asked: Option<watch::Receiver<Pace>>,
    /// How the plan goes by, or will.
    pace: Pace,
    /// How often that was changed.
    changes: usize,
    held_since: Option<Moment>,
    /// None before the load, and without one.
    plan_clock: Option<PlanClock>,
    start: Moment,
    /// Whether the load has begun, or was left out: there is no time since the start before.
    begun: bool,
    /// Answers that are awaited of workers that open things before the load; none before they are asked.
    warming: Option<usize>,
    /// By scenario.
    lives: Vec<Lifecycle>,
    /// Until when it is worth waiting for what was cancelled.
    cancel_until: Option<Moment>,
    /// When scenarios end whose profile cancels what runs then, on the plan's clock.
    hard_ends: Vec<(u64, u32)>,
    /// When new starts end, on the plan's clock; none if they do not, or have.
    soft_end: Option<u64>,
    end: EndReason,
    states: Vec<StateEntry>,
    exporters: Exporters,
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
        let shapes: Vec<_> = plan.scenarios.iter().zip(&lines).map(|(planned, lines)| shape(planned, lines)).collect();
        histogram_budget::check(shapes.iter(), workers, plan.hard_timeout, plan.histogram_memory)?;
        let snapshot = Snapshot::new(shapes.clone()).with_health(plan.health);
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
            phases: vec![ScenarioPhases::default(); scenarios],
            asked: None,
            pace: Pace::default(),
            changes: 0,
            held_since: None,
            plan_clock: None,
            start: clock.now(),
            begun: false,
            warming: None,
            lives: plan.scenarios.iter().zip(0..).map(|(planned, number)| lifecycle(planned, number, workers)).collect(),
            cancel_until: None,
            hard_ends: Vec::new(),
            soft_end: plan.soft_timeout.map(|limit| u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX)),
            end: EndReason::Completed,
            states: Vec::new(),
            exporters: Exporters::new(plan, &shapes, clock),
        };
        conductor.assign_all().await?;
        conductor.exporters.open(plan, &shapes).await?;
        Ok(conductor)
    }

    /// Lets somebody hold the plan, and change its speed, while it runs. What the channel holds is what is asked for, from the beginning.
    ///
    /// A hold stops new starts, those of stages included; minions that are under way go on. All times of the plan move with it, the soft
    /// timeout among them. The hard timeout and the windows of rules do not.
    #[must_use]
    pub fn paced_by(self, asked: watch::Receiver<Pace>) -> Self {
        Self { asked: Some(asked), ..self }
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
        self.run_trees_before().await;
        self.keep_pace().await;
        while !self.lives.iter().all(Lifecycle::has_ended) {
            let now = self.clock.now();
            let may_begin = !self.begun && self.cancel_until.is_none() && !self.lives.iter().any(Lifecycle::is_before_load);
            if may_begin && self.is_warm().await {
                self.begun = true;
                if self.end == EndReason::Completed {
                    self.start = now + self.plan.start_offset;
                    self.enter(&self.pace.state());
                    self.begin_all(self.start).await;
                } else {
                    self.skip_load().await;
                }
            }
            if now >= next_look {
                self.note_due(now);
                self.health.look(&mut self.snapshot, now, self.start);
                self.rules.advance(&self.snapshot, self.since_start(now));
                self.obey_rules().await;
                self.snapshot.set_rules(self.rules.standings());
                observe(&self.snapshot, self.progress(now));
                next_look = now + OBSERVE;
            }
            self.exporters.advance(now, &self.snapshot);
            if self.cancel_until.is_some_and(|until| now >= until) {
                break;
            }
            self.go_on(now).await;
            let soft_at = self.soft_end.and_then(|end| self.moment_of(end));
            let deadline = self.cancel_until.unwrap_or(hard_at.min(soft_at.unwrap_or(hard_at)));
            let deadline = self
                .lives
                .iter()
                .filter_map(Lifecycle::lingers_until)
                .chain(self.exporters.due())
                .chain(self.hard_ends.iter().filter_map(|(end, _)| self.moment_of(*end)))
                .fold(deadline, Moment::min);
            tokio::select! {
                biased;
                command = commands.recv(), if listening => match command {
                    Some(Command::Abort) => self.abort("on request".to_owned()).await,
                    Some(Command::StopSoftly) => self.stop_softly("on request".to_owned()).await,
                    None => listening = false,
                },
                () = another(&mut self.asked) => self.keep_pace().await,
                report = self.team.reports.recv() => match report {
                    Some(report) => self.take(report).await,
                    None => return Err(self.team.ends.untimely().await),
                },
                error = self.team.ends.untimely() => return Err(error),
                () = self.clock.sleep_until(deadline.min(next_look)) => {
                    let now = self.clock.now();
                    if self.cancel_until.is_none() && now >= hard_at {
                        self.abort(format!("the hard timeout of {} ran out", throng_model::format_duration(self.plan.hard_timeout))).await;
                    } else if soft_at.is_some_and(|soft_at| now >= soft_at) {
                        self.soft_end = None;
                        self.stop_softly("the soft timeout ran out".to_owned()).await;
                    }
                }
            }
        }
        let ended = self.clock.now();
        self.enter("ended");
        self.health.look_now(&mut self.snapshot, ended, self.start);
        self.finish().await?;
        self.settle().await;
        self.note_due(ended);
        let limit = if self.cancel_until.is_some() { exporters::ABORT_LIMIT } else { exporters::CLOSE_LIMIT };
        let exported = self.exporters.close(ended, &self.snapshot, limit).await;
        let report = self.report(ended, exported);
        self.snapshot.set_rules(self.rules.standings());
        observe(&self.snapshot, self.progress(ended));
        Ok(report)
    }

    /// Nanoseconds since t₀; none have passed before the load.
    fn since_start(&self, moment: Moment) -> u64 {
        if self.begun { moment.since(self.start) } else { 0 }
    }

    /// Notes a new state, with its time.
    fn enter(&mut self, state: &str) {
        let at = self.clock.now().since(self.start);
        self.states.push(StateEntry { state: state.to_owned(), at });
    }

    /// The same, unless it is in that state.
    fn enter_once(&mut self, state: &str) {
        if self.states.last().is_none_or(|last| last.state != state) {
            self.enter(state);
        }
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
        for (scenario, lines) in self.lines.iter_mut().enumerate() {
            let due = lines.due(|plan| self.plan_clock.as_ref().is_some_and(|clock| clock.has_come(plan, now)));
            self.snapshot.set_due(scenario, due);
        }
    }

    fn progress(&self, now: Moment) -> Progress {
        let planned_end = self.lines.iter().map(LinePlan::last_offset).max().unwrap_or(0);
        let planned_end = self.plan_clock.as_ref().map_or(planned_end, |clock| clock.expected(planned_end, now).since(self.start));
        let ending = match self.end {
            EndReason::Completed => Ending::NotYet,
            _ if self.cancel_until.is_some() => Ending::AtOnce,
            _ => Ending::Softly,
        };
        Progress { elapsed: Duration::from_nanos(now.since(self.start)), planned_starts_until: Duration::from_nanos(planned_end), ending }
    }

    fn report(&mut self, ended: Moment, exporters: Vec<ExporterReport>) -> Report {
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
            exporters,
            plugins: self.resources.registry.plugins().filter_map(Plugin::facts).collect(),
        };
        let rules = self.rules.judge(&self.snapshot, facts.duration);
        Report::judged(&self.snapshot, &facts, rules)
    }
}

/// Comes to its end when another pace is asked for; never, where nobody can.
async fn another(asked: &mut Option<watch::Receiver<Pace>>) {
    if let Some(paces) = asked
        && paces.changed().await.is_ok()
    {
        return;
    }
    // Nobody is left to ask.
    *asked = None;
    std::future::pending().await
}

/// Where a campaign is in time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Progress {
    /// Since t₀.
    pub elapsed: Duration,
    /// From t₀ to the last planned start.
    pub planned_starts_until: Duration,
    /// Whether it was stopped, by whomever: keys, signals, rules, limits.
    pub ending: Ending,
}

/// Whether a campaign goes on to its planned end.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Ending {
    /// It does.
    #[default]
    NotYet,
    /// No new starts; running minions end.
    Softly,
    /// Everything is cancelled.
    AtOnce,
}
