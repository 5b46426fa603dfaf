//! What an end without warning has left: campaigns that ran are over, those that waited go on waiting, files that nobody knows go.

use std::fs;
use std::sync::Arc;

use throng_campaign::report;
use throng_measure::Verdict;

use super::observer::CUT_SHORT;
use crate::engine::Engine;
use crate::error::ServerError;
use crate::files::{Files, Lasting};
use crate::store::{CampaignRecord, CampaignState, Ending, StoreError};

impl Engine {
    /// Brings what is stored in order. Before any request.
    pub(crate) async fn clear_up(self: &Arc<Self>) -> Result<(), ServerError> {
        for digest in self.files.component_digests().unwrap_or_default() {
            if self.store.find_component(digest.clone()).await?.is_none() {
                let _ = Files::remove(&self.files.component(&digest));
            }
        }
        let keys = self.store.campaign_keys().await?;
        if let Err(error) = self.files.keep_reports(keys.iter().map(String::as_str)) {
            tracing::warn!(%error, "cannot clear up the reports");
        }
        for campaign in self.store.open_campaigns().await? {
            match campaign.state {
                CampaignState::Scheduled => self.schedule_again(&campaign).await?,
                CampaignState::Queued => self.queue_again(&campaign).await?,
                CampaignState::Starting | CampaignState::Running | CampaignState::Ended => self.end_cut_short(&campaign).await?,
            }
        }
        Ok(())
    }

    async fn queue_again(&self, campaign: &CampaignRecord) -> Result<(), StoreError> {
        match self.prepare_again(campaign).await {
            Ok(mut prepared) => {
                prepared.composed.plan.key.clone_from(&campaign.key);
                self.campaigns.submit(campaign, prepared.composed);
                Ok(())
            }
            Err(problem) => {
                let ending = Ending { verdict: Some(Verdict::Failed), message: Some(problem.told()), at: self.now() };
                self.store.end_campaign(campaign.number, ending).await
            }
        }
    }

    /// What was recorded is its report now, unless the real one came to be written.
    async fn end_cut_short(&self, campaign: &CampaignRecord) -> Result<(), StoreError> {
        let (whole, partial) = (self.files.report(&campaign.key), self.files.partial_report(&campaign.key));
        let read = |path| fs::read_to_string(path).ok().and_then(|text| report::from_json(&text).ok().map(|report| (text, report)));
        let mut verdict = Verdict::Aborted;
        let mut message = CUT_SHORT.to_owned();
        if let Some((_, report)) = read(&whole) {
            verdict = report.verdict;
            message = report.reasons.first().map(|reason| reason.text.clone()).unwrap_or_default();
        } else if let Some((text, _)) = read(&partial) {
            if let Err(error) = Files::write(&whole, text.as_bytes(), Lasting::AtOnce) {
                tracing::error!(%error, campaign = %campaign.key, "cannot keep what was recorded");
            }
        } else {
            message = "the engine ended before anything was recorded".to_owned();
        }
        let _ = Files::remove(&partial);
        tracing::warn!(campaign = %campaign.key, %verdict, "the engine ended while the campaign ran");
        let message = Some(message).filter(|message| !message.is_empty());
        self.store.end_campaign(campaign.number, Ending { verdict: Some(verdict), message, at: self.now() }).await
    }
}
