//! The store against lists that are searched from end to end.

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::*;

#[derive(Clone, Debug)]
enum Operation {
    Left(u8),
    Right(u8),
    /// The time goes on by so many seconds, and what has had its time is let go.
    Expire(u64),
    /// The time goes on alone.
    Wait(u64),
    /// The left of this number goes away, if it waits.
    Cancel(u32),
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => (0_u8..6).prop_map(Operation::Left),
        4 => (0_u8..6).prop_map(Operation::Right),
        2 => (0_u64..8).prop_map(Operation::Expire),
        2 => (0_u64..4).prop_map(Operation::Wait),
        1 => (0_u32..40).prop_map(Operation::Cancel),
    ]
}

#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Used,
    TimedOut(u64),
    Dropped,
}

/// What the store does, said as plainly as can be. Times are in seconds.
struct Plain {
    timeout: u64,
    window: u64,
    capacity: usize,
    ttl: Option<u64>,
    /// Number, key, deadline.
    lefts: Vec<(u32, u8, u64)>,
    /// Key, value, when it came, how many more came.
    rights: Vec<(u8, i64, u64, u64)>,
    /// Key, what became of it, when.
    fates: Vec<(u8, Fate, u64)>,
}

impl Plain {
    fn fate(&self, key: u8, now: u64) -> Option<Fate> {
        let last = self.fates.iter().rev().find(|(known, ..)| *known == key)?;
        (now - last.2 <= self.window).then_some(last.1)
    }

    fn left(&mut self, number: u32, key: u8, now: u64) -> String {
        match self.rights.iter().position(|right| right.0 == key) {
            Some(position) => {
                let (_, value, _, more) = self.rights.remove(position);
                self.fates.push((key, Fate::Used, now));
                format!("matched {value} and {more} duplicates")
            }
            None => {
                self.lefts.push((number, key, now + self.timeout));
                format!("{number} waits")
            }
        }
    }

    fn right(&mut self, key: u8, value: i64, now: u64) -> String {
        if let Some(position) = self.lefts.iter().position(|left| left.1 == key) {
            self.fates.push((key, Fate::Used, now));
            return format!("for {}", self.lefts.remove(position).0);
        }
        match self.fate(key, now) {
            Some(Fate::Used) => return "duplicate".to_owned(),
            Some(Fate::TimedOut(at)) => return format!("late by {}s", now - at),
            _ => {}
        }
        if let Some(right) = self.rights.iter_mut().find(|right| right.0 == key) {
            right.3 += 1;
            return "kept".to_owned();
        }
        let mut dropped = 0;
        while self.rights.len() >= self.capacity {
            let (key, _, _, more) = self.rights.remove(0);
            self.fates.push((key, Fate::Dropped, now));
            dropped += 1 + more;
        }
        self.rights.push((key, value, now, 0));
        if dropped > 0 { format!("kept, {dropped} dropped") } else { "kept".to_owned() }
    }

    fn expire(&mut self, now: u64) -> String {
        let mut missing = Vec::new();
        while let Some(position) = self.lefts.iter().position(|left| left.2 <= now) {
            let (number, key, deadline) = self.lefts.remove(position);
            let lost = if self.fate(key, now) == Some(Fate::Dropped) { " lost" } else { "" };
            self.fates.push((key, Fate::TimedOut(deadline), now));
            missing.push(format!("{number}{lost}"));
        }
        let is_over = |came: u64| self.ttl.is_some_and(|ttl| came + ttl <= now);
        let orphans: u64 = self.rights.iter().filter(|right| is_over(right.2)).map(|right| 1 + right.3).sum();
        self.rights.retain(|right| !is_over(right.2));
        format!("missing {missing:?}, {orphans} orphans")
    }

    fn next_deadline(&self) -> Option<u64> {
        let left = self.lefts.iter().map(|left| left.2);
        left.chain(self.rights.iter().filter_map(|right| self.ttl.map(|ttl| right.2 + ttl))).min()
    }
}

proptest! {
    #![proptest_config(Config { cases: 512, failure_persistence: None, ..Config::default() })]

    #[test]
    fn the_store_does_what_plain_lists_do(
        operations in prop::collection::vec(operation(), 1..120),
        capacity in 1_u64..5,
        ttl in prop::option::of(1_u64..20),
        window in 0_u64..30,
    ) {
        let join = Join { window: Duration::from_secs(window), ..join(capacity, ttl.map(Duration::from_secs)) };
        let mut told = Told::new(&join);
        let mut plain =
            Plain { timeout: 10, window, capacity: capacity as usize, ttl, lefts: vec![], rights: vec![], fates: vec![] };
        let (mut now, mut value) = (0, 0);
        for operation in operations {
            let (said, expected) = match operation {
                Operation::Left(key) => (told.left(&key.to_string(), now), plain.left(told.next, key, now)),
                Operation::Right(key) => {
                    value += 1;
                    (told.right(&key.to_string(), value, now), plain.right(key, value, now))
                }
                Operation::Expire(seconds) => {
                    now += seconds;
                    (told.expire(now), plain.expire(now))
                }
                Operation::Wait(seconds) => {
                    now += seconds;
                    continue;
                }
                Operation::Cancel(number) => {
                    let key = plain.lefts.iter().find(|left| left.0 == number).map(|left| left.1);
                    plain.lefts.retain(|left| left.0 != number);
                    if let Some(key) = key {
                        told.store.cancel(&key.to_string(), |who| *who == number);
                    }
                    continue;
                }
            };
            prop_assert_eq!(said, expected);
            // It may be told too early, of what is gone since, but never too late.
            let next = plain.next_deadline().map(at);
            prop_assert!(next.is_none() || told.store.next_deadline().is_some_and(|told| Some(told) <= next));
        }
        let orphans: u64 = plain.rights.iter().map(|right| 1 + right.3).sum();
        prop_assert_eq!(super::count(&told.store.end()), orphans);
    }
}
