//! The source `rabbitmq-consume`: a record of each message of a queue, acknowledged when it was handed on.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::{BoxStream, SelectAll, StreamExt as _, select_all};
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Acker, Channel, Connection};
use throng_broker::{BackOff, BadRecords, BodyFormat, CLOSED, check_tls, connect_timeout, shortage_in};
use throng_measure::Moment;
use throng_model::{PluginUse, SourceUse};
use throng_plugin_api::{
    AttachContext, Attached, Clock, ConfiguredStep, MeterId, Meters, OpenContext, OpenError, Pulled, SourceRunner, Visit,
};
use throng_protocols::{Failure, Value};

use crate::broker::{Broker, BrokerPlan};
use crate::declare::QueuePlan;
use crate::failure::{of_use, open_error};
use crate::produce::Opened;
use crate::record::record_of;
use crate::table::short;

/// Records that are handed on together, at most.
const BATCH: usize = 256;

/// A checked `rabbitmq-consume` source.
#[derive(Debug)]
pub(crate) struct ConfiguredConsume {
    pub(crate) broker: Arc<BrokerPlan>,
    pub(crate) queue: Arc<QueuePlan>,
    pub(crate) format: BodyFormat,
    pub(crate) bad_records: BadRecords,
    pub(crate) prefetch: u16,
    pub(crate) consumers: u16,
}

impl ConfiguredStep for ConfiguredConsume {
    fn uses(&self) -> PluginUse {
        PluginUse { source: Some(SourceUse { endless: true }), warms_up: true, ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        Box::pin(async move { check_tls(&self.broker.address, &self.broker.tls, &campaign.files) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        Ok(Attached::Source(Box::new(ConsumeSource {
            broker: self.broker.with(context.settings, context.files),
            settings: context.settings.clone(),
            queue: Arc::clone(&self.queue),
            name: self.queue.name.fill(context.settings),
            format: self.format,
            bad_records: self.bad_records,
            prefetch: self.prefetch,
            consumers: self.consumers,
            meters: ConsumeMeters::register(context.meters),
            clock: context.clock,
            opened: 0,
            tap: None,
            back_off: BackOff::default(),
            next_attempt: None,
            failed: None,
        })))
    }
}

struct ConsumeMeters {
    messages: MeterId,
    bad: MeterId,
    bytes: MeterId,
    redelivered: MeterId,
    connections: MeterId,
}

impl ConsumeMeters {
    fn register(meters: &mut dyn Meters) -> Self {
        Self {
            messages: meters.counter("rabbitmq-consume-messages"),
            bad: meters.counter("rabbitmq-consume-bad-records"),
            bytes: meters.counter("rabbitmq-consume-bytes"),
            redelivered: meters.counter("rabbitmq-consume-redelivered"),
            connections: meters.counter("rabbitmq-consume-connections-opened"),
        }
    }
}

/// A `rabbitmq-consume` source on its worker.
struct ConsumeSource {
    broker: Broker,
    settings: BTreeMap<String, String>,
    queue: Arc<QueuePlan>,
    name: String,
    format: BodyFormat,
    bad_records: BadRecords,
    prefetch: u16,
    consumers: u16,
    meters: ConsumeMeters,
    clock: Clock,
    /// Connections that are not counted yet.
    opened: u64,
    /// None before the load, and while the broker is away.
    tap: Option<Tap>,
    back_off: BackOff,
    next_attempt: Option<Moment>,
    /// What ends the source once the records before it are handed on.
    failed: Option<Failure>,
}

/// An open connection with its consumers.
struct Tap {
    /// Kept: without it, the consumers end.
    _connection: Connection,
    deliveries: SelectAll<BoxStream<'static, (usize, lapin::Result<Delivery>)>>,
    /// Of each consumer the last message that was handed out, which stands for all those before it.
    unacknowledged: Vec<Option<Acker>>,
}

impl SourceRunner for ConsumeSource {
    fn next<'a>(&'a mut self, visit: &'a Visit<'a>) -> LocalBoxFuture<'a, Result<Pulled, Failure>> {
        Box::pin(self.pull(visit))
    }

    /// The queue is there before any load, so that no message of the load can miss it.
    fn warm_up(&mut self) -> LocalBoxFuture<'_, Result<(), OpenError>> {
        Box::pin(async move {
            self.tap = Some(self.open().await.map_err(open_error)?);
            self.opened += 1;
            Ok(())
        })
    }

    /// What was taken from a queue is gone: it goes on with what comes.
    fn rewind(&mut self) {}
}

impl ConsumeSource {
    async fn pull(&mut self, visit: &Visit<'_>) -> Result<Pulled, Failure> {
        loop {
            // Who asks for more has handed on what he had.
            if let Some(tap) = &mut self.tap {
                tap.acknowledge().await;
            }
            if let Some(failure) = &self.failed {
                return Err(failure.clone());
            }
            visit.count(self.meters.connections, std::mem::take(&mut self.opened));
            let Some(tap) = &mut self.tap else {
                match self.connect(visit).await {
                    Ok(()) => continue,
                    Err(failure) => return Ok(Pulled::Records(vec![Err(failure)])),
                }
            };
            let Some(first) = tap.deliveries.next().await else {
                let message = format!("the broker has ended the consumers of the queue `{}`; was it deleted?", self.name);
                return Ok(self.lost(Failure::error(CLOSED, message), visit));
            };
            let records = self.take(first, visit);
            if !records.is_empty() || self.failed.is_some() {
                return Ok(Pulled::Records(records));
            }
        }
    }

