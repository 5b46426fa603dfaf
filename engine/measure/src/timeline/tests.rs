//! Slots, and what they may hold.

use super::*;

fn hear(timeline: &mut Timeline, at: u64, response: impl IntoIterator<Item = u64>) {
    let mut figures = StepFigures::default();
    response.into_iter().for_each(|response| figures.times.response[2].record(response));
    timeline.hear(at).step(&figures);
}

#[test]
fn slots_widen_and_lose_nothing() {
    let mut timeline = Timeline::default();
    for second in 0..1_001 {
        timeline.starts(second, 1);
        hear(&mut timeline, second * SECOND, [second]);
    }
    assert_eq!((timeline.width(), timeline.closed().len()), (4 * SECOND, 250));
    assert!(timeline.closed().all(|slot| slot.starts == 4));
    assert_eq!(timeline.closed().nth(1).and_then(|slot| slot.response), Some(SlotTimes { p50: 5, p95: 7, p99: 7, max: 7 }));
    assert_eq!(timeline.open().starts, 1);
    assert_eq!(timeline.per_second(4), 1.0);
}

#[test]
fn starts_are_in_the_slot_in_which_they_were() {
    let mut timeline = Timeline::default();
    hear(&mut timeline, 3 * SECOND, [1]);
    timeline.starts(1, 5);
    timeline.starts(3, 2);
    timeline.starts(4, 1);
    assert_eq!((timeline.closed().map(|slot| slot.starts).collect::<Vec<_>>(), timeline.open().starts), (vec![0, 5, 0], 2));
    hear(&mut timeline, 4 * SECOND, [1]);
    assert_eq!((timeline.closed().map(|slot| slot.starts).collect::<Vec<_>>(), timeline.open().starts), (vec![0, 5, 0, 2], 1));
    timeline.starts(300, 7);
    timeline.starts(1, 1);
    assert_eq!(timeline.closed().next().map(|slot| slot.starts), Some(6), "also in one that was made of two");
    assert_eq!(timeline.open().starts, 7);
}

#[test]
fn times_of_slots_that_became_one_are_those_of_all_samples() {
    let mut timeline = Timeline::default();
    let mut all = Histogram::default();
    for second in 0..4 {
        let times: Vec<u64> = (1..=100).map(|number| (100 * second + number) * 123_457).collect();
        times.iter().for_each(|time| all.record(*time));
        hear(&mut timeline, second * SECOND, times);
    }
    hear(&mut timeline, 600 * SECOND, []);
    assert_eq!(timeline.width(), 4 * SECOND);
    let (told, exact) = (timeline.closed().next().and_then(|slot| slot.response).expect("times"), SlotTimes::of(&all).expect("times"));
    for (told, exact) in [(told.p50, exact.p50), (told.p95, exact.p95), (told.p99, exact.p99)] {
        assert!(told.abs_diff(exact) * 100 <= exact, "{told} instead of {exact}");
    }
    assert_eq!(told.max, exact.max);
}

#[test]
fn the_end_of_time_is_a_slot_too() {
    let mut timeline = Timeline::default();
    timeline.starts(u64::MAX, 1);
    assert!(timeline.closed().len() <= Timeline::LIMIT);
    timeline.hear(0);
    assert_eq!(timeline.open().starts, 1);
}

/// A campaign of an hour holds what it held after its first minute, as long as times are of the same sizes.
#[test]
fn memory_is_that_of_the_first_minute() {
    let mut timeline = Timeline::default();
    let mut held = None;
    for second in 0..3_600_u64 {
        let times = (0..20).map(|number| (1 + (second * 7 + number) % 60) * 1_000_000);
        hear(&mut timeline, second * SECOND, times);
        if second >= 60 {
            let now = (timeline.spread.rows(), timeline.closed.capacity(), timeline.times.bytes());
            assert_eq!(*held.get_or_insert(now), now, "after {second} s");
        }
    }
    assert_eq!(held.map(|(rows, slots, _)| (rows, slots)), Some((60, Timeline::LIMIT)));
    assert_eq!(timeline.width(), 16 * SECOND);
}
