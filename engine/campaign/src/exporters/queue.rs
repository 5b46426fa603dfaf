//! The queue before an exporter: bounded, and when it is full the oldest goes and is counted.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use throng_measure::{ExporterReport, Moment, Record};
use throng_plugin_api::{Clock, ExportError, Trouble};
use tokio::sync::Notify;

/// How records wait and are taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Records that may wait.
    pub(super) queue: usize,
    /// Records that are taken together, at most.
    pub(super) batch: usize,
    /// How long a record waits for others.
    pub(super) linger: Duration,
}

/// Records on their way to an exporter, and what became of those before them.
#[derive(Debug)]
pub(super) struct Queue {
    limits: Limits,
    state: Mutex<State>,
    /// There is a record, a whole batch, or the end.
    changed: Notify,
    /// What the exporter waits for, in its own words.
    trouble: Trouble,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Record>,
    /// When the oldest that waits came in.
    since: Moment,
    /// Taken, and neither written nor lost yet.
    taken: usize,
    closed: bool,
    written: u64,
    dropped: u64,
    failures: u64,
    last_error: Option<String>,
}

impl Queue {
    pub(super) fn new(limits: Limits, trouble: Trouble) -> Self {
        Self { limits, state: Mutex::default(), changed: Notify::new(), trouble }
    }

    /// Adds records; for each that finds no room, the oldest goes.
    pub(super) fn push_all(&self, records: impl IntoIterator<Item = Record>, now: Moment) {
        let mut state = self.state();
        if state.waiting.is_empty() {
            state.since = now;
        }
        for record in records {
            if state.waiting.len() >= self.limits.queue {
                state.waiting.pop_front();
                state.dropped += 1;
            }
            state.waiting.push_back(record);
        }
        self.changed.notify_one();
    }

    /// Counts records that were lost before they could wait here.
    pub(super) fn lose(&self, records: u64) {
        self.state().dropped += records;
    }

    /// No more will come: what waits is taken at once.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_one();
    }

    /// Waits for the next batch; none at the end.
    pub(super) async fn take(&self, clock: Clock) -> Option<Vec<Record>> {
        loop {
            let lingers = {
                let mut state = self.state();
                let waits = state.waiting.len();
                let until = state.since + self.limits.linger;
                let now = clock.now();
                if waits > 0 && (state.closed || waits >= self.limits.batch || now >= until) {
                    let batch: Vec<_> = state.waiting.drain(..waits.min(self.limits.batch)).collect();
                    state.taken = batch.len();
                    state.since = now;
                    return Some(batch);
                }
                if state.closed {
                    return None;
                }
                (waits > 0).then_some(until)
            };
            match lingers {
                None => self.changed.notified().await,
                Some(until) => tokio::select! {
                    () = self.changed.notified() => {}
                    () = clock.sleep_until(until) => {}
                },
            }
        }
    }

    /// Notes what became of the batch that was taken, or of closing.
    pub(super) fn note(&self, result: Result<(), ExportError>) {
        let mut state = self.state();
        let taken = std::mem::take(&mut state.taken);
        let written = match result {
            Ok(()) => taken,
            Err(error) => {
                state.failures += 1;
                state.last_error = Some(error.to_string());
                error.written.min(taken)
            }
        };
        state.written += written as u64;
        state.dropped += (taken - written) as u64;
    }

    /// What the exporter did in all; whatever is still here is lost, for the reason given.
    pub(super) fn report(&self, name: String, late: &str) -> ExporterReport {
        let state = self.state();
        let left = (state.waiting.len() + state.taken) as u64;
        let dropped = state.dropped + left;
        let trouble = self.trouble.last().filter(|_| dropped > 0);
        let late = (left > 0).then(|| late.to_owned());
        ExporterReport {
            name,
            written: state.written,
            dropped,
            failures: state.failures,
            last_error: state.last_error.clone().or(trouble).or(late),
        }
    }

    /// Nobody panics while holding it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
