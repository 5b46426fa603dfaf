//! `collect`: values of all minions into lists.

use std::time::Duration;

use crate::harness::{Virtual, on_any_number_of_workers, scenario};
use serde_json::{Value as Json, json};
use throng_campaign::Command;
use throng_measure::Verdict;
use throng_protocols::{CallbacksError, Failure, Output, Value};

fn gathered(collect: Json) -> Json {
    let mut steps = seen_lists(collect);
    let each = json!({ "name": "each", "after": "seen", "flatten": {} });
    let slow = json!({ "name": "slow", "after": "each", "work": {"takes": "10ms"} });
    steps.as_array_mut().unwrap().extend([each, slow]);
    steps
}

fn seen_lists(collect: Json) -> Json {
    json!([
        { "name": "number", "start": true, "returns": {"callback": 0} },
        { "name": "all", "after": "number", "collect": collect },
        { "name": "seen", "after": "all", "on-each": {"callback": 1} },
    ])
}

fn numbered(minions: u32, profile: &str, steps: &Json) -> Virtual {
    Virtual::new(scenario(minions, profile, steps.clone())).callbacks(&["returns", "on-each"], |call, _, _, _| {
        Ok(if call.callback == 0 { Output::One(Value::Integer(i64::from(call.context.minion))) } else { Output::Nothing })
    })
}

/// How many values each list has, in order of time.
fn lengths(lists: &[String]) -> Vec<usize> {
    lists.iter().map(|list| serde_json::from_str::<Vec<Json>>(list).unwrap().len()).collect()
}

/// §6 `collect(batch)`: full lists are released at once, the remainder at the end, and its downstream is awaited.
#[test]
fn full_lists_and_the_remainder() {
    let steps = gathered(json!({"batch": 10}));
    on_any_number_of_workers(
        || numbered(23, "immediate", &steps),
        |ran| {
            assert_eq!(lengths(&ran.values_in_order("seen")), [10, 10, 3]);
            assert_eq!(ran.counter("all", "lists"), 3);
            assert_eq!(ran.counts(0, "all"), [23, 0, 0, 0, 0], "a context that enters ends there, in health");
            assert_eq!(ran.counts(0, "slow"), [23, 0, 0, 0, 0], "the report has the remainder's downstream");
            assert_eq!(ran.minions(), [23, 23, 0, 0]);
            let reported = ran.report.scenarios[0].steps.iter().find(|step| step.name == "slow").unwrap();
            assert_eq!(reported.outcomes.success, 23);
        },
    );
}

/// §6 `collect(timeout)`: from the first value of a list to its release.
#[test]
fn lists_are_released_when_their_time_has_come() {
    let steps = seen_lists(json!({"timeout": "25ms"}));
    on_any_number_of_workers(
        || numbered(10, "regular(10ms, 1)", &steps),
        |ran| {
            assert_eq!(ran.times("seen")[..3], [25.0, 55.0, 85.0]);
            assert_eq!(lengths(&ran.values_in_order("seen")), [3, 3, 3, 1]);
            assert_eq!(ran.times("seen")[3], 90.0, "nothing else is alive: the remainder does not wait for its time");
        },
    );
}

/// Both: what comes first.
#[test]
fn lists_are_released_when_full_or_due() {
    let steps = seen_lists(json!({"timeout": "25ms", "batch": 2}));
    on_any_number_of_workers(
        || numbered(3, "regular(40ms, 1)", &steps),
        |ran| assert_eq!((lengths(&ran.values_in_order("seen")), ran.times("seen")), (vec![1, 1, 1], vec![25.0, 65.0, 80.0])),
    );
    on_any_number_of_workers(
        || numbered(5, "regular(10ms, 1)", &steps),
        |ran| assert_eq!((lengths(&ran.values_in_order("seen")), ran.times("seen")), (vec![2, 2, 1], vec![10.0, 30.0, 40.0])),
    );
}

/// What comes in the very moment of a list's release is for the next one, on any number of workers.
#[test]
fn what_comes_when_a_list_is_due_is_for_the_next() {
    let steps = seen_lists(json!({"timeout": "20ms"}));
    on_any_number_of_workers(
        || numbered(9, "regular(10ms, 1)", &steps),
        |ran| assert_eq!(lengths(&ran.values_in_order("seen")), [2, 2, 2, 2, 1]),
    );
}

/// A remainder can be the beginning of another one.
#[test]
fn remainders_go_on_into_other_collects() {
    let steps = json!([
        { "name": "number", "start": true, "returns": {"callback": 0} },
        { "name": "first", "after": "number", "collect": {"batch": 4} },
        { "name": "each", "after": "first", "flatten": {} },
        { "name": "wait", "after": "each", "delay": "5ms" },
        { "name": "second", "after": "wait", "collect": {"batch": 100} },
        { "name": "seen", "after": "second", "on-each": {"callback": 1} },
    ]);
    on_any_number_of_workers(
        || numbered(10, "immediate", &steps),
        |ran| {
            assert_eq!(ran.counters("first", ["lists"]), [3]);
            assert_eq!(lengths(&ran.values_in_order("seen")), [10]);
        },
    );
}

