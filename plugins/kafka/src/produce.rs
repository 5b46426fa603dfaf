//! The step kind `kafka-produce`: a record for each visit, which ends when the record is acknowledged.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use rdkafka::error::KafkaError;
use throng_broker::Gathered;
use throng_model::{ConfigFault, PluginUse, StepSetup};
use throng_plugin_api::{
    AttachContext, Attached, ConfiguredStep, MeterId, Meters, OpenContext, OpenError, Performed, Span, StepRunner, Visit, read_options,
};
use throng_protocols::kafka::{Record, bytes_of};
use throng_protocols::{Failure, Output, Value};

use crate::client::{ClientPlan, Surroundings, duration, word};
use crate::cluster::{Question, check};

use crate::failure::{CONNECTION, DELIVERY_TIMEOUT, bad_record, failure};
use crate::goodbye::Goodbyes;
use crate::options::ProduceOptions;
use crate::plugin::Opened;
use crate::producer::{Delivered, FULL_QUEUE_WAIT, NotTaken, Producer, Producers};
use crate::record::{Outgoing, RecordPlan};

const LINGER: Duration = Duration::from_millis(5);
const ACKS: &[(&str, &str)] = &[("all", "all"), ("leader", "1"), ("none", "0")];
const COMPRESSIONS: &[(&str, &str)] = &[("none", "none"), ("gzip", "gzip"), ("snappy", "snappy"), ("lz4", "lz4"), ("zstd", "zstd")];

/// A checked `kafka-produce` step.
#[derive(Debug)]
pub(crate) struct ConfiguredProduce {
    client: ClientPlan,
    kind: Vec<(&'static str, String)>,
    record: Arc<RecordPlan>,
    goodbyes: Goodbyes,
}

impl ConfiguredProduce {
    pub(crate) fn read(setup: &StepSetup<'_>, goodbyes: &Goodbyes) -> Result<Self, Vec<ConfigFault>> {
        let own: ProduceOptions = read_options(setup.config, "")?;
        let mut faults = Gathered::default();
        let client = faults.catch(ClientPlan::read(&own.client(), setup));
        let record = faults.catch(RecordPlan::read(own.topic.as_deref(), own.record.as_ref()));
        let acks = faults.catch(word(own.acks.as_deref(), ACKS, "/acks"));
        let compression = faults.catch(word(own.compression.as_deref(), COMPRESSIONS, "/compression"));
        let linger = faults.catch(duration(own.linger.as_deref(), LINGER, Duration::ZERO, "/linger"));
        let (Some(client), Some(record), Some(acks), Some(compression), Some(linger)) = (client, record, acks, compression, linger) else {
            return Err(faults.all);
        };
        let delivery = client.limits.delivery.max(linger + Duration::from_millis(1));
        let kind = vec![
            ("acks", acks.unwrap_or("all").to_owned()),
            ("enable.idempotence", own.idempotent.unwrap_or(false).to_string()),
            ("linger.ms", (linger.as_secs_f64() * 1e3).to_string()),
            ("compression.codec", compression.unwrap_or("none").to_owned()),
            ("message.timeout.ms", delivery.as_millis().to_string()),
            ("request.timeout.ms", client.limits.request.as_millis().to_string()),
            // What librdkafka holds is bounded by bytes, too.
            ("queue.buffering.max.kbytes", "65536".to_owned()),
        ];
        client.check(&kind)?;
        Ok(Self { client, kind, record: Arc::new(record), goodbyes: goodbyes.clone() })
    }
}

impl ConfiguredStep for ConfiguredProduce {
    fn uses(&self) -> PluginUse {
        PluginUse { callbacks: self.record.callbacks(), ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        let surroundings = Surroundings { files: &campaign.files, settings: &campaign.settings };
        Box::pin(async move { check(&self.client, self.client.config(&[], surroundings)?, Question::Who, campaign.clock).await })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let surroundings = Surroundings { files: context.files, settings: context.settings };
        let config = self.client.config(&self.kind, surroundings)?;
        let producers = context.shared.get_or_default::<Producers>();
        let producer = producers.get(&config, &self.client.targets, &self.client.place(), &self.goodbyes)?;
        let meters = ProduceMeters::register(context.meters);
        Ok(Attached::Step(Rc::new(ProduceStep { producer, record: Arc::clone(&self.record), place: self.client.place(), meters })))
    }
}

#[derive(Debug)]
struct ProduceMeters {
    records: MeterId,
    bytes: MeterId,
    failures: MeterId,
    acknowledged: MeterId,
    queue_wait: MeterId,
}

impl ProduceMeters {
    fn register(meters: &mut dyn Meters) -> Self {
        Self {
            records: meters.counter("kafka-produce-records"),
            bytes: meters.counter("kafka-produce-bytes"),
            failures: meters.counter("kafka-produce-failures"),
            acknowledged: meters.timer("kafka-produce-time"),
            queue_wait: meters.timer("kafka-produce-queue-wait"),
        }
    }
}

/// A `kafka-produce` step on one worker.
#[derive(Debug)]
struct ProduceStep {
    producer: Rc<Producer>,
    record: Arc<RecordPlan>,
    place: String,
    meters: ProduceMeters,
}

impl StepRunner for ProduceStep {
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed> {
        Box::pin(async move {
            self.perform(visit, input).await.unwrap_or_else(|failure| {
                visit.count(self.meters.failures, 1);
                Performed::from(failure)
            })
        })
    }

