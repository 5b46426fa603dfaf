//! Session, random draws, meters, events, visit, settings, clock.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use throng_guest::LaneConfig;
use throng_protocols::{Call, Callbacks, Effects, MeterOperation, Session, Value};

use crate::guests::{StoppedClock, answer, call, call_with_error, config, lanes, load, logged, settings, shown};

#[test]
fn a_session_is_kept_per_minion() {
    let lanes = lanes("session");
    let (mut one, mut other, mut effects) = (Session::default(), Session::default(), Effects::default());
    let mut count = |session: &mut Session| shown(lanes.call(call(0), &Value::None, session, &mut effects));
    assert_eq!([count(&mut one), count(&mut one), count(&mut other)], ["integer 1", "integer 2", "integer 1"]);
    assert_eq!(one.get("visits"), Some(&[2][..]));
    lanes.call(call(7), &Value::None, &mut one, &mut effects).expect("it forgets");
    assert_eq!(one.get("visits"), None);
}

#[test]
fn an_overfull_session_is_a_trap_that_leaves_it_as_it_was() {
    let lanes = lanes("session");
    let (mut session, mut effects) = (Session::default(), Effects::default());
    let trapped = shown(lanes.call(call(3), &Value::None, &mut session, &mut effects));
    assert_eq!(
        trapped,
        "trapped trap: the session of a minion holds at most 65536 bytes; keep less in it, or keys instead of whole values"
    );
    assert_eq!(session.get("a"), None);
}

#[test]
fn draws_follow_from_the_call_alone() {
    let (one, other) = (lanes("session"), lanes("session"));
    let draws = shown(answer(&one, 1, &Value::None));
    assert_eq!(draws, r#"json ["bdd732262feb6e95", "28efe333b266f103"]"#);
    assert_eq!(shown(answer(&one, 1, &Value::None)), draws);
    assert_eq!(shown(answer(&other, 1, &Value::None)), draws);
    let call = Call { draw: 43, ..call(1) };
    assert_ne!(shown(one.call(call, &Value::None, &mut Session::default(), &mut Effects::default())), draws);
}

#[test]
fn meters_events_and_messages_come_out_in_order() {
    let lanes = lanes("session");
    let mut effects = Effects::default();
    let lines = logged(|| {
        lanes.call(call(2), &Value::None, &mut Session::default(), &mut effects).expect("it measures");
    });
    let recordings: Vec<_> = effects.meters.iter().map(|(meter, operation)| (meter.name.as_str(), *operation)).collect();
    assert_eq!(
        recordings,
        [
            ("orders", MeterOperation::Add(2)),
            ("orders", MeterOperation::Add(3)),
            ("stock", MeterOperation::Set(1.5)),
            ("thinking", MeterOperation::ObserveNanoseconds(1_000)),
            ("price", MeterOperation::Observe(9.75)),
            ("hits", MeterOperation::AddRate { benchmark: 1.0, total: 2.0 }),
            ("bytes", MeterOperation::Observe(64.0)),
        ]
    );
    assert!(Arc::ptr_eq(&effects.meters[0].0, &effects.meters[1].0), "the same meter twice is one");
    assert_eq!(effects.meters[0].0.tags, [("kind".to_owned(), "test".to_owned())]);
    assert_eq!(
        format!("{:?}", effects.events),
        r#"[EventRecord { name: "order-placed", level: Info, tags: [("kind", "test")], body: Number(7.0) }]"#
    );
    assert_eq!(format!("{:?}", effects.messages), r#"[Message { severity: Warn, text: "the stock is low" }]"#);
    assert_eq!(lines, [r#"INFO message=measured scenario="checkout" step="pay""#]);
}

#[test]
fn a_guest_can_look_around() {
    let lanes = lanes("session");
    assert_eq!(
        shown(answer(&lanes, 4, &Value::None)),
        r#"text checkout pay after Some("order") in Some("north"), exhausted: false, errors: []"#
    );
    let exhausted = lanes.call(call_with_error(4), &Value::None, &mut Session::default(), &mut Effects::default());
    assert_eq!(
        shown(exhausted),
        r#"text checkout pay after Some("order") in Some("north"), exhausted: true, errors: ["order/status/refused"]"#
    );
}

#[test]
fn settings_and_time_are_handed_in() {
    let clock = Arc::new(StoppedClock::default());
    clock.0.store(5, Ordering::Relaxed);
    let config = LaneConfig { settings: Arc::new(settings(&[("shop", "north")])), timekeeper: clock, ..config() };
    let lanes = load("session").lanes(config).expect("the guest starts");
    assert_eq!(shown(answer(&lanes, 5, &Value::Text("shop".into()))), "text north");
    assert_eq!(shown(answer(&lanes, 5, &Value::Text("none such".into()))), "none null");
    assert_eq!(shown(answer(&lanes, 6, &Value::None)), "json [5, 1000000000005]");
}
