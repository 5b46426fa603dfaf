//! What becomes of lefts and rights, one after another.

use std::time::Duration;

use throng_model::{Extract, JoinKind, StepNumber};

use super::*;

mod memory;
mod model;

fn join(capacity: u64, ttl: Option<Duration>) -> Join {
    Join {
        kind: JoinKind::Inner,
        right: StepNumber(0),
        left_key: Extract::Input,
        right_key: Extract::Input,
        timeout: Duration::from_secs(10),
        window: Duration::from_secs(60),
        capacity,
        ttl,
    }
}

fn at(seconds: u64) -> Moment {
    Moment::from_nanos(seconds * 1_000_000_000)
}

/// A store that says what becomes of each value, in words.
struct Told {
    store: JoinStore<u32>,
    next: u32,
}

impl Told {
    fn new(join: &Join) -> Self {
        Self { store: JoinStore::new(join, 1), next: 0 }
    }

    fn left(&mut self, key: &str, now: u64) -> String {
        self.next += 1;
        match self.store.left(&key.into(), self.next, at(now), at(now)) {
            LeftComes::Matched { right, duplicates } => format!("matched {} and {duplicates} duplicates", right.excerpt(9)),
            LeftComes::Waits => format!("{} waits", self.next),
        }
    }

    fn right(&mut self, key: &str, value: i64, now: u64) -> String {
        let mut dropped = Vec::new();
        let comes = match self.store.right(&key.into(), Value::Integer(value), at(now), &mut dropped) {
            RightComes::Matched { who, .. } => format!("for {who}"),
            RightComes::Kept => "kept".to_owned(),
            RightComes::Late(by) => format!("late by {}s", by / 1_000_000_000),
            RightComes::Duplicate => "duplicate".to_owned(),
        };
        let dropped = count(&dropped);
        if dropped > 0 { format!("{comes}, {dropped} dropped") } else { comes }
    }

    fn expire(&mut self, now: u64) -> String {
        let (missing, orphans) = self.store.expire(at(now));
        let missing: Vec<_> = missing.iter().map(|left| format!("{}{}", left.who, if left.lost { " lost" } else { "" })).collect();
        format!("missing {missing:?}, {} orphans", count(&orphans))
    }
}

fn count(orphans: &[Orphans]) -> u64 {
    orphans.iter().map(|orphans| orphans.count).sum()
}

#[test]
fn a_pair_comes_together_whoever_is_first() {
    let mut told = Told::new(&join(10, None));
    assert_eq!(told.left("a", 0), "1 waits");
    assert_eq!(told.right("a", 1, 1), "for 1");
    assert_eq!(told.right("b", 2, 1), "kept");
    assert_eq!(told.left("b", 2), "matched 2 and 0 duplicates");
    assert_eq!(told.expire(100), "missing [], 0 orphans");
    assert_eq!(count(&told.store.end()), 0);
}

#[test]
fn what_comes_too_often_or_too_late_is_told_apart() {
    let mut told = Told::new(&join(10, None));
    told.left("a", 0);
    told.right("a", 1, 1);
    assert_eq!(told.right("a", 2, 2), "duplicate");
    told.right("b", 3, 3);
    told.right("b", 4, 3);
    assert_eq!(told.left("b", 4), "matched 3 and 1 duplicates");
    assert_eq!(told.left("c", 5), "4 waits".replace('4', "3"));
    assert_eq!(told.expire(14), "missing [], 0 orphans");
    assert_eq!(told.expire(15), "missing [\"3\"], 0 orphans");
    assert_eq!(told.right("c", 5, 17), "late by 2s");
    assert_eq!(told.right("c", 5, 80), "kept", "after the window it is only one that nobody asked for");
    assert_eq!(count(&told.store.end()), 1);
}

#[test]
fn what_is_dropped_for_room_is_remembered() {
    let mut told = Told::new(&join(2, None));
    for (key, value) in [("a", 1), ("b", 2)] {
        assert_eq!(told.right(key, value, 0), "kept");
    }
    assert_eq!(told.right("c", 3, 0), "kept, 1 dropped");
    assert_eq!(told.left("a", 1), "1 waits");
    assert_eq!(told.left("d", 1), "2 waits");
    assert_eq!(told.expire(11), "missing [\"1 lost\", \"2\"], 0 orphans");
}

#[test]
fn rights_have_their_time() {
    let mut told = Told::new(&join(10, Some(Duration::from_secs(5))));
    told.right("a", 1, 0);
    told.right("a", 2, 1);
    assert_eq!(told.store.next_deadline(), Some(at(5)));
    assert_eq!(told.expire(5), "missing [], 2 orphans");
    assert_eq!(told.left("a", 6), "1 waits");
}
