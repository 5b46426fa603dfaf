//! Values go in and come out unchanged; failures are values.

use bytes::Bytes;
use throng_guest::LaneConfig;
use throng_protocols::{List, Value};

use crate::guests::{answer, call, config, lanes, load, shown};

#[test]
fn every_kind_of_value_comes_back() {
    let lanes = lanes("echo");
    let values = [
        Value::None,
        Value::Boolean(true),
        Value::Integer(i64::MIN),
        Value::Number(1.5),
        Value::Text("grüße".into()),
        Value::Json(r#"{"a":[1]}"#.into()),
        Value::Bytes(Bytes::from_static(&[0, 255])),
        Value::native(List { items: vec![Value::Integer(1), Value::Text("two".into())] }),
    ];
    let shown: Vec<_> = values.iter().map(|value| shown(answer(&lanes, 0, value))).collect();
    assert_eq!(
        shown,
        [
            "none null",
            "boolean true",
            "integer -9223372036854775808",
            "number 1.5",
            "text grüße",
            r#"json {"a":[1]}"#,
            "bytes 2 bytes",
            r#"list [1,"two"]"#
        ]
    );
    assert_eq!(lanes.statistics().calls, 8);
}

#[test]
fn nothing_and_failures_are_answers() {
    assert_eq!(shown(answer(&lanes("echo"), 1, &Value::None)), "nothing");
    let hostile = lanes("hostile");
    assert_eq!(shown(answer(&hostile, 7, &Value::None)), r#"failed Error out-of-stock "minion 7 came too late""#);
    assert_eq!(hostile.statistics().traps, 0);
    assert_eq!(shown(answer(&hostile, 4, &Value::None)), "text a filter answers with a boolean", "uses are the engine's to check");
}

#[test]
fn a_fresh_instance_per_call_forgets_globals() {
    let hostile = load("hostile");
    let kept = hostile.lanes(config()).expect("the guest starts");
    let fresh = hostile.lanes(LaneConfig { fresh_instance_per_call: true, ..config() }).expect("the guest starts");
    let counts = |lanes| [(); 3].map(|()| shown(answer(lanes, 9, &Value::None)));
    assert_eq!(counts(&kept), ["integer 1", "integer 2", "integer 3"]);
    assert_eq!(counts(&fresh), ["integer 1", "integer 1", "integer 1"]);
}

#[test]
fn a_value_of_many_megabytes_comes_whole() {
    let Ok(throng_protocols::Output::One(Value::Text(text))) = answer(&lanes("hostile"), 5, &Value::None) else { panic!("a text") };
    assert_eq!(text.len(), 16 << 20);
    let bytes = Value::Bytes(vec![7; 8 << 20].into());
    assert_eq!(shown(answer(&lanes("echo"), 0, &bytes)), "bytes 8388608 bytes");
}

#[test]
fn a_call_can_be_made_from_any_thread_that_owns_the_lanes() {
    let lanes = lanes("echo");
    let answer = std::thread::spawn(move || shown(answer(&lanes, 0, &Value::Integer(call(0).context.minion.into())))).join();
    assert_eq!(answer.expect("no panic"), "integer 7");
}
