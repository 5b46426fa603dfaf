//! Messages for the report, equal ones counted.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use throng_protocols::Severity;

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
            // Who leaves an abort is aborted, which is worse than failed.
            Severity::Abort | Severity::Info | Severity::Debug | Severity::Trace => {}
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
}
