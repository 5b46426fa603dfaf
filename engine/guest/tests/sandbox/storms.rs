//! Misdeeds by the thousand: what is left behind does not grow, and the next call works.

use throng_kit::resident;
use throng_protocols::Value;

use crate::guests::{answer, lanes, shown};

/// Instances that a storm breaks.
const MANY: u64 = 10_000;

#[test]
fn ten_thousand_traps_have_ten_thousand_new_instances() {
    let lanes = lanes("hostile");
    let mut settled = None;
    for done in 0..MANY {
        let trapped = answer(&lanes, 0, &Value::None);
        assert!(trapped.is_err(), "call {done}");
        if done == MANY / 10 {
            settled = resident(std::process::id());
        }
    }
    assert_eq!(shown(answer(&lanes, 9, &Value::None)), "integer 1", "the next call has a new instance");
    let statistics = lanes.statistics();
    assert_eq!((statistics.calls, statistics.traps, statistics.rebuilt), (MANY + 1, MANY, MANY));
    // Nine thousand instances more would show: the smallest has a memory of 1 MiB.
    let grown = resident(std::process::id()).zip(settled).map(|(now, settled)| now.saturating_sub(settled));
    assert!(grown.is_none_or(|grown| grown < 64 << 20), "{grown:?} bytes more after nine of ten thousand traps");
}

#[test]
fn the_engine_is_not_entered_from_within_its_own_answer() {
    let lanes = lanes("hostile");
    for _ in 0..100 {
        let entered = shown(answer(&lanes, 11, &Value::None));
        assert_eq!(entered, "trapped trap: the guest called the host where it must not, such as while values are copied");
    }
    assert_eq!(shown(answer(&lanes, 9, &Value::None)), "integer 1");
}
