//! The plugin: its kinds, and how each use of them is checked.

use std::sync::Arc;
use std::time::Duration;

use schemars::schema_for;
use serde_json::Value as Json;
use throng_broker::{BadRecords, BodyFormat, FixedText, Gathered, choice, duration, in_defaults};
use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{ConfiguredStep, KindInfo, Plugin, option_fault, read_options};

use crate::consume::ConfiguredConsume;
use crate::consumer::Offset;
use crate::entry::Reading;
use crate::options::{ConsumeOptions, DefaultOptions, PollOptions, ProduceOptions, SaveOptions};
use crate::poll::ConfiguredPoll;
use crate::produce::EntryPlan;
use crate::records::{RecordPlan, RecordSource};
use crate::save::SavePlan;
use crate::scan::Method;
use crate::seen::Emit;
use crate::server::{PLUGIN, Said, ServerPlan, said};
use crate::step::{ConfiguredSend, MeterNames, PRODUCE, SAVE, Sending};

const SCAN_COUNT: u32 = 1000;
const MOST_SCANNED: u32 = 100_000;
const REMEMBERED: u32 = 1_000_000;
const POLL_DELAY: Duration = Duration::from_secs(10);
const SHORTEST_POLL_DELAY: Duration = Duration::from_millis(1);
const BATCH: u32 = 100;
const LARGEST_BATCH: u32 = 10_000;
const MOST_CONSUMERS: u32 = 100;
const CLAIM_AFTER: Duration = Duration::from_secs(60);
const CONSUMER: &str = "throng";

/// The plugin `redis`: step kinds `redis-save` and `redis-stream-produce`, source kinds `redis-poll` and `redis-stream-consume`.
#[derive(Clone, Copy, Debug, Default)]
pub struct RedisPlugin;

const KINDS: &[KindInfo<'_>] = &[
    KindInfo {
        name: "redis-poll",
        summary: "looks through keys, a set, a hash or a sorted set of Redis again and again, and makes records of what is new",
        schema: &|| schema_for!(PollOptions).to_value(),
    },
    KindInfo {
        name: "redis-save",
        summary: "saves values, hashes, sets, sorted sets and lists in Redis",
        schema: &|| schema_for!(SaveOptions).to_value(),
    },
    KindInfo {
        name: "redis-stream-consume",
        summary: "makes a record of each entry of a stream of Redis, as consumers of a group",
        schema: &|| schema_for!(ConsumeOptions).to_value(),
    },
    KindInfo {
        name: "redis-stream-produce",
        summary: "adds entries to streams of Redis",
        schema: &|| schema_for!(ProduceOptions).to_value(),
    },
];

impl Plugin for RedisPlugin {
    fn name(&self) -> &'static str {
        PLUGIN
    }

    fn kinds(&self) -> Vec<KindInfo<'_>> {
        KINDS.to_vec()
    }

    fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
        let defaults = read_defaults(setup.defaults)?;
        match setup.kind {
            "redis-save" => {
                let own: SaveOptions = read_options(setup.config, "")?;
                let send = SendSaid {
                    server: said!(own),
                    records: own.records.as_ref(),
                    transaction: own.transaction,
                    connections: own.connections,
                    warm_up: own.warm_up,
                };
                Ok(Arc::new(configure_send::<SavePlan>(setup, &defaults, send, SAVE)?))
            }
            "redis-stream-produce" => {
                let own: ProduceOptions = read_options(setup.config, "")?;
                let send = SendSaid {
                    server: said!(own),
                    records: own.records.as_ref(),
                    transaction: own.transaction,
                    connections: own.connections,
                    warm_up: own.warm_up,
                };
                Ok(Arc::new(configure_send::<EntryPlan>(setup, &defaults, send, PRODUCE)?))
            }
            "redis-poll" => Ok(Arc::new(configure_poll(setup, &defaults)?)),
            "redis-stream-consume" => Ok(Arc::new(configure_consume(setup, &defaults)?)),
            other => Err(vec![option_fault("", format!("the plugin `{PLUGIN}` has no step kind `{other}`"), None)]),
        }
    }
}

