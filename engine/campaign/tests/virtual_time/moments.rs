//! Stops at any moment of a scenario that has everything.

use std::time::Duration;

use serde_json::{Value as Json, json};
use throng_campaign::Command;
use throng_measure::Verdict;
use throng_protocols::{CallbacksError, Failure, Output, Value, draw};

use crate::harness::{Ran, Virtual};

/// Trees before, beside and behind the load, joins, topics, zips, collects, stages, retries, time-outs, a cap, plugin work.
fn everything() -> Json {
    json!({
        "name": "everything", "minions": 60, "profile": "regular(20ms, 1)", "max-in-flight": {"limit": 25, "policy": "queue"},
        "steps": [
            { "name": "seed", "run": "before-load", "delay": "50ms" },
            { "name": "root", "start": true, "returns": {"callback": 0} },
            { "name": "fork", "after": "root", "split": {} },
            { "name": "record", "after": "fork", "numbers": {"count": 40, "every": "10ms"}, "topic": {"at-end": "wait"} },
            { "name": "news", "after": "fork", "numbers": {"every": "15ms", "endless": true}, "topic": {"mode": "broadcast", "buffer": 3} },
            { "name": "gathered", "after": "record", "collect": {"batch": 7, "timeout": "100ms"} },
            { "name": "work-on-lists", "after": "gathered", "work": {"takes": "30ms"} },
            { "name": "joined", "after": "fork", "left-join": {"right": "feed", "left-key": {"json": ""}, "right-key": {"json": ""}, "timeout": "200ms"} },
            { "name": "zipped", "after": "joined", "zip": {"right": "other-feed", "buffer": 5} },
            { "name": "visit", "after": "fork", "timeout": "90ms", "retry": {"retries": 1, "delay": "5ms"}, "stage": {"steps": [
                { "name": "wait", "delay": "20ms" },
                { "name": "work", "work": {"takes": "50ms", "fails-every": 4} },
                { "name": "checked", "map": {"callback": 1} }] } },
            { "name": "mended", "after": "visit", "recover": 0 },
            { "name": "paced", "after": "mended", "constant-pace": "10ms" },
            { "name": "often", "after": "paced", "work": {"takes": "10ms"}, "iterate": {"iterations": 3, "period": "25ms"} },
            { "name": "feed", "numbers": {"count": 50, "every": "25ms"} },
            { "name": "other-feed", "numbers": {"every": "12ms", "endless": true} },
            { "name": "stored", "run": "after-load", "settle": "30ms", "work": {"takes": "20ms"} },
        ]
    })
}

fn campaign() -> Virtual {
    Virtual::new(everything()).callbacks(&["returns", "map"], |call, input, _, _| match call.callback {
        0 => Ok(Output::One(Value::Integer(i64::from(call.context.minion)))),
        _ if call.context.minion % 5 == 3 => Err(CallbacksError::Failed(Failure::error("fifth", "no"))),
        _ => Ok(Output::One(input.clone())),
    })
}

/// What must be so however a campaign ends.
fn check_sums(ran: &Ran, told: &str) {
    let scenario = &ran.snapshot.scenarios()[0];
    let [started, completed, cancelled, starved] = ran.minions();
    assert_eq!(started, completed + cancelled + starved, "{told}");
    assert!(started <= 60, "{told}");
    let report = &ran.report.scenarios[0];
    assert_eq!((report.minions.started, report.minions.completed), (started, completed), "{told}");
    for (shape, figures) in scenario.steps() {
        let reported = report.steps.iter().find(|step| step.name == *shape.name).expect("every step is in the report");
        let of_report = &reported.outcomes;
        let outcomes = [of_report.success, of_report.failure, of_report.error, of_report.timeout, of_report.skipped];
        assert_eq!(outcomes, figures.counts(), "{told}: {}", shape.name);
        assert!(figures.attempts >= figures.executions(), "{told}: {}", shape.name);
    }
    assert_eq!(ran.counts(0, "root")[0], started, "{told}: each begins at once");
    let [matched, missing, used] = ran.counters("joined", ["matched", "missing", "used"]);
    assert!(ran.counts(0, "joined")[0] <= matched + missing && matched == used, "{told}");
}

#[test]
fn it_ends_by_itself() {
    let mut ends = Vec::new();
    for workers in [1, 2, 5] {
        let ran = campaign().workers(workers).run();
        check_sums(&ran, "to the end");
        assert_eq!(ran.minions()[..3], [60, 40, 0], "{workers} workers");
        assert_eq!(ran.minions()[3], 20, "forty records, and who has none starves");
        assert_eq!(ran.counts(0, "stored"), [1, 0, 0, 0, 0]);
        assert_eq!(ran.counts(0, "work-on-lists")[0], ran.counter("gathered", "lists"));
        ends.push((ran.counters("joined", ["matched", "missing"]), ran.counts(0, "often"), ran.counts(0, "visit")));
    }
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
}

#[test]
fn a_hundred_stops_at_any_moment() {
    for number in 0..100 {
        let at = Duration::from_micros(draw(1848, number) % 2_500_000);
        let workers = [1, 2, 5][number as usize % 3];
        let (command, told) = match draw(7, number) % 2 {
            0 => (Command::Abort, format!("{number}: aborted at {at:?} on {workers} workers")),
            _ => (Command::StopSoftly, format!("{number}: stopped at {at:?} on {workers} workers")),
        };
        let ran = campaign().workers(workers).command(at, command).run();
        check_sums(&ran, &told);
        let [_, _, cancelled, _] = ran.minions();
        // The load begins 50 ms behind the campaign; what has ended before cannot be stopped.
        let stopped = ran.report.verdict == Verdict::Aborted;
        if command == Command::StopSoftly {
            assert!(!stopped && cancelled == 0, "{told}");
            assert!(ran.elapsed < at + Duration::from_secs(2), "{told}: {:?}", ran.elapsed);
        } else if stopped {
            assert!(ran.elapsed <= at, "{told}: everything had ended at once, not at {:?}", ran.elapsed);
        }
    }
}
