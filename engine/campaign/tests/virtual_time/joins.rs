//! Joins, zips and singleton pipes: a value and its counterpart.

use crate::harness::{Virtual, integer, on_any_number_of_workers, scenario};
use serde_json::{Value as Json, json};
use throng_measure::{PluginMeter, Verdict};
use throng_protocols::{CallbacksError, Failure, Output, Value, draw};

const CLASSES: [&str; 8] = ["matched", "missing", "used", "early", "late", "duplicate", "orphan", "unkeyed"];

/// Minions give their number at once; the side tree gives what the callback `right` says.
fn orders(kind: &str, timeout: &str, right: Json) -> Json {
    json!([
        { "name": "order", "start": true, "returns": {"callback": 0} },
        { "name": "shipped", "after": "order",
          kind: {"right": right, "left-key": {"callback": 1}, "right-key": {"callback": 1}, "timeout": timeout} },
        { "name": "seen", "after": "shipped", "on-each": {"callback": 2} },
    ])
}

fn with(mut steps: Json, more: Json) -> Json {
    steps.as_array_mut().unwrap().extend(more.as_array().unwrap().iter().cloned());
    steps
}

/// The callbacks of `orders`: the key of a number is its text, and negative ones have none.
fn run_orders(minions: u32, profile: &str, steps: &Json) -> Virtual {
    Virtual::new(scenario(minions, profile, steps.clone())).callbacks(&["returns", "key", "on-each"], |call, input, _, _| {
        Ok(match call.callback {
            0 => Output::One(Value::Integer(i64::from(call.context.minion))),
            1 => match integer(input) {
                number if number < 0 => Output::Nothing,
                number => Output::One(Value::Text(number.to_string().into())),
            },
            _ => Output::Nothing,
        })
    })
}

/// §7: matched, the right came within the timeout; the rights that come first are kept.
#[test]
fn rights_come_before_and_after_their_lefts() {
    // Orders at 0, 10 … 90 ms; record n at 5 + 5n ms: the first two come behind their orders, the others before.
    let steps =
        with(orders("inner-join", "10s", json!("numbers")), json!([{ "name": "numbers", "numbers": {"count": 10, "every": "5ms"} }]));
    on_any_number_of_workers(
        || run_orders(10, "regular(10ms, 1)", &steps),
        |ran| {
            assert_eq!(ran.counters("shipped", CLASSES), [10, 0, 10, 9, 0, 0, 0, 0]);
            assert_eq!(ran.counts(0, "shipped"), [10, 0, 0, 0, 0]);
            let expected: Vec<String> = (0..10).map(|number| format!("[{number},{number}]")).collect();
            assert_eq!(ran.values("seen"), expected);
            let Some(PluginMeter::Timer(times)) = ran.figures(0, "shipped").plugin.get("time-to-outcome") else { panic!("no times") };
            // Record 0 came 5 ms after its order; record 1 at 10 ms, when its order was made; the others were early, which is 0.
            assert_eq!((times.count(), times.sum()), (10, 5_000_000));
            let join = ran.report.scenarios[0].steps.iter().find_map(|step| step.join.as_ref()).expect("a join");
            assert_eq!(join.window, Some(60_000_000_000), "the report states the window");
            assert_eq!(ran.report.verdict, Verdict::Successful);
        },
    );
}

/// §7 `missing`: an inner-join fails, with the outcome failure.
#[test]
fn what_is_missing_fails_an_inner_join() {
    let steps = with(orders("inner-join", "200ms", json!("numbers")), json!([{ "name": "numbers", "numbers": {"count": 6} }]));
    on_any_number_of_workers(
        || run_orders(10, "immediate", &steps),
        |ran| {
            assert_eq!(ran.counts(0, "shipped"), [6, 4, 0, 0, 0]);
            assert_eq!(ran.counts(0, "seen"), [6, 0, 0, 0, 4]);
            assert_eq!(ran.counters("shipped", CLASSES)[..2], [6, 4]);
            assert_eq!(ran.report.verdict, Verdict::Failed);
            let failure = &ran.report.scenarios[0].steps.iter().find(|step| step.name == "shipped").unwrap().failures[0];
            assert_eq!((failure.code.as_str(), failure.count), ("missing", 4));
            assert!(failure.message.contains("`numbers`") && failure.message.contains("200ms"), "{}", failure.message);
            assert_eq!(ran.millis(), 400, "200 ms for the lefts, and as long for late rights");
        },
    );
}

