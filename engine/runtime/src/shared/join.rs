//! One shard of a join: lefts that wait, rights that came first, and what is remembered of keys that are done with.
//!
//! Pure: time comes in, decisions go out. `T` says who waits.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use throng_measure::Moment;
use throng_model::Join;
use throng_protocols::Value;

use super::fingerprints::{Fingerprints, Trace};

/// A shard's store. Lefts are bounded by the minions that wait, rights by `capacity`.
#[derive(Debug)]
pub(crate) struct JoinStore<T> {
    timeout: std::time::Duration,
    ttl: Option<std::time::Duration>,
    capacity: usize,
    waiting: FxHashMap<Arc<str>, VecDeque<Left<T>>>,
    /// When lefts time out, in order; those that were paired since are skipped.
    deadlines: VecDeque<(Moment, Arc<str>, u64)>,
    left_count: usize,
    next_left: u64,
    kept: FxHashMap<Arc<str>, Kept>,
    /// In the order in which rights came; those that were paired since are skipped.
    arrivals: VecDeque<(Moment, Arc<str>)>,
    done: Fingerprints,
}

#[derive(Debug)]
struct Left<T> {
    number: u64,
    who: T,
    made: Moment,
}

/// A right that waits for its left, and how many more of its key came.
#[derive(Debug)]
struct Kept {
    value: Value,
    came: Moment,
    more: u64,
}

/// What becomes of a left that comes.
#[derive(Debug)]
pub(crate) enum LeftComes {
    /// The right was there. So many more of its key are duplicates.
    Matched { right: Value, duplicates: u64 },
    /// It waits.
    Waits,
}

/// What becomes of a right that comes.
#[derive(Debug)]
pub(crate) enum RightComes<T> {
    /// A left waited; its value was made to be intended at `made`.
    Matched { who: T, made: Moment, right: Value },
    /// It is kept for a left that may come.
    Kept,
    /// Its left timed out, so many nanoseconds ago.
    Late(u64),
    /// Its key was used.
    Duplicate,
}

/// Rights of one key that nobody asked for.
#[derive(Debug)]
pub(crate) struct Orphans {
    pub(crate) key: Arc<str>,
    pub(crate) count: u64,
}

/// A left whose time is over.
#[derive(Debug)]
pub(crate) struct Missing<T> {
    pub(crate) who: T,
    /// Whether its right had come, and was dropped for want of room.
    pub(crate) lost: bool,
}

impl<T> JoinStore<T> {
    pub(crate) fn new(join: &Join, shards: u64) -> Self {
        Self {
            timeout: join.timeout,
            ttl: join.ttl,
            capacity: usize::try_from(join.capacity.div_ceil(shards.max(1))).unwrap_or(usize::MAX),
            waiting: FxHashMap::default(),
            deadlines: VecDeque::new(),
            left_count: 0,
            next_left: 0,
            kept: FxHashMap::default(),
            arrivals: VecDeque::new(),
            done: Fingerprints::new(join.window),
        }
    }

    /// A left comes.
    pub(crate) fn left(&mut self, key: &str, who: T, made: Moment, now: Moment) -> LeftComes {
        if let Some(kept) = self.kept.remove(key) {
            self.done.leave(key, Trace::Used, now);
            self.tidy_arrivals();
            return LeftComes::Matched { right: kept.value, duplicates: kept.more };
        }
        let key: Arc<str> = match self.waiting.get_key_value(key) {
            Some((known, _)) => Arc::clone(known),
            None => key.into(),
        };
        let number = self.next_left;
        self.next_left += 1;
        self.left_count += 1;
        self.deadlines.push_back((now + self.timeout, Arc::clone(&key), number));
        self.waiting.entry(key).or_default().push_back(Left { number, who, made });
        LeftComes::Waits
    }

    /// A right comes: for the left that has waited longest, if one does. `dropped` gets the rights that have to go for it.
    pub(crate) fn right(&mut self, key: &str, right: Value, now: Moment, dropped: &mut Vec<Orphans>) -> RightComes<T> {
        if let Some(left) = self.take_waiting(key, |_| true) {
            self.done.leave(key, Trace::Used, now);
            return RightComes::Matched { who: left.who, made: left.made, right };
        }
        match self.done.find(key, now) {
            Some(Trace::Used) => return RightComes::Duplicate,
            Some(Trace::TimedOut(at)) => return RightComes::Late(now.since(at)),
            Some(Trace::Dropped) | None => {}
        }
        if let Some(kept) = self.kept.get_mut(key) {
            kept.more += 1;
            return RightComes::Kept;
        }
        while self.kept.len() >= self.capacity.max(1) {
            if let Some(oldest) = self.drop_oldest() {
                self.done.leave(&oldest.key, Trace::Dropped, now);
                dropped.push(oldest);
            }
        }
        let key: Arc<str> = key.into();
        self.arrivals.push_back((now, Arc::clone(&key)));
        self.kept.insert(key, Kept { value: right, came: now, more: 0 });
        RightComes::Kept
    }

