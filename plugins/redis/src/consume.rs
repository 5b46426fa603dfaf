//! The source `redis-stream-consume`: a record of each entry of a stream, acknowledged when it was handed on.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use throng_broker::{BadRecords, CLOSED, FixedText, check_tls, shortage_in};
use throng_model::{PluginUse, SourceUse};
use throng_plugin_api::{
    AttachContext, Attached, Clock, ConfiguredStep, MeterId, Meters, OpenContext, OpenError, Pulled, SourceRunner, Visit,
};
use throng_protocols::{Failure, Value};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_local;

use crate::consumer::{Batch, Consumer, Offset, Taken, Wanted};
use crate::entry::Reading;
use crate::failure::open_error;
use crate::line::Line;
use crate::server::ServerPlan;
use crate::step::Opened;

/// A checked `redis-stream-consume` source.
#[derive(Debug)]
pub(crate) struct ConfiguredConsume {
    pub(crate) server: Arc<ServerPlan>,
    pub(crate) stream: FixedText,
    pub(crate) group: FixedText,
    pub(crate) consumer: FixedText,
    pub(crate) offset: Offset,
    pub(crate) creates: bool,
    pub(crate) concurrency: u32,
    pub(crate) count: u32,
    pub(crate) claim_after: Duration,
    pub(crate) reading: Reading,
    pub(crate) bad_records: BadRecords,
}

impl ConfiguredStep for ConfiguredConsume {
    fn uses(&self) -> PluginUse {
        PluginUse { source: Some(SourceUse { endless: true }), warms_up: true, ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        Box::pin(async move { check_tls(&self.server.address, &self.server.tls, &campaign.files) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let wanted = Wanted {
            server: self.server.with(context.settings, context.files),
            stream: self.stream.fill(context.settings),
            group: self.group.fill(context.settings),
            consumer: self.consumer.fill(context.settings),
            offset: self.offset,
            creates: self.creates,
            count: self.count,
            claim_after: self.claim_after,
        };
        Ok(Attached::Source(Box::new(ConsumeSource {
            wanted,
            concurrency: self.concurrency,
            reading: self.reading.clone(),
            bad_records: self.bad_records,
            meters: ConsumeMeters::register(context.meters),
            clock: context.clock,
            taken: None,
            handed_on: None,
            failed: None,
        })))
    }
}

#[derive(Debug)]
struct ConsumeMeters {
    records: MeterId,
    bad: MeterId,
    bytes: MeterId,
    redelivered: MeterId,
    connections: MeterId,
}

impl ConsumeMeters {
    fn register(meters: &mut dyn Meters) -> Self {
        Self {
            records: meters.counter("redis-stream-consume-records"),
            bad: meters.counter("redis-stream-consume-bad-records"),
            bytes: meters.counter("redis-stream-consume-bytes"),
            redelivered: meters.counter("redis-stream-consume-redelivered"),
            connections: meters.counter("redis-stream-consume-connections-opened"),
        }
    }
}

/// A `redis-stream-consume` source on its worker.
#[derive(Debug)]
struct ConsumeSource {
    wanted: Wanted,
    concurrency: u32,
    reading: Reading,
    bad_records: BadRecords,
    meters: ConsumeMeters,
    clock: Clock,
    /// What the consumers bring; none before the load.
    taken: Option<mpsc::Receiver<Taken>>,
    /// Of the batch that was handed on: whom to tell, and what.
    handed_on: Option<(oneshot::Sender<Vec<String>>, Vec<String>)>,
    /// What ends the source once the records before it are handed on.
    failed: Option<Failure>,
}

impl SourceRunner for ConsumeSource {
    fn next<'a>(&'a mut self, visit: &'a Visit<'a>) -> LocalBoxFuture<'a, Result<Pulled, Failure>> {
        Box::pin(async move {
            loop {
                // Who asks for more has handed on what he had.
                if let Some((receipt, ids)) = self.handed_on.take() {
                    let _ = receipt.send(ids);
                }
                if let Some(failure) = &self.failed {
                    return Err(failure.clone());
                }
                let taken = match &mut self.taken {
                    Some(taken) => taken.recv().await,
                    None => None,
                };
                match taken {
                    Some(Taken::Connected) => visit.count(self.meters.connections, 1),
                    Some(Taken::Entries(batch)) => return Ok(Pulled::Records(self.records(batch, visit))),
                    Some(Taken::Lost(failure)) => {
                        shortage_in(&failure).into_iter().for_each(|shortage| visit.short_of(shortage));
                        visit.connection_failed(&failure);
                        return Ok(Pulled::Records(vec![Err(failure)]));
                    }
                    None => return Err(Failure::error(CLOSED, "the consumers of the stream have ended")),
                }
            }
        })
    }

    /// The group is there before any load, so that no entry of the load can miss it.
    fn warm_up(&mut self) -> LocalBoxFuture<'_, Result<(), OpenError>> {
        Box::pin(async move { self.begin().await.map_err(open_error) })
    }

    /// What was consumed is gone: it goes on with what comes.
    fn rewind(&mut self) {}
}

impl ConsumeSource {
    async fn begin(&mut self) -> Result<(), Failure> {
        // Each consumer has one batch under way.
        let (sender, taken) = mpsc::channel(self.concurrency as usize);
        for number in 0..self.concurrency {
            let consumer = format!("{}-{number}", self.wanted.consumer);
            let consumer = Consumer::new(Wanted { consumer, ..self.wanted.clone() }, self.clock, sender.clone());
            let line = Line::open(&self.wanted.server, self.clock).await?;
            if number == 0 {
                consumer.prepare(&line).await?;
            }
            consumer.look(&line).await?;
            spawn_local(consumer.run(line));
        }
        self.taken = Some(taken);
        Ok(())
    }

    fn records(&mut self, batch: Batch, visit: &Visit<'_>) -> Vec<Result<Value, Failure>> {
        let Batch { entries, is_redelivered, receipt } = batch;
        let mut records = Vec::with_capacity(entries.len());
        let mut ids = Vec::with_capacity(entries.len());
        for entry in entries {
            visit.count(self.meters.bytes, entry.bytes() as u64);
            visit.count(self.meters.redelivered, u64::from(is_redelivered));
            match entry.record(&self.wanted.stream, &self.reading, is_redelivered) {
                Some(Ok(record)) => {
                    visit.count(self.meters.records, 1);
                    records.push(Ok(record));
                }
                Some(Err(failure)) => {
                    visit.count(self.meters.bad, 1);
                    match self.bad_records {
                        BadRecords::Count => records.push(Err(failure)),
                        BadRecords::Ignore => {}
                        // It stays with the group.
                        BadRecords::Fail => {
                            self.failed = Some(failure);
                            break;
                        }
                    }
                }
                // It was deleted: there is nothing but its id.
                None => {}
            }
            ids.push(entry.id);
        }
        self.handed_on = Some((receipt, ids));
        records
    }
}
