//! The source kind `kafka-lag`: how far a consumer group is behind, again and again.

use std::fmt;
use std::thread;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::{Value as Json, json};
use throng_broker::{FixedText, Gathered};
use throng_measure::Moment;
use throng_model::{ConfigFault, PluginUse, SourceUse, StepSetup};
use throng_plugin_api::{
    AttachContext, Attached, ConfiguredStep, MeterId, OpenContext, OpenError, Pulled, SourceRunner, Visit, option_fault, read_options,
};
use throng_protocols::{Failure, Value};
use tokio::sync::{mpsc, oneshot};

use crate::client::{ClientPlan, Surroundings, duration, filled, word};
use crate::cluster::{Question, check};
use crate::consume::{read_group, read_topics};
use crate::failure::{CONNECTION, KAFKA, failure};
use crate::heard::Heard;
use crate::options::LagOptions;
use crate::plugin::Opened;

const PERIOD: Duration = Duration::from_secs(1);
const SHORTEST_PERIOD: Duration = Duration::from_millis(10);

/// What a record is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Per {
    Group,
    Partition,
}

const PER: &[(&str, Per)] = &[("group", Per::Group), ("partition", Per::Partition)];

/// A checked `kafka-lag` source.
#[derive(Debug)]
pub(crate) struct ConfiguredLag {
    client: ClientPlan,
    group: FixedText,
    topics: Vec<String>,
    every: Duration,
    per: Per,
}

impl ConfiguredLag {
    pub(crate) fn read(setup: &StepSetup<'_>) -> Result<Self, Vec<ConfigFault>> {
        let own: LagOptions = read_options(setup.config, "")?;
        let mut faults = Gathered::default();
        let client = faults.catch(ClientPlan::read(&own.client(), setup));
        let group = faults.catch(read_group(own.group.as_deref()));
        let topics = faults.catch(match &own.topics {
            Some(topics) => read_topics(topics),
            None => Err(vec![option_fault("", "there are no `topics`", Some("add `\"topics\": \"orders\"`".to_owned()))]),
        });
        let every = faults.catch(duration(own.every.as_deref(), PERIOD, SHORTEST_PERIOD, "/every"));
        let per = faults.catch(word(own.per.as_deref(), PER, "/per"));
        match (client, group, topics, every, per) {
            (Some(client), Some(group), Some(topics), Some(every), Some(per)) => {
                client.check(&[])?;
                Ok(Self { client, group, topics, every, per: per.unwrap_or(Per::Group) })
            }
            _ => Err(faults.all),
        }
    }
}

impl ConfiguredStep for ConfiguredLag {
    fn uses(&self) -> PluginUse {
        PluginUse { source: Some(SourceUse { endless: true }), ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        let surroundings = Surroundings { files: &campaign.files, settings: &campaign.settings };
        Box::pin(async move {
            filled(&self.group, surroundings)?;
            check(&self.client, self.client.config(&[], surroundings)?, Question::Who, campaign.clock).await
        })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let surroundings = Surroundings { files: context.files, settings: context.settings };
        let mut config = self.client.config(&[], surroundings)?;
        let group = filled(&self.group, surroundings)?;
        // It asks in the group's name, and never becomes a member.
        config.set("group.id", &group).set("enable.auto.commit", "false");
        Ok(Attached::Source(Box::new(LagSource {
            look: Some(Look {
                config,
                heard: Heard::new(self.client.targets.clone()),
                place: self.client.place(),
                group,
                topics: self.topics.clone(),
                limit: self.client.limits.request,
            }),
            heard: None,
            every: self.every,
            per: self.per,
            next: None,
            asking: None,
            looks: context.meters.counter("kafka-lag-looks"),
            failures: context.meters.counter("kafka-lag-failures"),
        })))
    }
}

/// A `kafka-lag` source on its worker.
struct LagSource {
    /// None once its thread has it.
    look: Option<Look>,
    heard: Option<Heard>,
    every: Duration,
    per: Per,
    /// When it looks next; none before it has looked.
    next: Option<Moment>,
    asking: Option<mpsc::Sender<oneshot::Sender<Result<Lag, Failure>>>>,
    looks: MeterId,
    failures: MeterId,
}

impl SourceRunner for LagSource {
    fn next<'a>(&'a mut self, visit: &'a Visit<'a>) -> LocalBoxFuture<'a, Result<Pulled, Failure>> {
        Box::pin(async move {
            let clock = visit.clock();
            if let Some(next) = self.next {
                clock.sleep_until(next).await;
            }
            // What was missed meanwhile is left out: only the latest lag is of interest.
            let now = clock.now();
            self.next = Some(self.next.map_or(now, |next| next.max(now)) + self.every);
            let seen = self.ask().await;
            for trouble in self.heard.iter().flat_map(Heard::take_troubles).filter(|trouble| trouble.code == CONNECTION) {
                visit.connection_failed(&trouble);
            }
            match &seen {
                Ok(_) => visit.count(self.looks, 1),
                Err(_) => visit.count(self.failures, 1),
            }
            Ok(Pulled::Records(match seen {
                Ok(lag) => lag.records(self.per),
                Err(failure) => vec![Err(failure)],
            }))
        })
    }

    /// A source without an end never begins again.
    fn rewind(&mut self) {}
}

