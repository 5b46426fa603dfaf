//! What is done with the values that a step has emitted: so many at a time.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;

use crate::activity::Activity;
use crate::minion::Minion;
use crate::node::Node;
use crate::scenario_run::ScenarioRun;

/// Work on values downstream of a step.
pub(crate) struct Downstream<'a> {
    run: &'a ScenarioRun,
    minion: &'a Minion,
    limit: usize,
    running: FuturesUnordered<LocalBoxFuture<'a, ()>>,
}

impl<'a> Downstream<'a> {
    pub(crate) fn new(run: &'a ScenarioRun, minion: &'a Minion, node: &Node) -> Self {
        Self { run, minion, limit: node.concurrency.max(1) as usize, running: FuturesUnordered::new() }
    }

    /// Adds work. One at a time is done when this returns; of several, there is room for the next one then.
    pub(crate) async fn add(&mut self, work: LocalBoxFuture<'a, ()>) {
        if self.limit == 1 {
            return work.await;
        }
        let branch = self.minion.activity(&self.run.idlers).map(Activity::branch);
        self.running.push(Box::pin(async move {
            let _branch = branch;
            work.await;
        }));
        self.wait_until_below(self.limit).await;
    }

    /// Waits for something else, while what was added goes on.
    pub(crate) async fn meanwhile<T>(&mut self, other: impl Future<Output = T>) -> T {
        let mut other = pin!(other);
        poll_fn(|context| {
            while let Poll::Ready(Some(())) = self.running.poll_next_unpin(context) {}
            other.as_mut().poll(context)
        })
        .await
    }

    /// Waits for all that is left.
    pub(crate) async fn finish(mut self) {
        self.wait_until_below(1).await;
    }

    async fn wait_until_below(&mut self, limit: usize) {
        while self.running.len() >= limit {
            let _waiting = self.minion.activity(&self.run.idlers).map(Activity::suspend);
            self.running.next().await;
        }
    }
}
