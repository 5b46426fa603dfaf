//! The workers of a campaign, and the mailboxes to them.

use std::thread;

use futures_util::future::{BoxFuture, FutureExt as _, pending};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use throng_plugin_api::Clock;
use throng_runtime::{FromWorker, MAILBOX, Resources, ToWorker, Worker, WorkerError, peer_links};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{mpsc, oneshot};

use crate::errors::CampaignError;

/// Workers that have been started, each with its own mailbox.
#[derive(Debug)]
pub struct Team {
    pub(crate) inboxes: Vec<mpsc::Sender<ToWorker>>,
    pub(crate) reports: mpsc::Receiver<FromWorker>,
    pub(crate) ends: Ends,
}

/// How workers end.
#[derive(Debug, Default)]
pub(crate) struct Ends(FuturesUnordered<BoxFuture<'static, Result<(), CampaignError>>>);

impl Ends {
    fn add(&mut self, worker: u32, end: oneshot::Receiver<Result<(), WorkerError>>) {
        self.0.push(
            async move {
                match end.await {
                    Ok(result) => result.map_err(CampaignError::from),
                    Err(_) => Err(CampaignError::WorkerGone { worker, reason: "its thread panicked".to_owned() }),
                }
            }
            .boxed(),
        );
    }

    /// Waits until a worker ends that nobody has told to: why.
    pub(crate) async fn untimely(&mut self) -> CampaignError {
        match self.0.next().await {
            Some(Err(error)) => error,
            Some(Ok(())) => CampaignError::WorkerGone { worker: 0, reason: "it ended before the campaign".to_owned() },
            None => pending().await,
        }
    }

    /// Waits until all have ended.
    ///
    /// # Errors
    /// One failed in doing so.
    pub(crate) async fn all(&mut self) -> Result<(), CampaignError> {
        while let Some(end) = self.0.next().await {
            end?;
        }
        Ok(())
    }
}

/// What has come over sockets that a worker takes notice of at a time.
///
/// Whoever reads a response may wake who waits for the connection, who builds a request, lets the others do so too, and then writes it:
/// three turns, between which what they work on should stay in the processor's cache. The runtime looks for more after 61 turns, so three
/// times this has to be less, or they pile up.
const EVENTS: usize = 20;

impl Team {
    /// Each worker on a thread of its own, with a runtime of its own.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn on_threads(workers: u32, clock: Clock, resources: &Resources) -> Result<Self, CampaignError> {
        Self::assemble(workers, clock, resources, |number, worker, end| {
            let body = move || {
                let result = Builder::new_current_thread()
                    .enable_all()
                    .max_io_events_per_tick(EVENTS)
                    .build_local(LocalOptions::default())
                    .map_err(|source| WorkerError::Timer { worker: number, source })
                    .and_then(|runtime| runtime.block_on(worker.run()));
                // Nobody listens when the campaign has ended without waiting.
                let _ = end.send(result);
            };
            let spawned = thread::Builder::new().name(format!("throng-worker-{number}")).spawn(body);
            spawned.map(drop).map_err(|error| CampaignError::WorkerGone { worker: number, reason: error.to_string() })
        })
    }

    /// All workers on the runtime that this is called in, which must be able to spawn local tasks: for tests in virtual time.
    ///
    /// # Errors
    /// Never here.
    pub fn on_this_runtime(workers: u32, clock: Clock, resources: &Resources) -> Result<Self, CampaignError> {
        Self::assemble(workers, clock, resources, |_, worker, end| {
            tokio::task::spawn_local(async move {
                let _ = end.send(worker.run().await);
            });
            Ok(())
        })
    }

    /// As [`Team::on_this_runtime`], with every message written out as JSON and read again, as if the workers were far away.
    ///
    /// # Errors
    /// Never here.
    pub fn through_text(workers: u32, clock: Clock, resources: &Resources) -> Result<Self, CampaignError> {
        let near = Self::on_this_runtime(workers, clock, resources)?;
        let (to_campaign, reports) = mpsc::channel(MAILBOX);
        tokio::task::spawn_local(relay(near.reports, to_campaign));
        let inboxes = near.inboxes.into_iter().map(|near| {
            let (inbox, mailbox) = mpsc::channel(MAILBOX);
            tokio::task::spawn_local(relay(mailbox, near));
            inbox
        });
        Ok(Self { inboxes: inboxes.collect(), reports, ends: near.ends })
    }

    fn assemble(
        workers: u32,
        clock: Clock,
        resources: &Resources,
        mut start: impl FnMut(u32, Worker, oneshot::Sender<Result<(), WorkerError>>) -> Result<(), CampaignError>,
    ) -> Result<Self, CampaignError> {
        let (to_campaign, reports) = mpsc::channel(MAILBOX);
        let mut inboxes = Vec::new();
        let mut ends = Ends::default();
        for (number, link) in (0..workers).zip(peer_links(workers)) {
            let (inbox, mailbox) = mpsc::channel(MAILBOX);
            let (end, ended) = oneshot::channel();
            let worker = Worker::new(number, clock, resources.clone(), mailbox, to_campaign.clone(), link);
            start(number, worker, end)?;
            inboxes.push(inbox);
            ends.add(number, ended);
        }
        Ok(Self { inboxes, reports, ends })
    }
}

/// Passes messages on as text; one that cannot be written or read ends the line, which the campaign notices.
async fn relay<M: Serialize + DeserializeOwned>(mut from: mpsc::Receiver<M>, to: mpsc::Sender<M>) {
    while let Some(message) = from.recv().await {
        let text = serde_json::to_string(&message);
        let Ok(message) = text.and_then(|text| serde_json::from_str(&text)) else { return };
        if to.send(message).await.is_err() {
            return;
        }
    }
}
