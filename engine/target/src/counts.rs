//! What the target has done so far, as `/stats` tells it.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::timing::Waits;

/// Counted as it happens, on any thread.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    requests: AtomicU64,
    connections: AtomicU64,
    errors: AtomicU64,
}

impl Counts {
    /// Counts a request; its number, from 0.
    pub(crate) fn request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn connection(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request that was answered 500 by chance.
    pub(crate) fn error(&self) {
        self.errors.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn stats(&self, orders: OrderCounts, waits: Option<Waits>) -> Stats {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Stats { requests: read(&self.requests), connections: read(&self.connections), errors: read(&self.errors), orders, waits }
    }
}

/// The answer to `GET /stats`.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Stats {
    /// All but `/health` and `/stats`.
    requests: u64,
    connections: u64,
    /// Drawn by the share of errors.
    errors: u64,
    orders: OrderCounts,
    /// Of answers that were held back by a delay or a freeze.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits: Option<Waits>,
}

/// accepted = waiting + shipped + lost; shipments = shipped + doubled.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub(crate) struct OrderCounts {
    /// Answered 201.
    pub(crate) accepted: u64,
    /// Accepted, and not yet on the feed.
    pub(crate) waiting: u64,
    /// On the feed, once or twice.
    pub(crate) shipped: u64,
    /// Never to be on the feed.
    pub(crate) lost: u64,
    /// On the feed a second time.
    pub(crate) doubled: u64,
    /// Entries of the feed so far: the newest sequence number.
    pub(crate) shipments: u64,
    /// Not accepted, because too many were waiting.
    pub(crate) refused: u64,
}
