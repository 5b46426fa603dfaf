//! One campaign on a thread of its own: what `throng run` does, with what is shown and kept instead of printed.

use std::sync::Arc;
use std::thread;

use throng_campaign::{CampaignError, Conductor, Team, report};
use throng_measure::{Report, Verdict};
use tokio::runtime::{Builder, LocalOptions};

use super::observer::Observer;
use super::{Campaigns, Live, Shared, Waiting};
use crate::clock;
use crate::files::{Files, Lasting};
use crate::store::{CampaignState, Ending};

/// How long writes that were given up may go on, when all else has ended.
const LAST_WRITES: std::time::Duration = std::time::Duration::from_secs(2);

/// Runs a campaign to its end, on a thread.
pub(super) fn spawn(campaigns: Campaigns, waiting: Waiting) {
    let key = waiting.live.key.clone();
    let end = EndNoted { campaigns, live: Arc::clone(&waiting.live), verdict: None };
    let spawned = thread::Builder::new().name("throng-campaign".to_owned()).spawn(move || run(end, waiting));
    if let Err(error) = spawned {
        tracing::error!(%error, campaign = %key, "cannot start the campaign's thread");
    }
}

/// Whatever becomes of a campaign's thread, others see that it is over.
struct EndNoted {
    campaigns: Campaigns,
    live: Arc<Live>,
    verdict: Option<Verdict>,
}

impl Drop for EndNoted {
    fn drop(&mut self) {
        self.campaigns.ended(&self.live, self.verdict);
    }
}

fn run(mut end: EndNoted, waiting: Waiting) {
    let runtime = match Builder::new_current_thread().enable_all().build_local(LocalOptions::default()) {
        Ok(runtime) => runtime,
        Err(error) => return tracing::error!(%error, campaign = %end.live.key, "cannot start the campaign's runtime"),
    };
    let shared = Arc::clone(&end.campaigns.shared);
    let live = Arc::clone(&end.live);
    let ending = runtime.block_on(async {
        // A task of its own, so that a panic ends in a message as well.
        let ending = match tokio::task::spawn_local(conduct(end.campaigns.clone(), waiting)).await {
            Ok(Ok(report)) => keep(&shared, &live, &report),
            Ok(Err(error)) => could_not_run(&shared, &live, &error.to_string()),
            Err(error) => could_not_run(&shared, &live, &format!("the engine itself failed: {error}")),
        };
        if let Err(error) = shared.store.end_campaign(live.number, ending.clone()).await {
            tracing::error!(%error, campaign = %live.key, "cannot store how the campaign ended");
        }
        ending
    });
    let _ = Files::remove(&shared.files.partial_report(&live.key));
    tracing::info!(campaign = %live.key, verdict = ending.verdict.map_or("none", Verdict::name), "campaign ended");
    end.verdict = ending.verdict;
    runtime.shutdown_timeout(LAST_WRITES);
}

fn could_not_run(shared: &Shared, live: &Live, why: &str) -> Ending {
    let message = live.secrets.without(why.to_owned());
    tracing::warn!(campaign = %live.key, %message, "the campaign could not be run");
    Ending { verdict: Some(Verdict::Failed), message: Some(message), at: clock::now(&shared.clock) }
}

async fn conduct(campaigns: Campaigns, waiting: Waiting) -> Result<Report, CampaignError> {
    let Waiting { live, composed, orders, asked } = waiting;
    let shared = &campaigns.shared;
    let enter = async |state| {
        live.show_state(state);
        if let Err(error) = shared.store.enter(live.number, state, clock::now(&shared.clock)).await {
            tracing::error!(%error, campaign = %live.key, "cannot store the campaign's state");
        }
    };
    enter(CampaignState::Starting).await;
    tracing::info!(campaign = %live.key, seed = composed.plan.seed, "campaign begins");
    let team = Team::on_threads(shared.workers, shared.clock, &composed.resources)?;
    let conductor = Conductor::prepare(&composed.plan, &composed.resources, shared.clock, team).await?;
    enter(CampaignState::Running).await;
    let mut observer = Observer::new(&live, &composed.plan, shared.workers, &shared.files);
    let report = conductor.paced_by(asked).run(orders, &mut |snapshot, progress| observer.see(snapshot, progress)).await?;
    observer.end().await;
    Ok(report)
}

/// Keeps the report; it is there before the campaign is said to be over.
fn keep(shared: &Shared, live: &Live, report: &Report) -> Ending {
    let path = shared.files.report(&live.key);
    let written = report::to_json(report).map_err(std::io::Error::other);
    let written = written.and_then(|text| Files::write(&path, live.secrets.without(text).as_bytes(), Lasting::AtOnce));
    let lost = written.err().map(|error| {
        tracing::error!(%error, campaign = %live.key, "cannot keep the report");
        format!("its report could not be kept: {error}")
    });
    let reasons = report.reasons.iter().chain(report.scenarios.iter().flat_map(|scenario| &scenario.reasons));
    let worst = reasons.max_by_key(|reason| reason.verdict).map(|reason| live.secrets.without(reason.text.clone()));
    Ending { verdict: Some(report.verdict), message: lost.or(worst), at: clock::now(&shared.clock) }
}