impl LagSource {
    async fn ask(&mut self) -> Result<Lag, Failure> {
        if let Some(look) = self.look.take() {
            self.heard = Some(look.heard.clone());
            let (asking, asked) = mpsc::channel(1);
            let thread = thread::Builder::new().name("kafka-lag".to_owned()).spawn(move || look.answer(asked));
            thread.map_err(|error| Failure::error(KAFKA, format!("no thread for asking: {error}")))?;
            self.asking = Some(asking);
        }
        let gone = || Failure::error(KAFKA, "the thread that asks for the lag has ended");
        let (answer, answered) = oneshot::channel();
        self.asking.as_ref().ok_or_else(gone)?.send(answer).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// Asks a cluster how far a group is behind, on a thread of its own.
struct Look {
    config: ClientConfig,
    heard: Heard,
    place: String,
    group: String,
    topics: Vec<String>,
    limit: Duration,
}

/// How far a group is behind.
#[derive(Debug)]
struct Lag {
    group: String,
    partitions: Vec<PartitionLag>,
}

/// How far a group is behind in a partition.
#[derive(Clone, Debug)]
struct PartitionLag {
    topic: String,
    partition: i32,
    /// The next record that the group wants; none where it has committed nothing.
    committed: Option<i64>,
    /// Where the next record will be written.
    end: i64,
    lag: i64,
}

impl Look {
    /// Answers until nobody asks any more.
    fn answer(self, mut asked: mpsc::Receiver<oneshot::Sender<Result<Lag, Failure>>>) {
        let mut client: Option<BaseConsumer<Heard>> = None;
        while let Some(answer) = asked.blocking_recv() {
            let seen = match &client {
                Some(client) => self.look(client),
                None => self.config.create_with_context(self.heard.clone()).and_then(|made| self.look(client.insert(made))),
            };
            let seen = seen.map_err(|error| failure(&self.place, &error, self.heard.last_trouble()));
            // Who asked may have gone meanwhile.
            let _ = answer.send(self.heard.stranger().map_or(seen, Err));
        }
    }

    fn look(&self, client: &BaseConsumer<Heard>) -> Result<Lag, KafkaError> {
        // Troubles are told to who polls.
        while client.poll(Duration::ZERO).is_some() {}
        let mut wanted = TopicPartitionList::new();
        for topic in &self.topics {
            for known in client.fetch_metadata(Some(topic), self.limit)?.topics() {
                for partition in known.partitions() {
                    wanted.add_partition(known.name(), partition.id());
                }
            }
        }
        let committed = client.committed_offsets(wanted, self.limit)?;
        let mut partitions = Vec::with_capacity(committed.count());
        for element in committed.elements() {
            let (first, end) = client.fetch_watermarks(element.topic(), element.partition(), self.limit)?;
            let committed = match element.offset() {
                Offset::Offset(offset) => Some(offset),
                _ => None,
            };
            let lag = (end - committed.unwrap_or(first).max(first)).max(0);
            partitions.push(PartitionLag { topic: element.topic().to_owned(), partition: element.partition(), committed, end, lag });
        }
        Ok(Lag { group: self.group.clone(), partitions })
    }
}

impl Lag {
    fn records(self, per: Per) -> Vec<Result<Value, Failure>> {
        let made = match per {
            Per::Group => vec![self.whole()],
            Per::Partition => self.partitions.iter().map(|one| self.of(one)).collect(),
        };
        made.into_iter().map(|json| Ok(Value::Json(json.to_string().into()))).collect()
    }

    fn whole(&self) -> Json {
        let lags = || self.partitions.iter().map(|partition| partition.lag);
        let partitions: Vec<_> = self.partitions.iter().map(PartitionLag::json).collect();
        json!({ "group": self.group, "lag": lags().sum::<i64>(), "largest": lags().max().unwrap_or(0), "partitions": partitions })
    }

    fn of(&self, partition: &PartitionLag) -> Json {
        let mut json = partition.json();
        if let Some(json) = json.as_object_mut() {
            json.insert("group".to_owned(), self.group.clone().into());
        }
        json
    }
}

impl PartitionLag {
    fn json(&self) -> Json {
        let Self { topic, partition, committed, end, lag } = self;
        json!({ "topic": topic, "partition": partition, "committed": committed, "end": end, "lag": lag })
    }
}

impl fmt::Debug for LagSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LagSource").field("every", &self.every).field("per", &self.per).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_behind_by_the_sum_of_its_partitions() {
        let partition = |number, committed, lag| PartitionLag { topic: "orders".to_owned(), partition: number, committed, end: 9, lag };
        let lag = || Lag { group: "shop".to_owned(), partitions: vec![partition(0, Some(7), 2), partition(1, None, 9)] };
        let records = |per| -> Vec<_> { lag().records(per).into_iter().filter_map(|record| record.ok()?.json("")).collect() };
        let whole = &records(Per::Group)[0];
        assert_eq!((&whole["lag"], &whole["largest"], &whole["group"]), (&json!(11), &json!(9), &json!("shop")));
        assert_eq!(whole["partitions"][1], json!({"topic": "orders", "partition": 1, "committed": null, "end": 9, "lag": 9}));
        let single = json!({"topic": "orders", "partition": 0, "committed": 7, "end": 9, "lag": 2, "group": "shop"});
        assert_eq!(records(Per::Partition)[0], single);
    }
}
