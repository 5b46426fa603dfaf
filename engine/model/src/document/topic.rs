//! A topic as it is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::DurationText;
use crate::size::SizeText;

/// How records of a source reach the minions that visit it.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "an object like {\"mode\": \"loop\"}")]
pub struct TopicDocument {
    /// Who gets what; `unicast` by default.
    pub mode: TopicModeDocument,
    /// Records kept; 1 000 by default for `unicast`. Must be given for `broadcast` and `loop` on a source without an end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffer: Option<u64>,
    /// What minions do when the source has ended; `wait` by default.
    pub at_end: AtEndDocument,
    /// A minion that has not asked for so long loses its place in a broadcast; without end by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_timeout: Option<DurationText>,
    /// Of `broadcast` and `loop` without a `buffer`: more than that fails the campaign; 64 MiB by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_limit: Option<SizeText>,
    /// Whether a pair of the input and the record goes on instead of the record; no by default.
    pub keep_input: bool,
}

/// Who gets what of a source's records.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TopicModeDocument {
    /// Each record to one minion, in order.
    #[default]
    Unicast,
    /// Every record to every minion.
    Broadcast,
    /// As broadcast, from the beginning again at the end.
    Loop,
}

/// What minions do when the source has ended.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AtEndDocument {
    /// They stay.
    #[default]
    Wait,
    /// They end well.
    Complete,
    /// They fail.
    Fail,
}