/// §7: a left-join gives pair(left, none) instead.
#[test]
fn what_is_missing_is_none_in_a_left_join() {
    let steps = with(orders("left-join", "200ms", json!("numbers")), json!([{ "name": "numbers", "numbers": {"count": 2} }]));
    on_any_number_of_workers(
        || run_orders(4, "immediate", &steps),
        |ran| {
            assert_eq!(ran.counts(0, "shipped"), [4, 0, 0, 0, 0]);
            assert_eq!(ran.values("seen"), ["[0,0]", "[1,1]", "[2,null]", "[3,null]"]);
            assert_eq!(ran.report.verdict, Verdict::Successful);
        },
    );
}

/// §7: late rights are counted, with how late; their left stays missing. Side trees run on for the join's timeout.
#[test]
fn late_rights_are_told_from_orphans() {
    // Records at 100, 200 … 600 ms; each order waits for 250 ms; then 250 ms more for what is late.
    let steps =
        with(orders("inner-join", "250ms", json!("numbers")), json!([{ "name": "numbers", "numbers": {"count": 6, "every": "100ms"} }]));
    on_any_number_of_workers(
        || run_orders(5, "immediate", &steps),
        |ran| {
            // 0 and 1 in time; 2 and 3 late by 50 and 150 ms, 4 at 500 ms when the scenario ends, or just not.
            let classes = ran.counters("shipped", CLASSES);
            assert_eq!(classes[..4], [2, 3, 2, 0]);
            assert_eq!(ran.millis(), 500);
            let Some(PluginMeter::Timer(lateness)) = ran.figures(0, "shipped").plugin.get("lateness") else { panic!("no times") };
            assert_eq!((lateness.count(), classes[4]), (classes[4], lateness.count()));
            assert!([(2, 200_000_000), (3, 450_000_000)].contains(&(lateness.count(), lateness.sum())), "{lateness:?}");
        },
    );
}

/// §7: what comes in the very moment of the deadline is late, on any number of workers.
#[test]
fn the_deadline_itself_is_late() {
    let steps =
        with(orders("left-join", "100ms", json!("numbers")), json!([{ "name": "numbers", "numbers": {"count": 8, "every": "50ms"} }]));
    on_any_number_of_workers(
        || run_orders(8, "immediate", &steps),
        |ran| {
            // Record 0 at 50 ms is in time, 1 at 100 ms is not; the side tree goes on until 200 ms.
            let [matched, missing, _, _, late, ..] = ran.counters("shipped", CLASSES);
            assert_eq!((matched, missing), (1, 7));
            assert!((2..=3).contains(&late), "{late}: those of 100 and 150 ms, and perhaps that of the end");
        },
    );
}

/// §7: duplicates and orphans are classed apart; no key on a side is an error of that side.
#[test]
fn every_right_has_a_class() {
    let records = json!([5, 0, 1, 1, 0, -1, 7, 1]);
    let steps = with(
        orders("inner-join", "1s", json!("record")),
        json!([
            { "name": "batch", "returns": records },
            { "name": "late-enough", "after": "batch", "delay": "10ms" },
            { "name": "record", "after": "late-enough", "flatten": {} },
        ]),
    );
    on_any_number_of_workers(
        || run_orders(2, "immediate", &steps),
        |ran| {
            // matched, missing, used, early, late, duplicate, orphan, unkeyed
            assert_eq!(ran.counters("shipped", CLASSES), [2, 0, 2, 0, 0, 3, 2, 1]);
            assert_eq!(ran.report.verdict, Verdict::Failed, "a right without a key is an error");
            let messages = &ran.report.scenarios[0].messages;
            assert!(messages.iter().any(|message| message.text.contains("`record`") && message.text.contains("no key")), "{messages:?}");
        },
    );
}

/// §7: no key on the left is an error of the step.
#[test]
fn a_left_without_a_key_is_an_error() {
    let steps = json!([
        { "name": "order", "start": true, "returns": -1 },
        { "name": "shipped", "after": "order", "inner-join": {"right": "numbers", "left-key": {"callback": 1}, "right-key": {"callback": 1}} },
        { "name": "numbers", "numbers": {"count": 0} },
    ]);
    on_any_number_of_workers(
        || run_orders(3, "immediate", &steps),
        |ran| {
            assert_eq!(ran.counts(0, "shipped"), [0, 0, 3, 0, 0]);
            assert_eq!(ran.counters("shipped", CLASSES), [0; 8]);
        },
    );
}

