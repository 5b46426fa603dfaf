//! A member of a consumer group, on a thread of its own: it receives, decodes, and has offsets committed of what was handed over.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rustc_hash::FxHashMap;
use throng_protocols::Failure;
use throng_protocols::kafka::Record;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::consume::{Formats, Subscription};
use crate::content::decode;
use crate::failure::{BAD_RECORD, UNKNOWN_TOPIC, failure};
use crate::heard::Heard;

/// Records in a batch, at most.
const BATCH: usize = 256;
/// How long nothing may come before the thread looks whether it is still wanted.
const POLL: Duration = Duration::from_millis(50);
/// How long nobody may take what is there before the member holds its partitions, so that it can go on to take part in its group.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a member tells the source.
#[derive(Debug)]
pub(crate) enum Told {
    Batch(Batch),
    /// Something went wrong; the member goes on.
    Trouble(Failure),
    /// The member cannot go on.
    Broken(Failure),
}

/// Records that came together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) member: usize,
    pub(crate) records: Vec<Received>,
    offsets: Vec<(Arc<str>, i32, i64)>,
}

/// A record, or what is wrong with it.
#[derive(Debug)]
pub(crate) struct Received {
    /// Of key and value.
    pub(crate) bytes: u64,
    pub(crate) timestamp: Option<i64>,
    pub(crate) record: Result<Record, Failure>,
}

/// Offsets of records that were handed over and are to be committed. Holds one for each partition.
#[derive(Clone, Debug, Default)]
pub(crate) struct HandedOver {
    offsets: Arc<Mutex<Offsets>>,
}

/// By topic and partition: the last offset.
type Offsets = FxHashMap<(Arc<str>, i32), i64>;

impl HandedOver {
    /// Notes that all of a batch was handed over.
    pub(crate) fn note(&self, batch: Offers) {
        let mut offsets = self.offsets.lock().unwrap_or_else(PoisonError::into_inner);
        offsets.extend(batch.0.into_iter().map(|(topic, partition, offset)| ((topic, partition), offset)));
    }

