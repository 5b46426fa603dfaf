//! One shard of a join: lefts that wait, rights that came first, and what is remembered of keys that are done with.
//!
//! Pure: time comes in, decisions go out. `T` says who waits.

use std::collections::VecDeque;
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
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
    /// By key. A left takes the right that is kept and a right the left that waits, so no key has both.
    held: FxHashMap<SmolStr, Held<T>>,
    /// When lefts time out, in order; those that were paired since are skipped.
    deadlines: VecDeque<(Moment, SmolStr, u64)>,
    left_count: usize,
    right_count: usize,
    next_left: u64,
    /// In the order in which rights came; those that were paired since are skipped.
    arrivals: VecDeque<(Moment, SmolStr)>,
    done: Fingerprints,
}

/// What waits under a key.
#[derive(Debug)]
enum Held<T> {
    Lefts(Lefts<T>),
    Right(Kept),
}

/// Lefts of one key, in the order in which they came. Mostly it is one, and then nothing else is allocated.
#[derive(Debug)]
struct Lefts<T> {
    first: Left<T>,
    others: VecDeque<Left<T>>,
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
    pub(crate) key: SmolStr,
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
            held: FxHashMap::default(),
            deadlines: VecDeque::new(),
            left_count: 0,
            right_count: 0,
            next_left: 0,
            arrivals: VecDeque::new(),
            done: Fingerprints::new(join.window),
        }
    }

    /// A left comes.
    pub(crate) fn left(&mut self, key: &SmolStr, who: T, made: Moment, now: Moment) -> LeftComes {
        let left = Left { number: self.next_left, who, made };
        match self.held.entry(key.clone()) {
            Entry::Occupied(held) if matches!(held.get(), Held::Right(_)) => {
                let Held::Right(kept) = held.remove() else { return LeftComes::Waits };
                self.right_count -= 1;
                self.done.leave(key, Trace::Used, now);
                self.tidy_arrivals();
                return LeftComes::Matched { right: kept.value, duplicates: kept.more };
            }
            Entry::Occupied(mut held) => {
                if let Held::Lefts(lefts) = held.get_mut() {
                    lefts.others.push_back(left);
                }
            }
            Entry::Vacant(room) => drop(room.insert(Held::Lefts(Lefts { first: left, others: VecDeque::new() }))),
        }
        self.deadlines.push_back((now + self.timeout, key.clone(), self.next_left));
        self.next_left += 1;
        self.left_count += 1;
        LeftComes::Waits
    }

    /// A right comes: for the left that has waited longest, if one does. `dropped` gets the rights that have to go for it.
    pub(crate) fn right(&mut self, key: &SmolStr, right: Value, now: Moment, dropped: &mut Vec<Orphans>) -> RightComes<T> {
        if let Some(left) = self.take_waiting(key, |_| true) {
            self.done.leave(key, Trace::Used, now);
            return RightComes::Matched { who: left.who, made: left.made, right };
        }
        match self.done.find(key, now) {
            Some(Trace::Used) => return RightComes::Duplicate,
            Some(Trace::TimedOut(at)) => return RightComes::Late(now.since(at)),
            Some(Trace::Dropped) | None => {}
        }
        if let Some(Held::Right(kept)) = self.held.get_mut(key) {
            kept.more += 1;
            return RightComes::Kept;
        }
        while self.right_count >= self.capacity.max(1) {
            if let Some(oldest) = self.drop_oldest() {
                self.done.leave(&oldest.key, Trace::Dropped, now);
                dropped.push(oldest);
            }
        }
        self.arrivals.push_back((now, key.clone()));
        self.held.insert(key.clone(), Held::Right(Kept { value: right, came: now, more: 0 }));
        self.right_count += 1;
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
        self.left_count + self.right_count
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
        self.right_count = 0;
        let rights = self.held.extract_if(|_, held| matches!(held, Held::Right(_)));
        let orphans = rights.filter_map(|(key, held)| match held {
            Held::Right(kept) => Some(Orphans { key, count: 1 + kept.more }),
            Held::Lefts(_) => None,
        });
        orphans.collect()
    }

    fn miss(&mut self, key: &str, left: Left<T>, at: Moment, now: Moment) -> Missing<T> {
        let lost = self.done.find(key, now) == Some(Trace::Dropped);
        self.done.leave(key, Trace::TimedOut(at), now);
        Missing { who: left.who, lost }
    }

    fn take_waiting(&mut self, key: &str, is: impl Fn(&Left<T>) -> bool) -> Option<Left<T>> {
        let Held::Lefts(lefts) = self.held.get_mut(key)? else { return None };
        let left = if !is(&lefts.first) {
            let position = lefts.others.iter().position(is)?;
            lefts.others.remove(position)?
        } else if let Some(next) = lefts.others.pop_front() {
            std::mem::replace(&mut lefts.first, next)
        } else {
            match self.held.remove(key)? {
                Held::Lefts(lefts) => lefts.first,
                Held::Right(_) => return None,
            }
        };
        self.left_count -= 1;
        self.tidy_deadlines();
        Some(left)
    }

    /// Forgets deadlines of lefts that are gone, before they are more than those that are left.
    fn tidy_deadlines(&mut self) {
        if self.deadlines.len() > 1024 && self.deadlines.len() > 2 * self.left_count {
            let held = &self.held;
            self.deadlines.retain(|(_, key, number)| matches!(held.get(key), Some(Held::Lefts(lefts)) if lefts.has(*number)));
        }
    }

    fn tidy_arrivals(&mut self) {
        if self.arrivals.len() > 1024 && self.arrivals.len() > 2 * self.right_count {
            let held = &self.held;
            self.arrivals.retain(|(came, key)| matches!(held.get(key), Some(Held::Right(kept)) if kept.came == *came));
        }
    }

    /// Drops the right that came first, if it is still there.
    fn drop_oldest(&mut self) -> Option<Orphans> {
        let (came, key) = self.arrivals.pop_front()?;
        let count = match self.held.get(&key) {
            Some(Held::Right(kept)) if kept.came == came => 1 + kept.more,
            _ => return None,
        };
        self.held.remove(&key);
        self.right_count -= 1;
        Some(Orphans { key, count })
    }
}

impl<T> Lefts<T> {
    fn has(&self, number: u64) -> bool {
        std::iter::once(&self.first).chain(&self.others).any(|left| left.number == number)
    }
}

#[cfg(test)]
mod tests;
