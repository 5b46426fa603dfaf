//! What workers report, and what follows from it.

use throng_measure::EndReason;
use throng_runtime::{FromWorker, StopMode, ToWorker};

use super::Conductor;
use crate::lifecycle::Lifecycle;

impl Conductor<'_> {
    pub(super) async fn take(&mut self, report: FromWorker) {
        match report {
            FromWorker::Tick { scenario, until, mut delta, .. } => {
                let now = self.clock.now();
                let at = now.since(self.start);
                self.note_due(now);
                self.rules.observe(&self.snapshot, scenario as usize, &delta, self.since_start(now));
                self.exporters.hear(scenario as usize, &mut delta, at);
                self.snapshot.merge(scenario as usize, &delta, self.since_start(until));
                self.obey_rules().await;
            }
            FromWorker::Health { worker, sample } => {
                let at = self.clock.now().since(self.start);
                self.snapshot.hear_worker(worker as usize, &sample, at);
            }
            FromWorker::WantsLines { worker, scenario } => self.deal(worker, scenario).await,
            FromWorker::Strike { scenario, step, code, message } => self.strike(scenario, &step, &code, &message).await,
            FromWorker::AbortAsked { scenario, step, message } => {
                self.abort_scenario(scenario, format!("stopped by the step `{step}`: {message}")).await;
            }
            FromWorker::Still { worker, scenario, stillness } => {
                let now = self.clock.now();
                let order = self.lives.get_mut(scenario as usize).and_then(|life| life.heard(worker, stillness, now));
                if self.lives.get(scenario as usize).is_some_and(Lifecycle::is_past_load) {
                    self.note_load_stop(scenario as usize, now);
                }
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
            FromWorker::Warm { .. } => self.warming = self.warming.map(|awaited| awaited.saturating_sub(1)),
            FromWorker::Unable { scenario, step, reason, .. } => {
                let step = step.map(|step| format!("the step `{step}` of ")).unwrap_or_default();
                let reason = format!("{step}the scenario `{}` cannot start: {reason}", self.name(scenario));
                self.cancel(EndReason::Failed(reason)).await;
            }
            FromWorker::Ready { .. } => {}
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
            self.abort_scenario(scenario, reason).await;
        }
    }

    /// Cancels everything of a scenario, once; the others go on.
    async fn abort_scenario(&mut self, scenario: u32, reason: String) {
        if self.snapshot.scenarios().get(scenario as usize).is_none_or(|snapshot| snapshot.aborted.is_some()) {
            return;
        }
        self.snapshot.abort(scenario as usize, reason);
        if let Some(life) = self.lives.get_mut(scenario as usize) {
            life.cancelled();
        }
        self.tell_all(&ToWorker::Stop { scenario: Some(scenario), mode: StopMode::Hard }).await;
    }
}
