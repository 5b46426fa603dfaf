//! From what a campaign says of the generator's health to limits.

use throng_measure::HealthLimits;
use throng_model::{CampaignHealth, DurationText, Percentage};

/// The limits that are said, and the usual ones for the rest.
pub fn health_limits(given: &CampaignHealth) -> HealthLimits {
    let usual = HealthLimits::default();
    let time = |given: Option<DurationText>, usual| given.map_or(usual, |text| u64::try_from(text.0.as_nanos()).unwrap_or(u64::MAX));
    let share = |given: Option<Percentage>, usual| given.map_or(usual, |share| share.share());
    HealthLimits {
        start_lag_warns: time(given.start_lag_warns, usual.start_lag_warns),
        start_lag_voids: time(given.start_lag_voids, usual.start_lag_voids),
        share_of_response: share(given.share_of_response, usual.share_of_response),
        achieved_starts: share(given.achieved_starts, usual.achieved_starts),
        achieved_starts_voids: share(given.achieved_starts_voids, usual.achieved_starts_voids),
        stall_warns: time(given.stall_warns, usual.stall_warns),
        stall_voids: time(given.stall_voids, usual.stall_voids),
        stall_share: share(given.stall_share, usual.stall_share),
        processor_warns: share(given.processor_warns, usual.processor_warns),
        processor_voids: share(given.processor_voids, usual.processor_voids),
        processor_for: time(given.processor_for, usual.processor_for),
        stolen_warns: share(given.stolen_warns, usual.stolen_warns),
        throttled_warns: share(given.throttled_warns, usual.throttled_warns),
        memory_warns: share(given.memory_warns, usual.memory_warns),
        descriptors_warns: share(given.descriptors_warns, usual.descriptors_warns),
        ports_warns: share(given.ports_warns, usual.ports_warns),
    }
}
