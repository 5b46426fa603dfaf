//! The plugin: its kinds, and how each use of them is checked.

use std::sync::Arc;

use schemars::schema_for;
use serde_json::Value as Json;
use throng_broker::{BadRecords, BodyFormat, FixedText, Gathered, Texts, in_defaults};
use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{ConfiguredStep, KindInfo, Plugin, option_fault, read_options};

use crate::broker::{BrokerPlan, PLUGIN, said};
use crate::message::MessageSource;
use crate::options::{DefaultOptions, PublishOptions, SubscribeOptions};
use crate::packets::{Qos, Version, is_filter};
use crate::publish::{ConfiguredPublish, Connection};
use crate::subscribe::{ConfiguredSubscribe, Retained};

/// The plugin `mqtt`: step kind `mqtt-publish`, source kind `mqtt-subscribe`.
#[derive(Clone, Copy, Debug, Default)]
pub struct MqttPlugin;

const KINDS: &[KindInfo<'_>] = &[
    KindInfo {
        name: "mqtt-publish",
        summary: "publishes a message and waits until the broker has it",
        schema: &|| schema_for!(PublishOptions).to_value(),
    },
    KindInfo {
        name: "mqtt-subscribe",
        summary: "makes a record of each message of some topics",
        schema: &|| schema_for!(SubscribeOptions).to_value(),
    },
];

impl Plugin for MqttPlugin {
    fn name(&self) -> &'static str {
        PLUGIN
    }

    fn kinds(&self) -> Vec<KindInfo<'_>> {
        KINDS.to_vec()
    }

    fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
        let defaults = read_defaults(setup.defaults)?;
        match setup.kind {
            "mqtt-publish" => Ok(Arc::new(configure_publish(setup, &defaults)?)),
            "mqtt-subscribe" => Ok(Arc::new(configure_subscribe(setup, &defaults)?)),
            other => Err(vec![option_fault("", format!("the plugin `{PLUGIN}` has no step kind `{other}`"), None)]),
        }
    }
}

fn read_defaults(defaults: Option<&Json>) -> Result<DefaultOptions, Vec<ConfigFault>> {
    let Some(defaults) = defaults else { return Ok(DefaultOptions::default()) };
    read_options(defaults, "").map_err(|faults| faults.into_iter().map(|fault| in_defaults(PLUGIN, fault)).collect())
}

fn configure_publish(setup: &StepSetup<'_>, defaults: &DefaultOptions) -> Result<ConfiguredPublish, Vec<ConfigFault>> {
    let own: PublishOptions = read_options(setup.config, "")?;
    let mut faults = Gathered::default();
    let broker = faults.catch(BrokerPlan::read(said!(own), said!(defaults), setup.targets));
    let version = broker.as_ref().map_or(Version::Five, |broker| broker.version);
    let message = faults.catch(MessageSource::read(own.message.as_ref(), version));
    let connection = match own.connection.as_deref().or(defaults.connection.as_deref()) {
        None | Some("per-minion") => Connection::PerMinion,
        Some("shared") => Connection::Shared,
        Some(other) => {
            faults.add("/connection", format!("there is no connection `{other}`"), Some("write `per-minion` or `shared`"));
            Connection::default()
        }
    };
    let client_id = own.client_id.as_deref().map(|text| Texts::Templates.read(text, "/client-id")).transpose();
    let client_id = faults.catch(client_id);
    let configured = match (broker, message, client_id) {
        (Some(broker), Some(message), Some(client_id)) => {
            Some(ConfiguredPublish { broker: Arc::new(broker), message: Arc::new(message), connection, client_id })
        }
        _ => None,
    };
    faults.or(configured)
}

fn configure_subscribe(setup: &StepSetup<'_>, defaults: &DefaultOptions) -> Result<ConfiguredSubscribe, Vec<ConfigFault>> {
    let own: SubscribeOptions = read_options(setup.config, "")?;
    let mut faults = Gathered::default();
    let broker = faults.catch(BrokerPlan::read(said!(own), said!(defaults), setup.targets));
    let filters = faults.catch(filters(own.topics.as_ref()));
    let qos = own.qos.map_or(Some(Qos::default()), Qos::of);
    if qos.is_none() {
        faults.add("/qos", "there is no such `qos`", Some("write `0`, `1` or `2`"));
    }
    let format = faults.catch(BodyFormat::read(own.format.as_deref()));
    let bad_records = faults.catch(BadRecords::read(own.bad_records.as_deref()));
    let client_id = faults.catch(own.client_id.as_deref().map(|text| FixedText::read(text, "/client-id")).transpose());
    let configured = match (broker, filters, qos, format, bad_records, client_id) {
        (Some(broker), Some(filters), Some(qos), Some(format), Some(bad_records), Some(client_id)) => Some(ConfiguredSubscribe {
            broker: Arc::new(broker),
            filters,
            qos,
            retained: if own.retained.unwrap_or(true) { Retained::Taken } else { Retained::Ignored },
            format,
            bad_records,
            client_id,
        }),
        _ => None,
    };
    faults.or(configured)
}

fn filters(topics: Option<&Json>) -> Result<Vec<FixedText>, Vec<ConfigFault>> {
    const HINT: &str = "write `[\"orders/+/new\"]`";
    let items = match topics {
        Some(Json::Array(items)) if !items.is_empty() => items,
        Some(_) => return Err(vec![option_fault("/topics", "a list of filters is expected here", Some(HINT.to_owned()))]),
        None => return Err(vec![option_fault("", "there are no `topics`", Some("add `\"topics\": [\"orders/#\"]`".to_owned()))]),
    };
    let mut faults = Gathered::default();
    let mut filters = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let pointer = format!("/topics/{index}");
        match item.as_str() {
            Some(text) if is_filter(text) => filters.extend(faults.catch(FixedText::read(text, &pointer))),
            Some(text) => {
                faults.add(
                    pointer,
                    format!("`{text}` is not a filter of topics"),
                    Some("`+` stands for one level, `#` at the end for all"),
                );
            }
            None => faults.add(pointer, "a filter is a text", Some(HINT)),
        }
    }
    faults.or(Some(filters))
}
