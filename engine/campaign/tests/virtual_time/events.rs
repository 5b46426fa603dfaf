//! Events: each is told when it happens, with all that says whose it is, and none that nobody wants.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value as Json, json};
use throng_campaign::Command;
use throng_measure::{EngineEvent, Pace};
use throng_protocols::{CallbacksError, EventBody, EventRecord, Output, Severity, Value};

use crate::harness::{Virtual, integer, scenario};
use crate::memory_exporter::Memory;

/// What a campaign tells to an exporter that wants everything, on 1, 2 and 5 workers, and on 2 whose messages are text.
fn told(make: impl Fn() -> Virtual) -> BTreeMap<String, usize> {
    let told = |campaign: Virtual| {
        let memory = Memory::default();
        memory.of(campaign, json!({ "level": "trace" })).try_run().expect("a report");
        memory.counts()
    };
    let one = told(make());
    for workers in [2, 5] {
        assert_eq!(told(make().workers(workers)), one, "{workers} workers");
    }
    assert_eq!(told(Virtual { through_text: true, ..make().workers(2) }), one, "as text");
    one
}

fn check(expected: &[(&str, usize)], make: impl Fn() -> Virtual) {
    let expected: BTreeMap<_, _> = expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    assert_eq!(told(make), expected);
}

fn monitored() -> Json {
    json!({ "events": true })
}

#[test]
fn the_life_of_minions_and_steps_is_told_where_it_is_switched_on() {
    let steps = json!([
        { "name": "begin", "start": true, "returns": 1, "monitoring": monitored() },
        { "name": "quiet", "after": "begin", "pipe": {} },
    ]);
    let life = [("minion-completed", 3), ("minion-started", 3), ("step-completed", 3), ("step-started", 3)];
    check(&life, || Virtual::new(scenario(3, "regular(10ms, 1)", steps.clone())));
    let mut off = steps.clone();
    off[0]["monitoring"] = json!({ "events": false });
    check(&[], || Virtual::new(scenario(3, "regular(10ms, 1)", off.clone())));
}

#[test]
fn retries_failures_and_what_they_skip_are_told() {
    let retry = json!({ "retries": 1, "delay": "5ms" });
    let steps = json!([
        { "name": "begin", "start": true, "split": {} },
        { "name": "work", "after": "begin", "work": {"fails-every": 1}, "retry": retry, "monitoring": monitored() },
        { "name": "behind", "after": "work", "pipe": {}, "monitoring": monitored() },
        { "name": "checked", "after": "begin", "assert": {"rules": ["status == 200"]} },
        { "name": "slow", "after": "begin", "work": {"takes": "1s"}, "timeout": "20ms" },
    ]);
    let expected =
        [("assertion-failed", 2), ("step-failed", 2), ("step-retried", 2), ("step-skipped", 2), ("step-started", 2), ("step-timed-out", 2)];
    check(&expected, || Virtual::new(scenario(2, "immediate", steps.clone())));
}

#[test]
fn a_connection_that_fails_is_told_with_each_attempt() {
    let retry = json!({ "retries": 1, "delay": "5ms" });
    let steps = json!([{ "name": "call", "start": true, "work": {"fails-every": 1, "disconnects": true}, "retry": retry }]);
    check(&[("connection-failed", 4), ("step-failed", 2)], || Virtual::new(scenario(2, "immediate", steps.clone())));
}

#[test]
fn what_an_abort_cancels_is_told() {
    let steps = json!([{ "name": "wait", "start": true, "delay": "1h", "monitoring": monitored() }]);
    let expected = [("minion-cancelled", 4), ("minion-started", 4), ("step-cancelled", 4), ("step-started", 4)];
    check(&expected, || Virtual::new(scenario(4, "immediate", steps.clone())).command(Duration::from_millis(100), Command::Abort));
}

