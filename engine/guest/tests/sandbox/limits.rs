//! What a guest must not do ends its call, leaves everything as it was, and the next call works.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use throng_guest::{LaneConfig, Limits, Statistics};
use throng_protocols::{Callbacks, Effects, Session, Value};

use crate::guests::{StoppedClock, answer, call, config, lanes, load, logged, shown};

#[test]
fn a_trap_discards_what_the_call_did() {
    let lanes = lanes("hostile");
    let (mut session, mut effects) = (Session::default(), Effects::default());
    session.set("note".into(), b"from before".to_vec()).expect("room");
    let trapped = lanes.call(call(0), &Value::None, &mut session, &mut effects);
    assert_eq!(shown(trapped), "trapped trap: the guest panicked or gave up (it ran into `unreachable`)");
    assert_eq!(session.get("note"), Some(&b"from before"[..]));
    assert!(effects.is_empty());
    assert_eq!(shown(answer(&lanes, 9, &Value::None)), "integer 1", "the next call has a new instance");
    let statistics = lanes.statistics();
    assert_eq!(Statistics { guest_nanos: 0, ..statistics }, Statistics { calls: 2, traps: 1, rebuilt: 1, ..Statistics::default() });
}

#[test]
fn an_endless_loop_runs_into_its_deadline() {
    let limits = Limits { call_time: Duration::from_millis(20), ..Limits::default() };
    let lanes = load("hostile").lanes(LaneConfig { limits, ..config() }).expect("the guest starts");
    assert_eq!(
        shown(answer(&lanes, 1, &Value::None)),
        "trapped deadline: the guest computed for more than 20ms; do less in one go, or raise the limit `call-time`"
    );
    assert_eq!(shown(answer(&lanes, 9, &Value::None)), "integer 1");
    assert_eq!(lanes.statistics().deadlines, 1);
}

#[test]
fn an_abort_ends_a_call_that_is_running() {
    let abort = Arc::new(AtomicBool::new(false));
    let limits = Limits { call_time: Duration::from_secs(3600), ..Limits::default() };
    let lanes = load("hostile").lanes(LaneConfig { limits, abort: Arc::clone(&abort), ..config() }).expect("the guest starts");
    let caller = std::thread::spawn(move || shown(answer(&lanes, 1, &Value::None)));
    abort.store(true, Ordering::Relaxed);
    assert_eq!(caller.join().expect("no panic"), "trapped aborted: the campaign was aborted while the guest was computing");
}

#[test]
fn memory_is_limited() {
    let limits = Limits { memory_bytes: 8 << 20, call_time: Duration::from_secs(60), ..Limits::default() };
    let lanes = load("hostile").lanes(LaneConfig { limits, ..config() }).expect("the guest starts");
    assert_eq!(
        shown(answer(&lanes, 2, &Value::None)),
        "trapped memory: the guest wanted more than 8192 KiB of memory; keep less, or raise the limit `memory`"
    );
    assert_eq!(shown(answer(&lanes, 9, &Value::None)), "integer 1");
    assert_eq!(lanes.statistics().memory_refusals, 1);
}

#[test]
fn an_instance_that_needs_more_memory_than_the_limit_does_not_start() {
    let limits = Limits { memory_bytes: 64 << 10, ..Limits::default() };
    let error = load("hostile").lanes(LaneConfig { limits, ..config() }).expect_err("too little memory");
    assert_eq!(
        error.to_string(),
        "the component does not start: the guest wanted more than 64 KiB of memory; keep less, or raise the limit `memory`"
    );
}

#[test]
fn recursion_ends_in_words() {
    assert_eq!(
        shown(answer(&lanes("hostile"), 8, &Value::None)),
        "trapped trap: the guest's calls are nested too deeply: its stack is used up"
    );
}

#[test]
fn effects_of_one_call_are_limited() {
    assert_eq!(
        shown(answer(&lanes("hostile"), 6, &Value::None)),
        "trapped trap: the call made more than 10000 recordings, events and messages; make fewer, or raise the limit `effects-per-call`"
    );
}

#[test]
fn a_log_flood_is_cut_and_counted() {
    let clock = Arc::new(StoppedClock::default());
    let lanes = load("hostile").lanes(LaneConfig { timekeeper: Arc::clone(&clock) as _, ..config() }).expect("the guest starts");
    let lines = logged(|| {
        answer(&lanes, 3, &Value::None).expect("a flood is no failure");
        clock.0.store(1_000_000_000, Ordering::Relaxed);
        answer(&lanes, 3, &Value::None).expect("a flood is no failure");
        drop(lanes);
    });
    let bytes_of_a_second = (0..10_000).map(|line| format!("line {line} of a flood")).scan(0, |bytes, line| {
        *bytes += line.len();
        Some(*bytes)
    });
    let kept = bytes_of_a_second.take_while(|bytes| *bytes <= 64 << 10).count();
    let notice = format!("WARN message={} lines dropped: the scenario logs more than its limit `log`", 10_000 - kept);
    assert_eq!(lines[0], r#"INFO message=line 0 of a flood scenario="checkout" step="pay""#);
    let notices: Vec<_> = lines.iter().enumerate().filter(|(_, line)| line.starts_with(&notice)).map(|(at, _)| at).collect();
    // Shorter lines fit where a longer one did not, so the last lines kept are not the first ones dropped.
    assert_eq!(notices.len(), 2, "{:?}", lines.iter().filter(|line| line.contains("dropped")).collect::<Vec<_>>());
    assert_eq!(notices[1], lines.len() - 1);
}
