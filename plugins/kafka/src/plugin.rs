//! The plugin: its kinds, and how each use of them is checked.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use schemars::schema_for;
use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{ConfiguredStep, KindInfo, OpenError, Plugin, option_fault};

use crate::client::PLUGIN;
use crate::consume::ConfiguredConsume;
use crate::goodbye::Goodbyes;
use crate::lag::ConfiguredLag;
use crate::options::{ConsumeOptions, LagOptions, ProduceOptions};
use crate::produce::ConfiguredProduce;

/// What opening a step comes to.
pub(crate) type Opened<'a> = Pin<Box<dyn Future<Output = Result<(), OpenError>> + Send + 'a>>;

/// The plugin `kafka`: the step kind `kafka-produce`, source kinds `kafka-consume` and `kafka-lag`.
#[derive(Clone, Debug, Default)]
pub struct KafkaPlugin {
    goodbyes: Goodbyes,
}

const KINDS: &[KindInfo<'_>] = &[
    KindInfo {
        name: "kafka-produce",
        summary: "sends a record to a topic, and waits until it is acknowledged",
        schema: &|| schema_for!(ProduceOptions).to_value(),
    },
    KindInfo {
        name: "kafka-consume",
        summary: "makes a record of each record of topics, as a consumer group",
        schema: &|| schema_for!(ConsumeOptions).to_value(),
    },
    KindInfo {
        name: "kafka-lag",
        summary: "tells again and again how far a consumer group is behind",
        schema: &|| schema_for!(LagOptions).to_value(),
    },
];

impl Plugin for KafkaPlugin {
    fn name(&self) -> &'static str {
        PLUGIN
    }

    fn kinds(&self) -> Vec<KindInfo<'_>> {
        KINDS.to_vec()
    }

    fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
        match setup.kind {
            "kafka-produce" => Ok(Arc::new(ConfiguredProduce::read(setup, &self.goodbyes)?)),
            "kafka-consume" => Ok(Arc::new(ConfiguredConsume::read(setup, &self.goodbyes)?)),
            "kafka-lag" => Ok(Arc::new(ConfiguredLag::read(setup)?)),
            other => Err(vec![option_fault("", format!("the plugin `kafka` has no step kind `{other}`"), None)]),
        }
    }

    fn settle(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.goodbyes.all_said())
    }
}
