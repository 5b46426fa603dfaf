//! The topic against the list of all its records.

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::*;

#[derive(Clone, Debug)]
enum Operation {
    Publish,
    Take(u32),
    Cancel(u32),
    Forget(u32),
    /// The record that was given last comes back.
    GiveBack,
    End,
    Wait(u64),
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        8 => Just(Operation::Publish),
        10 => (0_u32..4).prop_map(Operation::Take),
        1 => (0_u32..4).prop_map(Operation::Cancel),
        1 => (0_u32..4).prop_map(Operation::Forget),
        1 => Just(Operation::GiveBack),
        1 => prop::bool::weighted(0.2).prop_map(|end| if end { Operation::End } else { Operation::Publish }),
        3 => (0_u64..4).prop_map(Operation::Wait),
    ]
}

fn mode() -> impl Strategy<Value = TopicMode> {
    prop_oneof![
        (1_u64..4).prop_map(|buffer| TopicMode::Unicast { buffer }),
        prop::option::of(0_u64..4).prop_map(|buffer| TopicMode::Broadcast { buffer }),
        prop::option::of(1_u64..4).prop_map(|buffer| TopicMode::Loop { buffer }),
    ]
}

/// What a topic does, said as plainly as can be: every record ever made has its place in one list.
struct Plain {
    mode: TopicMode,
    idle: Option<u64>,
    all: Vec<i64>,
    /// Unicast: what nobody has taken.
    left: Vec<i64>,
    /// Reader, its next place, when it was last here.
    readers: Vec<(u32, usize, u64)>,
    waiting: Vec<u32>,
    ended: bool,
    skipped: u64,
}

impl Plain {
    /// The place of the oldest record that is kept.
    fn oldest(&self) -> usize {
        match self.mode {
            TopicMode::Broadcast { buffer: Some(buffer) } | TopicMode::Loop { buffer: Some(buffer) } => {
                self.all.len().saturating_sub(buffer as usize)
            }
            _ => 0,
        }
    }

    fn put(&mut self, reader: u32, place: usize, now: u64) {
        self.readers.retain(|known| known.0 != reader);
        self.readers.push((reader, place, now));
    }

    fn publish(&mut self, record: i64, now: u64) -> Vec<u32> {
        self.all.push(record);
        if let TopicMode::Unicast { .. } = self.mode {
            if self.waiting.is_empty() {
                self.left.push(record);
                return vec![];
            }
            return vec![self.waiting.remove(0)];
        }
        let given = std::mem::take(&mut self.waiting);
        for reader in &given {
            if self.readers.iter().any(|known| known.0 == *reader) {
                self.put(*reader, self.all.len(), now);
            }
        }
        given
    }

    fn take(&mut self, reader: u32, now: u64) -> String {
        if let TopicMode::Unicast { .. } = self.mode {
            return match self.left.is_empty() {
                false => self.left.remove(0).to_string(),
                true if self.ended => "ended".to_owned(),
                true => {
                    self.waiting.push(reader);
                    "waits".to_owned()
                }
            };
        }
        let known = self.readers.iter().find(|known| known.0 == reader && self.idle.is_none_or(|idle| now - known.2 <= idle));
        let mut place = known.map_or(self.oldest(), |known| known.1);
        let repeats = self.ended && matches!(self.mode, TopicMode::Loop { buffer: None }) && !self.all.is_empty();
        if place < self.oldest() {
            self.skipped += (self.oldest() - place) as u64;
            place = self.oldest();
        }
        if repeats || place < self.all.len() {
            self.put(reader, place + 1, now);
            return self.all[place % self.all.len()].to_string();
        }
        if self.ended {
            return "ended".to_owned();
        }
        self.put(reader, place, now);
        self.waiting.push(reader);
        "waits".to_owned()
    }
}

proptest! {
    #![proptest_config(Config { cases: 512, failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_topic_does_what_a_plain_list_does(
        mode in mode(),
        idle in prop::option::of(1_u64..6),
        operations in prop::collection::vec(operation(), 1..150),
    ) {
        let spec = Options { idle_timeout: idle.map(Duration::from_secs), ..options(mode) };
        let mut topic = Topic::<u32>::new(&spec);
        let mut plain =
            Plain { mode, idle, all: vec![], left: vec![], readers: vec![], waiting: vec![], ended: false, skipped: 0 };
        let (mut now, mut last) = (0, None);
        let at = |seconds: u64| Moment::from_nanos(seconds * 1_000_000_000);
        let unicast = matches!(mode, TopicMode::Unicast { .. });
        for operation in operations {
            match operation {
                Operation::Publish if plain.ended || !topic.has_room() => {}
                Operation::Publish => {
                    let record = plain.all.len() as i64;
                    let given = topic.publish(Value::Integer(record), at(now)).expect("room");
                    prop_assert_eq!(given, plain.publish(record, now));
                }
                // A minion waits for one record at a time.
                Operation::Take(reader) if plain.waiting.contains(&reader) => {}
                Operation::Take(reader) => {
                    let taken = match topic.take(reader, reader, at(now)) {
                        Taken::Record(record) => {
                            last = Some(record.clone());
                            record.excerpt(9)
                        }
                        Taken::Waits => "waits".to_owned(),
                        Taken::Ended => "ended".to_owned(),
                    };
                    prop_assert_eq!(taken, plain.take(reader, now));
                }
                Operation::Cancel(reader) => {
                    topic.cancel(|who| *who == reader);
                    plain.waiting.retain(|who| *who != reader);
                }
                Operation::Forget(reader) => {
                    // Who is done waits no more.
                    topic.cancel(|who| *who == reader);
                    plain.waiting.retain(|who| *who != reader);
                    topic.forget(reader);
                    plain.readers.retain(|known| known.0 != reader);
                }
                Operation::GiveBack => {
                    let Some(record) = last.take() else { continue };
                    let given = topic.give_back(record.clone()).map(|(who, record)| (who, record.excerpt(9)));
                    let number = record.excerpt(9);
                    let expected = match (unicast, plain.waiting.is_empty()) {
                        (false, _) => None,
                        (true, false) => Some((plain.waiting.remove(0), number)),
                        (true, true) => {
                            plain.left.insert(0, number.parse().expect("a number"));
                            None
                        }
                    };
                    prop_assert_eq!(given, expected);
                }
                Operation::End if plain.ended => {}
                Operation::End => {
                    plain.ended = true;
                    let waited = std::mem::take(&mut plain.waiting);
                    if matches!(mode, TopicMode::Loop { buffer: None }) && !plain.all.is_empty() {
                        // The first record again, for who waited at the end.
                        for reader in &waited {
                            plain.put(*reader, plain.all.len() + 1, now);
                        }
                        let again: Vec<_> = topic.end_of_pass(at(now)).into_iter().map(|(who, record)| (who, record.excerpt(9))).collect();
                        prop_assert_eq!(again, waited.into_iter().map(|who| (who, "0".to_owned())).collect::<Vec<_>>());
                    } else {
                        prop_assert_eq!(topic.end(), waited);
                    }
                }
                Operation::Wait(seconds) => now += seconds,
            }
            prop_assert_eq!(topic.is_wanted(), !plain.waiting.is_empty());
            if let TopicMode::Unicast { buffer } = mode {
                prop_assert_eq!(topic.has_room(), !plain.waiting.is_empty() || (plain.left.len() as u64) < buffer);
            }
        }
        prop_assert_eq!(topic.take_skipped(), plain.skipped);
    }
}
