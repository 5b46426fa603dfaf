//! The producer of a worker: records are given to librdkafka's queue, and each comes back as an acknowledgement of its own.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use rdkafka::ClientConfig;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, ProducerContext, ThreadedProducer};
use rustc_hash::FxHashMap;
use throng_model::Targets;
use throng_plugin_api::OpenError;
use throng_protocols::kafka::bytes_of;
use tokio::sync::oneshot;

use crate::cluster::unable;
use crate::goodbye::Goodbyes;
use crate::heard::Heard;
use crate::record::Outgoing;

/// All producers of a scenario on one worker: steps whose clients are set up alike share one, and so its batches.
#[derive(Debug, Default)]
pub(crate) struct Producers {
    by_setup: RefCell<FxHashMap<Setup, Rc<Producer>>>,
}

/// The properties that a client is made with, by name.
type Setup = Vec<(String, String)>;

/// A producer, with librdkafka's threads behind it.
pub(crate) struct Producer {
    /// None while it is dropped.
    client: Option<ThreadedProducer<Reports>>,
    pub(crate) heard: Heard,
    goodbyes: Goodbyes,
}

/// Where a record has gone to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivered {
    pub(crate) partition: i32,
    /// None where nobody acknowledges.
    pub(crate) offset: Option<i64>,
    pub(crate) timestamp: Option<i64>,
}

/// What became of a record.
pub(crate) type Report = Result<Delivered, KafkaError>;

/// Why a record was not taken.
#[derive(Debug)]
pub(crate) enum NotTaken {
    /// The queue is full: acknowledgements make room.
    Full,
    Refused(KafkaError),
}

impl Producers {
    /// The producer of a setup, made when first asked for.
    ///
    /// # Errors
    /// Librdkafka cannot be set up so, such as with a certificate that cannot be read.
    pub(crate) fn get(
        &self,
        config: &ClientConfig,
        targets: &Arc<Targets>,
        place: &str,
        goodbyes: &Goodbyes,
    ) -> Result<Rc<Producer>, OpenError> {
        // Secrets are hidden in the map: they are asked for one by one.
        let names = config.config_map().into_keys();
        let setup: Setup = names.map(|name| (name.to_owned(), config.get(name).unwrap_or_default().to_owned())).collect();
        if let Some(known) = self.by_setup.borrow().get(&setup) {
            return Ok(Rc::clone(known));
        }
        let heard = Heard::new(Arc::clone(targets));
        let client = config.create_with_context(Reports { heard: heard.clone() }).map_err(|error| unable(place, &error))?;
        let producer = Rc::new(Producer { client: Some(client), heard, goodbyes: goodbyes.clone() });
        self.by_setup.borrow_mut().insert(setup, Rc::clone(&producer));
        Ok(producer)
    }
}

impl Producer {
    /// Puts a record into the queue. It is copied; what becomes of it is told later.
    pub(crate) fn enqueue(&self, record: &Outgoing) -> Result<oneshot::Receiver<Report>, NotTaken> {
        let Some(client) = &self.client else { return Err(NotTaken::Refused(KafkaError::Canceled)) };
        let (sender, receiver) = oneshot::channel();
        let mut message = BaseRecord::<[u8], [u8], _>::with_opaque_to(&record.topic, Box::new(sender));
        message.key = bytes_of(&record.key);
        message.payload = bytes_of(&record.value);
        message.partition = record.partition;
        message.timestamp = record.timestamp;
        if !record.headers.is_empty() {
            let all = OwnedHeaders::new_with_capacity(record.headers.len());
            let add = |all: OwnedHeaders, (key, value): &(String, Option<Bytes>)| all.insert(Header { key, value: value.as_deref() });
            message.headers = Some(record.headers.iter().fold(all, add));
        }
        match client.send(message) {
            Ok(()) => Ok(receiver),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => Err(NotTaken::Full),
            Err((error, _)) => Err(NotTaken::Refused(error)),
        }
    }
}

impl Drop for Producer {
    /// Closing waits for threads and for what is on the wire: not here.
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        let presence = self.goodbyes.presence();
        let closing = move || {
            drop(client);
            drop(presence);
        };
        // Without a thread it is closed here after all.
        if let Err(error) = thread::Builder::new().name("kafka-goodbye".to_owned()).spawn(closing) {
            tracing::debug!("no thread for closing a producer: {error}");
        }
    }
}

impl fmt::Debug for Producer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Producer").field("heard", &self.heard).finish_non_exhaustive()
    }
}

/// Hands acknowledgements to those that wait for them. Called by librdkafka's threads.
pub(crate) struct Reports {
    heard: Heard,
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.heard.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.heard.error(error, reason);
    }

    fn stats_raw(&self, statistics: &[u8]) {
        self.heard.stats_raw(statistics);
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<oneshot::Sender<Report>>;

    fn delivery(&self, result: &DeliveryResult<'_>, sender: Self::DeliveryOpaque) {
        let report = match result {
            Ok(message) => Ok(Delivered {
                partition: message.partition(),
                offset: Some(message.offset()).filter(|offset| *offset >= 0),
                timestamp: message.timestamp().to_millis(),
            }),
            Err((error, _)) => Err(error.clone()),
        };
        // Who waited may have given up.
        let _ = sender.send(report);
    }
}

/// How long a record that found the queue full waits before it is offered again.
pub(crate) const FULL_QUEUE_WAIT: Duration = Duration::from_millis(1);
