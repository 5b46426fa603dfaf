//! Asks a cluster who it is, before any load: whether it is there, takes the user, and names brokers that the document grants.

use std::thread;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::KafkaResult;
use rdkafka::metadata::Metadata;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use throng_plugin_api::{Clock, OpenError};
use throng_protocols::Failure;
use tokio::sync::oneshot;

use crate::brokers::{Address, not_granted};
use crate::client::ClientPlan;
use crate::failure::{AUTHENTICATION, TLS, failure, hint_of};
use crate::heard::Heard;

/// How long one question waits: troubles with brokers are looked at in between.
const QUESTION: Duration = Duration::from_millis(250);

/// What is asked of a cluster.
#[derive(Clone, Debug)]
pub(crate) enum Question {
    /// Who it is.
    Who,
    /// The same; and where the group of the client has committed nothing in these topics, it begins with what is written from now on.
    BeginAtEnd(Vec<String>),
}

/// Asks the cluster.
///
/// # Errors
/// No broker answers, or one that answers refuses; or the cluster names brokers that are not granted.
pub(crate) async fn check(plan: &ClientPlan, config: ClientConfig, question: Question, clock: Clock) -> Result<(), OpenError> {
    let plan = plan.clone();
    let asked = on_a_thread("kafka-check", move || ask(&plan, &config, &question, clock)).await;
    asked.unwrap_or_else(|| Err(OpenError { message: "no thread could be started to ask the cluster".to_owned(), hint: None }))
}

fn ask(plan: &ClientPlan, config: &ClientConfig, question: &Question, clock: Clock) -> Result<(), OpenError> {
    let heard = Heard::new(plan.targets.clone());
    let consumer: BaseConsumer<Heard> = config.create_with_context(heard.clone()).map_err(|error| unable(&plan.place(), &error))?;
    let metadata = first_metadata(&consumer, &heard, plan, clock)?;
    let advertised = metadata.brokers().iter().filter_map(|broker| {
        let port = u16::try_from(broker.port()).ok()?;
        Some(Address { host: broker.host().to_owned(), port })
    });
    if let Some(message) = not_granted(&advertised.collect::<Vec<_>>(), &plan.targets) {
        return Err(OpenError { message, hint: None });
    }
    if let Question::BeginAtEnd(topics) = question
        && let Err(error) = commit_ends(&consumer, &metadata, topics, plan.limits.request)
    {
        // Such as where the group has members: they are somewhere already.
        tracing::debug!("the ends of the topics cannot be committed: {error}");
    }
    Ok(())
}

/// Commits where the next record will be written, in partitions of which the group has no offset.
fn commit_ends(consumer: &BaseConsumer<Heard>, metadata: &Metadata, topics: &[String], limit: Duration) -> KafkaResult<()> {
    let mut wanted = TopicPartitionList::new();
    for topic in metadata.topics().iter().filter(|topic| topics.iter().any(|wanted| wanted == topic.name())) {
        for partition in topic.partitions() {
            wanted.add_partition(topic.name(), partition.id());
        }
    }
    let mut ends = TopicPartitionList::new();
    for known in consumer.committed_offsets(wanted, limit)?.elements() {
        if !matches!(known.offset(), Offset::Offset(_)) {
            let (_, end) = consumer.fetch_watermarks(known.topic(), known.partition(), limit)?;
            ends.add_partition_offset(known.topic(), known.partition(), Offset::Offset(end))?;
        }
    }
    if ends.count() > 0 { consumer.commit(&ends, CommitMode::Sync) } else { Ok(()) }
}

/// Asks until somebody answers.
fn first_metadata(consumer: &BaseConsumer<Heard>, heard: &Heard, plan: &ClientPlan, clock: Clock) -> Result<Metadata, OpenError> {
    let until = clock.now() + plan.limits.connect;
    loop {
        let error = match consumer.fetch_metadata(None, QUESTION) {
            Ok(metadata) => return Ok(metadata),
            Err(error) => error,
        };
        // Troubles are told to who polls.
        while consumer.poll(Duration::ZERO).is_some() {}
        let refused = heard.take_troubles().into_iter().find(|trouble| [AUTHENTICATION, TLS].contains(&trouble.code.as_str()));
        if let Some(Failure { code, message, .. }) = refused {
            let message = format!("{}: {message}", plan.place());
            return Err(OpenError { message, hint: hint_of(&code).map(str::to_owned) });
        }
        // It may have gone there to ask, before anybody could see where.
        if let Some(Failure { message, .. }) = heard.stranger() {
            return Err(OpenError { message, hint: None });
        }
        if clock.now() >= until {
            let said = heard.last_trouble().unwrap_or_else(|| error.to_string());
            let message = format!("no broker at {} has answered within {:?}: {said}", plan.place(), plan.limits.connect);
            return Err(OpenError { message, hint: Some("is a broker listening there? `timeouts.connect` allows more time".to_owned()) });
        }
    }
}

/// What librdkafka cannot make a client of.
pub(crate) fn unable(place: &str, error: &rdkafka::error::KafkaError) -> OpenError {
    OpenError { message: failure(place, error, None).message, hint: None }
}

/// Does what can block on a thread of its own. None where there is no thread.
async fn on_a_thread<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (answer, answered) = oneshot::channel();
    // Who asked may have gone meanwhile.
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(move || drop(answer.send(work())));
    spawned.ok()?;
    answered.await.ok()
}
