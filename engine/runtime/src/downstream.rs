//! What is done with the values that a step has emitted: so many at a time.

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;

/// Work on values downstream of a step.
pub(crate) struct Downstream<'a> {
    limit: usize,
    running: FuturesUnordered<LocalBoxFuture<'a, ()>>,
}

impl<'a> Downstream<'a> {
    pub(crate) fn new(concurrency: u32) -> Self {
        Self { limit: concurrency.max(1) as usize, running: FuturesUnordered::new() }
    }

    /// Adds work. One at a time is done when this returns; of several, there is room for the next one then.
    pub(crate) async fn add(&mut self, work: LocalBoxFuture<'a, ()>) {
        if self.limit == 1 {
            return work.await;
        }
        self.running.push(work);
        while self.running.len() >= self.limit {
            self.running.next().await;
        }
    }

    /// Waits for all that is left.
    pub(crate) async fn finish(mut self) {
        while self.running.next().await.is_some() {}
    }
}
