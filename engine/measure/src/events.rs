//! Events: those of guests counted by name, and those that an exporter asks for held until they are taken.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use throng_protocols::{EventBody, Severity};

use crate::Moment;

/// Something that happened, on its way from a worker to the exporters.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Event {
    /// Noun and past verb.
    pub name: Cow<'static, str>,
    /// How serious.
    pub level: Severity,
    /// When.
    pub at: Moment,
    /// The step's number; none for the scenario's own.
    pub step: Option<u32>,
    /// Whose; none for what belongs to no minion under load.
    pub minion: Option<u32>,
    /// Of the step, for that minion.
    pub iteration: Option<u32>,
    /// Its own tags.
    pub tags: Vec<(String, String)>,
    /// Its value.
    pub value: EventBody,
}

/// Events of a span of time.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Events {
    counts: BTreeMap<String, u64>,
    held: VecDeque<Event>,
    dropped: u64,
}

impl Events {
    /// Names that are told apart; what comes after these counts under [`Events::OTHER`].
    pub const NAMES: usize = 1_000;
    /// Events that a worker holds of a scenario until they are taken.
    pub const HELD: usize = 10_000;
    /// The name of what came after [`Events::NAMES`] others.
    pub const OTHER: &str = "other";

    /// Counts an event that a guest has emitted.
    pub fn count(&mut self, name: &str) {
        self.add(name, 1);
    }

    /// Holds an event for the exporters; when there is no room, the oldest goes for it and is counted.
    pub fn hold(&mut self, event: Event) {
        if self.held.len() >= Self::HELD {
            self.held.pop_front();
            self.dropped += 1;
        }
        self.held.push_back(event);
    }

    /// Adds all counts of another one; what it holds stays there.
    pub fn merge(&mut self, other: &Self) {
        self.dropped += other.dropped;
        for (name, count) in &other.counts {
            self.add(name, *count);
        }
    }

    /// How many guests have emitted of each name.
    pub fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    /// Takes all that are held, the oldest first.
    pub fn take_held(&mut self) -> VecDeque<Event> {
        std::mem::take(&mut self.held)
    }

    /// How many were not held long enough to be taken.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    fn add(&mut self, name: &str, by: u64) {
        let name = if self.counts.len() < Self::NAMES || self.counts.contains_key(name) { name } else { Self::OTHER };
        match self.counts.get_mut(name) {
            Some(count) => *count += by,
            None => drop(self.counts.insert(name.to_owned(), by)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_and_are_counted() {
        let mut events = Events::default();
        for at in 0..Events::HELD as u64 + 3 {
            events.count("order-placed");
            events.hold(Event {
                name: "order-placed".into(),
                level: Severity::Info,
                at: Moment::from_nanos(at),
                step: None,
                minion: None,
                iteration: None,
                tags: vec![],
                value: EventBody::None,
            });
        }
        let mut merged = Events::default();
        merged.merge(&events);
        assert_eq!((merged.dropped(), merged.counts().get("order-placed")), (3, Some(&(Events::HELD as u64 + 3))));
        assert_eq!(merged.take_held().len(), 0);
        assert_eq!(events.take_held().front().map(|event| event.at), Some(Moment::from_nanos(3)));
    }
}
