//! Records produced, each acknowledged, and consumed, by `rdkafka`.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer};
use rdkafka::{ClientConfig, ClientContext};

use crate::{Work, block_on, timed};

/// As the document's.
const TOPIC: &str = "bench";
const BODY: &[u8] = b"twenty-three bytes long";
const WAIT: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(30);

/// Counts acknowledgements, and wakes who waits for them.
#[derive(Default)]
struct Acknowledged {
    records: Mutex<Records>,
    changed: Condvar,
}

#[derive(Clone, Copy, Default)]
struct Records {
    acknowledged: u64,
    failed: u64,
}

impl ClientContext for Acknowledged {}

impl ProducerContext for Acknowledged {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.acknowledged += 1;
        records.failed += u64::from(result.is_err());
        self.changed.notify_one();
    }
}

impl Acknowledged {
    /// Waits until there are so many.
    fn wait_for(&self, records: u64) -> Records {
        let guard = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        *self.changed.wait_while(guard, |known| known.acknowledged < records).unwrap_or_else(PoisonError::into_inner)
    }
}

/// A topic with a record for each operation, and some that are there from before.
pub(crate) fn fill(work: &Work) -> Result<()> {
    let many = Work { in_flight: 10_000, ..work.clone() };
    produce(&many).map(drop)
}

/// So many records are under way at a time, each until it is acknowledged.
pub(crate) fn produce(work: &Work) -> Result<Duration> {
    let mut config = client(work);
    config.set("acks", "all").set("linger.ms", "5").set("message.timeout.ms", "5000");
    let producer: ThreadedProducer<Acknowledged> = config.create_with_context(Acknowledged::default())?;
    producer.client().fetch_metadata(Some(TOPIC), PATIENCE)?;
    let took = block_on(timed(async {
        for sent in 0..work.operations {
            producer.context().wait_for((sent + 1).saturating_sub(work.in_flight));
            let record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(TOPIC).payload(BODY);
            producer.send(record).map_err(|(error, _)| error)?;
        }
        producer.context().wait_for(work.operations);
        Ok(())
    }))?;
    ensure!(producer.context().wait_for(0).failed == 0, "records were not acknowledged");
    Ok(took)
}

/// From the first record to the last: who joins a group waits for some seconds.
pub(crate) fn consume(work: &Work) -> Result<Duration> {
    let mut config = client(work);
    let group = format!("bare-{}", std::process::id());
    config.set("group.id", group).set("auto.offset.reset", "earliest").set("enable.auto.offset.store", "false");
    config.set("session.timeout.ms", "2000").set("auto.commit.interval.ms", "1000");
    let consumer: BaseConsumer = config.create()?;
    consumer.subscribe(&[TOPIC])?;
    let next = || loop {
        if let Some(message) = consumer.poll(WAIT) {
            let message = message?;
            ensure!(message.payload() == Some(BODY), "another record");
            consumer.store_offset_from_message(&message)?;
            return Ok(());
        }
    };
    next()?;
    block_on(timed(async {
        for _ in 1..work.operations {
            next()?;
        }
        Ok(())
    }))
}

/// As the plugin's own.
fn client(work: &Work) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", work.address())
        .set("socket.keepalive.enable", "true")
        .set("socket.nagle.disable", "true")
        .set("statistics.interval.ms", "5000");
    config
}
