//! The source kind `kafka-consume`: each record of topics, as members of a consumer group receive them.

use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use rdkafka::ClientConfig;
use rustc_hash::FxHashMap;
use throng_broker::{BadRecords, FixedText, Gathered};
use throng_model::{ConfigFault, PluginUse, SourceUse, StepSetup};
use throng_plugin_api::{
    AttachContext, Attached, ConfiguredStep, MeterId, Meters, OpenContext, OpenError, Pulled, SourceRunner, Visit, option_fault,
    read_options,
};
use throng_protocols::{Failure, Value};
use tokio::sync::mpsc;

use crate::brokers::read_texts;
use crate::client::{ClientPlan, Surroundings, duration, filled, word};
use crate::cluster::{Question, check};
use crate::content::{FORMATS, Format};
use crate::failure::{CONNECTION, KAFKA};
use crate::goodbye::Goodbyes;
use crate::heard::Heard;
use crate::member::{HandedOver, Member, Offers, Received, Told};
use crate::options::ConsumeOptions;
use crate::plugin::Opened;

const MOST_MEMBERS: u32 = 64;
const COMMIT_INTERVAL: Duration = Duration::from_secs(1);
const SHORTEST_COMMIT_INTERVAL: Duration = Duration::from_millis(10);
/// Batches that wait for the source, of each member.
const WAITING_BATCHES: usize = 8;

/// Which topics are read.
#[derive(Debug)]
pub(crate) enum Subscription {
    Topics(Vec<String>),
    /// As librdkafka wants it: it begins with `^`.
    Pattern(String),
}

impl Subscription {
    fn read(options: &ConsumeOptions) -> Result<Self, Vec<ConfigFault>> {
        match (&options.topics, &options.pattern) {
            (Some(_), Some(_)) => {
                Err(vec![option_fault("/pattern", "there are both `topics` and `pattern`", Some("leave one of them out".to_owned()))])
            }
            (None, None) => {
                let hint = "add `\"topics\": \"orders\"`, or `\"pattern\": \"orders-.*\"`".to_owned();
                Err(vec![option_fault("", "there are neither `topics` nor a `pattern`", Some(hint))])
            }
            (Some(topics), None) => read_topics(topics).map(Self::Topics),
            (None, Some(pattern)) if pattern.is_empty() => Err(vec![option_fault("/pattern", "the pattern is empty", None)]),
            (None, Some(pattern)) => Ok(Self::Pattern(format!("^({pattern})$"))),
        }
    }

    /// As librdkafka is told.
    pub(crate) fn topics(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::Topics(topics) => topics.iter().map(String::as_str).collect::<Vec<_>>().into_iter(),
            Self::Pattern(pattern) => vec![pattern.as_str()].into_iter(),
        }
    }
}

/// What keys and values are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Formats {
    pub(crate) key: Format,
    pub(crate) value: Format,
}

/// Where to begin in partitions of which the group has no offset.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum From {
    Earliest,
    Latest,
}

const FROM: &[(&str, From)] = &[("earliest", From::Earliest), ("latest", From::Latest)];

/// A checked `kafka-consume` source.
#[derive(Debug)]
pub(crate) struct ConfiguredConsume {
    client: ClientPlan,
    kind: Vec<(&'static str, String)>,
    group: FixedText,
    from: From,
    subscription: Arc<Subscription>,
    formats: Formats,
    bad_records: BadRecords,
    members: u32,
    goodbyes: Goodbyes,
}

impl ConfiguredConsume {
    pub(crate) fn read(setup: &StepSetup<'_>, goodbyes: &Goodbyes) -> Result<Self, Vec<ConfigFault>> {
        let own: ConsumeOptions = read_options(setup.config, "")?;
        let mut faults = Gathered::default();
        let client = faults.catch(ClientPlan::read(&own.client(), setup));
        let subscription = faults.catch(Subscription::read(&own));
        let group = faults.catch(read_group(own.group.as_deref()));
        let from = faults.catch(word(own.from.as_deref(), FROM, "/from"));
        let key = faults.catch(word(own.key.as_deref(), FORMATS, "/key"));
        let value = faults.catch(word(own.value.as_deref(), FORMATS, "/value"));
        let bad_records = faults.catch(BadRecords::read(own.bad_records.as_deref()));
        let interval = own.commit_interval.as_deref();
        let interval = faults.catch(duration(interval, COMMIT_INTERVAL, SHORTEST_COMMIT_INTERVAL, "/commit-interval"));
        let members = own.concurrency.unwrap_or(1);
        if !(1..=MOST_MEMBERS).contains(&members) {
            let message = format!("a source is 1 to {MOST_MEMBERS} members of its group");
            faults.all.push(option_fault("/concurrency", message, None));
        }
        match (client, subscription, group, from, key, value, bad_records, interval) {
            (Some(client), Some(subscription), Some(group), Some(from), Some(key), Some(value), Some(bad_records), Some(interval))
                if faults.all.is_empty() =>
            {
                let from = from.unwrap_or(From::Latest);
                let kind = kind_properties(from, interval);
                client.check(&kind)?;
                let formats = Formats { key: key.unwrap_or(Format::Text), value: value.unwrap_or(Format::Json) };
                let (subscription, goodbyes) = (Arc::new(subscription), goodbyes.clone());
                Ok(Self { client, kind, group, from, subscription, formats, bad_records, members, goodbyes })
            }
            _ => Err(faults.all),
        }
    }

