//! Conducts a campaign: assigns, starts the clock, deals out the plan, merges what comes back, and stops in time.

mod begin;
mod hear;
mod prepare;
mod stop;

use std::time::Duration;

use throng_measure::rules::{PhaseTimes, RuleBook};
use throng_measure::{CampaignFacts, EndReason, ExporterReport, Moment, Report, Snapshot, StateEntry};
use throng_plugin_api::{Clock, Plugin};
use throng_runtime::{Resources, ToWorker};
use tokio::sync::mpsc;

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
    phases: Vec<PhaseTimes>,
    start: Moment,
    /// Whether the load has begun, or was left out: there is no time since the start before.
    begun: bool,
    /// Answers that are awaited of workers that open things before the load; none before they are asked.
    warming: Option<usize>,
    /// By scenario.
    lives: Vec<Lifecycle>,
    /// Until when it is worth waiting for what was cancelled.
    cancel_until: Option<Moment>,
    /// When scenarios end whose profile cancels what runs then.
    hard_ends: Vec<(Moment, u32)>,
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
            phases: vec![PhaseTimes::default(); scenarios],
            start: clock.now(),
            begun: false,
            warming: None,
            lives: plan.scenarios.iter().zip(0..).map(|(planned, number)| lifecycle(planned, number, workers)).collect(),
            cancel_until: None,
            hard_ends: Vec::new(),
            end: EndReason::Completed,
            states: Vec::new(),
            exporters: Exporters::new(plan, &shapes, clock),
        };
        conductor.assign_all().await?;
        conductor.exporters.open(plan, &shapes).await?;
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
        self.run_trees_before().await;
        let mut soft_at = None;
        while !self.lives.iter().all(Lifecycle::has_ended) {
            let now = self.clock.now();
            let may_begin = !self.begun && self.cancel_until.is_none() && !self.lives.iter().any(Lifecycle::is_before_load);
            if may_begin && self.is_warm().await {
                self.begun = true;
                if self.end == EndReason::Completed {
                    self.start = now + self.plan.start_offset;
                    self.enter("running");
                    self.begin_all(self.start).await;
                    soft_at = self.plan.soft_timeout.map(|limit| self.start + limit);
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
            let deadline = self.cancel_until.unwrap_or(hard_at.min(soft_at.unwrap_or(hard_at)));
            let deadline = self
                .lives
                .iter()
                .filter_map(Lifecycle::lingers_until)
                .chain(self.exporters.due())
                .chain(self.hard_ends.iter().map(|(at, _)| *at))
                .fold(deadline, Moment::min);
            tokio::select! {
                biased;
                command = commands.recv(), if listening => match command {
                    Some(Command::Abort) => self.abort("on request".to_owned()).await,
                    Some(Command::StopSoftly) => self.stop_softly("on request".to_owned()).await,
                    None => listening = false,
                },
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
        let elapsed = now.since(self.start);
        for (scenario, lines) in self.lines.iter_mut().enumerate() {
            self.snapshot.set_due(scenario, lines.due(elapsed));
        }
    }

    fn progress(&self, now: Moment) -> Progress {
        let planned_end = self.lines.iter().map(LinePlan::last_offset).max().unwrap_or(0);
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
