//! What is done with the values that a step has emitted: so many at a time.

use futures_util::StreamExt;
use futures_util::future::{LocalBoxFuture, poll_immediate};
use futures_util::stream::FuturesUnordered;
use throng_measure::Moment;

use crate::minion::Minion;
use crate::node::Node;
use crate::scenario_run::ScenarioRun;

/// A value of a step has waited for its turn, for so many nanoseconds.
pub(crate) fn note_wait_for_turn(run: &ScenarioRun, node: &Node, waited: u64) {
    run.recorder.borrow_mut().record(node.turn_waits, waited);
}

/// Work on values downstream of a step.
pub(crate) struct Downstream<'a> {
    run: &'a ScenarioRun,
    minion: &'a Minion,
    node: &'a Node,
    limit: usize,
    running: FuturesUnordered<LocalBoxFuture<'a, ()>>,
    /// Nanoseconds until there was room again. Nobody has waited for it before there is a next value.
    waited: Option<u64>,
}

impl<'a> Downstream<'a> {
    pub(crate) fn new(run: &'a ScenarioRun, minion: &'a Minion, node: &'a Node) -> Self {
        Self { run, minion, node, limit: node.concurrency.max(1) as usize, running: FuturesUnordered::new(), waited: None }
    }

    /// Adds work. One at a time is done when this returns; of several, there is room for the next one then.
    pub(crate) async fn add(&mut self, mut work: LocalBoxFuture<'a, ()>) {
        if let Some(waited) = self.waited.take() {
            note_wait_for_turn(self.run, self.node, waited);
        }
        let activity = &self.minion.activity;
        if self.limit == 1 {
            // Mostly it is done at once, and then nobody has to wait.
            if poll_immediate(&mut work).await.is_none() {
                let since = self.run.clock.now();
                work.await;
                self.note_wait(since);
            }
            return;
        }
        self.running.push(Box::pin(activity.branch(work)));
        if self.running.len() >= self.limit && poll_immediate(self.running.next()).await.is_none() {
            let since = self.run.clock.now();
            activity.wait_for(self.running.next()).await;
            self.note_wait(since);
        }
    }

    fn note_wait(&mut self, since: Moment) {
        self.waited = Some(self.run.clock.now().since(since));
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
        self.minion.activity.wait_for(async { while running.next().await.is_some() {} }).await;
    }
}
