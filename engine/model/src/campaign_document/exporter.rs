//! Where a campaign's meters and events go, as it is written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::{DurationText, EventLevel, Fault};

/// An exporter: its kind with its own options as the one other key, such as `"file": "meters.csv"`, and what all exporters have in common.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", expecting = "an object like {\"file\": \"meters.csv\"}")]
pub struct ExporterDocument {
    /// What is exported; all that the kind can write by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<RecordKinds>,
    /// The least level of events; `info` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<EventLevel>,
    /// The same for events whose name begins so; the longest prefix holds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<String, EventLevel>,
    /// How often meters are exported; 5 s by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<DurationText>,
    /// Records that may wait; when there are more, the oldest is dropped and counted. 50 000 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub queue: Option<u32>,
    /// Records that are written together, at most; 1 000 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub batch: Option<u32>,
    /// How long a record waits for others to be written with; 1 s by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linger: Option<DurationText>,
    /// All other keys: exactly one, the kind, with its own options.
    #[serde(flatten)]
    #[schemars(skip)]
    pub kinds: Map<String, Json>,
}

/// What an exporter gets.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordKinds {
    /// Meters and events.
    All,
    /// Meters alone.
    Meters,
    /// Events alone.
    Events,
}

impl RecordKinds {
    /// Whether meters are among them.
    pub fn has_meters(self) -> bool {
        self != Self::Events
    }

    /// Whether events are among them.
    pub fn has_events(self) -> bool {
        self != Self::Meters
    }
}

impl ExporterDocument {
    /// The names of the options that all exporters have.
    pub const OPTIONS: [&str; 7] = ["records", "level", "events", "period", "queue", "batch", "linger"];

    /// Records that may wait at most.
    const LIMIT: u32 = 10_000_000;

    /// What is wrong with the options that all exporters have; its place is below `place`.
    pub(super) fn check(&self, place: &str, faults: &mut Vec<Fault>) {
        let mut fault = |option: &str, message: String, hint: &str| {
            faults.push(Fault::new(format!("{place}/{option}"), message, Some(hint.to_owned())));
        };
        for (option, number) in [("queue", self.queue), ("batch", self.batch)] {
            if let Some(number) = number.filter(|number| !(1..=Self::LIMIT).contains(number)) {
                fault(option, format!("{number} records are none or too many"), &format!("write a number from 1 to {}", Self::LIMIT));
            }
        }
        if self.period.is_some_and(|period| period.0.as_millis() < 100) {
            fault("period", "meters cannot be exported more often than every 100ms".to_owned(), "write a longer time, such as `5s`");
        }
    }
}
