//! Which events somebody wants: by level, and by the longest prefix of the name that is spoken of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use throng_model::EventLevel;
use throng_protocols::Severity;

/// The events that one exporter wants.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EventFilter {
    /// The least level.
    pub level: EventLevel,
    /// The same for names that begin so; the longest prefix that fits holds.
    pub prefixes: BTreeMap<String, EventLevel>,
}

impl EventFilter {
    /// No events.
    pub fn none() -> Self {
        Self { level: EventLevel::Off, prefixes: BTreeMap::new() }
    }

    /// Whether an event is wanted.
    pub fn wants(&self, name: &str, level: Severity) -> bool {
        let longest = self.prefixes.iter().filter(|(prefix, _)| name.starts_with(prefix.as_str())).max_by_key(|(prefix, _)| prefix.len());
        admits(longest.map_or(self.level, |(_, level)| *level), level)
    }
}

/// The events that anybody wants; by default nobody wants any.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct EventInterest {
    filters: Vec<EventFilter>,
}

impl EventInterest {
    /// What any of these wants.
    pub fn new(filters: impl IntoIterator<Item = EventFilter>) -> Self {
        Self { filters: filters.into_iter().collect() }
    }

    /// Whether anybody wants an event.
    pub fn wants(&self, name: &str, level: Severity) -> bool {
        self.filters.iter().any(|filter| filter.wants(name, level))
    }
}

fn admits(least: EventLevel, level: Severity) -> bool {
    let least = match least {
        EventLevel::Trace => Severity::Trace,
        EventLevel::Debug => Severity::Debug,
        EventLevel::Info => Severity::Info,
        EventLevel::Warn => Severity::Warn,
        EventLevel::Error => Severity::Error,
        EventLevel::Off => return false,
    };
    level >= least
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EngineEvent, EngineEvents};

    #[test]
    fn the_longest_prefix_decides() {
        let prefixes = [("step-", EventLevel::Off), ("step-fail", EventLevel::Trace), ("join-", EventLevel::Error)];
        let filter = EventFilter { level: EventLevel::Info, prefixes: prefixes.map(|(prefix, level)| (prefix.to_owned(), level)).into() };
        for (name, level, wanted) in [
            ("minion-started", Severity::Info, true),
            ("minion-started", Severity::Debug, false),
            ("step-completed", Severity::Error, false),
            ("step-failed", Severity::Trace, true),
            ("join-late", Severity::Warn, false),
            ("join-unkeyed", Severity::Error, true),
        ] {
            assert_eq!(filter.wants(name, level), wanted, "{name} {level:?}");
        }
    }

    #[test]
    fn what_nobody_wants_is_not_wanted() {
        assert_eq!(EngineEvents::wanted(&EventInterest::default()), EngineEvents::default());
        let failures = EventFilter { level: EventLevel::Error, ..EventFilter::none() };
        let wanted = EngineEvents::wanted(&EventInterest::new([EventFilter::none(), failures]));
        assert!(wanted.contains(EngineEvent::StepFailed) && !wanted.contains(EngineEvent::JoinLate));
    }
}