#[test]
fn the_starved_the_queued_and_the_dropped_are_told() {
    let starved = json!([{ "name": "numbers", "start": true, "numbers": {"count": 2}, "monitoring": monitored() }]);
    let expected = [
        ("minion-completed", 2),
        ("minion-starved", 3),
        ("minion-started", 5),
        ("step-completed", 2),
        ("step-starved", 3),
        ("step-started", 5),
    ];
    check(&expected, || Virtual::new(scenario(5, "immediate", starved.clone())));
    let capped = |policy: &str| {
        let mut capped = scenario(3, "immediate", json!([{ "name": "wait", "start": true, "delay": "50ms", "monitoring": monitored() }]));
        capped["max-in-flight"] = json!({ "limit": 1, "policy": policy });
        capped
    };
    let queued = told(|| Virtual::new(capped("queue")));
    assert_eq!((queued.get("minion-queued"), queued.get("minion-completed")), (Some(&2), Some(&3)));
    let dropped = told(|| Virtual::new(capped("drop")));
    assert_eq!((dropped.get("minion-dropped"), dropped.get("minion-completed")), (Some(&2), Some(&1)));
}

/// Lefts have the keys 0 and 1; rights come every 10 ms: for 0 and once more for 0, one without a key, one for 1 when its time is over.
#[test]
fn every_class_of_a_join_but_used_is_told_with_its_key() {
    let join = json!({ "right": "numbers", "left-key": {"callback": 1}, "right-key": {"callback": 2}, "timeout": "25ms" });
    let steps = json!([
        { "name": "order", "start": true, "returns": {"callback": 0} },
        { "name": "joined", "after": "order", "inner-join": join },
        { "name": "numbers", "numbers": {"count": 5, "every": "10ms"} },
    ]);
    let make = || {
        Virtual::new(scenario(2, "immediate", steps.clone())).callbacks(&["returns", "key", "key"], |call, input, _, _| {
            Ok(match (call.callback, integer_or_zero(input)) {
                (0, _) => Output::One(Value::Integer(i64::from(call.context.minion))),
                (1, number) => Output::One(Value::Text(number.to_string().into())),
                (_, 0 | 1) => Output::One(Value::Text("0".into())),
                (_, 2) => Output::Nothing,
                (_, 3) => Output::One(Value::Text("1".into())),
                _ => Output::One(Value::Text("nobody".into())),
            })
        })
    };
    // The missing one is a failed assertion of an inner join as well.
    check(
        &[("assertion-failed", 1), ("join-duplicate", 1), ("join-late", 1), ("join-missing", 1), ("join-orphan", 1), ("join-unkeyed", 1)],
        make,
    );
    let memory = Memory::default();
    memory.of(make(), json!({})).run();
    let keys: BTreeSet<_> = memory.events().iter().map(|event| format!("{} {:?} {:?}", event.name, event.value, event.minion)).collect();
    for expected in [
        r#"join-late Text("1") None"#,
        r#"join-missing Text("1") Some(1)"#,
        r#"join-orphan Text("nobody") None"#,
        r#"join-duplicate Text("0") None"#,
    ] {
        assert!(keys.contains(expected), "{keys:?}");
    }
}

fn integer_or_zero(value: &Value) -> i64 {
    if matches!(value, Value::Integer(_)) { integer(value) } else { 0 }
}

#[test]
fn faults_of_topics_and_sources_are_told() {
    let looped = |numbers: Json, topic: Json, iterate: Json| {
        json!([{ "name": "loop", "start": true, "iterate": iterate,
                 "stage": {"steps": [{ "name": "numbers", "numbers": numbers, "topic": topic }] } }])
    };
    let skips = looped(
        json!({ "every": "10ms", "endless": true }),
        json!({ "mode": "broadcast", "buffer": 2 }),
        json!({ "iterations": 3, "period": "45ms" }),
    );
    check(&[("topic-skipped", 2)], || Virtual::new(scenario(1, "immediate", skips.clone())));
    let overflows = looped(json!({ "count": 100 }), json!({ "mode": "loop", "cache-limit": 200 }), json!({ "iterations": 50 }));
    let overflown = told(|| Virtual::new(scenario(1, "immediate", overflows.clone())));
    assert_eq!((overflown.get("topic-overflowed"), overflown.get("source-failed")), (Some(&1), Some(&1)));
    let late = json!([
        { "name": "load", "start": true, "delay": "1s" },
        { "name": "numbers", "numbers": {"count": 2, "opens-late": 2}, "retry": {"retries": 3, "delay": "10ms"} },
    ]);
    check(&[("source-retried", 2)], || Virtual::new(scenario(1, "immediate", late.clone())));
}

