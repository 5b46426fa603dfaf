//! What is shown of a campaign that goes on, and recorded in case that it is never over.

use std::sync::Arc;
use std::time::Duration;

use throng_campaign::{Ending, Plan, Progress, report};
use throng_measure::{CampaignFacts, EndReason, LiveFigures, Pace, Report, Snapshot, StateEntry};
use tokio::task::JoinHandle;

use super::Live;
use crate::background::in_background;
use crate::files::{Files, Lasting};

/// How often the figures are shown.
const SHOW: Duration = Duration::from_secs(1);
/// How often what was measured is recorded.
const RECORD: Duration = Duration::from_secs(5);

/// What is said of a campaign whose engine ended before it.
pub(super) const CUT_SHORT: &str = "the engine ended while it ran; these are the last figures that were recorded";

/// Sees a campaign's figures several times a second.
pub(super) struct Observer<'a> {
    live: &'a Arc<Live>,
    files: &'a Files,
    facts: CampaignFacts,
    next_show: Duration,
    /// How its plan went by when it was shown last, and whether it was ending.
    shown: (Pace, bool),
    next_record: Duration,
    recording: Option<JoinHandle<()>>,
}

impl<'a> Observer<'a> {
    pub(super) fn new(live: &'a Arc<Live>, plan: &Plan, workers: u32, files: &'a Files) -> Self {
        let facts = CampaignFacts {
            key: plan.key.clone(),
            seed: plan.seed,
            speed: plan.speed,
            workers,
            zone: plan.zone.clone(),
            tags: plan.tags.clone(),
            end: EndReason::Aborted(CUT_SHORT.to_owned()),
            health: plan.health,
            ..CampaignFacts::default()
        };
        Self {
            live,
            files,
            facts,
            next_show: Duration::ZERO,
            shown: (Pace::default(), false),
            next_record: Duration::ZERO,
            recording: None,
        }
    }

    /// Shows and records, when it is time.
    pub(super) fn see(&mut self, snapshot: &Snapshot, progress: Progress) {
        let now = progress.elapsed;
        let is_ending = progress.ending != Ending::NotYet;
        // Whoever holds it sees at once that it is held.
        if now >= self.next_show || self.shown != (snapshot.pace(), is_ending) {
            self.next_show = now + SHOW;
            self.shown = (snapshot.pace(), is_ending);
            let figures = self.figures(snapshot);
            self.live.view.send_modify(|view| (view.figures, view.is_ending) = (figures, is_ending));
        }
        // A disk that is slower than that leaves some out.
        if now >= self.next_record && self.recording.as_ref().is_none_or(JoinHandle::is_finished) {
            self.next_record = now + RECORD;
            self.record(snapshot, progress);
        }
    }

    /// Waits for what is being recorded, so that it does not come after what is final.
    pub(super) async fn end(self) {
        if let Some(recording) = self.recording {
            let _ = recording.await;
        }
    }

    fn figures(&self, snapshot: &Snapshot) -> Option<Arc<LiveFigures>> {
        let figures = LiveFigures::of(snapshot);
        if self.live.secrets.is_empty() {
            return Some(Arc::new(figures));
        }
        let text = self.live.secrets.without(serde_json::to_string(&figures).ok()?);
        serde_json::from_str(&text).ok().map(Arc::new)
    }

    fn record(&mut self, snapshot: &Snapshot, progress: Progress) {
        let duration = u64::try_from(progress.elapsed.as_nanos()).unwrap_or(u64::MAX);
        let clock = throng_plugin_api::Clock::system();
        let started_unix = clock.unix_time(clock.now()).saturating_sub(duration);
        let states = vec![StateEntry { state: "running".to_owned(), at: 0 }];
        let facts = CampaignFacts { duration, started_unix, states, ..self.facts.clone() };
        let (snapshot, secrets) = (snapshot.clone(), self.live.secrets.clone());
        let path = self.files.partial_report(&self.live.key);
        let key = self.live.key.clone();
        let write = move || {
            let text = report::to_json(&Report::new(&snapshot, &facts)).map_err(std::io::Error::other)?;
            Files::write(&path, secrets.without(text).as_bytes(), Lasting::Eventually)
        };
        self.recording = Some(tokio::task::spawn_local(async move {
            if let Ok(Err(error)) | Err(error) = in_background(write).await {
                tracing::warn!(%error, campaign = %key, "cannot record the campaign's figures");
            }
        }));
    }
}
