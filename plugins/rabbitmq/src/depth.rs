//! The source `rabbitmq-depth`: how long a queue is, again and again.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use lapin::{Channel, Connection};
use serde_json::json;
use throng_broker::{BackOff, FixedText, check_tls, connect_timeout, shortage_in};
use throng_measure::Moment;
use throng_model::{PluginUse, SourceUse};
use throng_plugin_api::{AttachContext, Attached, Clock, ConfiguredStep, MeterId, OpenContext, OpenError, Pulled, SourceRunner, Visit};
use throng_protocols::{Failure, Value};

use crate::broker::{Broker, BrokerPlan};
use crate::declare::look;
use crate::failure::of_use;
use crate::produce::Opened;

/// A checked `rabbitmq-depth` source.
#[derive(Debug)]
pub(crate) struct ConfiguredDepth {
    pub(crate) broker: Arc<BrokerPlan>,
    pub(crate) queue: FixedText,
    pub(crate) every: Duration,
}

impl ConfiguredStep for ConfiguredDepth {
    fn uses(&self) -> PluginUse {
        PluginUse { source: Some(SourceUse { endless: true }), ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        Box::pin(async move { check_tls(&self.broker.address, &self.broker.tls, &campaign.files) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        Ok(Attached::Source(Box::new(DepthSource {
            broker: self.broker.with(context.settings, context.files),
            queue: self.queue.fill(context.settings),
            every: self.every,
            looks: context.meters.counter("rabbitmq-depth-looks"),
            next: None,
            link: None,
            back_off: BackOff::default(),
        })))
    }
}

/// A `rabbitmq-depth` source on its worker.
#[derive(Debug)]
struct DepthSource {
    broker: Broker,
    queue: String,
    every: Duration,
    looks: MeterId,
    /// When to look next; none before the first time.
    next: Option<Moment>,
    link: Option<(Connection, Channel)>,
    back_off: BackOff,
}

impl SourceRunner for DepthSource {
    fn next<'a>(&'a mut self, visit: &'a Visit<'a>) -> LocalBoxFuture<'a, Result<Pulled, Failure>> {
        Box::pin(async move {
            let clock = visit.clock();
            if let Some(next) = self.next {
                clock.sleep_until(next).await;
            }
            let planned = self.next.unwrap_or_else(|| clock.now());
            let found = self.look(clock).await;
            visit.count(self.looks, 1);
            // Who is late does not hurry.
            let mut next = (planned + self.every).max(clock.now());
            match &found {
                Ok(_) => self.back_off.reset(),
                Err(failure) => {
                    shortage_in(failure).into_iter().for_each(|shortage| visit.short_of(shortage));
                    visit.connection_failed(failure);
                    self.link = None;
                    next = next.max(clock.now() + self.back_off.pause());
                }
            }
            self.next = Some(next);
            Ok(Pulled::Records(vec![found]))
        })
    }

    fn rewind(&mut self) {}
}

impl DepthSource {
    async fn look(&mut self, clock: Clock) -> Result<Value, Failure> {
        let link = match self.link.take() {
            Some(link) => link,
            None => self.broker.connect(clock).await?,
        };
        let limit = self.broker.connect_limit;
        let answered = clock.timeout(limit, look(&link.1, &self.queue)).await;
        let answered = answered.ok_or_else(|| connect_timeout(&self.broker.address, limit))?;
        let queue = answered.map_err(|error| of_use(&self.broker.address, &error))?;
        self.link = Some(link);
        let depth = json!({ "queue": self.queue, "messages": queue.message_count(), "consumers": queue.consumer_count() });
        Ok(Value::Json(depth.to_string().into()))
    }
}