    fn config(&self, surroundings: Surroundings<'_>) -> Result<ClientConfig, OpenError> {
        let mut config = self.client.config(&self.kind, surroundings)?;
        config.set("group.id", filled(&self.group, surroundings)?);
        Ok(config)
    }
}

fn kind_properties(from: From, interval: Duration) -> Vec<(&'static str, String)> {
    let from = match from {
        From::Earliest => "earliest",
        From::Latest => "latest",
    };
    vec![
        ("auto.offset.reset", from.to_owned()),
        // Librdkafka commits what is stored; only what was handed over is.
        ("enable.auto.commit", "true".to_owned()),
        ("enable.auto.offset.store", "false".to_owned()),
        ("auto.commit.interval.ms", interval.as_millis().to_string()),
        // How long records wait for minions is the scenario's business.
        ("max.poll.interval.ms", "86400000".to_owned()),
        ("queued.max.messages.kbytes", "16384".to_owned()),
    ]
}

/// Reads a list of topics.
pub(crate) fn read_topics(json: &serde_json::Value) -> Result<Vec<String>, Vec<ConfigFault>> {
    let topics = read_texts(json).filter(|topics| !topics.is_empty() && topics.iter().all(|topic| !topic.is_empty()));
    let fault =
        |message: &str| vec![option_fault("/topics", message, Some("write `\"orders\"` or `[\"orders\", \"returns\"]`".to_owned()))];
    let topics = topics.ok_or_else(|| fault("a topic, or a list of topics, is expected here"))?;
    match topics.iter().find(|topic| topic.starts_with('^')) {
        Some(_) => Err(vec![option_fault("/topics", "this is a pattern", Some("use `pattern`, without the `^`".to_owned()))]),
        None => Ok(topics),
    }
}

/// Reads the name of a group.
pub(crate) fn read_group(group: Option<&str>) -> Result<FixedText, Vec<ConfigFault>> {
    match group {
        None | Some("") => Err(vec![option_fault("", "there is no `group`", Some("add `\"group\": \"load-test\"`".to_owned()))]),
        Some(group) => FixedText::read(group, "/group"),
    }
}

impl ConfiguredStep for ConfiguredConsume {
    fn uses(&self) -> PluginUse {
        PluginUse { source: Some(SourceUse { endless: true }), ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        let surroundings = Surroundings { files: &campaign.files, settings: &campaign.settings };
        Box::pin(async move {
            let question = match (&*self.subscription, self.from) {
                (Subscription::Topics(topics), From::Latest) => Question::BeginAtEnd(topics.clone()),
                _ => Question::Who,
            };
            check(&self.client, self.config(surroundings)?, question, campaign.clock).await
        })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let surroundings = Surroundings { files: context.files, settings: context.settings };
        Ok(Attached::Source(Box::new(ConsumeSource {
            config: self.config(surroundings)?,
            client: self.client.clone(),
            subscription: Arc::clone(&self.subscription),
            formats: self.formats,
            bad_records: self.bad_records,
            members: self.members,
            goodbyes: self.goodbyes.clone(),
            meters: ConsumeMeters::register(context.meters),
            receiving: None,
            failed: None,
        })))
    }
}

struct ConsumeMeters {
    records: MeterId,
    bytes: MeterId,
    bad_records: MeterId,
    failures: MeterId,
    age: MeterId,
}

impl ConsumeMeters {
    fn register(meters: &mut dyn Meters) -> Self {
        Self {
            records: meters.counter("kafka-consume-records"),
            bytes: meters.counter("kafka-consume-bytes"),
            bad_records: meters.counter("kafka-consume-bad-records"),
            failures: meters.counter("kafka-consume-failures"),
            age: meters.timer("kafka-consume-age"),
        }
    }
}

/// A `kafka-consume` source on its worker.
struct ConsumeSource {
    config: ClientConfig,
    client: ClientPlan,
    subscription: Arc<Subscription>,
    formats: Formats,
    bad_records: BadRecords,
    members: u32,
    goodbyes: Goodbyes,
    meters: ConsumeMeters,
    /// None before the first record is asked for.
    receiving: Option<Receiving>,
    /// What ends the source once the records before it are handed on.
    failed: Option<Failure>,
}

/// Members at work.
struct Receiving {
    told: mpsc::Receiver<Told>,
    members: Vec<(JoinHandle<()>, HandedOver)>,
    /// Records that were given away last: once more are asked for, they have been handed over.
    given: Option<(usize, Offers)>,
    goodbyes: Goodbyes,
}

impl SourceRunner for ConsumeSource {
    fn next<'a>(&'a mut self, visit: &'a Visit<'a>) -> LocalBoxFuture<'a, Result<Pulled, Failure>> {
        Box::pin(async move {
            if let Some(failure) = self.failed.take() {
                return Err(failure);
            }
            if self.receiving.is_none() {
                self.receiving = Some(self.begin()?);
            }
            let Some(receiving) = &mut self.receiving else { return Ok(Pulled::End) };
            receiving.note_given();
            loop {
                match receiving.next().await {
                    None => return Err(Failure::error(KAFKA, "the threads of the consumer have ended").final_()),
                    Some(Told::Broken(failure)) => return Err(failure),
                    Some(Told::Trouble(trouble)) => {
                        visit.count(self.meters.failures, 1);
                        if trouble.code == CONNECTION {
                            visit.connection_failed(&trouble);
                        }
                    }
                    Some(Told::Batch(batch)) => {
                        let member = batch.member;
                        let (records, offers) = batch.open();
                        receiving.given = Some((member, offers));
                        let made = self.look_at(visit, records);
                        return match (made.is_empty(), self.failed.take()) {
                            (true, Some(failure)) => Err(failure),
                            (_, failed) => {
                                self.failed = failed;
                                Ok(Pulled::Records(made))
                            }
                        };
                    }
                }
            }
        })
    }

