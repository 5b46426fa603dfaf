//! `iterate` and `concurrency`: the same input again, and several values at a time.

use crate::harness::{Ran, Virtual, on_any_number_of_workers, scenario};
use serde_json::json;
use throng_campaign::report::{Style, summary};
use throng_measure::{PluginMeter, Verdict};
use throng_model::TURN_WAITS;
use throng_protocols::{CallbacksError, Failure, Output, Value};

/// §5 `iterate`: planned start of iteration k = first start + k × period; actual = max(planned, end of the previous); intended = planned.
#[test]
fn iterations_catch_up_with_their_plan() {
    // The second of five iterations takes three periods: the next two are late, the last is not.
    let steps = json!([
        { "name": "loop", "start": true, "iterate": {"iterations": 6, "period": "100ms"},
          "stage": { "steps": [{ "name": "tick", "on-each": {"callback": 0} }, { "name": "second", "filter": {"callback": 1} }, { "name": "slow", "delay": "290ms" }] } },
    ]);
    let make = || {
        Virtual::new(scenario(2, "immediate", steps.clone())).callbacks(&["on-each", "filter"], |call, _, _, _| {
            Ok(if call.callback == 0 { Output::Nothing } else { Output::One(Value::Boolean(call.context.iteration == 1)) })
        })
    };
    on_any_number_of_workers(make, |ran| {
        let mut both: Vec<f64> = [0.0, 100.0, 390.0, 390.0, 400.0, 500.0].into_iter().flat_map(|at| [at, at]).collect();
        both.sort_by(f64::total_cmp);
        assert_eq!(ran.times("tick"), both);
        let response = throng_measure::under_load(&ran.figures(0, "loop").times.response);
        // 0, 290, 190 (planned 200, ended 390), 90, 0, 0.
        assert_eq!(response.sum(), 2 * (290 + 190 + 90) * 1_000_000);
        assert_eq!(ran.counts(0, "loop"), [12, 0, 0, 0, 0]);
    });
}

/// §5 `iterate` with `stop-on-error`: the first failure ends the loop and exhausts the context.
#[test]
fn stop_on_error_ends_the_loop() {
    let steps = json!([
        { "name": "tick", "start": true, "execute": {"callback": 0}, "iterate": {"iterations": 5, "stop-on-error": true} },
        { "name": "after", "after": "tick", "pipe": {} },
    ]);
    let make = || {
        Virtual::new(scenario(3, "immediate", steps.clone())).callbacks(&["execute"], |call, _, _, _| match call.context.iteration {
            2 => Err(CallbacksError::Failed(Failure::error("third", "no"))),
            iteration => Ok(Output::One(Value::Integer(i64::from(iteration)))),
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counts(0, "tick"), [6, 0, 3, 0, 0]);
        assert_eq!(ran.counts(0, "after"), [6, 0, 0, 0, 3]);
    });
}

/// `for`: no iteration starts once this much time has passed. `total`: shared evenly by all minions.
#[test]
fn loops_end_by_time_or_by_their_share() {
    let lasting = json!([{ "name": "work", "start": true, "work": {"takes": "30ms"}, "iterate": {"for": "100ms"} }]);
    on_any_number_of_workers(
        || Virtual::new(scenario(3, "immediate", lasting.clone())),
        |ran| {
            assert_eq!(ran.counts(0, "work"), [12, 0, 0, 0, 0], "starts at 0, 30, 60, 90");
            assert_eq!(ran.millis(), 120);
        },
    );
    let total = json!([{ "name": "tick", "start": true, "pipe": {}, "iterate": {"total": 10} }]);
    on_any_number_of_workers(
        || Virtual::new(scenario(4, "immediate", total.clone())),
        |ran| assert_eq!(ran.counts(0, "tick"), [10, 0, 0, 0, 0]),
    );
    on_any_number_of_workers(
        || Virtual::new(scenario(20, "immediate", total.clone())),
        |ran| {
            assert_eq!(ran.counts(0, "tick"), [10, 0, 0, 0, 0]);
            assert_eq!(ran.minions(), [20, 20, 0, 0]);
        },
    );
}

/// §5: retry is inside of iteration: each iteration has its own attempts.
#[test]
fn each_iteration_has_its_attempts() {
    let steps = json!([
        { "name": "tick", "start": true, "execute": {"callback": 0}, "iterate": {"iterations": 3}, "retry": {"retries": 1, "delay": "10ms"} },
    ]);
    let make = || {
        Virtual::new(scenario(1, "immediate", steps.clone())).callbacks(&["execute"], |call, _, _, _| match call.context.attempt {
            0 => Err(CallbacksError::Failed(Failure::error("busy", "again"))),
            _ => Ok(Output::Nothing),
        })
    };
    on_any_number_of_workers(make, |ran| {
        let calls: Vec<_> = ran.calls.iter().map(|call| (call.iteration, call.attempt, call.at)).collect();
        assert_eq!(calls, [(0, 0, 0.0), (0, 1, 10.0), (1, 0, 10.0), (1, 1, 20.0), (2, 0, 20.0), (2, 1, 30.0)]);
        assert_eq!((ran.counts(0, "tick"), ran.figures(0, "tick").attempts), ([3, 0, 0, 0, 0], 6));
    });
}

