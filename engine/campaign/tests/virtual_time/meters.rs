//! Steps that record numbers.

use crate::harness::{Virtual, integer, on_any_number_of_workers, scenario};
use serde_json::json;
use throng_measure::{MeterValue, Verdict};
use throng_protocols::{Output, Value};

/// §6 `counter`, `gauge`, `timer`, `rate`, `throughput`, `summary`: record a number, pass the value on.
#[test]
fn every_meter_records_and_passes_on() {
    let steps = json!([
        { "name": "number", "start": true, "returns": {"callback": 0} },
        { "name": "visits", "after": "number", "counter": {} },
        { "name": "sum", "after": "visits", "counter": {"value": {"json": ""}} },
        { "name": "level", "after": "sum", "gauge": {"value": {"json": ""}} },
        { "name": "took", "after": "level", "timer": {"value": {"callback": 1}} },
        { "name": "sizes", "after": "took", "summary": {"name": "bytes", "value": {"json": ""}} },
        { "name": "flow", "after": "sizes", "throughput": {"value": {"json": ""}} },
        { "name": "share", "after": "flow", "rate": {"value": {"callback": 2}} },
        { "name": "seen", "after": "share", "on-each": {"callback": 3} },
    ]);
    let make = || {
        Virtual::new(scenario(10, "immediate", steps.clone())).callbacks(&["returns", "number", "rate", "on-each"], |call, input, _, _| {
            Ok(match call.callback {
                0 => Output::One(Value::Integer(i64::from(call.context.minion))),
                1 => Output::One(Value::Integer(integer(input) * 1_000)),
                2 => Output::Many(vec![Value::Integer(1), Value::Integer(4)]),
                _ => Output::Nothing,
            })
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.values("seen"), ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
        assert!(matches!(ran.meter("visits", "visits"), MeterValue::Counter(10)));
        assert!(matches!(ran.meter("sum", "sum"), MeterValue::Counter(45)));
        assert!(matches!(ran.meter("level", "level"), MeterValue::Gauge(Some(level)) if (0.0..10.0).contains(level)));
        assert!(matches!(ran.meter("took", "took"), MeterValue::Timer(timer) if (timer.count(), timer.sum()) == (10, 45_000)));
        assert!(matches!(ran.meter("sizes", "bytes"), MeterValue::Summary(sizes) if (sizes.sum(), sizes.max()) == (45.0, 9.0)));
        assert!(matches!(ran.meter("flow", "flow"), MeterValue::Throughput(sum) if *sum == 45.0));
        assert!(matches!(ran.meter("share", "share"), MeterValue::Rate { benchmark, total } if (*benchmark, *total) == (10.0, 40.0)));
        assert_eq!(ran.report.verdict, Verdict::Successful);
    });
}

/// What is no number is an error of the step.
#[test]
fn what_is_no_number_is_an_error() {
    let steps = json!([
        { "name": "text", "start": true, "returns": "not a number" },
        { "name": "sum", "after": "text", "counter": {"value": {"json": ""}} },
        { "name": "behind", "after": "sum", "pipe": {} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(3, "immediate", steps.clone())),
        |ran| {
            assert_eq!(ran.counts(0, "sum"), [0, 0, 3, 0, 0]);
            assert_eq!(ran.counts(0, "behind"), [0, 0, 0, 0, 3]);
        },
    );
}
