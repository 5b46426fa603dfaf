//! What is let go of when it is old: campaigns that are over, with their reports, and components that nobody uses. Never what goes on.

use std::sync::Arc;
use std::time::Duration;

use crate::clock;
use crate::engine::Engine;
use crate::error::ServerError;
use crate::files::Files;
use crate::store::StoreError;

/// How often it is looked for.
const LOOK: Duration = Duration::from_secs(60);

/// How long things are kept; for good, unless it is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keep {
    /// Campaigns, after they are over.
    pub campaigns_for: Option<Duration>,
    /// How many campaigns that are over: the latest.
    pub campaigns: Option<u32>,
    /// Components that no campaign which is kept has used, after they were uploaded.
    pub components_for: Option<Duration>,
}

impl Engine {
    /// Lets go of what is old, again and again.
    pub(crate) async fn keep_tidy(self: Arc<Self>) {
        loop {
            self.clock.sleep_until(self.clock.now() + LOOK).await;
            if let Err(error) = self.tidy().await {
                tracing::error!(%error, "cannot let go of what is old");
            }
        }
    }

    /// Lets go of what is old.
    pub(crate) async fn tidy(&self) -> Result<(), ServerError> {
        let Keep { campaigns_for, campaigns, components_for } = self.config.keep;
        let before = |age: Duration| clock::wall().saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
        if campaigns_for.is_some() || campaigns.is_some() {
            loop {
                let outdated = self.store.outdated_campaigns(campaigns_for.map(before), campaigns).await?;
                let mut removed = 0;
                for campaign in &outdated {
                    removed += u32::from(self.remove_campaign(campaign.number, &campaign.key).await?);
                }
                if removed == 0 {
                    break;
                }
                tracing::info!(campaigns = removed, "let go of campaigns that were over");
            }
        }
        if let Some(age) = components_for {
            for digest in self.store.remove_unused_components(before(age)).await? {
                self.inventory.forget(&digest);
                let removed = Files::remove(&self.files.component(&digest));
                tracing::info!(component = %digest, removed = removed.is_ok(), "let go of a component that nobody used");
            }
        }
        Ok(())
    }

    /// Removes a campaign that is over, and its report; whether there was one.
    pub(crate) async fn remove_campaign(&self, number: i64, key: &str) -> Result<bool, StoreError> {
        // If the engine ends in between, the report is cleared up when it is back.
        let removed = self.store.remove_campaign(number).await?;
        if removed && let Err(error) = Files::remove(&self.files.report(key)) {
            tracing::error!(%error, campaign = %key, "cannot remove the report");
        }
        Ok(removed)
    }
}
