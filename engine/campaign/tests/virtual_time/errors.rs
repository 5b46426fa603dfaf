//! What becomes of failures: error processors, retries, time-outs, verdicts.

use crate::harness::{Virtual, integer, on_any_number_of_workers, scenario};
use serde_json::{Value as Json, json};
use throng_measure::Verdict;
use throng_protocols::{Call, CallbacksError, Failure, Output, Value};

fn boom() -> Result<Output, CallbacksError> {
    Err(CallbacksError::Failed(Failure::error("boom", "it broke").final_()))
}

fn errors_of(call: &Call) -> Vec<String> {
    let errors = call.errors.iter().flat_map(|errors| errors.iter());
    errors.map(|error| format!("{}: {} {}", error.step, error.code, error.message)).collect()
}

/// A root, a step that breaks for odd minions, and what follows.
fn breaking(rest: Json) -> Json {
    let mut steps = json!([
        { "name": "root", "start": true, "returns": {"callback": 0} },
        { "name": "bad", "after": "root", "map": {"callback": 1} },
    ]);
    steps.as_array_mut().unwrap().extend(rest.as_array().unwrap().iter().cloned());
    steps
}

fn minion(call: &Call) -> Result<Output, CallbacksError> {
    Ok(Output::One(Value::Integer(i64::from(call.context.minion))))
}

fn odd_breaks(call: &Call, input: &Value) -> Result<Output, CallbacksError> {
    if call.context.minion % 2 == 1 { boom() } else { Ok(Output::One(input.clone())) }
}

/// §6 `catch-errors`: runs whenever there are errors, exhausted or not, then forwards the context as it is.
#[test]
fn catch_errors_looks_and_leaves_the_context_as_it_is() {
    let steps = breaking(json!([
        { "name": "look", "after": "bad", "catch-errors": {"callback": 2} },
        { "name": "behind", "after": "look", "pipe": {} },
        { "name": "mend", "after": "behind", "recover": -1 },
        { "name": "look-again", "after": "mend", "catch-errors": {"callback": 3} },
        { "name": "end", "after": "look-again", "on-each": {"callback": 4} },
    ]));
    let make = || {
        Virtual::new(scenario(10, "immediate", steps.clone())).callbacks(
            &["returns", "map", "catch-errors", "catch-errors", "on-each"],
            |call, input, _, _| match call.callback {
                0 => minion(call),
                1 => odd_breaks(call, input),
                number => {
                    let expected = if number == 4 && call.context.minion % 2 == 0 { vec![] } else { vec!["bad: boom it broke".to_owned()] };
                    assert_eq!(errors_of(call), expected, "{}", call.place.step);
                    assert_eq!(call.exhausted, number == 2);
                    Ok(Output::Nothing)
                }
            },
        )
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counts(0, "bad"), [5, 0, 5, 0, 0]);
        assert_eq!(ran.counts(0, "look"), [5, 0, 0, 0, 0]);
        assert_eq!(ran.counts(0, "behind"), [5, 0, 0, 0, 5]);
        assert_eq!(ran.counts(0, "mend"), [5, 0, 0, 0, 0]);
        assert_eq!(ran.counts(0, "look-again"), [5, 0, 0, 0, 0]);
        assert_eq!(ran.counts(0, "end"), [10, 0, 0, 0, 0]);
        assert_eq!(ran.values("end"), ["-1", "-1", "-1", "-1", "-1", "0", "2", "4", "6", "8"]);
        assert_eq!(ran.report.verdict, Verdict::Failed, "mended or not, a failure counts");
    });
}

/// §6 `catch-exhausted`: sees the exhausted context; what it emits goes on healthy, nothing leaves it exhausted.
#[test]
fn catch_exhausted_may_make_the_chain_healthy() {
    let steps = breaking(json!([
        { "name": "rescue", "after": "bad", "catch-exhausted": {"callback": 2} },
        { "name": "end", "after": "rescue", "on-each": {"callback": 3} },
    ]));
    let make = || {
        Virtual::new(scenario(12, "immediate", steps.clone())).callbacks(
            &["returns", "map", "catch-exhausted", "on-each"],
            |call, input, _, _| match call.callback {
                0 => minion(call),
                1 => odd_breaks(call, input),
                2 => Ok(match integer(input) {
                    number if number % 4 == 1 => Output::Many(vec![Value::Integer(100), Value::Integer(101)]),
                    _ => Output::Nothing,
                }),
                _ => Ok(Output::Nothing),
            },
        )
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counts(0, "rescue"), [6, 0, 0, 0, 0]);
        // Six healthy ones, three that gave two values each, three that stayed exhausted.
        assert_eq!(ran.counts(0, "end"), [12, 0, 0, 0, 3]);
    });
}

