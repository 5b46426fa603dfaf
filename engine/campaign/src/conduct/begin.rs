//! The way to t₀: assignments, the trees before the load, and the word to begin.

use std::time::Duration;

use throng_measure::{EndReason, Moment};
use throng_model::{Completion, Step, StepKind};
use throng_runtime::{Assignment, FromWorker, PlanClock, PlannedPhases, Restart, ToWorker};

use super::Conductor;
use super::pace::ScenarioPhases;
use crate::errors::CampaignError;
use crate::exporters;
use crate::lifecycle::Lifecycle;

/// How long a worker may take to get ready.
const READY_LIMIT: Duration = Duration::from_secs(30);

impl Conductor<'_> {
    pub(super) async fn assign_all(&mut self) -> Result<(), CampaignError> {
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
                events: exporters::interest(self.plan),
            };
            self.tell_all(&ToWorker::Assign(Box::new(assignment))).await;
        }
        let mut awaited = self.team.inboxes.len() * self.plan.scenarios.len();
        // A worker that is ready goes on to tell of itself, so that the limit is for all of them and not for each message.
        let limit = self.clock.now() + READY_LIMIT;
        while awaited > 0 {
            let report = tokio::select! {
                biased;
                report = self.team.reports.recv() => report,
                error = self.team.ends.untimely() => return Err(error),
                () = self.clock.sleep_until(limit) => {
                    return Err(CampaignError::WorkerGone { worker: 0, reason: format!("not ready within {READY_LIMIT:?}") });
                }
            };
            match report {
                Some(FromWorker::Ready { .. }) => awaited -= 1,
                Some(FromWorker::Unable { scenario, step, reason, .. }) => {
                    return Err(CampaignError::Unable { scenario: self.name(scenario), step, reason });
                }
                Some(_) => {}
                None => return Err(self.team.ends.untimely().await),
            }
        }
        Ok(())
    }

    /// Runs what comes before the load.
    pub(super) async fn run_trees_before(&mut self) {
        let orders: Vec<ToWorker> = self.lives.iter_mut().filter_map(Lifecycle::go_before).collect();
        if !orders.is_empty() {
            self.enter("before the load");
        }
        for order in orders {
            self.tell_all(&order).await;
        }
    }

    /// Whether all that is to be open before the load is; asks for it the first time. A campaign that was stopped needs nothing.
    pub(super) async fn is_warm(&mut self) -> bool {
        if self.end != EndReason::Completed {
            return true;
        }
        if self.warming.is_none() {
            let warms_up = |step: &Step| matches!(step.kind, StepKind::Plugin { warms_up: true, .. });
            let asked = (0..).zip(&self.plan.scenarios).filter(|(_, planned)| planned.scenario.graph.steps.iter().any(warms_up));
            let orders: Vec<_> = asked.map(|(scenario, _)| ToWorker::WarmUp { scenario }).collect();
            self.warming = Some(orders.len() * self.team.inboxes.len());
            if !orders.is_empty() {
                self.enter("warming up");
            }
            for order in orders {
                self.tell_all(&order).await;
            }
        }
        self.warming == Some(0)
    }

    /// A campaign that was stopped before its load goes on to what comes behind it.
    pub(super) async fn skip_load(&mut self) {
        let orders: Vec<ToWorker> = self.lives.iter_mut().filter_map(Lifecycle::skip_load).collect();
        for order in orders {
            self.tell_all(&order).await;
        }
    }

    pub(super) async fn begin_all(&mut self, start: Moment) {
        self.exporters.begin(start);
        let clock = PlanClock::new(start, self.pace);
        self.plan_clock = Some(clock.clone());
        let nanos = |span: Duration| u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        for (scenario, (planned, lines)) in (0..).zip(self.plan.scenarios.iter().zip(&self.lines)) {
            let Some(round) = self.lives.get_mut(scenario as usize).and_then(Lifecycle::begin) else { continue };
            let profile = &planned.scenario.profile;
            let load_stop = profile.planned_end(self.plan.speed).map(nanos);
            let stage_ends = profile.stage_ends(self.plan.speed).into_iter().map(nanos).collect();
            let restart = profile.completion().zip(load_stop).map(|(completion, until)| Restart { until, completion });
            if let Some(Restart { until, completion: Completion::Hard }) = restart {
                self.hard_ends.push((until, scenario));
            }
            let phases = PlannedPhases { warm_until: nanos(self.plan.warm_up), last_start: lines.last_offset(), load_stop };
            if let Some(known) = self.phases.get_mut(scenario as usize) {
                *known = ScenarioPhases { planned: Some(phases), stopped: None };
                self.rules.set_phases(scenario as usize, known.times(Some(&clock)));
            }
            let begin = ToWorker::Begin { scenario, round, clock: clock.clone(), phases, stage_ends, restart };
            self.tell_all(&begin).await;
        }
    }
}