/// §7: right = any named step anywhere, also of the load itself; keys are templates and JSON pointers, too.
#[test]
fn the_load_can_be_its_own_right() {
    let steps = json!([
        { "name": "root", "start": true, "split": {} },
        { "name": "request", "after": "root", "returns": "order {minion}" },
        { "name": "slow", "after": "root", "delay": "50ms" },
        { "name": "outcome", "after": "slow", "execute": {"callback": 0} },
        { "name": "both", "after": "request", "inner-join": {"right": "outcome", "left-key": "{minion}", "right-key": {"json": "/id"}} },
        { "name": "seen", "after": "both", "on-each": {"callback": 1} },
    ]);
    let make = || {
        Virtual::new(scenario(10, "immediate", steps.clone())).callbacks(&["execute", "on-each"], |call, _, _, _| {
            // Each minion makes the outcome of the next one.
            let id = (call.context.minion + 1) % 10;
            Ok(if call.callback == 0 { Output::One(Value::Json(json!({ "id": id }).to_string().into())) } else { Output::Nothing })
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counters("both", CLASSES), [10, 0, 10, 0, 0, 0, 0, 0]);
        let expected: Vec<String> = (0..10).map(|number| format!(r#"["order {number}",{{"id":{number}}}]"#)).collect();
        assert_eq!(ran.values("seen"), expected);
        assert_eq!(ran.millis(), 50);
    });
}

/// §7 `time-to-outcome`: from the intended start of the step that made the left value, which a stalled one before it does not move.
#[test]
fn the_time_to_an_outcome_begins_with_its_order() {
    let steps = json!([
        { "name": "number", "start": true, "returns": {"callback": 0} },
        { "name": "login", "after": "number", "work": {"takes": "20ms"} },
        { "name": "order", "after": "login", "work": {"takes": "30ms"} },
        { "name": "checked", "after": "order", "filter-not-none": {} },
        { "name": "later", "after": "checked", "delay": "15ms" },
        { "name": "shipped", "after": "later", "inner-join": {"right": "numbers", "left-key": {"callback": 1}, "right-key": {"callback": 1}} },
        { "name": "numbers", "numbers": {"count": 1, "every": "100ms"} },
    ]);
    on_any_number_of_workers(
        || run_orders(1, "immediate", &steps),
        |ran| {
            let Some(PluginMeter::Timer(times)) = ran.figures(0, "shipped").plugin.get("time-to-outcome") else { panic!("no times") };
            // The order was meant to start at 20 ms, its outcome came at 100.
            assert_eq!((times.count(), times.sum()), (1, 80_000_000));
        },
    );
}

/// §7: a left whose time is cut short by the limit of a stage around the join is missing; its right is late.
#[test]
fn who_is_given_up_is_missing() {
    let join = json!({"right": "numbers", "left-key": {"callback": 1}, "right-key": {"callback": 1}, "timeout": "10s"});
    let steps = json!([
        { "name": "bounded", "start": true, "timeout": "100ms", "stage": {"steps": [
            { "name": "order", "returns": {"callback": 0} }, { "name": "shipped", "inner-join": join }] } },
        { "name": "numbers", "numbers": {"count": 5, "every": "40ms"} },
    ]);
    on_any_number_of_workers(
        || run_orders(4, "immediate", &steps),
        |ran| {
            // Records 0 and 1 at 40 and 80 ms are in time, 2 and 3 are not, 4 is nobody's.
            assert_eq!(ran.counters("shipped", CLASSES), [2, 2, 2, 0, 2, 0, 1, 0]);
            assert_eq!(ran.counts(0, "bounded"), [2, 0, 0, 2, 0]);
        },
    );
}

/// §7: what waits in a side tree when that ends with the load is cancelled with it, and not missing.
#[test]
fn who_is_cancelled_is_not_missing() {
    let steps = json!([
        { "name": "load", "start": true, "delay": "95ms" },
        { "name": "numbers", "numbers": {"endless": true, "every": "10ms"}, "concurrency": 5 },
        { "name": "joined", "after": "numbers", "inner-join": {"right": "load", "left-key": {"callback": 1}, "right-key": "none", "timeout": "1m"} },
    ]);
    on_any_number_of_workers(
        || run_orders(1, "immediate", &steps),
        |ran| assert_eq!((ran.counters("joined", CLASSES)[..2].to_vec(), ran.counts(0, "joined")), (vec![0, 0], [0; 5])),
    );
}

/// §7: only side trees that feed joins run on; where none does, the scenario ends with its load.
#[test]
fn nothing_runs_on_for_joins_that_feed_themselves() {
    let steps = json!([
        { "name": "order", "start": true, "returns": {"callback": 0} },
        { "name": "fork", "after": "order", "split": {} },
        { "name": "outcome", "after": "fork", "delay": "50ms" },
        { "name": "both", "after": "fork", "inner-join": {"right": "outcome", "left-key": {"callback": 1}, "right-key": {"callback": 1}, "timeout": "1m"} },
        { "name": "watch", "numbers": {"endless": true, "every": "10ms"} },
    ]);
    on_any_number_of_workers(
        || run_orders(3, "immediate", &steps),
        |ran| assert_eq!((ran.counters("both", CLASSES)[..2].to_vec(), ran.millis()), (vec![3, 0], 50)),
    );
}

/// §7: a step written in place is a side tree of its own.
#[test]
fn rights_can_be_written_in_place() {
    let steps = orders("inner-join", "1s", json!([{ "numbers": {"count": 4, "every": "1ms"} }, { "filter-not-none": {} }]));
    on_any_number_of_workers(
        || run_orders(4, "immediate", &steps),
        |ran| assert_eq!(ran.counters("shipped", CLASSES), [4, 0, 4, 0, 0, 0, 0, 0]),
    );
}

/// §7: rights beyond `capacity` are dropped as orphans; a left that goes missing on one was lost.
#[test]
fn what_is_dropped_for_room_is_an_orphan() {
    let steps = json!([
        { "name": "wait", "start": true, "delay": "50ms" },
        { "name": "order", "after": "wait", "returns": {"callback": 0} },
        { "name": "shipped", "after": "order",
          "inner-join": {"right": "numbers", "left-key": {"callback": 1}, "right-key": {"callback": 1}, "capacity": 100, "timeout": "1s"} },
        { "name": "numbers", "numbers": {"count": 1000} },
    ]);
    on_any_number_of_workers(
        || run_orders(1000, "immediate", &steps),
        |ran| {
            let [matched, missing, used, .., orphan, _] = ran.counters("shipped", CLASSES);
            // Each shard has its share, rounded up, and the keys fall to the shards as they fall.
            assert!((95..=105).contains(&matched), "{matched}");
            assert_eq!((matched + missing, used, orphan), (1000, matched, 1000 - matched));
            assert_eq!(ran.report.verdict, Verdict::Void, "what is missing is not known");
            assert_eq!(ran.counter("shipped", "lost"), missing);
        },
    );
}

/// §7 `ttl`: how long a right is kept.
#[test]
fn rights_are_kept_for_their_time() {
    let steps = json!([
        { "name": "order", "start": true, "returns": {"callback": 0} },
        { "name": "shipped", "after": "order",
          "left-join": {"right": "numbers", "left-key": {"callback": 1}, "right-key": {"callback": 1}, "ttl": "25ms", "timeout": "100ms"} },
        { "name": "numbers", "numbers": {"count": 4} },
    ]);
    on_any_number_of_workers(
        // Records at 0; orders at 0, 10, 20 and 30 ms.
        || run_orders(4, "regular(10ms, 1)", &steps),
        |ran| assert_eq!(ran.counters("shipped", CLASSES)[..2], [3, 1]),
    );
}

/// §7 on a large scale: losses, doubles, delays and strangers are all told apart.
#[test]
fn twenty_thousand_orders_are_classified_without_a_mistake() {
    const ORDERS: u32 = 20_000;
    /// What becomes of an order: lost, doubled, late, or all is well.
    fn fate(order: u64) -> &'static str {
        match draw(2026, order) % 100 {
            0 => "lost",
            1 => "doubled",
            2 => "late",
            _ => "well",
        }
    }
    // 10 orders each ms; a copy of each goes on its way, and arrives as its shipment.
    let steps = json!([
        { "name": "root", "start": true, "returns": {"callback": 0} },
        { "name": "fork", "after": "root", "split": {} },
        { "name": "shipped", "after": "fork",
          "left-join": {"right": "arrived", "left-key": {"json": ""}, "right-key": {"json": ""}, "timeout": "1s"} },
        { "name": "on-the-way", "after": "fork", "filter": {"callback": 1} },
        // Failing so often takes 1 ms × 2ᵏ in all.
        { "name": "journey", "after": "on-the-way", "map": {"callback": 2}, "retry": {"retries": 12, "delay": "1ms", "multiplier": 2.0} },
        { "name": "arrived", "after": "journey", "flat-map": {"callback": 3} },
    ]);
    let make = || {
        Virtual::new(scenario(ORDERS, "rate(10000, 2s)", steps.clone())).callbacks(
            &["returns", "filter", "map", "flat-map"],
            |call, input, _, _| {
                let order = u64::from(call.context.minion);
                Ok(match call.callback {
                    0 => Output::One(Value::Text(format!("order-{order}").into())),
                    1 => Output::One(Value::Boolean(fate(order) != "lost")),
                    2 => {
                        // 2ᵏ − 1 ms: up to 511 ms, or 2047 ms for those that are late.
                        let failures = if fate(order) == "late" { 11 } else { draw(7, order) % 10 };
                        if u64::from(call.context.attempt) < failures {
                            return Err(CallbacksError::Failed(Failure::error("under-way", "not there yet")));
                        }
                        Output::One(input.clone())
                    }
                    _ => match fate(order) {
                        "doubled" => Output::Many(vec![input.clone(), input.clone()]),
                        _ if order % 50 == 7 => Output::Many(vec![input.clone(), Value::Text(format!("stranger-{order}").into())]),
                        _ => Output::One(input.clone()),
                    },
                })
            },
        )
    };
    let count = |fates: &[&str]| (0..u64::from(ORDERS)).filter(|order| fates.contains(&fate(*order))).count() as u64;
    let strangers = (0..u64::from(ORDERS)).filter(|order| order % 50 == 7 && !["lost", "doubled"].contains(&fate(*order))).count() as u64;
    let (matched, missing) = (count(&["well", "doubled"]), count(&["lost", "late"]));
    assert!([count(&["lost"]), count(&["doubled"]), count(&["late"])].into_iter().all(|count| count > 100), "the draws are fair");
    let at_once = (0..u64::from(ORDERS))
        .filter(|order| ["well", "doubled"].contains(&fate(*order)) && draw(7, *order).is_multiple_of(10))
        .count() as u64;
    for workers in [1, 2, 5] {
        let ran = make().workers(workers).run();
        let [seen_matched, seen_missing, used, early, late, duplicate, orphan, unkeyed] = ran.counters("shipped", CLASSES);
        assert_eq!([seen_matched, seen_missing, used], [matched, missing, matched], "{workers} workers");
        assert_eq!([late, duplicate, orphan, unkeyed], [count(&["late"]), count(&["doubled"]), strangers, 0], "{workers} workers");
        assert!(early <= at_once, "only what arrives at once can be there first");
        assert_eq!(ran.counts(0, "shipped"), [u64::from(ORDERS), 0, 0, 0, 0]);
        assert_eq!(ran.minions(), [u64::from(ORDERS), u64::from(ORDERS), 0, 0]);
        let Some(PluginMeter::Timer(lateness)) = ran.figures(0, "shipped").plugin.get("lateness") else { panic!("no times") };
        assert_eq!(lateness.count(), late);
        // Exactly 2047 ms after their order, 1 s of which was the timeout.
        assert_eq!((lateness.min(), lateness.max()), (Some(1_047_000_000), Some(1_047_000_000)));
    }
}

/// §6 `zip`: a pair with the next right, in order; a full buffer makes the right side wait.
#[test]
fn zips_pair_in_order() {
    let steps = json!([
        { "name": "left", "start": true, "returns": {"callback": 0} },
        { "name": "zipped", "after": "left", "zip": {"right": "numbers", "buffer": 2} },
        { "name": "seen", "after": "zipped", "on-each": {"callback": 1} },
        { "name": "numbers", "numbers": {"count": 100} },
    ]);
    let make = || {
        Virtual::new(scenario(6, "regular(10ms, 1)", steps.clone())).callbacks(&["returns", "on-each"], |call, _, _, _| {
            Ok(if call.callback == 0 { Output::One(Value::Integer(i64::from(call.context.minion))) } else { Output::Nothing })
        })
    };
    on_any_number_of_workers(make, |ran| {
        let expected: Vec<String> = (0..6).map(|number| format!("[{number},{number}]")).collect();
        assert_eq!(ran.values("seen"), expected);
        // Six were taken, two wait in the buffer and one for room.
        assert_eq!(ran.counts(0, "numbers"), [9, 0, 0, 0, 0]);
    });
}

/// §6 `zip-last`: waits only for the first, then takes the latest as often as asked.
#[test]
fn zip_last_takes_the_latest() {
    let steps = json!([
        { "name": "left", "start": true, "returns": {"callback": 0} },
        { "name": "zipped", "after": "left", "zip-last": {"right": "numbers"} },
        { "name": "seen", "after": "zipped", "on-each": {"callback": 1} },
        { "name": "numbers", "numbers": {"count": 3, "every": "25ms"} },
    ]);
    let make = || {
        Virtual::new(scenario(10, "regular(10ms, 1)", steps.clone())).callbacks(&["returns", "on-each"], |call, _, _, _| {
            Ok(if call.callback == 0 { Output::One(Value::Integer(i64::from(call.context.minion))) } else { Output::Nothing })
        })
    };
    on_any_number_of_workers(make, |ran| {
        // Records at 25, 50 and 75 ms: the one at 50 ms may come before or behind the minion of that time.
        let values = ran.values("seen");
        assert_eq!(values[..5], ["[0,0]", "[1,0]", "[2,0]", "[3,0]", "[4,0]"]);
        assert!(["[5,0]", "[5,1]"].contains(&values[5].as_str()), "{values:?}");
        assert_eq!(values[6..], ["[6,1]", "[7,1]", "[8,2]", "[9,2]"]);
        assert_eq!(ran.times("seen")[..4], [25.0, 25.0, 25.0, 30.0]);
    });
}

/// §6 `zip`: when the load feeds itself and nothing more comes, those who wait are starved.
#[test]
fn a_zip_with_too_few_rights_starves() {
    let steps = json!([
        { "name": "root", "start": true, "returns": {"callback": 0} },
        { "name": "fork", "after": "root", "split": {} },
        { "name": "even", "after": "fork", "filter": {"callback": 1} },
        { "name": "zipped", "after": "fork", "zip": {"right": "even"} },
        { "name": "seen", "after": "zipped", "pipe": {} },
    ]);
    let make = || {
        Virtual::new(scenario(10, "regular(1ms, 1)", steps.clone())).callbacks(&["returns", "filter"], |call, _, _, _| {
            Ok(Output::One(match call.callback {
                0 => Value::Integer(i64::from(call.context.minion)),
                _ => Value::Boolean(call.context.minion % 2 == 0),
            }))
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.counts(0, "seen"), [5, 0, 0, 0, 0]);
        assert_eq!(ran.minions(), [10, 5, 0, 5]);
        assert_eq!(ran.millis(), 9);
    });
}

/// §6 `singleton-pipe`: a value of a side tree, through a topic.
#[test]
fn singleton_pipes_give_values_of_a_side_tree() {
    let steps = json!([
        { "name": "piped", "start": true, "singleton-pipe": {"from": "ten"}, "topic": {"at-end": "complete"} },
        { "name": "seen", "after": "piped", "on-each": {"callback": 1} },
        { "name": "numbers", "numbers": {"count": 4, "every": "10ms"} },
        { "name": "ten", "after": "numbers", "map": {"callback": 0} },
    ]);
    let make = || {
        Virtual::new(scenario(6, "immediate", steps.clone())).callbacks(&["map", "on-each"], |call, input, _, _| {
            Ok(if call.callback == 0 { Output::One(Value::Integer(10 * integer(input))) } else { Output::Nothing })
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.values("seen"), ["0", "10", "20", "30"]);
        assert_eq!(ran.times("seen"), [10.0, 20.0, 30.0, 40.0]);
        assert_eq!(ran.minions(), [6, 6, 0, 0]);
    });
}
