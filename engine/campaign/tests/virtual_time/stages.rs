//! `stage`: a sub-graph as one step.

use crate::harness::{Virtual, integer, on_any_number_of_workers, scenario};
use serde_json::json;
use throng_protocols::{CallbacksError, Failure, Output, Value};

fn busy() -> Result<Output, CallbacksError> {
    Err(CallbacksError::Failed(Failure::error("busy", "again")))
}

/// §6 `stage`: waits for all inside, and emits what its output emits.
#[test]
fn a_stage_emits_what_its_output_emits() {
    let steps = json!([
        { "name": "root", "start": true, "returns": [1, 2, 3] },
        { "name": "inside", "after": "root", "stage": {"output": "each", "steps": [
            { "name": "fork", "split": {} },
            { "name": "each", "after": "fork", "flatten": {} },
            { "name": "long", "after": "fork", "delay": "50ms" },
            { "name": "more", "after": "each", "on-each": {"callback": 0} }] } },
        { "name": "seen", "after": "inside", "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.counts(0, "inside"), [1, 0, 0, 0, 0]);
            assert_eq!((ran.values("more"), ran.times("more")), (["1", "2", "3"].map(String::from).to_vec(), vec![0.0; 3]));
            assert_eq!((ran.values("seen"), ran.times("seen")), (["1", "2", "3"].map(String::from).to_vec(), vec![50.0; 3]));
        },
    );
}

/// §6: its error is the last inner error; it can be retried as a whole; an inner failure may be gone then, whatever it was.
#[test]
fn a_stage_is_retried_as_a_whole() {
    let steps = json!([
        { "name": "inside", "start": true, "retry": {"retries": 3, "delay": "10ms"}, "stage": {"steps": [
            { "name": "first", "execute": {"callback": 0} },
            { "name": "checked", "verify": {"callback": 1} },
            { "name": "last", "pipe": {} }] } },
        { "name": "after", "after": "inside", "pipe": {} },
    ]);
    let make = || {
        Virtual::new(scenario(5, "immediate", steps.clone())).callbacks(&["execute", "verify"], |call, _, _, _| match call.callback {
            0 => Ok(Output::One(Value::Integer(i64::from(call.context.attempt)))),
            _ if call.context.attempt < 2 => Err(CallbacksError::Failed(Failure::assertion("early", "not yet"))),
            _ => Ok(Output::Nothing),
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counts(0, "inside"), [5, 0, 0, 0, 0]);
        assert_eq!(ran.figures(0, "inside").attempts, 15);
        assert_eq!(ran.counts(0, "checked"), [5, 10, 0, 0, 0]);
        assert_eq!(ran.counts(0, "last"), [5, 0, 0, 0, 10]);
        assert_eq!(ran.counts(0, "after"), [5, 0, 0, 0, 0], "values are held until the attempt has succeeded");
        assert_eq!(ran.millis(), 20);
    });
}

/// §6: an error that is recovered inside does not fail the stage; one that is not does, also behind its output.
#[test]
fn errors_inside_count_unless_recovered() {
    let steps = json!([
        { "name": "root", "start": true, "split": {} },
        { "name": "mended", "after": "root", "stage": {"steps": [
            { "name": "breaks", "map": {"callback": 0} }, { "name": "mends", "recover": 5 }] } },
        { "name": "behind-output", "after": "root", "stage": {"output": "out", "steps": [
            { "name": "out", "returns": 1 }, { "name": "breaks-later", "map": {"callback": 0} }] } },
        { "name": "seen", "after": ["mended", "behind-output"], "on-each": {"callback": 1} },
    ]);
    let make = || {
        Virtual::new(scenario(2, "immediate", steps.clone())).callbacks(&["map", "on-each"], |call, _, _, _| match call.callback {
            0 => busy(),
            _ => Ok(Output::Nothing),
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counts(0, "mended"), [2, 0, 0, 0, 0]);
        assert_eq!(ran.counts(0, "behind-output"), [0, 0, 2, 0, 0]);
        assert_eq!(ran.counts(0, "seen"), [2, 0, 0, 0, 2]);
        assert_eq!(ran.values("seen"), ["5", "5"]);
        let stage = ran.report.scenarios[0].steps.iter().find(|step| step.name == "behind-output").unwrap();
        assert_eq!(stage.failures[0].code, "busy", "the last inner error");
    });
}

/// §6: a stage can be timed out: what runs inside is cancelled.
#[test]
fn a_stage_can_be_timed_out() {
    let steps = json!([
        { "name": "inside", "start": true, "timeout": "100ms", "stage": {"steps": [
            { "name": "wait", "delay": "60ms" }, { "name": "work", "work": {"takes": "60ms"} }, { "name": "never", "pipe": {} }] } },
        { "name": "after", "after": "inside", "recover": 1 },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(3, "immediate", steps.clone())),
        |ran| {
            assert_eq!(ran.counts(0, "inside"), [0, 0, 0, 3, 0]);
            assert_eq!(ran.counts(0, "wait"), [3, 0, 0, 0, 0]);
            assert_eq!(["work", "never"].map(|step| ran.counts(0, step)), [[0; 5], [0; 5]]);
            assert_eq!(ran.counts(0, "after"), [3, 0, 0, 0, 0]);
            assert_eq!(ran.millis(), 100);
        },
    );
}

/// §6: a stage can be iterated, and stages can be inside of stages: each inner step runs with the innermost iteration.
#[test]
fn stages_nest_and_iterate() {
    let steps = json!([
        { "name": "outer", "start": true, "iterate": {"iterations": 2}, "stage": {"steps": [
            { "name": "inner", "iterate": {"iterations": 3}, "stage": {"steps": [{ "name": "count", "execute": {"callback": 0} }] } },
            { "name": "behind-inner", "on-each": {"callback": 1} }] } },
        { "name": "after", "after": "outer", "on-each": {"callback": 1} },
    ]);
    let make = || {
        Virtual::new(scenario(4, "immediate", steps.clone())).callbacks(&["execute", "on-each"], |call, _, _, _| {
            Ok(if call.callback == 0 { Output::One(Value::Integer(i64::from(call.context.iteration))) } else { Output::Nothing })
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(["outer", "inner", "count", "behind-inner", "after"].map(|step| ran.counts(0, step)[0]), [8, 24, 24, 24, 24]);
        let values: Vec<_> = ["0", "1", "2"].into_iter().flat_map(|value| [value; 8]).collect();
        assert_eq!(ran.values("after"), values);
    });
}

/// What a stage does not emit ends there, in health.
#[test]
fn a_stage_may_emit_nothing() {
    let steps = json!([
        { "name": "root", "start": true, "returns": {"callback": 0} },
        { "name": "inside", "after": "root", "stage": {"steps": [{ "name": "odd", "filter": {"callback": 1} }] } },
        { "name": "after", "after": "inside", "pipe": {} },
    ]);
    let make = || {
        Virtual::new(scenario(7, "immediate", steps.clone())).callbacks(&["returns", "filter"], |call, input, _, _| {
            Ok(Output::One(match call.callback {
                0 => Value::Integer(i64::from(call.context.minion)),
                _ => Value::Boolean(integer(input) % 2 == 1),
            }))
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counts(0, "inside"), [7, 0, 0, 0, 0]);
        assert_eq!(ran.counts(0, "after"), [3, 0, 0, 0, 0]);
    });
}

/// What waits inside of a stage for an ended source is starved with its minion.
#[test]
fn minions_starve_inside_of_stages() {
    let steps = json!([
        { "name": "loop", "start": true, "iterate": {"iterations": 3}, "stage": {"steps": [{ "name": "numbers", "numbers": {"count": 5} }] } },
        { "name": "after", "after": "loop", "pipe": {} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(4, "immediate", steps.clone())),
        |ran| {
            let [started, completed, cancelled, starved] = ran.minions();
            assert_eq!((started, completed + starved, cancelled), (4, 4, 0));
            assert!(starved >= 3, "five records are enough for one minion at most, not {completed}");
            assert_eq!(ran.counts(0, "numbers"), [5, 0, 0, 0, 0]);
            assert_eq!(ran.counts(0, "after"), [5, 0, 0, 0, 0]);
        },
    );
}
