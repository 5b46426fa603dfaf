//! The plugin: its kinds, and how each use of them is checked.

use std::sync::Arc;
use std::time::Duration;

use schemars::schema_for;
use serde_json::Value as Json;
use throng_broker::{BadRecords, BodyFormat, FixedText, Gathered, duration, in_defaults};
use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{ConfiguredStep, KindInfo, Plugin, option_fault, read_options};

use crate::broker::{BrokerPlan, PLUGIN, said};
use crate::consume::ConfiguredConsume;
use crate::declare::QueuePlan;
use crate::depth::ConfiguredDepth;
use crate::link::Confirm;
use crate::message::MessageSource;
use crate::options::{ConsumeOptions, DefaultOptions, DepthOptions, ProduceOptions};
use crate::produce::ConfiguredProduce;

const PREFETCH: u16 = 10;
const MOST_CONSUMERS: u16 = 100;
const DEPTH_PERIOD: Duration = Duration::from_secs(1);
const SHORTEST_DEPTH_PERIOD: Duration = Duration::from_millis(10);

/// The plugin `rabbitmq`: step kind `rabbitmq-produce`, source kinds `rabbitmq-consume` and `rabbitmq-depth`.
#[derive(Clone, Copy, Debug, Default)]
pub struct RabbitPlugin;

const KINDS: &[KindInfo<'_>] = &[
    KindInfo {
        name: "rabbitmq-produce",
        summary: "publishes a message and waits until the broker has confirmed it",
        schema: &|| schema_for!(ProduceOptions).to_value(),
    },
    KindInfo {
        name: "rabbitmq-consume",
        summary: "makes a record of each message of a queue",
        schema: &|| schema_for!(ConsumeOptions).to_value(),
    },
    KindInfo {
        name: "rabbitmq-depth",
        summary: "looks again and again how long a queue is, and makes a record of that",
        schema: &|| schema_for!(DepthOptions).to_value(),
    },
];

impl Plugin for RabbitPlugin {
    fn name(&self) -> &'static str {
        PLUGIN
    }

    fn kinds(&self) -> Vec<KindInfo<'_>> {
        KINDS.to_vec()
    }

    fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
        let defaults = read_defaults(setup.defaults)?;
        match setup.kind {
            "rabbitmq-produce" => Ok(Arc::new(configure_produce(setup, &defaults)?)),
            "rabbitmq-consume" => Ok(Arc::new(configure_consume(setup, &defaults)?)),
            "rabbitmq-depth" => Ok(Arc::new(configure_depth(setup, &defaults)?)),
            other => Err(vec![option_fault("", format!("the plugin `{PLUGIN}` has no step kind `{other}`"), None)]),
        }
    }
}

fn read_defaults(defaults: Option<&Json>) -> Result<DefaultOptions, Vec<ConfigFault>> {
    let Some(defaults) = defaults else { return Ok(DefaultOptions::default()) };
    read_options(defaults, "").map_err(|faults| faults.into_iter().map(|fault| in_defaults(PLUGIN, fault)).collect())
}

fn configure_produce(setup: &StepSetup<'_>, defaults: &DefaultOptions) -> Result<ConfiguredProduce, Vec<ConfigFault>> {
    let own: ProduceOptions = read_options(setup.config, "")?;
    let mut faults = Gathered::default();
    let broker = faults.catch(BrokerPlan::read(said!(own), said!(defaults), setup.targets));
    let message = faults.catch(MessageSource::read(own.message.as_ref()));
    let connections = own.connections.or(defaults.connections);
    if connections == Some(0) {
        faults.add("/connections", "there is at least 1 connection", Some("leave it out for one for each worker"));
    }
    let configured = broker.zip(message).map(|(broker, message)| ConfiguredProduce {
        broker: Arc::new(broker),
        message: Arc::new(message),
        confirm: if own.confirm.unwrap_or(true) { Confirm::Awaited } else { Confirm::None },
        connections,
        warm_up: own.warm_up.or(defaults.warm_up).unwrap_or_default(),
    });
    faults.or(configured)
}

fn configure_consume(setup: &StepSetup<'_>, defaults: &DefaultOptions) -> Result<ConfiguredConsume, Vec<ConfigFault>> {
    let own: ConsumeOptions = read_options(setup.config, "")?;
    let mut faults = Gathered::default();
    let broker = faults.catch(BrokerPlan::read(said!(own), said!(defaults), setup.targets));
    let queue = faults.catch(QueuePlan::read(own.queue.as_deref(), own.declare.as_ref(), own.bind.as_ref()));
    let format = faults.catch(BodyFormat::read(own.format.as_deref()));
    let bad_records = faults.catch(BadRecords::read(own.bad_records.as_deref()));
    let prefetch = own.prefetch.unwrap_or(PREFETCH);
    if prefetch == 0 {
        faults.add("/prefetch", "a consumer holds at least 1 message", Some("write a number from 1 to 65535"));
    }
    let consumers = own.consumers.unwrap_or(1);
    if !(1..=MOST_CONSUMERS).contains(&consumers) {
        faults.add("/consumers", format!("{consumers} is no number of consumers"), Some("write a number from 1 to 100"));
    }
    let configured = match (broker, queue, format, bad_records) {
        (Some(broker), Some(queue), Some(format), Some(bad_records)) => {
            Some(ConfiguredConsume { broker: Arc::new(broker), queue: Arc::new(queue), format, bad_records, prefetch, consumers })
        }
        _ => None,
    };
    faults.or(configured)
}

fn configure_depth(setup: &StepSetup<'_>, defaults: &DefaultOptions) -> Result<ConfiguredDepth, Vec<ConfigFault>> {
    let own: DepthOptions = read_options(setup.config, "")?;
    let mut faults = Gathered::default();
    let broker = faults.catch(BrokerPlan::read(said!(own), said!(defaults), setup.targets));
    let queue = faults.catch(queue_name(own.queue.as_deref()));
    let every = faults.catch(duration(own.every.as_deref(), "/every")).map(|every| every.unwrap_or(DEPTH_PERIOD));
    if every.is_some_and(|every| every < SHORTEST_DEPTH_PERIOD) {
        faults.add("/every", "the shortest period is `10ms`", None);
    }
    let configured = match (broker, queue, every) {
        (Some(broker), Some(queue), Some(every)) => Some(ConfiguredDepth { broker: Arc::new(broker), queue, every }),
        _ => None,
    };
    faults.or(configured)
}

/// The option `queue`.
pub(crate) fn queue_name(name: Option<&str>) -> Result<FixedText, Vec<ConfigFault>> {
    match name {
        Some(name) if !name.is_empty() => FixedText::read(name, "/queue"),
        _ => Err(vec![option_fault("", "there is no `queue`", Some("add `\"queue\": \"orders\"`".to_owned()))]),
    }
}