    /// Lets go of what has had its time: lefts without a right, and rights without a left.
    pub(crate) fn expire(&mut self, now: Moment) -> (Vec<Missing<T>>, Vec<Orphans>) {
        let mut missing = Vec::new();
        while let Some((deadline, key, number)) = self.deadlines.front().cloned().filter(|(deadline, ..)| *deadline <= now) {
            self.deadlines.pop_front();
            let Some(left) = self.take_waiting(&key, |left| left.number == number) else { continue };
            missing.push(self.miss(&key, left, deadline, now));
        }
        let mut orphans = Vec::new();
        if let Some(ttl) = self.ttl {
            while self.arrivals.front().is_some_and(|(came, _)| *came + ttl <= now) {
                orphans.extend(self.drop_oldest());
            }
        }
        (missing, orphans)
    }

    /// How many lefts and rights it holds.
    pub(crate) fn len(&self) -> usize {
        self.left_count + self.kept.len()
    }

    /// When there is next something to expire.
    pub(crate) fn next_deadline(&self) -> Option<Moment> {
        let left = self.deadlines.front().map(|(deadline, ..)| *deadline);
        let right = self.ttl.and_then(|ttl| self.arrivals.front().map(|(came, _)| *came + ttl));
        left.into_iter().chain(right).min()
    }

    /// A left goes away before its time, because a time limit of what it is part of ran out: it is missing all the same.
    pub(crate) fn give_up(&mut self, key: &str, now: Moment, is: impl Fn(&T) -> bool) -> Option<Missing<T>> {
        let left = self.take_waiting(key, |left| is(&left.who))?;
        Some(self.miss(key, left, now, now))
    }

    /// A left has gone away because everything is cancelled.
    pub(crate) fn cancel(&mut self, key: &str, is: impl Fn(&T) -> bool) {
        drop(self.take_waiting(key, |left| is(&left.who)));
    }

    /// The end: rights that nobody asked for.
    pub(crate) fn end(&mut self) -> Vec<Orphans> {
        self.arrivals.clear();
        self.kept.drain().map(|(key, kept)| Orphans { key, count: 1 + kept.more }).collect()
    }

    fn miss(&mut self, key: &str, left: Left<T>, at: Moment, now: Moment) -> Missing<T> {
        let lost = self.done.find(key, now) == Some(Trace::Dropped);
        self.done.leave(key, Trace::TimedOut(at), now);
        Missing { who: left.who, lost }
    }

    fn take_waiting(&mut self, key: &str, is: impl Fn(&Left<T>) -> bool) -> Option<Left<T>> {
        let lefts = self.waiting.get_mut(key)?;
        let position = lefts.iter().position(is)?;
        let left = lefts.remove(position)?;
        if lefts.is_empty() {
            self.waiting.remove(key);
        }
        self.left_count -= 1;
        self.tidy_deadlines();
        Some(left)
    }

    /// Forgets deadlines of lefts that are gone, before they are more than those that are left.
    fn tidy_deadlines(&mut self) {
        if self.deadlines.len() > 1024 && self.deadlines.len() > 2 * self.left_count {
            let waiting = &self.waiting;
            self.deadlines.retain(|(_, key, number)| waiting.get(key).is_some_and(|lefts| lefts.iter().any(|left| left.number == *number)));
        }
    }

    fn tidy_arrivals(&mut self) {
        if self.arrivals.len() > 1024 && self.arrivals.len() > 2 * self.kept.len() {
            let kept = &self.kept;
            self.arrivals.retain(|(came, key)| kept.get(key).is_some_and(|kept| kept.came == *came));
        }
    }

    /// Drops the right that came first, if it is still there.
    fn drop_oldest(&mut self) -> Option<Orphans> {
        let (came, key) = self.arrivals.pop_front()?;
        let count = self.kept.get(&key).filter(|kept| kept.came == came).map(|kept| 1 + kept.more)?;
        self.kept.remove(&key);
        Some(Orphans { key, count })
    }
}

#[cfg(test)]
mod tests;
