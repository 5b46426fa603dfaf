//! Who gets which record, in each mode.

use throng_model::AtEnd;

use super::*;

mod model;

const START: Moment = Moment::from_nanos(0);

fn options(mode: TopicMode) -> Options {
    Options { mode, at_end: AtEnd::Wait, idle_timeout: None, cache_limit: 1 << 20, keep_input: false }
}

fn topic(mode: TopicMode) -> Topic<&'static str> {
    Topic::new(&options(mode))
}

fn taken(topic: &mut Topic<&'static str>, reader: u32) -> String {
    match topic.take("asker", reader, Moment::from_nanos(0)) {
        Taken::Record(record) => record.excerpt(9),
        Taken::Waits => "waits".to_owned(),
        Taken::Ended => "ended".to_owned(),
    }
}

fn fill(topic: &mut Topic<&'static str>, records: std::ops::Range<i64>) {
    for record in records {
        topic.publish(Value::Integer(record), START).expect("room");
    }
}

#[test]
fn unicast_gives_each_record_once_in_order() {
    let mut topic = topic(TopicMode::Unicast { buffer: 2 });
    assert!(topic.has_room());
    fill(&mut topic, 0..2);
    assert!(!topic.has_room());
    assert_eq!([taken(&mut topic, 1), taken(&mut topic, 2), taken(&mut topic, 1)], ["0", "1", "waits"]);
    assert_eq!(topic.publish(Value::Integer(2), START).expect("room"), ["asker"]);
    assert_eq!(taken(&mut topic, 1), "waits");
    assert_eq!(topic.end(), ["asker"]);
    assert_eq!(taken(&mut topic, 1), "ended");
}

#[test]
fn broadcast_gives_every_record_to_every_reader() {
    let mut topic = topic(TopicMode::Broadcast { buffer: None });
    fill(&mut topic, 0..2);
    assert_eq!([taken(&mut topic, 1), taken(&mut topic, 1), taken(&mut topic, 1)], ["0", "1", "waits"]);
    assert_eq!([taken(&mut topic, 2), taken(&mut topic, 2)], ["0", "1"]);
    topic.publish(Value::Integer(2), START).expect("room");
    assert_eq!([taken(&mut topic, 1), taken(&mut topic, 2)], ["waits", "2"]);
}

#[test]
fn slow_readers_jump_to_the_oldest_that_is_kept() {
    let mut topic = topic(TopicMode::Broadcast { buffer: Some(2) });
    fill(&mut topic, 0..1);
    assert_eq!(taken(&mut topic, 1), "0");
    fill(&mut topic, 1..6);
    assert_eq!([taken(&mut topic, 1), taken(&mut topic, 1), taken(&mut topic, 2)], ["4", "5", "4"]);
    assert_eq!(topic.take_skipped(), 3);
    let mut only_new = super::tests::topic(TopicMode::Broadcast { buffer: Some(0) });
    fill(&mut only_new, 0..3);
    assert_eq!(taken(&mut only_new, 1), "waits");
    assert_eq!(only_new.publish(Value::Integer(3), START).expect("room"), ["asker"]);
}

#[test]
fn loops_begin_again() {
    let mut topic = topic(TopicMode::Loop { buffer: None });
    fill(&mut topic, 0..2);
    assert_eq!([taken(&mut topic, 1), taken(&mut topic, 1), taken(&mut topic, 1)], ["0", "1", "waits"]);
    let again: Vec<_> = topic.end_of_pass(START).into_iter().map(|(_, record)| record.excerpt(9)).collect();
    assert_eq!(again, ["0"]);
    assert_eq!([taken(&mut topic, 1), taken(&mut topic, 1), taken(&mut topic, 2)], ["1", "0", "0"]);
}

#[test]
fn a_cache_has_a_limit() {
    let options =
        Options { mode: TopicMode::Loop { buffer: None }, at_end: AtEnd::Wait, idle_timeout: None, cache_limit: 100, keep_input: false };
    let mut topic = Topic::<()>::new(&options);
    let kept = (0..100).take_while(|record| topic.publish(Value::Integer(*record), START).is_ok()).count();
    assert!((1..10).contains(&kept), "{kept}");
}

#[test]
fn a_record_that_nobody_took_goes_to_the_next() {
    let mut topic = topic(TopicMode::Unicast { buffer: 10 });
    fill(&mut topic, 0..3);
    taken(&mut topic, 1);
    assert!(topic.give_back(Value::Integer(0)).is_none());
    assert_eq!(taken(&mut topic, 2), "0");
    let mut all = super::tests::topic(TopicMode::Broadcast { buffer: None });
    fill(&mut all, 0..2);
    taken(&mut all, 1);
    assert!(all.give_back(Value::Integer(0)).is_none());
    assert_eq!([taken(&mut all, 2), taken(&mut all, 2), taken(&mut all, 2)], ["0", "1", "waits"], "everybody gets each once");
}

#[test]
fn who_waits_is_not_idle() {
    let options = Options { idle_timeout: Some(Duration::from_secs(2)), ..options(TopicMode::Broadcast { buffer: None }) };
    let mut topic = Topic::<()>::new(&options);
    let at = |seconds: u64| Moment::from_nanos(seconds * 1_000_000_000);
    assert!(matches!(topic.take((), 1, at(0)), Taken::Waits));
    assert_eq!(topic.publish(Value::Integer(0), at(10)).expect("room").len(), 1);
    assert!(matches!(topic.take((), 1, at(11)), Taken::Waits), "it has had the first");
    topic.cancel(|()| true);
    assert!(matches!(topic.take((), 1, at(20)), Taken::Record(Value::Integer(0))), "now it begins again");
}