fn read_defaults(defaults: Option<&Json>) -> Result<DefaultOptions, Vec<ConfigFault>> {
    let Some(defaults) = defaults else { return Ok(DefaultOptions::default()) };
    read_options(defaults, "").map_err(|faults| faults.into_iter().map(|fault| in_defaults(PLUGIN, fault)).collect())
}

/// What the options of a step that sends records say.
struct SendSaid<'a> {
    server: Said<'a>,
    records: Option<&'a Json>,
    transaction: Option<bool>,
    connections: Option<u32>,
    warm_up: Option<bool>,
}

fn configure_send<P: RecordPlan>(
    setup: &StepSetup<'_>,
    defaults: &DefaultOptions,
    own: SendSaid<'_>,
    names: MeterNames,
) -> Result<ConfiguredSend<P>, Vec<ConfigFault>> {
    let mut faults = Gathered::default();
    let server = faults.catch(ServerPlan::read(own.server, said!(defaults), setup.targets));
    let records = faults.catch(RecordSource::read(own.records));
    let connections = own.connections.or(defaults.connections);
    if connections == Some(0) {
        faults.add("/connections", "there is at least 1 connection", Some("leave it out for one for each worker"));
    }
    let configured = server.zip(records).map(|(server, records)| ConfiguredSend {
        server: Arc::new(server),
        records: Arc::new(records),
        sending: if own.transaction.unwrap_or_default() { Sending::Transaction } else { Sending::Pipeline },
        connections,
        warm_up: own.warm_up.or(defaults.warm_up).unwrap_or_default(),
        names,
    });
    faults.or(configured)
}

fn configure_poll(setup: &StepSetup<'_>, defaults: &DefaultOptions) -> Result<ConfiguredPoll, Vec<ConfigFault>> {
    let own: PollOptions = read_options(setup.config, "")?;
    let mut faults = Gathered::default();
    let server = faults.catch(ServerPlan::read(said!(own), said!(defaults), setup.targets));
    let method = faults.catch(method(own.method.as_deref()));
    let key = faults.catch(own.key.as_deref().map(|key| FixedText::read(key, "/key")).transpose()).flatten();
    match method {
        Some(Method::Keys) if key.is_some() => {
            faults.add("/key", "`scan` looks through all keys", Some("choose some of them by `pattern`"));
        }
        Some(Method::Keys) | None => {}
        Some(_) if own.key.is_none() => {
            faults.add("", "there is no `key`", Some("name the one that is looked through: `\"key\": \"orders\"`"))
        }
        Some(_) if own.r#type.is_some() => faults.add("/type", "only `scan` asks for keys of a type", Some("leave it out")),
        Some(_) => {}
    }
    let pattern = faults.catch(own.pattern.as_deref().map(|pattern| FixedText::read(pattern, "/pattern")).transpose());
    let count = faults.catch(number(own.count, SCAN_COUNT, MOST_SCANNED, "/count"));
    let remember = faults.catch(number(own.remember, REMEMBERED, u32::MAX, "/remember"));
    let emit = faults.catch(choice(own.emit.as_deref(), "/emit", "choice", &[("new", Emit::New), ("all", Emit::All)]));
    let format = faults.catch(BodyFormat::read(own.format.as_deref()));
    let bad_records = faults.catch(BadRecords::read(own.bad_records.as_deref()));
    let delay = faults.catch(duration(own.poll_delay.as_deref(), "/poll-delay")).flatten().unwrap_or(POLL_DELAY);
    if delay < SHORTEST_POLL_DELAY {
        faults.add("/poll-delay", "the shortest delay is `1ms`", None);
    }
    let whole = match (server, method, pattern, count, remember, emit, format, bad_records) {
        (Some(server), Some(method), Some(pattern), Some(count), Some(remember), Some(emit), Some(format), Some(bad_records)) => {
            Some(ConfiguredPoll {
                server: Arc::new(server),
                method,
                key,
                pattern,
                key_type: own.r#type,
                count,
                emit,
                remember: remember as usize,
                format,
                bad_records,
                delay,
            })
        }
        _ => None,
    };
    faults.or(whole)
}