/// §6 `recover`: constants, templates and callbacks; a healthy context passes by.
#[test]
fn recover_goes_on_with_its_value() {
    let steps = breaking(json!([
        { "name": "fork", "after": "bad", "log-errors": {} },
        { "name": "constant", "after": "fork", "recover": {"a": 1} },
        { "name": "template", "after": "fork", "recover": "minion {minion}" },
        { "name": "callback", "after": "fork", "recover": {"callback": 2} },
        { "name": "end", "after": ["constant", "template", "callback"], "on-each": {"callback": 3} },
    ]));
    let make = || {
        Virtual::new(scenario(4, "immediate", steps.clone())).callbacks(&["returns", "map", "recover", "on-each"], |call, input, _, _| {
            match call.callback {
                0 => minion(call),
                1 => odd_breaks(call, input),
                2 => Ok(Output::One(Value::Text(format!("given {}", integer(input)).into()))),
                _ => Ok(Output::Nothing),
            }
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counts(0, "fork"), [2, 0, 0, 0, 0]);
        assert_eq!(ran.counts(0, "constant"), [2, 0, 0, 0, 0]);
        let expected = ["0", "0", "0", "2", "2", "2", "given 1", "given 3", "minion 1", "minion 3", r#"{"a":1}"#, r#"{"a":1}"#];
        assert_eq!(ran.values("end"), expected);
    });
}

/// §6 `validate`: returned errors make the context exhausted.
#[test]
fn validate_checks_the_input() {
    let steps = json!([
        { "name": "root", "start": true, "returns": {"callback": 0} },
        { "name": "valid", "after": "root", "validate": {"callback": 1}, "retry": {"retries": 2} },
        { "name": "end", "after": "valid", "pipe": {} },
    ]);
    let make = || {
        Virtual::new(scenario(9, "immediate", steps.clone())).callbacks(&["returns", "validate"], |call, _, _, _| match call.callback {
            0 => minion(call),
            _ => match call.context.minion % 3 {
                0 => Ok(Output::Nothing),
                1 => Ok(Output::Many(vec![Value::Text("too short".into()), Value::Text("no digit".into())])),
                _ => Err(CallbacksError::Failed(Failure::assertion("no", "never"))),
            },
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counts(0, "valid"), [3, 3, 3, 0, 0]);
        assert_eq!(ran.figures(0, "valid").attempts, 9);
        assert_eq!(ran.counts(0, "end"), [3, 0, 0, 0, 6]);
        let failures = &ran.report.scenarios[0].steps[1].failures;
        let invalid = failures.iter().find(|failure| failure.code == "invalid").expect("the code of wrong inputs");
        assert_eq!((invalid.count, invalid.message.as_str()), (3, "too short; no digit"));
    });
}

/// §4.7: `tolerate` leaves the verdict alone. §5 `report`: off hides causes, not counts.
#[test]
fn tolerated_and_unreported_failures() {
    let steps = json!([
        { "name": "root", "start": true, "pipe": {} },
        { "name": "meant", "after": "root", "map": {"callback": 0}, "tolerate": true },
        { "name": "quiet", "after": "root", "map": {"callback": 0}, "tolerate": true, "report": false },
    ]);
    let make = || Virtual::new(scenario(3, "immediate", steps.clone())).callbacks(&["map"], |_, _, _, _| boom());
    on_any_number_of_workers(make, |ran| {
        assert_eq!([ran.counts(0, "meant"), ran.counts(0, "quiet")], [[0, 0, 3, 0, 0]; 2]);
        assert_eq!(ran.report.verdict, Verdict::Successful);
        let failures = |step: &str| ran.report.scenarios[0].steps.iter().find(|known| known.name == step).unwrap().failures.len();
        assert_eq!([failures("meant"), failures("quiet")], [1, 0]);
    });
}

/// §4.5: the message is cut at 1 000 characters, with a mark.
#[test]
fn long_messages_are_cut() {
    let steps = json!([{ "name": "bad", "start": true, "map": {"callback": 0} }]);
    let make = || {
        Virtual::new(scenario(1, "immediate", steps.clone()))
            .callbacks(&["map"], |_, _, _, _| Err(CallbacksError::Failed(Failure::error("long", "ä".repeat(5000)))))
    };
    on_any_number_of_workers(make, |ran| {
        let message = &ran.report.scenarios[0].steps[0].failures[0].message;
        assert_eq!(*message, format!("{}… (cut)", "ä".repeat(1000)));
    });
}

/// §5 `timeout`: for one attempt; running over is the outcome timeout, the work is cancelled, and may be tried again.
#[test]
fn time_outs_are_for_each_attempt() {
    let steps = json!([
        { "name": "slow", "start": true, "work": {"takes": "300ms"}, "timeout": "100ms", "retry": {"retries": 2, "delay": "50ms"} },
        { "name": "behind", "after": "slow", "pipe": {} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(6, "immediate", steps.clone())),
        |ran| {
            assert_eq!(ran.counts(0, "slow"), [0, 0, 0, 6, 0]);
            assert_eq!(ran.figures(0, "slow").attempts, 18);
            assert_eq!(ran.counts(0, "behind"), [0, 0, 0, 0, 6]);
            assert_eq!(ran.millis(), 400, "three attempts of 100 ms, two waits of 50 ms, and none after the last");
            let times = &ran.figures(0, "slow").times;
            let response = throng_measure::under_load(&times.response);
            let service = throng_measure::under_load(&times.service);
            assert_eq!(response.sum(), 6 * 400_000_000, "from the intended start to the end of the last attempt");
            assert_eq!(service.sum(), 6 * 100_000_000, "the last attempt alone");
        },
    );
}

/// §5 `timeout`: plugin steps have 10 s, others none.
#[test]
fn plugins_have_ten_seconds() {
    let steps = json!([
        { "name": "root", "start": true, "split": {} },
        { "name": "endless", "after": "root", "work": {"takes": "1h"} },
        { "name": "patient", "after": "root", "delay": "20s" },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(2, "immediate", steps.clone())),
        |ran| {
            assert_eq!(ran.counts(0, "endless"), [0, 0, 0, 2, 0]);
            assert_eq!(ran.counts(0, "patient"), [2, 0, 0, 0, 0]);
            assert_eq!(ran.millis(), 20_000);
        },
    );
}

/// §5 `retry`: min(delay × multiplierᵏ⁻¹, max-delay); the example of the contract.
#[test]
fn waits_before_retries_are_exact() {
    let retry = json!({"retries": 10, "delay": "1ms", "multiplier": 2.0, "max-delay": "10ms"});
    let steps = json!([{ "name": "work", "start": true, "execute": {"callback": 0}, "retry": retry }]);
    let make = || {
        Virtual::new(scenario(1, "immediate", steps.clone()))
            .callbacks(&["execute"], |_, _, _, _| Err(CallbacksError::Failed(Failure::error("busy", "no"))))
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.times("work"), [0.0, 1.0, 3.0, 7.0, 15.0, 25.0, 35.0, 45.0, 55.0, 65.0, 75.0]);
        let attempts: Vec<u32> = ran.calls.iter().map(|call| call.attempt).collect();
        assert_eq!(attempts, (0..=10).collect::<Vec<_>>());
    });
}