    fn minion_done(&self, _: u32) {}
}

impl ProduceStep {
    async fn perform(&self, visit: &Visit<'_>, input: Value) -> Result<Performed, Failure> {
        if let Some(stranger) = self.producer.heard.stranger() {
            return Err(stranger);
        }
        let outgoing = self.record.build(visit, &input)?;
        let clock = visit.clock();
        let mut full_since = None;
        let (report, start) = loop {
            let start = clock.now();
            match self.producer.enqueue(&outgoing) {
                Ok(report) => break (report, start),
                Err(NotTaken::Full) => {
                    full_since.get_or_insert(start);
                    clock.sleep_until(start + FULL_QUEUE_WAIT).await;
                }
                Err(NotTaken::Refused(error)) => return Err(self.failed(visit, &outgoing, &error)),
            }
        };
        if let Some(since) = full_since {
            visit.observe(self.meters.queue_wait, start.since(since));
        }
        // The client answers for every record, also when it is closed.
        let report = report.await.unwrap_or(Err(KafkaError::Canceled));
        let end = clock.now();
        let delivered = report.map_err(|error| self.failed(visit, &outgoing, &error))?;
        let bytes = [&outgoing.key, &outgoing.value].into_iter().filter_map(bytes_of).map(<[u8]>::len).sum::<usize>();
        visit.count(self.meters.records, 1);
        visit.count(self.meters.bytes, bytes as u64);
        visit.observe(self.meters.acknowledged, end.since(start));
        let record = Value::native(record_of(outgoing, delivered, input));
        Ok(Performed { result: Ok(Output::One(record)), service: Some(Span { start, end }) })
    }

    fn failed(&self, visit: &Visit<'_>, outgoing: &Outgoing, error: &KafkaError) -> Failure {
        let troubles = self.producer.heard.take_troubles();
        troubles.iter().filter(|trouble| trouble.code == CONNECTION).for_each(|trouble| visit.connection_failed(trouble));
        let limit = match error.rdkafka_error_code() {
            Some(code) if crate::failure::code_of(code) == DELIVERY_TIMEOUT => " in time",
            _ => "",
        };
        if matches!(error, KafkaError::Nul(_)) {
            return bad_record(format!("`{}` is not the name of a topic", outgoing.topic.escape_debug()));
        }
        let place = format!("the record for `{}` was not acknowledged{limit} by {}", outgoing.topic, self.place);
        failure(&place, error, self.producer.heard.last_trouble())
    }
}

fn record_of(outgoing: Outgoing, delivered: Delivered, given: Value) -> Record {
    let Outgoing { topic, key, value, headers, timestamp, .. } = outgoing;
    let mut record = Record::new(topic.into(), delivered.partition, delivered.offset);
    record.timestamp = delivered.timestamp.or(timestamp);
    (record.key, record.value, record.headers, record.given) = (key, value, headers, given);
    record
}
