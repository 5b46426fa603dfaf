//! Sources that minions visit: who gets which record, and what happens at the end.

use std::time::Duration;

use crate::harness::{Virtual, on_any_number_of_workers, scenario};
use serde_json::{Value as Json, json};
use throng_campaign::Command;
use throng_measure::Verdict;
use throng_protocols::{CallbacksError, Failure, Output, Value};

fn sorted(mut values: Vec<String>) -> Vec<String> {
    values.sort();
    values
}

fn texts(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    sorted(numbers.into_iter().map(|number| number.to_string()).collect())
}

/// A source that every minion visits, and a step that sees what it gets.
fn visited(numbers: Json, topic: Json) -> Json {
    json!([
        { "name": "numbers", "start": true, "numbers": numbers, "topic": topic },
        { "name": "seen", "after": "numbers", "on-each": {"callback": 0} },
    ])
}

/// The same, with several visits of each minion.
fn visited_often(numbers: Json, topic: Json, visits: u32) -> Json {
    json!([
        { "name": "loop", "start": true, "iterate": {"iterations": visits},
          "stage": {"steps": [
              { "name": "numbers", "numbers": numbers, "topic": topic },
              { "name": "seen", "on-each": {"callback": 0} }] } },
    ])
}

/// §8 `unicast`: each record to exactly one minion; a minion that visits takes exactly one.
#[test]
fn unicast_gives_each_record_to_one_minion() {
    let steps = visited(json!({"count": 20}), json!({}));
    on_any_number_of_workers(
        || Virtual::new(scenario(20, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.values("seen"), texts(0..20));
            assert_eq!(ran.counts(0, "numbers"), [20, 0, 0, 0, 0]);
            assert_eq!(ran.minions(), [20, 20, 0, 0]);
            assert_eq!(ran.report.verdict, Verdict::Successful);
        },
    );
}

/// §8: in order, when minions come one after another.
#[test]
fn unicast_keeps_the_order() {
    let steps = visited(json!({"count": 8}), json!({}));
    on_any_number_of_workers(
        || Virtual::new(scenario(8, "regular(10ms, 1)", steps.clone())).seen(),
        |ran| {
            let by_minion: Vec<_> = ran.calls.iter().map(|call| (call.minion, call.value.clone())).collect();
            let expected: Vec<_> = (0..8).map(|minion| (minion, minion.to_string())).collect();
            assert_eq!(sorted_pairs(by_minion), expected);
        },
    );
}

fn sorted_pairs(mut pairs: Vec<(u32, String)>) -> Vec<(u32, String)> {
    pairs.sort();
    pairs
}

