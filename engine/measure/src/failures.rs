//! Failures of a step, grouped by code: a count, first and last, one example.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Outcome;
use crate::text::cut;

/// A failed execution, to be grouped by its code.
#[derive(Clone, Copy, Debug)]
pub struct FailureSample<'a> {
    /// Failure, error or timeout.
    pub outcome: Outcome,
    /// Few different ones.
    pub code: &'a str,
    /// What happened, for people.
    pub message: &'a str,
    /// Whose.
    pub minion: u32,
    /// Nanoseconds since the campaign's start.
    pub at: u64,
}

/// Failures of one step with one code.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct FailureGroup {
    /// How many.
    pub count: u64,
    /// When the first was, in nanoseconds since the campaign's start.
    pub first: u64,
    /// When the last was.
    pub last: u64,
    /// The outcome of the example.
    pub outcome: Outcome,
    /// The example's minion. The example is the first failure; at the same time, that of the lowest minion.
    pub minion: u32,
    /// The example's message, cut at 1 000 characters.
    pub message: String,
}

/// All failures of one step by code.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Failures(BTreeMap<String, FailureGroup>);

impl Failures {
    /// Codes that are told apart; what comes after these counts under [`Failures::OTHER`].
    pub const LIMIT: usize = 100;
    /// The code of what came after [`Failures::LIMIT`] others.
    pub const OTHER: &str = "other";

    /// Groups one more.
    pub fn add(&mut self, sample: &FailureSample<'_>) {
        let key = self.key(sample.code);
        if let Some(group) = self.0.get_mut(key) {
            group.count += 1;
            group.last = group.last.max(sample.at);
            if (sample.at, sample.minion) < (group.first, group.minion) {
                *group = FailureGroup { count: group.count, last: group.last, ..FailureGroup::of(sample) };
            }
        } else {
            self.0.insert(key.to_owned(), FailureGroup::of(sample));
        }
    }

    /// Adds all of another one.
    pub fn merge(&mut self, other: &Self) {
        for (code, more) in &other.0 {
            let key = self.key(code);
            if let Some(group) = self.0.get_mut(key) {
                let (count, last) = (group.count + more.count, group.last.max(more.last));
                if (more.first, more.minion) < (group.first, group.minion) {
                    group.clone_from(more);
                }
                (group.count, group.last) = (count, last);
            } else {
                self.0.insert(key.to_owned(), more.clone());
            }
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All groups, by code.
    pub fn groups(&self) -> impl Iterator<Item = (&str, &FailureGroup)> {
        self.0.iter().map(|(code, group)| (code.as_str(), group))
    }

    fn key<'a>(&self, code: &'a str) -> &'a str {
        if self.0.len() < Self::LIMIT || self.0.contains_key(code) { code } else { Self::OTHER }
    }
}

impl FailureGroup {
    fn of(sample: &FailureSample<'_>) -> Self {
        Self {
            count: 1,
            first: sample.at,
            last: sample.at,
            outcome: sample.outcome,
            minion: sample.minion,
            message: cut(sample.message).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample<'a>(code: &'a str, message: &'a str, minion: u32, at: u64) -> FailureSample<'a> {
        FailureSample { outcome: Outcome::Error, code, message, minion, at }
    }

    #[test]
    fn the_example_does_not_depend_on_the_order_of_merging() {
        let (mut early, mut late) = (Failures::default(), Failures::default());
        late.add(&sample("refused", "late", 1, 20));
        late.add(&sample("refused", "latest", 1, 30));
        early.add(&sample("refused", "minion 2", 2, 10));
        early.add(&sample("refused", "minion 1", 1, 10));
        let (mut one, mut two) = (early.clone(), late.clone());
        one.merge(&late);
        two.merge(&early);
        assert_eq!(one, two);
        let (code, group) = one.groups().next().expect("a group");
        assert_eq!((code, group.count, group.first, group.last, group.message.as_str()), ("refused", 4, 10, 30, "minion 1"));
    }

    #[test]
    fn codes_are_bounded_and_nothing_is_lost() {
        let mut failures = Failures::default();
        for number in 0..1_000 {
            failures.add(&sample(&format!("code {number}"), "no", 0, number));
        }
        assert_eq!(failures.groups().count(), Failures::LIMIT + 1);
        assert_eq!(failures.groups().map(|(_, group)| group.count).sum::<u64>(), 1_000);
        assert_eq!(failures.groups().find(|(code, _)| *code == Failures::OTHER).map(|(_, group)| group.count), Some(900));
    }
}