    /// The records of a delivery, and of those that are there already.
    fn take(&mut self, first: (usize, lapin::Result<Delivery>), visit: &Visit<'_>) -> Vec<Result<Value, Failure>> {
        let mut records = Vec::new();
        let mut next = Some(first);
        while let Some((consumer, delivery)) = next.take() {
            let delivery = match delivery {
                Ok(delivery) => delivery,
                Err(error) => {
                    let failure = of_use(&self.broker.address, &error);
                    self.forget(&failure, visit);
                    records.push(Err(failure));
                    break;
                }
            };
            visit.count(self.meters.bytes, delivery.data.len() as u64);
            visit.count(self.meters.redelivered, u64::from(delivery.redelivered));
            match record_of(&delivery, &self.name, self.format) {
                Ok(record) => {
                    visit.count(self.meters.messages, 1);
                    records.push(Ok(record));
                }
                Err(failure) => {
                    visit.count(self.meters.bad, 1);
                    match self.bad_records {
                        BadRecords::Count => records.push(Err(failure)),
                        BadRecords::Ignore => {}
                        // It stays in the queue.
                        BadRecords::Fail => {
                            self.failed = Some(failure);
                            break;
                        }
                    }
                }
            }
            let Some(tap) = &mut self.tap else { break };
            if let Some(last) = tap.unacknowledged.get_mut(consumer) {
                *last = Some(delivery.acker);
            }
            if records.len() < BATCH {
                next = tap.deliveries.next().now_or_never().flatten();
            }
        }
        records
    }

    async fn connect(&mut self, visit: &Visit<'_>) -> Result<(), Failure> {
        if let Some(moment) = self.next_attempt {
            self.clock.sleep_until(moment).await;
        }
        match self.open().await {
            Ok(tap) => {
                self.opened += 1;
                self.tap = Some(tap);
                self.back_off.reset();
                self.next_attempt = None;
                Ok(())
            }
            Err(failure) => {
                shortage_in(&failure).into_iter().for_each(|shortage| visit.short_of(shortage));
                self.forget(&failure, visit);
                Err(failure)
            }
        }
    }

    async fn open(&self) -> Result<Tap, Failure> {
        let Broker { address, connect_limit, .. } = &self.broker;
        let (connection, first) = self.broker.connect(self.clock).await?;
        let consuming = async {
            self.queue.prepare(&first, &self.settings).await?;
            self.consume(&connection, first.clone()).await
        };
        let consuming = self.clock.timeout(*connect_limit, consuming).await;
        let consuming = consuming.ok_or_else(|| connect_timeout(address, *connect_limit))?;
        let streams = consuming.map_err(|error| of_use(address, &error))?;
        let unacknowledged = streams.iter().map(|_| None).collect();
        Ok(Tap { _connection: connection, deliveries: select_all(streams), unacknowledged })
    }

    async fn consume(
        &self,
        connection: &Connection,
        first: Channel,
    ) -> lapin::Result<Vec<BoxStream<'static, (usize, lapin::Result<Delivery>)>>> {
        let mut streams = Vec::with_capacity(self.consumers.into());
        let mut first = Some(first);
        for number in 0..usize::from(self.consumers) {
            let channel = match first.take() {
                Some(channel) => channel,
                None => connection.create_channel().await?,
            };
            channel.basic_qos(self.prefetch, BasicQosOptions::default()).await?;
            let options = BasicConsumeOptions::default();
            // Without a tag of ours the broker makes one up.
            let consumer = channel.basic_consume(short(&self.name), short(""), options, FieldTable::default()).await?;
            streams.push(consumer.map(move |delivery| (number, delivery)).boxed());
        }
        Ok(streams)
    }

    /// The connection is lost: the source goes on with another one.
    fn lost(&mut self, failure: Failure, visit: &Visit<'_>) -> Pulled {
        self.forget(&failure, visit);
        Pulled::Records(vec![Err(failure)])
    }

    fn forget(&mut self, failure: &Failure, visit: &Visit<'_>) {
        visit.connection_failed(failure);
        self.tap = None;
        self.next_attempt = Some(visit.clock().now() + self.back_off.pause());
    }
}

impl Tap {
    /// Acknowledges all that was handed out. What cannot be acknowledged comes again, over another connection.
    async fn acknowledge(&mut self) {
        for last in &mut self.unacknowledged {
            // Taken before it is waited for: an acknowledgement that is sent twice ends the channel.
            if let Some(acker) = last.take() {
                let _ = acker.ack(BasicAckOptions { multiple: true }).await;
            }
        }
    }
}

impl fmt::Debug for ConsumeSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ConsumeSource").field("queue", &self.name).field("is_open", &self.tap.is_some()).finish_non_exhaustive()
    }
}
