//! What steps mean, whatever the number of workers: virtual time, exact counts.

use crate::harness::{Virtual, on_any_number_of_workers, scenario};
use serde_json::json;
use throng_measure::Verdict;
use throng_protocols::{CallbacksError, Failure, Output, Session, Value};

#[test]
fn a_chain_passes_each_value_on() {
    let steps = json!([
        { "name": "one", "start": true, "returns": {"callback": 0} },
        { "name": "twice", "after": "one", "map": {"callback": 1} },
        { "name": "even", "after": "twice", "filter": {"callback": 2} },
        { "name": "seen", "after": "even", "on-each": {"callback": 3} },
        { "name": "sure", "after": "seen", "verify": {"callback": 4} },
    ]);
    let make = || {
        Virtual::new(scenario(10, "immediate", steps.clone())).callbacks(
            &["returns", "map", "filter", "on-each", "verify"],
            |call, input, _, _| {
                let number = match input {
                    Value::Integer(number) => *number,
                    _ => 0,
                };
                Ok(match call.callback {
                    0 => Output::One(Value::Integer(i64::from(call.context.minion))),
                    1 => Output::One(Value::Integer(number * 2)),
                    2 => Output::One(Value::Boolean(number % 4 == 0)),
                    3 => Output::Nothing,
                    _ if number == 8 => return Err(CallbacksError::Failed(Failure::assertion("eight", "it is eight"))),
                    _ => Output::Nothing,
                })
            },
        )
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counts(0, "one"), [10, 0, 0, 0, 0]);
        assert_eq!(ran.counts(0, "even"), [10, 0, 0, 0, 0]);
        assert_eq!(ran.counts(0, "seen"), [5, 0, 0, 0, 0]);
        assert_eq!(ran.counts(0, "sure"), [4, 1, 0, 0, 0]);
        assert_eq!(ran.report.verdict, Verdict::Failed);
    });
}

#[test]
fn a_failure_bypasses_what_follows_and_nothing_else() {
    let steps = json!([
        { "name": "first", "start": true, "returns": 1 },
        { "name": "fork", "after": "first", "split": {} },
        { "name": "bad", "after": "fork", "map": {"callback": 0} },
        { "name": "behind", "after": "bad", "pipe": {} },
        { "name": "far-behind", "after": "behind", "pipe": {} },
        { "name": "good", "after": "fork", "pipe": {} },
    ]);
    let make = || {
        Virtual::new(scenario(7, "immediate", steps.clone()))
            .callbacks(&["map"], |_, _, _, _| Err(CallbacksError::Failed(Failure::error("boom", "no"))))
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counts(0, "bad"), [0, 0, 7, 0, 0]);
        assert_eq!(ran.counts(0, "behind"), [0, 0, 0, 0, 7]);
        assert_eq!(ran.counts(0, "far-behind"), [0, 0, 0, 0, 7]);
        assert_eq!(ran.counts(0, "good"), [7, 0, 0, 0, 0]);
        assert_eq!(ran.snapshot.scenarios()[0].run.minions.completed, 7);
    });
}

#[test]
fn retries_wait_and_send_a_value_once() {
    let steps = json!([
        { "name": "work", "start": true, "execute": {"callback": 0}, "retry": {"retries": 3, "delay": "1s", "multiplier": 2.0} },
        { "name": "after", "after": "work", "pipe": {} },
    ]);
    let make = || {
        Virtual::new(scenario(4, "immediate", steps.clone())).callbacks(&["execute"], |call, _, _, _| match call.context.attempt {
            2 => Ok(Output::Many(vec![Value::Integer(1), Value::Integer(2)])),
            _ => Err(CallbacksError::Failed(Failure::error("busy", "try again"))),
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counts(0, "work"), [4, 0, 0, 0, 0]);
        assert_eq!(ran.snapshot.scenarios()[0].steps[0].attempts, 12);
        assert_eq!(ran.counts(0, "after"), [8, 0, 0, 0, 0]);
        assert_eq!(ran.elapsed.as_millis(), 3000);
        assert_eq!(ran.report.verdict, Verdict::Successful);
    });
}

#[test]
fn starts_are_exact_and_delays_hold() {
    let steps = json!([{ "name": "wait", "start": true, "delay": "10s" }]);
    on_any_number_of_workers(
        || Virtual::new(scenario(1000, "rate(1000, 1s)", steps.clone())),
        |ran| {
            let scenario = &ran.snapshot.scenarios()[0];
            assert_eq!(scenario.run.minions.started, 1000);
            assert_eq!(scenario.run.minions.completed, 1000);
            assert_eq!(scenario.run.start_lag.max(), Some(0));
            assert_eq!(ran.elapsed.as_millis(), 10_999);
        },
    );
}

#[test]
fn sessions_and_contexts_belong_to_their_minion() {
    let steps = json!([
        { "name": "keep", "start": true, "execute": {"callback": 0} },
        { "name": "check", "after": "keep", "verify": {"callback": 1} },
    ]);
    let make = || {
        Virtual::new(scenario(50, "regular(10ms, 7)", steps.clone())).callbacks(
            &["execute", "verify"],
            |call, _, session: &mut Session, _| {
                let minion = call.context.minion.to_be_bytes();
                if call.callback == 0 {
                    session.set("minion".into(), minion.to_vec()).expect("there is room");
                    return Ok(Output::One(Value::None));
                }
                match session.get("minion") == Some(&minion[..]) && call.previous.as_deref() == Some("keep") {
                    true => Ok(Output::Nothing),
                    false => Err(CallbacksError::Failed(Failure::assertion("mixed-up", "not mine"))),
                }
            },
        )
    };
    on_any_number_of_workers(make, |ran| assert_eq!(ran.counts(0, "check"), [50, 0, 0, 0, 0]));
}

#[test]
fn iterations_follow_their_period_and_count_failures() {
    let steps = json!([
        { "name": "tick", "start": true, "execute": {"callback": 0}, "iterate": {"iterations": 5, "period": "100ms"} },
        { "name": "after", "after": "tick", "pipe": {} },
    ]);
    let make = || {
        Virtual::new(scenario(3, "immediate", steps.clone())).callbacks(&["execute"], |call, _, _, _| match call.context.iteration {
            2 => Err(CallbacksError::Failed(Failure::error("third", "no"))),
            iteration => Ok(Output::One(Value::Integer(i64::from(iteration)))),
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counts(0, "tick"), [12, 0, 3, 0, 0]);
        assert_eq!(ran.counts(0, "after"), [12, 0, 0, 0, 0]);
        assert_eq!(ran.elapsed.as_millis(), 400);
    });
}

#[test]
fn wrong_answers_are_errors_of_their_step() {
    let steps = json!([{ "name": "odd", "start": true, "returns": {"callback": 0} }]);
    on_any_number_of_workers(
        || Virtual::new(scenario(3, "immediate", steps.clone())).callbacks(&["returns"], |_, _, _, _| Ok(Output::Nothing)),
        |ran| assert_eq!(ran.counts(0, "odd"), [0, 0, 3, 0, 0]),
    );
}
