//! Messages for the report, equal ones counted; and events, counted by name with the latest kept.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use throng_protocols::{EventBody, Severity};

use crate::text::cut;

/// What a message says and where it comes from.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct MessageLine {
    /// How serious.
    pub severity: Severity,
    /// The step's number; none for the scenario's own.
    pub step: Option<u32>,
    /// Cut at 1 000 characters.
    pub text: String,
}

/// Messages with how often each came.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Messages {
    lines: Vec<(MessageLine, u64)>,
    dropped: u64,
    errors: u64,
    warnings: u64,
}

impl Messages {
    /// Different messages that are kept; more are counted only.
    pub const LIMIT: usize = 1_000;

    /// Adds a message.
    pub fn add(&mut self, step: Option<u32>, severity: Severity, text: &str) {
        self.count(severity, 1);
        self.insert(MessageLine { severity, step, text: cut(text).into_owned() }, 1);
    }

    /// Adds all of another one.
    pub fn merge(&mut self, other: &Self) {
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.dropped += other.dropped;
        for (line, count) in &other.lines {
            self.insert(line.clone(), *count);
        }
    }

    /// All that were kept, with how often each came; the most serious first.
    pub fn lines(&self) -> impl Iterator<Item = (&MessageLine, u64)> {
        let mut lines: Vec<_> = self.lines.iter().map(|(line, count)| (line, *count)).collect();
        lines.sort_by_key(|(line, _)| Reverse(line.severity));
        lines.into_iter()
    }

    /// How many were not kept.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many errors there were, kept or not.
    pub fn errors(&self) -> u64 {
        self.errors
    }

    /// How many warnings there were, kept or not.
    pub fn warnings(&self) -> u64 {
        self.warnings
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.dropped == 0
    }

    fn count(&mut self, severity: Severity, by: u64) {
        match severity {
            Severity::Error => self.errors += by,
            Severity::Warn => self.warnings += by,
            Severity::Info | Severity::Debug | Severity::Trace => {}
        }
    }

    fn insert(&mut self, line: MessageLine, count: u64) {
        match self.lines.binary_search_by(|(known, _)| known.cmp(&line)) {
            Ok(index) => {
                if let Some((_, known)) = self.lines.get_mut(index) {
                    *known += count;
                }
            }
            Err(index) if self.lines.len() < Self::LIMIT => self.lines.insert(index, (line, count)),
            Err(_) => self.dropped += count,
        }
    }
}

/// An event that was kept.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RecentEvent {
    /// Noun and past verb.
    pub name: String,
    /// How serious.
    pub level: Severity,
    /// Nanoseconds since the campaign's start.
    pub at: u64,
    /// The step's number; none for the scenario's own.
    pub step: Option<u32>,
    /// Whose; none for the scenario's own.
    pub minion: Option<u32>,
    /// Its own tags.
    pub tags: Vec<(String, String)>,
    /// Its value.
    pub body: EventBody,
}

/// Events: all counted by name, the latest kept.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Events {
    counts: BTreeMap<String, u64>,
    recent: VecDeque<RecentEvent>,
}

impl Events {
    /// Names that are told apart; what comes after these counts under [`Events::OTHER`].
    pub const NAMES: usize = 1_000;
    /// The latest events that are kept.
    pub const RECENT: usize = 200;
    /// The name of what came after [`Events::NAMES`] others.
    pub const OTHER: &str = "other";

    /// Adds an event; the oldest goes for it if there are too many.
    pub fn add(&mut self, event: RecentEvent) {
        self.count(&event.name, 1);
        self.keep(event);
    }

    /// Adds all of another one.
    pub fn merge(&mut self, other: &Self) {
        for (name, count) in &other.counts {
            self.count(name, *count);
        }
        other.recent.iter().cloned().for_each(|event| self.keep(event));
    }

    /// How many there were of each name.
    pub fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    /// The latest, in the order in which they came in.
    pub fn recent(&self) -> impl Iterator<Item = &RecentEvent> {
        self.recent.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    fn count(&mut self, name: &str, by: u64) {
        let name = if self.counts.len() < Self::NAMES || self.counts.contains_key(name) { name } else { Self::OTHER };
        match self.counts.get_mut(name) {
            Some(count) => *count += by,
            None => drop(self.counts.insert(name.to_owned(), by)),
        }
    }

    fn keep(&mut self, event: RecentEvent) {
        if self.recent.len() == Self::RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_messages_are_one_line_and_the_serious_come_first() {
        let mut messages = Messages::default();
        messages.add(None, Severity::Info, "hello");
        messages.add(Some(1), Severity::Error, "broken");
        messages.add(Some(1), Severity::Error, "broken");
        let mut merged = Messages::default();
        merged.merge(&messages);
        merged.merge(&messages);
        let lines: Vec<_> = merged.lines().map(|(line, count)| (line.text.as_str(), count)).collect();
        assert_eq!(lines, [("broken", 4), ("hello", 2)]);
        assert_eq!((merged.errors(), merged.warnings(), merged.dropped()), (4, 0, 0));
    }

    #[test]
    fn messages_are_bounded_and_the_rest_still_counts_for_the_verdict() {
        let mut messages = Messages::default();
        for number in 0..Messages::LIMIT + 5 {
            messages.add(None, Severity::Warn, &format!("{number}"));
        }
        assert_eq!((messages.lines().count(), messages.dropped()), (Messages::LIMIT, 5));
        assert_eq!(messages.warnings(), Messages::LIMIT as u64 + 5);
    }

    #[test]
    fn the_oldest_events_go_and_stay_counted() {
        let mut events = Events::default();
        for at in 0..300 {
            let body = EventBody::Number(1.0);
            events.add(RecentEvent {
                name: "order-placed".into(),
                level: Severity::Info,
                at,
                step: None,
                minion: None,
                tags: vec![],
                body,
            });
        }
        assert_eq!(events.counts().get("order-placed"), Some(&300));
        assert_eq!(events.recent().map(|event| event.at).min(), Some(100));
    }
}