fn configure_consume(setup: &StepSetup<'_>, defaults: &DefaultOptions) -> Result<ConfiguredConsume, Vec<ConfigFault>> {
    let own: ConsumeOptions = read_options(setup.config, "")?;
    let mut faults = Gathered::default();
    let server = faults.catch(ServerPlan::read(said!(own), said!(defaults), setup.targets));
    let stream = faults.catch(named(own.stream.as_deref(), "stream", "orders"));
    let group = faults.catch(named(own.group.as_deref(), "group", "shop"));
    let consumer = faults.catch(FixedText::read(own.consumer.as_deref().unwrap_or(CONSUMER), "/consumer"));
    let offsets = [("last-consumed", Offset::LastConsumed), ("earliest", Offset::Earliest), ("latest", Offset::Latest)];
    let offset = faults.catch(choice(own.offset.as_deref(), "/offset", "offset", &offsets));
    let concurrency = faults.catch(number(own.concurrency, 1, MOST_CONSUMERS, "/concurrency"));
    let count = faults.catch(number(own.count, BATCH, LARGEST_BATCH, "/count"));
    let claim_after = faults.catch(duration(own.claim_after.as_deref(), "/claim-after"));
    let format = faults.catch(BodyFormat::read(own.format.as_deref()));
    let bad_records = faults.catch(BadRecords::read(own.bad_records.as_deref()));
    let place = server.zip(stream).zip(group).zip(consumer);
    let numbers = offset.zip(concurrency).zip(count).zip(claim_after);
    let configured = place.zip(numbers).zip(format.zip(bad_records)).map(|((place, numbers), (format, bad_records))| {
        let (((server, stream), group), consumer) = place;
        let (((offset, concurrency), count), claim_after) = numbers;
        ConfiguredConsume {
            server: Arc::new(server),
            stream,
            group,
            consumer,
            offset,
            creates: own.create.unwrap_or(true),
            concurrency,
            count,
            claim_after: claim_after.unwrap_or(CLAIM_AFTER),
            reading: Reading { format, json_fields: own.json_fields.unwrap_or_default() },
            bad_records,
        }
    });
    faults.or(configured)
}

/// The option `method`.
fn method(text: Option<&str>) -> Result<Method, Vec<ConfigFault>> {
    let Some(text) = text else {
        let hint = "add `\"method\": \"scan\"`, or `sscan`, `hscan` or `zscan` of a `key`".to_owned();
        return Err(vec![option_fault("", "there is no `method`", Some(hint))]);
    };
    let found = Method::ALL.iter().find(|(name, _)| *name == text).map(|(_, method)| *method);
    found.ok_or_else(|| {
        let hint = throng_model::name_hint(text, Method::ALL.iter().map(|(name, _)| *name));
        vec![option_fault("/method", format!("there is no method `{text}`"), hint)]
    })
}

/// A name that must be there.
fn named(text: Option<&str>, option: &str, example: &str) -> Result<FixedText, Vec<ConfigFault>> {
    match text {
        Some(text) if !text.is_empty() => FixedText::read(text, &format!("/{option}")),
        _ => Err(vec![option_fault("", format!("there is no `{option}`"), Some(format!("add `\"{option}\": \"{example}\"`")))]),
    }
}

/// A number from 1 to a limit.
fn number(number: Option<u32>, default: u32, most: u32, pointer: &str) -> Result<u32, Vec<ConfigFault>> {
    let number = number.unwrap_or(default);
    match (1..=most).contains(&number) {
        true => Ok(number),
        false => Err(vec![option_fault(pointer, format!("{number} is out of range"), Some(format!("write a number from 1 to {most}")))]),
    }
}
