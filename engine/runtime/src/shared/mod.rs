//! Steps whose state all workers share: joins, topics, zips, collects and the cap on minions in flight.
//!
//! Each piece of such state has one owner, a worker. The state machines (`join`, `topic`, `collector`, `cap`, `latest`) are pure;
//! the owner drives them in `owner`, minions ask from anywhere through `visits`, and what crosses workers goes through `peers`.

mod cap;
mod collector;
mod fingerprints;
mod held;
mod join;
mod latest;
mod owner;
mod parts;
mod peers;
mod topic;
mod visits;
mod waits;

pub(crate) use owner::cache_is_full;
pub(crate) use parts::{CapPart, CollectPart, Feed, JoinPart, LatestPart, SharedSteps, TopicPart, Traffic};
pub(crate) use peers::{Answer, Peers};
pub use peers::{PeerLink, peer_links};
pub(crate) use visits::Visited;
pub(crate) use waits::Waits;

/// The worker that owns what belongs to a step as a whole.
pub(crate) fn owner_of_step(scenario: u32, step: u32, workers: u32) -> u32 {
    scenario.wrapping_add(step) % workers.max(1)
}

/// The worker that owns a join's key.
pub(crate) fn owner_of_key(key: &str, workers: u32) -> u32 {
    match workers {
        0 | 1 => 0,
        several => (fingerprints::fingerprint(key) % u64::from(several)) as u32,
    }
}