/// §5 `retry`: the scenario's is the default, a step can say `none`, `verify` and `stage` don't have it.
#[test]
fn the_default_retry_is_inherited_where_it_makes_sense() {
    let mut tested = scenario(
        1,
        "immediate",
        json!([
            { "name": "root", "start": true, "split": {} },
            { "name": "inherits", "after": "root", "map": {"callback": 0} },
            { "name": "refuses", "after": "root", "map": {"callback": 0}, "retry": "none" },
            { "name": "asserts", "after": "root", "verify": {"callback": 1} },
            { "name": "staged", "after": "root", "stage": { "steps": [{ "name": "inner", "map": {"callback": 0}, "retry": "none" }] } },
        ]),
    );
    tested["retry"] = json!({"retries": 2, "delay": "10ms"});
    let make = || {
        Virtual::new(tested.clone()).callbacks(&["map", "verify"], |call, _, _, _| match call.callback {
            0 => Err(CallbacksError::Failed(Failure::error("busy", "no"))),
            _ => Err(CallbacksError::Failed(Failure::error("not-checked", "an error in an assertion"))),
        })
    };
    on_any_number_of_workers(make, |ran| {
        let attempts = ["inherits", "refuses", "asserts", "staged", "inner"].map(|step| ran.figures(0, step).attempts);
        assert_eq!(attempts, [3, 1, 1, 1, 1]);
        assert_eq!(ran.counts(0, "asserts"), [0, 0, 1, 0, 0]);
        assert_eq!(ran.counts(0, "staged"), [0, 0, 1, 0, 0]);
    });
}

/// §4.6: what an attempt emits is held until it has succeeded. §4.5: attempts are counted apart from outcomes.
#[test]
fn every_step_hears_once_per_run_that_its_minion_is_done() {
    let steps = json!([
        { "name": "root", "start": true, "split": {} },
        { "name": "work", "after": "root", "work": {"takes": "5ms", "fails-every": 3} },
        { "name": "dead-end", "after": "root", "filter-not-none": {} },
        { "name": "behind", "after": "work", "pipe": {} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(9, "regular(1ms, 2)", steps.clone())),
        |ran| {
            assert_eq!(ran.counts(0, "work"), [6, 0, 3, 0, 0]);
            assert_eq!(ran.counts(0, "dead-end"), [9, 0, 0, 0, 0]);
            assert_eq!(ran.probe.done(), (0..9).collect::<Vec<_>>());
        },
    );
}
