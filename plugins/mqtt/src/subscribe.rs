//! The source `mqtt-subscribe`: a record of each message of some topics, acknowledged when it was handed on.

use std::fmt;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use throng_broker::{BadRecords, BodyFormat, CLOSED, FixedText, check_tls, shortage_in};
use throng_model::{PluginUse, SourceUse};
use throng_plugin_api::{
    AttachContext, Attached, Clock, ConfiguredStep, MeterId, Meters, OpenContext, OpenError, Pulled, SourceRunner, Visit,
};
use throng_protocols::{Failure, Value};

use crate::broker::BrokerPlan;
use crate::packets::{Message, Qos};
use crate::publish::Opened;
use crate::record::record_of;
use crate::subscription::{Receipt, Subscription, Taken, Wanted};

/// Records that are handed on together, at most.
const BATCH: usize = 256;

/// A checked `mqtt-subscribe` source.
#[derive(Debug)]
pub(crate) struct ConfiguredSubscribe {
    pub(crate) broker: Arc<BrokerPlan>,
    pub(crate) filters: Vec<FixedText>,
    pub(crate) qos: Qos,
    pub(crate) retained: Retained,
    pub(crate) format: BodyFormat,
    pub(crate) bad_records: BadRecords,
    pub(crate) client_id: Option<FixedText>,
}

/// What becomes of messages that the broker has retained.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Retained {
    /// They are taken as others are.
    Taken,
    /// They are left out.
    Ignored,
}

impl ConfiguredStep for ConfiguredSubscribe {
    fn uses(&self) -> PluginUse {
        PluginUse { source: Some(SourceUse { endless: true }), warms_up: true, ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        Box::pin(async move { check_tls(&self.broker.address, &self.broker.tls, &campaign.files) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let wanted = Wanted {
            broker: self.broker.with(context.settings, context.files),
            filters: self.filters.iter().map(|filter| filter.fill(context.settings)).collect(),
            qos: self.qos,
            client_id: self.client_id.as_ref().map(|client_id| client_id.fill(context.settings)),
        };
        Ok(Attached::Source(Box::new(SubscribeSource {
            wanted,
            clock: context.clock,
            subscription: None,
            retained: self.retained,
            format: self.format,
            bad_records: self.bad_records,
            meters: SubscribeMeters::register(context.meters),
            unacknowledged: Vec::new(),
            failed: None,
        })))
    }
}

struct SubscribeMeters {
    messages: MeterId,
    bad: MeterId,
    bytes: MeterId,
    connections: MeterId,
}

impl SubscribeMeters {
    fn register(meters: &mut dyn Meters) -> Self {
        Self {
            messages: meters.counter("mqtt-subscribe-messages"),
            bad: meters.counter("mqtt-subscribe-bad-records"),
            bytes: meters.counter("mqtt-subscribe-bytes"),
            connections: meters.counter("mqtt-subscribe-connections-opened"),
        }
    }
}

/// An `mqtt-subscribe` source on its worker.
struct SubscribeSource {
    wanted: Wanted,
    clock: Clock,
    /// None before it has begun.
    subscription: Option<Subscription>,
    retained: Retained,
    format: BodyFormat,
    bad_records: BadRecords,
    meters: SubscribeMeters,
    /// Of those that were handed out last.
    unacknowledged: Vec<Receipt>,
    /// What ends the source once the records before it are handed on.
    failed: Option<Failure>,
}

impl SourceRunner for SubscribeSource {
    fn next<'a>(&'a mut self, visit: &'a Visit<'a>) -> LocalBoxFuture<'a, Result<Pulled, Failure>> {
        Box::pin(self.pull(visit))
    }

    /// The subscription is made before any load, so that it misses no message of the load.
    fn warm_up(&mut self) -> LocalBoxFuture<'_, Result<(), OpenError>> {
        Box::pin(async move {
            let begun = Subscription::begin(self.wanted.clone(), self.clock).await;
            self.subscription = Some(begun.map_err(|failure| OpenError { message: failure.message, hint: None })?);
            Ok(())
        })
    }

    /// What has come is gone: it goes on with what comes.
    fn rewind(&mut self) {}
}

impl SubscribeSource {
    async fn pull(&mut self, visit: &Visit<'_>) -> Result<Pulled, Failure> {
        let ended = || Failure::error(CLOSED, "the subscription has ended").final_();
        loop {
            let subscription = self.subscription.as_mut().ok_or_else(ended)?;
            // Who asks for more has handed on what he had.
            self.unacknowledged.drain(..).for_each(|receipt| subscription.acknowledge(receipt));
            if let Some(failure) = &self.failed {
                return Err(failure.clone());
            }
            let mut next = Some(subscription.taken.recv().await.ok_or_else(ended)?);
            let mut records = Vec::new();
            while let Some(taken) = next.take() {
                records.extend(self.record(taken, visit));
                if self.failed.is_none() && records.len() < BATCH {
                    next = self.subscription.as_mut().and_then(|subscription| subscription.taken.try_recv().ok());
                }
            }
            if !records.is_empty() || self.failed.is_some() {
                return Ok(Pulled::Records(records));
            }
        }
    }

    fn record(&mut self, taken: Taken, visit: &Visit<'_>) -> Option<Result<Value, Failure>> {
        match taken {
            Taken::Connected => {
                visit.count(self.meters.connections, 1);
                None
            }
            Taken::Lost(failure) => {
                shortage_in(&failure).into_iter().for_each(|shortage| visit.short_of(shortage));
                visit.connection_failed(&failure);
                Some(Err(failure))
            }
            Taken::Message(message, receipt) => self.message(&message, receipt, visit),
        }
    }

    fn message(&mut self, message: &Message, receipt: Receipt, visit: &Visit<'_>) -> Option<Result<Value, Failure>> {
        if message.retain && self.retained == Retained::Ignored {
            self.unacknowledged.push(receipt);
            return None;
        }
        visit.count(self.meters.bytes, message.body.len() as u64);
        let record = match record_of(message, self.format) {
            Ok(record) => {
                visit.count(self.meters.messages, 1);
                Some(Ok(record))
            }
            Err(failure) => {
                visit.count(self.meters.bad, 1);
                match self.bad_records {
                    BadRecords::Count => Some(Err(failure)),
                    BadRecords::Ignore => None,
                    BadRecords::Fail => {
                        self.failed = Some(failure);
                        return None;
                    }
                }
            }
        };
        self.unacknowledged.push(receipt);
        record
    }
}

impl fmt::Debug for SubscribeSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SubscribeSource").field("unacknowledged", &self.unacknowledged.len()).finish_non_exhaustive()
    }
}