    fn take(&self) -> Offsets {
        std::mem::take(&mut self.offsets.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The places of a batch's records.
#[derive(Debug)]
pub(crate) struct Offers(Vec<(Arc<str>, i32, i64)>);

impl Batch {
    /// The records, and what is to be noted once they are handed over.
    pub(crate) fn open(self) -> (Vec<Received>, Offers) {
        (self.records, Offers(self.offsets))
    }
}

/// A member before it begins.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) number: usize,
    pub(crate) config: ClientConfig,
    pub(crate) place: String,
    pub(crate) subscription: Arc<Subscription>,
    pub(crate) formats: Formats,
    pub(crate) heard: Heard,
    pub(crate) handed_over: HandedOver,
    pub(crate) source: mpsc::Sender<Told>,
    /// Names of topics that were seen: each record shares its own.
    pub(crate) topics: FxHashMap<String, Arc<str>>,
}

/// How long there may be no room for a batch.
#[derive(Debug)]
struct Patience {
    limit: Duration,
    since: Option<Instant>,
}

impl Patience {
    fn of(limit: Duration) -> Self {
        Self { limit, since: None }
    }

    /// Waits until somebody has made room, or the limit is over; false if it was over before. Who takes a batch wakes this thread: also when it
    /// does not wait yet, and another member may be quicker, so to be woken is not to have waited in vain.
    #[allow(clippy::disallowed_methods, reason = "a real group is kept waiting, which no test's clock moves")]
    fn wait(&mut self) -> bool {
        let left = self.limit.saturating_sub(self.since.get_or_insert_with(Instant::now).elapsed());
        if !left.is_zero() {
            thread::park_timeout(left);
        }
        !left.is_zero()
    }
}

/// The source is gone.
struct Unwanted;

impl Member {
    /// Receives until the source is gone; then commits, and leaves the group.
    pub(crate) fn run(mut self) {
        match self.join() {
            Ok(consumer) => {
                // Either way it ends because nobody wants more.
                let _ = self.receive(&consumer);
                self.store(&consumer);
            }
            Err(error) => {
                let broken = failure(&self.place, &error, None);
                let _ = self.source.try_send(Told::Broken(broken));
            }
        }
    }

    fn join(&self) -> Result<BaseConsumer<Heard>, KafkaError> {
        let consumer: BaseConsumer<Heard> = self.config.create_with_context(self.heard.clone())?;
        let topics: Vec<&str> = self.subscription.topics().collect();
        consumer.subscribe(&topics)?;
        Ok(consumer)
    }

    fn receive(&mut self, consumer: &BaseConsumer<Heard>) -> Result<(), Unwanted> {
        let mut batch = self.empty();
        while !self.source.is_closed() {
            self.store(consumer);
            if let Some(first) = consumer.poll(POLL) {
                self.add(&mut batch, first)?;
                while batch.records.len() < BATCH
                    && let Some(further) = consumer.poll(Duration::ZERO)
                {
                    self.add(&mut batch, further)?;
                }
            }
            for trouble in self.heard.take_troubles() {
                if trouble.code == UNKNOWN_TOPIC {
                    // Who sends the first record may make the topic.
                    tracing::debug!("{}", trouble.message);
                } else {
                    // Where nobody looks at the first troubles, further ones say nothing new.
                    let _ = self.source.try_send(Told::Trouble(trouble));
                }
            }
            if let Some(stranger) = self.heard.stranger() {
                let _ = self.source.try_send(Told::Broken(stranger));
                return Err(Unwanted);
            }
            if !batch.records.is_empty() {
                let full = std::mem::replace(&mut batch, self.empty());
                self.give(consumer, full, &mut batch)?;
            }
        }
        Err(Unwanted)
    }

    fn empty(&self) -> Batch {
        Batch { member: self.number, ..Batch::default() }
    }

    /// Gives a batch to the source. While nobody takes it, the partitions are held; what comes all the same is for the next batch.
    fn give(&mut self, consumer: &BaseConsumer<Heard>, batch: Batch, next: &mut Batch) -> Result<(), Unwanted> {
        let mut told = Told::Batch(batch);
        let mut is_held = false;
        let mut patience = Patience::of(PATIENCE);
        loop {
            told = match self.source.try_send(told) {
                Ok(()) => break,
                Err(TrySendError::Closed(_)) => return Err(Unwanted),
                Err(TrySendError::Full(told)) => told,
            };
            if patience.wait() {
                continue;
            }
            if let Ok(partitions) = consumer.assignment() {
                is_held = consumer.pause(&partitions).is_ok();
            }
            self.store(consumer);
            if let Some(message) = consumer.poll(POLL) {
                self.add(next, message)?;
            }
        }
        if is_held && let Ok(partitions) = consumer.assignment() {
            // A partition that was taken away meanwhile is not held either.
            let _ = consumer.resume(&partitions);
        }
        Ok(())
    }

    fn add(&mut self, batch: &mut Batch, message: Result<BorrowedMessage<'_>, KafkaError>) -> Result<(), Unwanted> {
        match message {
            Ok(message) => {
                let topic = self.topic(message.topic());
                let (partition, offset) = (message.partition(), message.offset());
                batch.records.push(self.formats.read(&message, &topic));
                match batch.offsets.iter_mut().find(|(known, number, _)| *number == partition && *known == topic) {
                    Some((_, _, last)) => *last = offset,
                    None => batch.offsets.push((topic, partition, offset)),
                }
            }
            Err(error @ KafkaError::MessageConsumptionFatal(_)) => {
                let _ = self.source.try_send(Told::Broken(failure(&self.place, &error, self.heard.last_trouble())));
                return Err(Unwanted);
            }
            // The client was told of it with its reason: it is among the troubles.
            Err(_) => {}
        }
        Ok(())
    }

    fn topic(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.topics.get(name) {
            return Arc::clone(known);
        }
        let topic: Arc<str> = name.into();
        self.topics.insert(name.to_owned(), Arc::clone(&topic));
        topic
    }

    /// Has offsets committed of what was handed over: at the next interval, or when the member leaves.
    fn store(&self, consumer: &BaseConsumer<Heard>) {
        for ((topic, partition), offset) in self.handed_over.take() {
            if let Err(error) = consumer.store_offset(&topic, partition, offset) {
                // The partition is another member's by now, which will read these records again.
                tracing::debug!("{topic}, partition {partition}, offset {offset} cannot be committed: {error}");
            }
        }
    }
}

impl Formats {
    fn read(self, message: &BorrowedMessage<'_>, topic: &Arc<str>) -> Received {
        let (key, value) = (message.key(), message.payload());
        let timestamp = message.timestamp().to_millis();
        let read = || {
            let mut record = Record::new(Arc::clone(topic), message.partition(), Some(message.offset()));
            record.timestamp = timestamp;
            record.key = decode(key, self.key, "key")?;
            record.value = decode(value, self.value, "value")?;
            if let Some(headers) = message.headers() {
                let read = headers.iter().map(|header| (header.key.to_owned(), header.value.map(Bytes::copy_from_slice)));
                record.headers = read.collect();
            }
            Ok(record)
        };
        let record = read().map_err(|wrong: String| {
            let place = format!("{topic}, partition {}, offset {}", message.partition(), message.offset());
            Failure::error(BAD_RECORD, format!("{place}: {wrong}")).final_()
        });
        let bytes = [key, value].into_iter().flatten().map(<[u8]>::len).sum::<usize>() as u64;
        Received { bytes, timestamp, record }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_woken_early_still_waits() {
        let mut patience = Patience::of(Duration::from_secs(3600));
        for _ in 0..3 {
            thread::current().unpark();
            assert!(patience.wait());
        }
        let mut none = Patience::of(Duration::ZERO);
        assert!(!none.wait());
    }
}