/// §6: the remainder comes when nothing else goes on by itself, and before anybody is found to wait in vain: it may be what they wait for.
#[test]
fn a_remainder_can_feed_those_who_wait() {
    let steps = json!([
        { "name": "number", "start": true, "returns": {"callback": 0} },
        { "name": "fork", "after": "number", "split": {} },
        { "name": "all", "after": "fork", "collect": {"batch": 100} },
        { "name": "each", "after": "all", "flatten": {} },
        { "name": "zipped", "after": "fork", "zip": {"right": "each"} },
        { "name": "again", "after": "zipped", "collect": {"batch": 100} },
        { "name": "seen", "after": "again", "on-each": {"callback": 1} },
    ]);
    on_any_number_of_workers(
        || numbered(10, "immediate", &steps),
        |ran| {
            assert_eq!((ran.minions(), ran.counts(0, "zipped")), ([10, 10, 0, 0], [10, 0, 0, 0, 0]));
            assert_eq!(lengths(&ran.values_in_order("seen")), [10]);
            assert_eq!(ran.report.verdict, Verdict::Successful);
        },
    );
}

/// The list goes on in a context of the step's own: its failures count, and exhaust nobody else.
#[test]
fn a_list_has_a_context_of_its_own() {
    let steps = json!([
        { "name": "number", "start": true, "returns": {"callback": 0} },
        { "name": "all", "after": "number", "collect": {"batch": 5} },
        { "name": "bad", "after": "all", "map": {"callback": 1} },
        { "name": "behind", "after": "bad", "pipe": {} },
    ]);
    let make = || {
        Virtual::new(scenario(10, "immediate", steps.clone())).callbacks(&["returns", "map"], |call, _, _, _| match call.callback {
            0 => Ok(Output::One(Value::Integer(i64::from(call.context.minion)))),
            _ => Err(CallbacksError::Failed(Failure::error("bad", "no"))),
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counts(0, "bad"), [0, 0, 2, 0, 0]);
        assert_eq!(ran.counts(0, "behind"), [0, 0, 0, 0, 2]);
        assert_eq!(ran.minions(), [10, 10, 0, 0]);
        assert_eq!(ran.report.verdict, Verdict::Failed);
    });
}

/// Exhausted contexts pass a collect by.
#[test]
fn what_is_exhausted_is_not_collected() {
    let steps = json!([
        { "name": "number", "start": true, "execute": {"callback": 0} },
        { "name": "all", "after": "number", "collect": {"batch": 100} },
        { "name": "seen", "after": "all", "on-each": {"callback": 1} },
    ]);
    let make = || {
        Virtual::new(scenario(10, "immediate", steps.clone())).callbacks(&["execute", "on-each"], |call, _, _, _| match call.callback {
            0 if call.context.minion % 2 == 0 => Err(CallbacksError::Failed(Failure::error("even", "no"))),
            0 => Ok(Output::One(Value::Integer(i64::from(call.context.minion)))),
            _ => Ok(Output::Nothing),
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counts(0, "all"), [5, 0, 0, 0, 5]);
        assert_eq!(lengths(&ran.values_in_order("seen")), [5]);
        assert_eq!(ran.counts(0, "seen"), [1, 0, 0, 0, 5]);
    });
}

/// A side tree collects as well, also what its end cuts short.
#[test]
fn side_trees_collect() {
    let steps = json!([
        { "name": "load", "start": true, "delay": "1s" },
        { "name": "numbers", "numbers": {"count": 7, "every": "10ms"} },
        { "name": "all", "after": "numbers", "collect": {"batch": 3} },
        { "name": "seen", "after": "all", "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.values_in_order("seen"), ["[0,1,2]", "[3,4,5]", "[6]"]);
            assert_eq!(ran.times("seen"), [30.0, 60.0, 1000.0]);
        },
    );
}

/// §9: a soft stop releases remainders as usual, an abort does not.
#[test]
fn remainders_and_stops() {
    let steps = gathered(json!({"batch": 100}));
    for (command, lists) in [(Command::StopSoftly, 1), (Command::Abort, 0)] {
        on_any_number_of_workers(
            || numbered(100, "regular(10ms, 1)", &steps).command(Duration::from_millis(55), command),
            |ran| {
                assert_eq!(ran.counts(0, "all"), [6, 0, 0, 0, 0]);
                assert_eq!(ran.counts(0, "seen"), [lists, 0, 0, 0, 0], "{command:?}");
            },
        );
    }
}

/// Who waited for room in a mailbox is known, also when there are other scenarios on the same workers.
#[test]
fn waits_for_a_mailbox_are_those_of_the_scenario_that_waited() {
    let quiet = |name: &str| json!({ "name": name, "minions": 10, "steps": [{ "name": "wait", "start": true, "delay": "1s" }] });
    // So many values at a time that they come faster than they are taken out of the mailbox.
    let busy = json!({ "name": "busy", "minions": 2_000, "steps": [
        { "name": "list", "start": true, "returns": vec![7; 20] },
        { "name": "each", "after": "list", "flatten": {} },
        { "name": "all", "after": "each", "collect": {"batch": 1_000} },
    ] });
    let ran = Virtual::of([quiet("first"), busy, quiet("last")]).workers(2).run();
    let waits: Vec<u64> = ran.report.scenarios.iter().map(|scenario| scenario.health.mailbox_waits).collect();
    assert!(waits[1] > 0 && waits[0] + waits[2] == 0, "{waits:?}");
}
