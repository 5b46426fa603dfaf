//! What is done with the values that a step has emitted: so many at a time.

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;

use crate::activity::Activity;

/// Work on values downstream of a step.
pub(crate) struct Downstream<'a> {
    activity: &'a Activity,
    limit: usize,
    running: FuturesUnordered<LocalBoxFuture<'a, ()>>,
}

impl<'a> Downstream<'a> {
    pub(crate) fn new(activity: &'a Activity, concurrency: u32) -> Self {
        Self { activity, limit: concurrency.max(1) as usize, running: FuturesUnordered::new() }
    }

    /// Adds work. One at a time is done when this returns; of several, there is room for the next one then.
    pub(crate) async fn add(&mut self, work: LocalBoxFuture<'a, ()>) {
        if self.limit == 1 {
            return work.await;
        }
        self.running.push(Box::pin(self.activity.branch(work)));
        while self.running.len() >= self.limit {
            self.activity.wait_for(self.running.next()).await;
        }
    }

    /// Does something else while the work goes on.
    pub(crate) async fn meanwhile<F: Future>(&mut self, other: F) -> F::Output {
        let mut other = std::pin::pin!(other);
        loop {
            tokio::select! {
                biased;
                output = &mut other => return output,
                Some(()) = self.running.next() => {}
            }
        }
    }

    /// Waits for all that is left.
    pub(crate) async fn finish(mut self) {
        let running = &mut self.running;
        self.activity.wait_for(async { while running.next().await.is_some() {} }).await;
    }
}
