//! Paces: per minion, no value leaves before its plan.

use crate::harness::{Virtual, integer, on_any_number_of_workers, scenario};
use serde_json::{Value as Json, json};
use throng_protocols::{Output, Value};

fn paced(pace: Json) -> Json {
    let mut step = json!({ "name": "paced", "after": "each" });
    step.as_object_mut().unwrap().extend(pace.as_object().unwrap().clone());
    json!([
        { "name": "list", "start": true, "returns": [1, 2, 3, 4, 5] },
        { "name": "each", "after": "list", "flatten": {} },
        step,
        { "name": "seen", "after": "paced", "on-each": {"callback": 0} },
    ])
}

/// §6 `constant-pace`: plan = max(arrival, last plan + period); the first leaves at once.
#[test]
fn a_constant_pace() {
    let steps = paced(json!({"constant-pace": "100ms"}));
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.times("seen"), [0.0, 100.0, 200.0, 300.0, 400.0]);
            assert_eq!(ran.figures(0, "paced").slipped, 0);
        },
    );
}

/// Per minion: others have their own.
#[test]
fn each_minion_has_its_own_pace() {
    let steps = paced(json!({"constant-pace": "100ms"}));
    on_any_number_of_workers(
        || Virtual::new(scenario(3, "regular(10ms, 1)", steps.clone())).seen(),
        |ran| {
            for minion in 0..3 {
                let times: Vec<f64> = ran.calls.iter().filter(|call| call.minion == minion).map(|call| call.at).collect();
                let expected: Vec<f64> = (0..5).map(|value| f64::from(minion * 10 + value * 100)).collect();
                assert_eq!(times, expected);
            }
        },
    );
}

/// §6: the next step is meant to start at the plan; lateness is counted as `slipped`; no catch-up.
#[test]
fn values_that_come_late_slip() {
    let steps = json!([
        { "name": "list", "start": true, "returns": [1, 2, 3, 4] },
        { "name": "each", "after": "list", "flatten": {} },
        { "name": "paced", "after": "each", "constant-pace": "100ms" },
        { "name": "second", "after": "paced", "execute": {"callback": 1}, "retry": {"retries": 1, "delay": "250ms"} },
        { "name": "seen", "after": "second", "on-each": {"callback": 0} },
    ]);
    let make = || {
        Virtual::new(scenario(1, "immediate", steps.clone())).callbacks(&["on-each", "execute"], |call, input, _, _| match call.callback {
            1 if integer(input) == 2 && call.context.attempt == 0 => {
                Err(throng_protocols::CallbacksError::Failed(throng_protocols::Failure::error("busy", "again")))
            }
            1 => Ok(Output::One(input.clone())),
            _ => Ok(Output::Nothing),
        })
    };
    on_any_number_of_workers(make, |ran| {
        // The second leaves at 100 and takes until 350; the third was planned for 200, the fourth is 100 behind it.
        assert_eq!(ran.times("seen"), [0.0, 350.0, 350.0, 450.0]);
        assert_eq!(ran.figures(0, "paced").slipped, 1);
    });
}

/// §6 `accelerating-pace`: the period is divided by the accelerator each time, down to the least.
#[test]
fn an_accelerating_pace() {
    let steps = paced(json!({"accelerating-pace": {"start": "400ms", "accelerator": 2.0, "min": "100ms"}}));
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "immediate", steps.clone())).seen(),
        |ran| assert_eq!(ran.times("seen"), [0.0, 400.0, 600.0, 700.0, 800.0]),
    );
}

/// §6 `pace(callback)`, §10: the callback makes the next period from the last one, in nanoseconds; the first is made from 0.
#[test]
fn a_pace_of_the_guest() {
    let steps = paced(json!({"pace": {"callback": 1}}));
    let make = || {
        Virtual::new(scenario(1, "immediate", steps.clone())).callbacks(&["on-each", "pace"], |call, input, _, _| {
            Ok(match call.callback {
                1 => Output::One(Value::Integer(integer(input) + 10_000_000)),
                _ => Output::Nothing,
            })
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.times("seen"), [0.0, 10.0, 30.0, 60.0, 100.0]);
        assert_eq!(ran.values_in_order("paced"), ["0", "10000000", "20000000", "30000000"]);
    });
}