/// §8: the output is the record, or pair(input, record) with `keep-input`.
#[test]
fn the_input_can_be_kept() {
    let steps = json!([
        { "name": "input", "start": true, "returns": "input" },
        { "name": "numbers", "after": "input", "numbers": {"count": 2}, "topic": {"keep-input": true} },
        { "name": "seen", "after": "numbers", "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(2, "immediate", steps.clone())).seen(),
        |ran| assert_eq!(ran.values("seen"), [r#"["input",0]"#, r#"["input",1]"#]),
    );
}

/// §8 `at-end: wait`: minions that wait on an ended source don't keep the scenario alive, and end as starved.
#[test]
fn those_who_wait_on_an_ended_source_are_starved() {
    let steps = visited(json!({"count": 12}), json!({}));
    on_any_number_of_workers(
        || Virtual::new(scenario(20, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.values("seen"), texts(0..12));
            assert_eq!(ran.minions(), [20, 12, 0, 8]);
            assert_eq!(ran.counts(0, "numbers"), [12, 0, 0, 0, 0]);
            let reason = &ran.report.scenarios[0].reasons[0];
            assert_eq!((reason.verdict, ran.report.verdict), (Verdict::Warning, Verdict::Warning));
            assert_eq!(reason.text, "8 visits of step `numbers` waited for values that never came");
            assert_eq!(ran.millis(), 0);
        },
    );
}

/// The same, when a minion waits in two branches at once.
#[test]
fn a_minion_that_waits_twice_is_starved_once() {
    let steps = json!([
        { "name": "root", "start": true, "split": {} },
        { "name": "numbers", "after": "root", "numbers": {"count": 3} },
        { "name": "others", "after": "root", "numbers": {"count": 3} },
        { "name": "seen", "after": ["numbers", "others"], "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(5, "regular(1ms, 1)", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.minions(), [5, 3, 0, 2]);
            assert_eq!(ran.values("seen"), ["0", "0", "1", "1", "2", "2"]);
            assert_eq!(ran.millis(), 4);
        },
    );
}

/// Nobody is starved as long as a branch of theirs, or anybody else, goes on.
#[test]
fn nobody_is_starved_while_something_goes_on() {
    let steps = json!([
        { "name": "root", "start": true, "split": {} },
        { "name": "numbers", "after": "root", "numbers": {"count": 0} },
        { "name": "others", "after": "root", "numbers": {"count": 0} },
        { "name": "busy", "after": "root", "delay": "2s" },
        { "name": "seen", "after": "busy", "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(2, "regular(1s, 1)", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.times("seen"), [2000.0, 3000.0]);
            assert_eq!(ran.minions(), [2, 0, 0, 2]);
            assert_eq!(ran.millis(), 3000);
        },
    );
}

/// §8 `at-end: complete`: they end well; `fail`: they fail.
#[test]
fn the_end_of_a_source_completes_or_fails() {
    let complete = visited(json!({"count": 12}), json!({"at-end": "complete"}));
    on_any_number_of_workers(
        || Virtual::new(scenario(20, "immediate", complete.clone())).seen(),
        |ran| {
            assert_eq!((ran.minions(), ran.values("seen").len()), ([20, 20, 0, 0], 12));
            assert_eq!(ran.report.verdict, Verdict::Successful);
        },
    );
    let fail = visited(json!({"count": 12}), json!({"at-end": "fail"}));
    on_any_number_of_workers(
        || Virtual::new(scenario(20, "immediate", fail.clone())).seen(),
        |ran| {
            assert_eq!(ran.counts(0, "numbers"), [12, 0, 8, 0, 0]);
            assert_eq!(ran.counts(0, "seen"), [12, 0, 0, 0, 8]);
            assert_eq!(ran.report.verdict, Verdict::Failed);
        },
    );
}

/// §8 `broadcast`: a cursor per minion, from the first record.
#[test]
fn broadcast_gives_every_record_to_every_minion() {
    let steps = visited_often(json!({"count": 5}), json!({"mode": "broadcast", "at-end": "complete"}), 6);
    on_any_number_of_workers(
        || Virtual::new(scenario(4, "regular(10ms, 1)", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.values("seen"), texts((0..5).flat_map(|number| [number; 4])));
            for minion in 0..4 {
                let own: Vec<_> = ran.calls.iter().filter(|call| call.minion == minion).map(|call| call.value.as_str()).collect();
                assert_eq!(own, ["0", "1", "2", "3", "4"], "in order for each");
            }
            assert_eq!(ran.counter("numbers", "skipped-records"), 0);
        },
    );
}

/// §8 `broadcast(buffer)`: late minions begin with the oldest that is kept, slow ones jump to it; what they skip is counted.
#[test]
fn slow_readers_skip() {
    let steps = json!([
        { "name": "loop", "start": true, "iterate": {"iterations": 3, "period": "45ms"},
          "stage": {"steps": [
              { "name": "numbers", "numbers": {"every": "10ms", "endless": true}, "topic": {"mode": "broadcast", "buffer": 2} },
              { "name": "seen", "on-each": {"callback": 0} }] } },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "immediate", steps.clone())).seen(),
        |ran| {
            // Record n comes at 10(n+1) ms. Asked at 0: waits for 0. At 45: the last two are 2 and 3; 1 was missed. At 90: 7 and 8; 3 to 6 were.
            assert_eq!(ran.values_in_order("seen"), ["0", "2", "7"]);
            assert_eq!(ran.times("seen"), [10.0, 45.0, 90.0]);
            assert_eq!(ran.counter("numbers", "skipped-records"), 1 + 4);
        },
    );
}

/// §8 `buffer: 0`: only new ones.
#[test]
fn without_a_buffer_only_new_records_come() {
    let steps = visited(json!({"every": "10ms", "endless": true}), json!({"mode": "broadcast", "buffer": 0}));
    on_any_number_of_workers(
        || Virtual::new(scenario(3, "regular(25ms, 1)", steps.clone())).seen(),
        |ran| {
            let seen: Vec<_> = ran.calls.iter().map(|call| (call.minion, call.value.clone())).collect();
            let expected = [(0, "0"), (1, "2"), (2, "5")].map(|(minion, value)| (minion, value.to_owned()));
            assert_eq!(sorted_pairs(seen), expected);
            assert_eq!(ran.times("seen"), [10.0, 30.0, 60.0]);
        },
    );
}

/// §8 `loop`: from the beginning again at the end, cached or read again.
#[test]
fn loops_begin_again() {
    for topic in [json!({"mode": "loop"}), json!({"mode": "loop", "buffer": 2})] {
        let steps = visited_often(json!({"count": 3}), topic, 7);
        on_any_number_of_workers(
            || Virtual::new(scenario(1, "immediate", steps.clone())).seen(),
            |ran| assert_eq!(ran.values_in_order("seen"), ["0", "1", "2", "0", "1", "2", "0"]),
        );
    }
    let steps = visited_often(json!({"count": 3}), json!({"mode": "loop"}), 7);
    on_any_number_of_workers(
        || Virtual::new(scenario(11, "regular(1ms, 2)", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.counts(0, "seen"), [77, 0, 0, 0, 0]);
            for minion in 0..11 {
                let own: Vec<_> = ran.calls.iter().filter(|call| call.minion == minion).map(|call| call.value.as_str()).collect();
                assert_eq!(own, ["0", "1", "2", "0", "1", "2", "0"], "a cursor per minion");
            }
        },
    );
}

/// §8 `loop`: an empty source is an error; `cache-limit`: more than that fails the campaign.
#[test]
fn an_empty_loop_and_a_full_cache_fail_the_campaign() {
    let empty = visited(json!({"count": 0}), json!({"mode": "loop"}));
    let full = visited_often(json!({"count": 100}), json!({"mode": "loop", "cache-limit": 200}), 50);
    for (steps, said) in [(empty, "nothing to repeat"), (full, "cache-limit")] {
        on_any_number_of_workers(
            || Virtual::new(scenario(3, "immediate", steps.clone())).seen(),
            |ran| {
                assert_eq!(ran.report.verdict, Verdict::Failed);
                let reason = &ran.report.reasons[0].text;
                assert!(reason.contains("`numbers`") && reason.contains(said), "{reason}");
            },
        );
    }
}

/// §8: a full unicast topic makes the source wait.
#[test]
fn a_full_topic_makes_its_source_wait() {
    let steps = json!([
        { "name": "late", "start": true, "delay": "1s" },
        { "name": "made", "datasource": {"callback": 1} },
        { "name": "fed", "after": "late", "singleton-pipe": {"from": "made"}, "topic": {"buffer": 3, "at-end": "complete"} },
        { "name": "seen", "after": "fed", "on-each": {"callback": 0} },
    ]);
    let make = || {
        Virtual::new(scenario(1, "immediate", steps.clone())).callbacks(&["on-each", "datasource"], |call, input, _, _| {
            Ok(if call.callback == 1 { Output::One(input.clone()) } else { Output::Nothing })
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.values("seen"), ["0"]);
        // Three in the topic, one that waits; and one more in the place of the one that was taken.
        assert_eq!(ran.calls.iter().filter(|call| call.step == "made").count(), 5);
        assert_eq!(ran.counts(0, "made")[0], 5);
    });
}

/// §8 `idle-timeout`: a minion that has not asked for so long loses its place; waiting is asking.
#[test]
fn who_waits_is_not_idle() {
    let steps =
        visited_often(json!({"count": 3, "every": "10s"}), json!({"mode": "broadcast", "idle-timeout": "2s", "at-end": "complete"}), 4);
    on_any_number_of_workers(
        || Virtual::new(scenario(2, "immediate", steps.clone())).seen(),
        |ran| assert_eq!(ran.values("seen"), ["0", "0", "1", "1", "2", "2"]),
    );
    let idle = json!([
        { "name": "loop", "start": true, "iterate": {"iterations": 3, "period": "5s"},
          "stage": {"steps": [
              { "name": "numbers", "numbers": {"count": 9}, "topic": {"mode": "broadcast", "idle-timeout": "2s"} },
              { "name": "seen", "on-each": {"callback": 0} }] } },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "immediate", idle.clone())).seen(),
        |ran| assert_eq!(ran.values_in_order("seen"), ["0", "0", "0"], "each visit is a new subscription"),
    );
}

/// Bad records are counted at the source and go no further.
#[test]
fn bad_records_are_counted_and_go_no_further() {
    let steps = visited(json!({"count": 10, "bad-every": 5}), json!({"at-end": "complete"}));
    on_any_number_of_workers(
        || Virtual::new(scenario(10, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.values("seen"), texts([0, 1, 2, 3, 5, 6, 7, 8]));
            assert_eq!(ran.counts(0, "numbers")[2], 2);
        },
    );
}

/// A source that cannot go on fails the campaign, which names it.
#[test]
fn a_source_that_breaks_fails_the_campaign() {
    let in_load = visited(json!({"count": 10, "every": "10ms", "fail-at": 4}), json!({}));
    let beside = json!([
        { "name": "load", "start": true, "delay": "1h" },
        { "name": "numbers", "numbers": {"count": 10, "every": "10ms", "fail-at": 4} },
        { "name": "seen", "after": "numbers", "on-each": {"callback": 0} },
    ]);
    for steps in [in_load, beside] {
        on_any_number_of_workers(
            || Virtual::new(scenario(10, "immediate", steps.clone())).seen(),
            |ran| {
                assert_eq!(ran.values("seen"), texts(0..4));
                assert_eq!(ran.report.verdict, Verdict::Failed);
                let reason = &ran.report.reasons[0].text;
                assert!(reason.contains("`numbers`") && reason.contains("`tested`") && reason.contains("broke before 4"), "{reason}");
                assert_eq!(ran.millis(), 50, "at once");
            },
        );
    }
}

/// §5 `retry`: sources retry their opening only.
#[test]
fn a_source_is_opened_again() {
    let retry = json!({"retries": 3, "delay": "100ms"});
    let opened = |late: u32, fail_at: Json| {
        json!([
            { "name": "load", "start": true, "delay": "1s" },
            { "name": "numbers", "numbers": {"count": 2, "opens-late": late, "fail-at": fail_at}, "retry": retry },
            { "name": "seen", "after": "numbers", "on-each": {"callback": 0} },
        ])
    };
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "immediate", opened(3, Json::Null))).seen(),
        |ran| assert_eq!((ran.times("seen"), ran.report.verdict), (vec![300.0, 300.0], Verdict::Successful)),
    );
    for (late, fail_at) in [(4, Json::Null), (0, json!(1))] {
        on_any_number_of_workers(
            || Virtual::new(scenario(1, "immediate", opened(late, fail_at.clone()))).seen(),
            |ran| assert_eq!(ran.report.verdict, Verdict::Failed),
        );
    }
}

/// A guest's source that always traps ends its scenario, and not the worker's turns.
#[test]
fn a_datasource_that_traps_for_ever_is_stopped() {
    let steps = json!([
        { "name": "load", "start": true, "delay": "1h" },
        { "name": "made", "datasource": {"callback": 0} },
    ]);
    let make = || {
        Virtual::new(scenario(1, "immediate", steps.clone()))
            .callbacks(&["datasource"], |_, _, _, _| Err(CallbacksError::Trapped { code: "trap", message: "unreachable".into() }))
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.report.verdict, Verdict::Aborted);
        assert!(ran.snapshot.scenarios()[0].aborted.as_deref().is_some_and(|reason| reason.contains("`made`")));
    });
}