/// §4.2: values are handled downstream one after another; a value that waits for its turn is intended to start at its turn.
#[test]
fn values_take_their_turns() {
    let steps = json!([
        { "name": "list", "start": true, "returns": [1, 2, 3, 4, 5] },
        { "name": "each", "after": "list", "flatten": {} },
        { "name": "work", "after": "each", "work": {"takes": "10ms"} },
        { "name": "seen", "after": "work", "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.values_in_order("seen"), ["1", "2", "3", "4", "5"]);
            assert_eq!(ran.times("seen"), [10.0, 20.0, 30.0, 40.0, 50.0]);
            assert_eq!(throng_measure::under_load(&ran.figures(0, "work").times.response).sum(), 50_000_000);
            assert_eq!(turn_waits(&ran, "each"), (4, 40), "the first has its turn at once");
        },
    );
}

/// §4.2 `concurrency: n` lets n go on at a time; when all are taken, the step that emits waits.
#[test]
fn so_many_values_at_a_time() {
    let steps = json!([
        { "name": "list", "start": true, "returns": [1, 2, 3, 4, 5, 6, 7] },
        { "name": "each", "after": "list", "flatten": {}, "concurrency": 3 },
        { "name": "work", "after": "each", "work": {"takes": "10ms"} },
        { "name": "seen", "after": "work", "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.times("seen"), [10.0, 10.0, 10.0, 20.0, 20.0, 20.0, 30.0]);
            assert_eq!(turn_waits(&ran, "each"), (2, 20), "before the fourth, and before the seventh");
        },
    );
}

/// §4.2: the step that emits waits, and that is counted: of a list, of iterations, and of a source in a side tree.
#[test]
fn waits_for_a_turn_are_counted() {
    let steps = json!([
        { "name": "again", "start": true, "returns": 1, "iterate": {"iterations": 3} },
        { "name": "work", "after": "again", "work": {"takes": "10ms"} },
        { "name": "load", "after": "work", "delay": "1s" },
        { "name": "numbers", "numbers": {"count": 3, "every": "10ms"} },
        { "name": "slow", "after": "numbers", "work": {"takes": "100ms"} },
        { "name": "never", "after": "load", "delay": "1s" },
    ]);
    let mut document = scenario(1, "immediate", steps);
    document["rules"] = json!(["count(waits-for-turn, step:again) == 2", "max(waits-for-turn, step:numbers) between 99ms and 101ms"]);
    on_any_number_of_workers(
        || Virtual::new(document.clone()),
        |ran| {
            assert_eq!(turn_waits(&ran, "again"), (2, 2 * 2_010), "each of the last two waits for the whole run of the one before");
            // Records at 10, 120 and 230 ms, where 10, 20 and 30 were possible; behind the last one nobody waits.
            assert_eq!(turn_waits(&ran, "numbers"), (2, 200));
            assert_eq!(turn_waits(&ran, "work"), (0, 0), "one value for each that came");
            assert_eq!(ran.report.verdict, Verdict::Successful, "{:?}", ran.report.rules);
            let told = summary(&ran.report, Style { color: false, width: 120 });
            assert!(told.lines().any(|line| line.contains("waits-for-turn") && line.contains("numbers")), "{told}");
        },
    );
}

/// How often a step had to wait before it could let a value go on, and how many milliseconds in all.
fn turn_waits(ran: &Ran, step: &str) -> (u64, u64) {
    match ran.figures(0, step).plugin.get(TURN_WAITS) {
        Some(PluginMeter::Timer(waits)) => (waits.count(), waits.sum() / 1_000_000),
        _ => (0, 0),
    }
}

/// §4.2 for a source in a side tree: a record is worked on at once, not when the next ones have come.
#[test]
fn a_concurrent_source_does_not_hold_its_records_back() {
    let steps = json!([
        { "name": "load", "start": true, "delay": "1s" },
        { "name": "numbers", "numbers": {"count": 6, "every": "10ms"}, "concurrency": 4 },
        { "name": "work", "after": "numbers", "work": {"takes": "100ms"} },
        { "name": "seen", "after": "work", "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "immediate", steps.clone())).seen(),
        // Four are worked on from 10, 20, 30 and 40 ms; the fifth can be made from 110 ms on, the sixth from 120.
        |ran| assert_eq!(ran.times("seen"), [110.0, 120.0, 130.0, 140.0, 220.0, 230.0]),
    );
}

/// §4.3: the same value to every branch, concurrently; §4.4: the run is over when all of it is.
#[test]
fn branches_go_on_side_by_side() {
    let steps = json!([
        { "name": "root", "start": true, "returns": 1 },
        { "name": "fork", "after": "root", "split": {} },
        { "name": "short", "after": "fork", "delay": "10ms" },
        { "name": "long", "after": "fork", "delay": "30ms" },
        { "name": "both", "after": ["short", "long"], "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(2, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.times("both"), [10.0, 10.0, 30.0, 30.0]);
            let journey = throng_measure::under_load(&ran.snapshot.scenarios()[0].run.journey.response);
            assert_eq!((journey.min(), journey.count()), (journey.max(), 2));
            assert_eq!(journey.sum(), 60_000_000);
        },
    );
}
