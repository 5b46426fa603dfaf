//! Which elements of a collection are new: those that the last poll did not have.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

/// What a poll makes records of.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Emit {
    /// Of what is new.
    #[default]
    New,
    /// Of everything.
    All,
}

/// The elements of this poll and of the last one, by their hashes: 128 bits under keys of this process, so that nobody meets two alike.
#[derive(Debug)]
pub(crate) struct Seen {
    emit: Emit,
    /// Elements that are remembered of a poll, at most.
    limit: usize,
    hashers: [RandomState; 2],
    /// Of the last complete poll, and what was handed out since.
    known: HashSet<(u64, u64)>,
    /// Of this poll: servers may tell of an element twice.
    current: HashSet<(u64, u64)>,
}

/// A poll has more elements than are remembered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TooMany;

impl Seen {
    /// Nothing yet.
    pub(crate) fn new(emit: Emit, limit: usize) -> Self {
        let hashers = [RandomState::new(), RandomState::new()];
        Self { emit, limit, hashers, known: HashSet::new(), current: HashSet::new() }
    }

    /// Whether an element becomes a record; it is known from then on.
    ///
    /// # Errors
    /// There is no room to remember it.
    pub(crate) fn is_wanted(&mut self, element: &[&[u8]]) -> Result<bool, TooMany> {
        let [first, second] = &self.hashers;
        let hash = (first.hash_one(element), second.hash_one(element));
        // What is known can be more than one poll has only where polls fail, one after another, while elements come and go.
        let is_full = self.current.len() >= self.limit || self.known.len() >= self.limit.saturating_mul(2);
        if is_full && !self.current.contains(&hash) && !self.known.contains(&hash) {
            return Err(TooMany);
        }
        Ok(self.current.insert(hash)
            && match self.emit {
                Emit::All => true,
                Emit::New => self.known.insert(hash),
            })
    }

    /// The poll has come to its end: what it did not have is gone, and new when it comes back.
    pub(crate) fn complete(&mut self) {
        match self.emit {
            Emit::New => self.known = std::mem::take(&mut self.current),
            Emit::All => self.current.clear(),
        }
    }

    /// The poll has failed: what it handed out stays known, and nothing is forgotten.
    pub(crate) fn give_up(&mut self) {
        self.current.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(seen: &mut Seen, elements: &[&str]) -> String {
        elements.iter().filter(|element| seen.is_wanted(&[element.as_bytes()]) == Ok(true)).copied().collect()
    }

    #[test]
    fn only_what_is_new_is_told() {
        let mut seen = Seen::new(Emit::New, 10);
        let mut complete = |elements: &[&str]| {
            let new = poll(&mut seen, elements);
            seen.complete();
            new
        };
        assert_eq!(complete(&["a", "b", "a"]), "ab", "an element that is told twice is one");
        assert_eq!(complete(&["b", "c", "a"]), "c");
        assert_eq!(complete(&["c"]), "");
        assert_eq!(complete(&["a", "c"]), "a", "it had gone");
    }

    #[test]
    fn a_poll_that_fails_repeats_and_loses_nothing() {
        let mut seen = Seen::new(Emit::New, 10);
        assert_eq!(poll(&mut seen, &["a"]), "a");
        seen.complete();
        assert_eq!(poll(&mut seen, &["b"]), "b");
        seen.give_up();
        assert_eq!(poll(&mut seen, &["a", "b", "c"]), "c");
    }

    #[test]
    fn all_are_told_each_time_and_once() {
        let mut seen = Seen::new(Emit::All, 10);
        assert_eq!(poll(&mut seen, &["a", "b", "a"]), "ab");
        seen.complete();
        assert_eq!(poll(&mut seen, &["a", "b"]), "ab");
    }

    #[test]
    fn more_than_are_remembered_are_refused() {
        let mut seen = Seen::new(Emit::New, 1);
        assert_eq!(seen.is_wanted(&[b"a"]), Ok(true));
        assert_eq!(seen.is_wanted(&[b"a"]), Ok(false));
        assert_eq!(seen.is_wanted(&[b"b"]), Err(TooMany));
        assert!(seen.is_wanted(&[b"ab", b"c"]).is_err());
    }
}