/// §6 `datasource`: called with 0, 1, 2 …; nothing ends it; a failure is a bad record.
#[test]
fn a_datasource_is_called_until_it_has_no_more() {
    let steps = json!([
        { "name": "made", "start": true, "datasource": {"callback": 0}, "topic": {"at-end": "complete"} },
        { "name": "seen", "after": "made", "on-each": {"callback": 1} },
    ]);
    let make = || {
        Virtual::new(scenario(10, "immediate", steps.clone())).callbacks(&["datasource", "on-each"], |call, input, _, _| {
            if call.callback == 1 {
                return Ok(Output::Nothing);
            }
            Ok(match input {
                Value::Integer(0) => Output::Many(vec![Value::Text("a".into()), Value::Text("b".into())]),
                Value::Integer(1) => return Err(CallbacksError::Failed(Failure::error("bad", "not this one"))),
                Value::Integer(2) => Output::One(Value::Text("c".into())),
                _ => Output::Nothing,
            })
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.values("seen"), ["a", "b", "c"]);
        assert_eq!(ran.values("made"), ["0", "1", "2", "3"]);
        assert_eq!(ran.counts(0, "made")[2], 1);
    });
}

/// A record whose minion has gone, because its time was over, goes to the next.
#[test]
fn a_minion_that_gives_up_takes_no_record_with_it() {
    let steps = json!([
        { "name": "numbers", "start": true, "numbers": {"count": 4, "every": "100ms"}, "timeout": "150ms", "topic": {"at-end": "complete"} },
        { "name": "seen", "after": "numbers", "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(4, "regular(10ms, 1)", steps.clone())).seen(),
        |ran| {
            // The first has record 0 at 100 ms; the other three give up at 160, 170 and 180 ms.
            assert_eq!(ran.counts(0, "numbers"), [1, 0, 0, 3, 0]);
            assert_eq!(ran.values("seen"), ["0"]);
        },
    );
}

/// A soft stop releases those who wait for an endless source only with their time; a hard one at once.
#[test]
fn those_who_wait_for_a_record_can_be_aborted() {
    let steps = visited(json!({"every": "1m", "endless": true}), json!({}));
    on_any_number_of_workers(
        || Virtual::new(scenario(9, "immediate", steps.clone())).seen().command(Duration::from_millis(500), Command::Abort),
        |ran| {
            assert_eq!(ran.minions(), [9, 0, 9, 0]);
            assert_eq!(ran.millis(), 500);
        },
    );
}
