//! How a campaign comes to its end: by itself, softly, at a limit, or because a worker is gone.

use std::sync::atomic::Ordering;
use std::time::Duration;

use throng_measure::{EndReason, Moment};
use throng_runtime::{StopMode, ToWorker};

use super::Conductor;
use crate::errors::CampaignError;
use crate::lifecycle::Lifecycle;

/// How long cancelled work may take to be gone before the campaign ends without it.
const CANCEL_LIMIT: Duration = Duration::from_millis(900);

/// How long plugins may take to close what their steps had open; when everything was cancelled, and when not.
const SETTLE_LIMITS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

/// Starts that are late by less are not missing when a campaign is stopped.
const START_GRACE: Duration = Duration::from_secs(1);

impl Conductor<'_> {
    /// What is to be done though nobody reports: side trees whose time is over, profiles that end hard, trees behind the load.
    pub(super) async fn go_on(&mut self, now: Moment) {
        let mut orders: Vec<ToWorker> = self.lives.iter_mut().filter_map(|life| life.tick(now)).collect();
        let has_come = |plan| self.plan_clock.as_ref().is_some_and(|clock| clock.has_come(plan, now));
        let due: Vec<u32> = self.hard_ends.extract_if(.., |(end, _)| has_come(*end)).map(|(_, scenario)| scenario).collect();
        orders.extend(due.into_iter().map(|scenario| ToWorker::Stop { scenario: Some(scenario), mode: StopMode::Load }));
        if self.lives.iter().all(Lifecycle::is_drained) {
            let behind: Vec<ToWorker> = self.lives.iter_mut().filter_map(Lifecycle::go_behind).collect();
            if !behind.is_empty() {
                self.enter("after the load");
            }
            orders.extend(behind);
        } else if self.lives.iter().all(Lifecycle::is_past_load) && self.lives.iter().any(|life| life.lingers_until().is_some()) {
            self.enter_once("waiting for late rights");
        }
        for order in orders {
            self.tell_all(&order).await;
        }
    }

    pub(super) async fn stop_softly(&mut self, reason: String) {
        let now = self.clock.now();
        if self.end == EndReason::Completed {
            self.end = EndReason::SoftStopped(reason);
            self.enter("completing");
            self.note_expected(now);
        }
        (0..self.phases.len()).for_each(|scenario| self.note_load_stop(scenario, now));
        self.tell_all(&ToWorker::Stop { scenario: None, mode: StopMode::Soft }).await;
    }

    /// How many starts should have been made by now; those of the last moments may be on their way. Before the load there are none.
    fn note_expected(&mut self, now: Moment) {
        if self.lives.iter().any(Lifecycle::is_before_load) {
            return;
        }
        let until = now - START_GRACE;
        let Some(clock) = self.plan_clock.as_ref().filter(|clock| until >= clock.start()) else { return };
        for (scenario, lines) in self.lines.iter().enumerate() {
            self.snapshot.set_expected(scenario, lines.planned_until(|plan| clock.has_come(plan, until)));
        }
    }

    /// The load of a scenario stops, unless it was to stop before.
    pub(super) fn note_load_stop(&mut self, scenario: usize, now: Moment) {
        let at = now.since(self.start);
        if let Some(phases) = self.phases.get_mut(scenario)
            && phases.times(self.plan_clock.as_ref()).load_stop.is_none_or(|stop| at < stop)
        {
            phases.stopped = Some(at);
            self.tell_phases(scenario);
        }
    }

    /// Stops softly when a rule asks for it.
    pub(super) async fn obey_rules(&mut self) {
        if self.end == EndReason::Completed
            && let Some(reason) = self.rules.stop_requested().map(str::to_owned)
        {
            self.stop_softly(reason).await;
        }
    }

    /// Ends everything before its time.
    pub(super) async fn abort(&mut self, reason: String) {
        self.cancel(EndReason::Aborted(reason)).await;
    }

    /// Cancels everything; the first reason stays.
    pub(super) async fn cancel(&mut self, end: EndReason) {
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
    pub(super) async fn finish(&mut self) -> Result<(), CampaignError> {
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
        self.team.ends.all().await
    }

    /// Lets plugins take their leave of the servers that they talked to.
    pub(super) async fn settle(&self) {
        let (cancelled, ended) = SETTLE_LIMITS;
        let limit = if self.cancel_until.is_some() { cancelled } else { ended };
        let settling = async {
            for plugin in self.resources.registry.plugins() {
                plugin.settle().await;
            }
        };
        if self.clock.timeout(limit, settling).await.is_none() {
            tracing::debug!("connections of a plugin are still being closed");
        }
    }
}