#[test]
fn what_guests_emit_is_told_and_a_stopped_guest_too() {
    let steps = json!([{ "name": "emit", "start": true, "on-each": {"callback": 0}, "tags": {"tier": "gold", "team": "shop"} }]);
    let make = || {
        Virtual::new(scenario(2, "immediate", steps.clone())).callbacks(&["on-each"], |call, _, _, effects| {
            if call.context.minion == 1 {
                return Err(CallbacksError::Trapped { code: "trap", message: "unreachable".into() });
            }
            let tags = vec![("tier".to_owned(), "own".to_owned())];
            let body = EventBody::Number(2.5);
            effects.events.push(EventRecord { name: "order-placed".into(), level: Severity::Info, tags, body });
            Ok(Output::Nothing)
        })
    };
    check(&[("guest-stopped", 1), ("order-placed", 1), ("step-failed", 1)], make);
    let memory = Memory::default();
    let ran = memory.of(make(), json!({})).run();
    let events = memory.events();
    let placed = events.iter().find(|event| event.name == "order-placed").expect("it was emitted");
    let subject = &placed.subject;
    assert_eq!((subject.campaign.as_str(), subject.scenario.as_deref(), subject.step.as_deref()), ("test", Some("tested"), Some("emit")));
    assert_eq!((placed.minion, placed.iteration, &placed.value), (Some(0), Some(0), &EventBody::Number(2.5)));
    // Of two tags with one name it is the event's own.
    assert_eq!(subject.tags.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>(), ["team=shop", "tier=own"]);
    assert_eq!(ran.report.scenarios[0].events, BTreeMap::from([("order-placed".to_owned(), 1)]), "guests' own are counted in the report");
}

#[test]
fn events_before_the_load_come_before_the_start() {
    let steps = json!([
        { "name": "load", "start": true, "pipe": {} },
        { "name": "seed", "run": "before-load", "delay": "50ms", "monitoring": monitored() },
    ]);
    for workers in [1, 2, 5] {
        let memory = Memory::default();
        memory.of(Virtual::new(scenario(1, "immediate", steps.clone())).workers(workers), json!({ "level": "debug" })).run();
        let told: Vec<_> = memory.events().iter().map(|event| (event.name.clone(), event.stamp.at / 1_000_000, event.minion)).collect();
        assert_eq!(told, [("step-started".to_owned(), -50, None), ("step-completed".to_owned(), 0, None)]);
    }
}

#[test]
fn holds_and_speeds_are_told() {
    let memory = Memory::default();
    let steps = json!([{ "name": "work", "start": true, "pipe": {} }]);
    let held = Pace { held: true, ..Pace::default() };
    let paced = Virtual::new(scenario(10, "regular(1s, 2)", steps)).pace(1500, held).pace(4000, Pace { held: false, speed: 2.0 });
    memory.of(paced, json!({})).run();
    let events = memory.events();
    let told = events.iter().filter(|event| event.name.starts_with("campaign-"));
    let told: Vec<_> = told
        .map(|event| {
            assert_eq!((event.subject.campaign.as_str(), &event.subject.scenario), ("test", &None));
            (event.stamp.at / 1_000_000, event.name.as_str(), event.value.clone())
        })
        .collect();
    assert_eq!(
        told,
        [
            (1500, "campaign-held", EventBody::None),
            (4000, "campaign-resumed", EventBody::Duration(2_500_000_000)),
            (4000, "campaign-speed-changed", EventBody::Number(2.0)),
        ]
    );
}

/// An event that no test here sees would be one that nobody has seen.
#[test]
fn every_event_of_the_engine_is_in_one_of_these_tests_and_documented() {
    let tests = include_str!("events.rs");
    for event in EngineEvent::ALL {
        assert!(tests.contains(&format!("\"{}\"", event.name())), "{}", event.name());
        let row = format!("| `{}` | {} |", event.name(), event.level().name());
        assert!(include_str!("../../../../docs/exporters.md").contains(&row), "the documentation has no row {row}");
    }
}