    /// A source without an end never begins again.
    fn rewind(&mut self) {}
}

impl ConsumeSource {
    fn begin(&self) -> Result<Receiving, Failure> {
        let (source, told) = mpsc::channel(WAITING_BATCHES * self.members as usize);
        let mut members = Vec::with_capacity(self.members as usize);
        for number in 0..self.members as usize {
            let handed_over = HandedOver::default();
            let member = Member {
                number,
                config: self.config.clone(),
                place: self.client.place(),
                subscription: Arc::clone(&self.subscription),
                formats: self.formats,
                heard: Heard::new(Arc::clone(&self.client.targets)),
                handed_over: handed_over.clone(),
                source: source.clone(),
                topics: FxHashMap::default(),
            };
            let thread = thread::Builder::new().name("kafka-consume".to_owned()).spawn(move || member.run());
            members.push((thread.map_err(|error| Failure::error(KAFKA, format!("no thread for the consumer: {error}")))?, handed_over));
        }
        Ok(Receiving { told, members, given: None, goodbyes: self.goodbyes.clone() })
    }

    /// Counts records, and does with bad ones what the document says.
    fn look_at(&mut self, visit: &Visit<'_>, records: Vec<Received>) -> Vec<Result<Value, Failure>> {
        let clock = visit.clock();
        let now = i64::try_from(clock.unix_time(clock.now()) / 1_000_000).unwrap_or(i64::MAX);
        let mut made = Vec::with_capacity(records.len());
        let (mut good, mut bytes) = (0, 0);
        for received in records {
            bytes += received.bytes;
            match received.record {
                Ok(record) => {
                    good += 1;
                    // Clocks of two machines differ: what is younger than now has no age.
                    if let Some(age) = received.timestamp.and_then(|made| u64::try_from(now.checked_sub(made)?).ok()) {
                        visit.observe(self.meters.age, age.saturating_mul(1_000_000));
                    }
                    made.push(Ok(Value::native(record)));
                }
                Err(failure) => {
                    visit.count(self.meters.bad_records, 1);
                    match self.bad_records {
                        BadRecords::Count => made.push(Err(failure)),
                        BadRecords::Ignore => {}
                        BadRecords::Fail => {
                            self.failed = Some(failure);
                            break;
                        }
                    }
                }
            }
        }
        visit.count(self.meters.records, good);
        visit.count(self.meters.bytes, bytes);
        made
    }
}

impl Receiving {
    fn note_given(&mut self) {
        if let Some((number, offers)) = self.given.take()
            && let Some((_, handed_over)) = self.members.get(number)
        {
            handed_over.note(offers);
        }
    }

    /// What a member tells next. Members that wait for room are woken.
    async fn next(&mut self) -> Option<Told> {
        let told = self.told.recv().await;
        self.wake();
        told
    }

    fn wake(&self) {
        self.members.iter().for_each(|(thread, _)| thread.thread().unpark());
    }
}

impl Drop for Receiving {
    /// Leaving a group takes a moment: not here.
    fn drop(&mut self) {
        self.told.close();
        self.wake();
        let members = std::mem::take(&mut self.members);
        let presence = self.goodbyes.presence();
        let leaving = move || {
            // A thread that has panicked has left, too.
            members.into_iter().for_each(|(thread, _)| drop(thread.join()));
            drop(presence);
        };
        if let Err(error) = thread::Builder::new().name("kafka-goodbye".to_owned()).spawn(leaving) {
            tracing::debug!("nobody waits for a consumer that leaves its group: {error}");
        }
    }
}

impl fmt::Debug for ConsumeSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ConsumeSource").field("subscription", &self.subscription).finish_non_exhaustive()
    }
}
