//! What librdkafka tells beside its work: log lines, troubles with brokers, and which brokers there are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use serde::Deserialize;
use throng_model::Targets;
use throng_protocols::Failure;

use crate::brokers::{Address, not_granted};
use crate::failure::{NOT_GRANTED, code_of};

/// Troubles that are kept until somebody looks; the first ones say the most.
const KEPT: usize = 16;

/// What a client has heard. Librdkafka's threads write it, workers look.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    targets: Arc<Targets>,
    troubles: Mutex<Troubles>,
}

#[derive(Debug, Default)]
struct Troubles {
    new: Vec<Failure>,
    last: Option<String>,
    /// The cluster has named brokers that are not granted.
    stranger: Option<Failure>,
}

/// What of librdkafka's statistics is looked at.
#[derive(Debug, Deserialize)]
struct Statistics {
    #[serde(default)]
    brokers: HashMap<String, Broker>,
}

#[derive(Debug, Deserialize)]
struct Broker {
    #[serde(default)]
    nodename: String,
}

impl Heard {
    pub(crate) fn new(targets: Arc<Targets>) -> Self {
        Self { state: Arc::new(State { targets, troubles: Mutex::default() }) }
    }

    /// The troubles since this was last asked, as failures.
    pub(crate) fn take_troubles(&self) -> Vec<Failure> {
        std::mem::take(&mut self.troubles().new)
    }

    /// The last trouble in librdkafka's words, for failures that come of it.
    pub(crate) fn last_trouble(&self) -> Option<String> {
        self.troubles().last.clone()
    }

    /// Why nothing may be sent any more: the cluster has named brokers that the document does not grant.
    pub(crate) fn stranger(&self) -> Option<Failure> {
        self.troubles().stranger.clone()
    }

    fn troubles(&self) -> MutexGuard<'_, Troubles> {
        self.state.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Heard {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => tracing::warn!(facility, "{message}"),
            // Connections that fail are told by the steps that wanted them.
            _ => tracing::debug!(facility, "{message}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let code = error.rdkafka_error_code().map_or(crate::failure::KAFKA, code_of);
        let mut troubles = self.troubles();
        troubles.last = Some(reason.to_owned());
        if troubles.new.len() < KEPT {
            troubles.new.push(Failure::error(code, reason));
        }
    }

    fn stats_raw(&self, statistics: &[u8]) {
        let Ok(statistics) = serde_json::from_slice::<Statistics>(statistics) else { return };
        let brokers: Vec<_> = statistics.brokers.values().filter_map(|broker| Address::parse(&broker.nodename)).collect();
        if let Some(message) = not_granted(&brokers, &self.state.targets) {
            self.troubles().stranger.get_or_insert(Failure::error(NOT_GRANTED, message).final_());
        }
    }
}

impl ConsumerContext for Heard {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brokers_that_are_not_granted_are_noticed() {
        let heard = Heard::new(Arc::new(Targets::parse(&["kafka://one:9092"]).expect("targets")));
        heard.stats_raw(br#"{"brokers": {"one:9092/bootstrap": {"nodename": "one:9092"}, "GroupCoordinator": {"nodename": ""}}}"#);
        assert_eq!(heard.stranger(), None);
        heard.stats_raw(br#"{"brokers": {"two:9092/2": {"nodename": "two:9092", "state": "UP"}}}"#);
        let stranger = heard.stranger().expect("two is not granted");
        assert!(stranger.code == NOT_GRANTED && stranger.message.contains("`two:9092`"), "{stranger:?}");
    }
}
