//! Trees before and behind the load: what they wait for, what they hold, and how they end.

use std::time::Duration;

use crate::harness::{Virtual, on_any_number_of_workers, scenario};
use serde_json::{Value as Json, json};
use throng_campaign::Command;
use throng_measure::Verdict;

/// §8: who waits on an ended source keeps nothing alive, behind the load as well.
#[test]
fn trees_behind_the_load_starve_on_an_ended_source() {
    for (numbers, records) in [(json!({"count": 2}), 2), (json!({"endless": true, "every": "1h"}), 0)] {
        let steps = json!([
            { "name": "load", "start": true, "delay": "10ms" },
            { "name": "numbers", "numbers": numbers },
            { "name": "check", "run": "after-load", "returns": 1, "iterate": {"iterations": 3} },
            { "name": "record", "after": "check", "singleton-pipe": {"from": "numbers"} },
            { "name": "seen", "after": "record", "on-each": {"callback": 0} },
        ]);
        on_any_number_of_workers(
            || Virtual::new(scenario(2, "immediate", steps.clone())).seen(),
            |ran| {
                assert_eq!((ran.counts(0, "seen")[0], ran.figures(0, "record").starved), (records, 3 - records));
                assert_eq!((ran.millis(), ran.minions()), (10, [2, 2, 0, 0]));
                assert_eq!(ran.report.verdict, Verdict::Warning);
            },
        );
    }
}

/// The end of the load is the end of what ran beside it: `at-end` holds behind it.
#[test]
fn a_source_that_the_load_has_ended_is_at_its_end() {
    let steps = json!([
        { "name": "load", "start": true, "delay": "25ms" },
        { "name": "numbers", "numbers": {"endless": true, "every": "10ms"} },
        { "name": "check", "run": "after-load", "returns": 1, "iterate": {"iterations": 3} },
        { "name": "record", "after": "check", "singleton-pipe": {"from": "numbers"}, "topic": {"at-end": "complete"} },
        { "name": "seen", "after": "record", "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(2, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!((ran.values("seen"), ran.counts(0, "record")), (vec!["0".into(), "1".into()], [3, 0, 0, 0, 0]));
            assert_eq!(ran.report.verdict, Verdict::Successful);
        },
    );
}

/// §8: before the load, who waits for what begins with it waits in vain, and the load begins all the same.
#[test]
fn trees_before_the_load_starve_on_what_begins_with_it() {
    let steps = json!([
        { "name": "load", "start": true, "on-each": {"callback": 0} },
        { "name": "numbers", "numbers": {"count": 5} },
        { "name": "seed", "run": "before-load", "pipe": {} },
        { "name": "record", "after": "seed", "singleton-pipe": {"from": "numbers"} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(2, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!((ran.counts(0, "record"), ran.figures(0, "record").starved), ([0; 5], 1));
            assert_eq!((ran.times("load"), ran.report.verdict), (vec![0.0, 0.0], Verdict::Warning));
        },
    );
}

/// Trees before the load can feed each other; what one has too few of starves the other.
#[test]
fn trees_before_the_load_feed_each_other() {
    let steps = json!([
        { "name": "load", "start": true, "pipe": {} },
        { "name": "list", "run": "before-load", "returns": ["a", "b", "c"] },
        { "name": "each", "after": "list", "flatten": {} },
        { "name": "both", "after": "each", "zip": {"right": "numbers"} },
        { "name": "seen", "after": "both", "on-each": {"callback": 0} },
        { "name": "numbers", "run": "before-load", "numbers": {"count": 2, "every": "10ms"} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.values("seen"), [r#"["a",0]"#, r#"["b",1]"#]);
            assert_eq!((ran.figures(0, "both").starved, ran.counts(0, "load")), (1, [1, 0, 0, 0, 0]));
        },
    );
}

fn seeded(buffer: u32) -> Json {
    json!([
        { "name": "order", "start": true, "returns": "order" },
        { "name": "both", "after": "order", "zip": {"right": "numbers", "buffer": buffer} },
        { "name": "numbers", "run": "before-load", "numbers": {"count": 5} },
    ])
}

/// What a tree before the load makes for the load must fit: nobody takes any before.
#[test]
fn what_is_made_before_the_load_must_fit() {
    on_any_number_of_workers(
        || Virtual::new(scenario(5, "immediate", seeded(5))),
        |ran| assert_eq!((ran.counts(0, "both"), ran.report.verdict), ([5, 0, 0, 0, 0], Verdict::Successful)),
    );
    on_any_number_of_workers(
        || Virtual::new(scenario(5, "immediate", seeded(2))),
        |ran| {
            let reason = &ran.report.reasons[0].text;
            assert!(reason.contains("`both`") && reason.contains("raise the `buffer`"), "{reason}");
            assert_eq!((ran.minions(), ran.report.verdict), ([0; 4], Verdict::Failed));
        },
    );
}

/// §6 `collect`: the remainder of a tree before the load is emitted, and its downstream awaited, before the load begins.
#[test]
fn remainders_come_before_the_load() {
    let steps = json!([
        { "name": "load", "start": true, "on-each": {"callback": 0} },
        { "name": "seed", "run": "before-load", "returns": [1, 2, 3] },
        { "name": "each", "after": "seed", "flatten": {} },
        { "name": "all", "after": "each", "collect": {"batch": 2} },
        { "name": "slow", "after": "all", "delay": "1s" },
        { "name": "stored", "after": "slow", "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(2, "immediate", steps.clone())).seen(),
        |ran| {
            let order: Vec<_> = ran.calls.iter().map(|call| call.step.as_str()).collect();
            assert_eq!(order, ["stored", "stored", "load", "load"]);
            assert_eq!((ran.values("stored"), ran.times("load")), (vec!["[1,2]".into(), "[3]".into()], vec![0.0, 0.0]));
        },
    );
}

/// §9: a soft stop cancels the trees before the load, and there is none; those behind it run as usual, with what there is to clean up.
#[test]
fn a_soft_stop_before_the_load_leaves_it_out() {
    let steps = json!([
        { "name": "load", "start": true, "pipe": {} },
        { "name": "seed", "run": "before-load", "delay": "10s" },
        { "name": "seeded", "after": "seed", "pipe": {} },
        { "name": "numbers", "numbers": {"count": 5} },
        { "name": "clean", "run": "after-load", "delay": "3s" },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(5, "immediate", steps.clone())).command(Duration::from_secs(2), Command::StopSoftly),
        |ran| {
            assert_eq!((ran.minions(), ran.millis(), ran.report.verdict), ([0; 4], 5000, Verdict::Successful));
            assert_eq!(["seed", "seeded", "numbers", "clean"].map(|step| ran.counts(0, step)[0]), [0, 0, 0, 1]);
            assert_eq!(ran.states(), ["before the load", "completing", "after the load", "ended"]);
        },
    );
}

/// §9: the states of a campaign that has everything.
#[test]
fn states_say_what_a_campaign_is_at() {
    let steps = json!([
        { "name": "order", "start": true, "returns": 0 },
        { "name": "joined", "after": "order", "left-join": {"right": "numbers", "left-key": {"json": ""}, "right-key": {"json": ""}, "timeout": "3s"} },
        { "name": "numbers", "numbers": {"count": 1} },
        { "name": "seed", "run": "before-load", "delay": "1s" },
        { "name": "check", "run": "after-load", "delay": "1s" },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "immediate", steps.clone())),
        |ran| {
            assert_eq!(ran.states(), ["before the load", "running", "waiting for late rights", "after the load", "ended"]);
            assert_eq!(ran.millis(), 4000);
        },
    );
}

/// §9: connections with `warm-up` are open before the load, and after the trees before it.
#[test]
fn what_is_to_be_open_is_open_before_the_load() {
    let steps =
        |work: Json| json!([{ "name": "seed", "run": "before-load", "delay": "1s" }, { "name": "call", "start": true, "work": work }]);
    let warm = || Virtual::new(scenario(3, "immediate", steps(json!({"warms-for": "2s"}))));
    on_any_number_of_workers(warm, |ran| {
        assert_eq!(ran.states(), ["before the load", "warming up", "running", "ended"]);
        assert_eq!((ran.counts(0, "call"), ran.millis()), ([3, 0, 0, 0, 0], 0));
    });
    // Who is asked to stop meanwhile does not begin.
    on_any_number_of_workers(
        || warm().command(Duration::from_secs(2), Command::StopSoftly),
        |ran| {
            assert_eq!((ran.counts(0, "call"), ran.minions()), ([0; 5], [0; 4]));
            assert_eq!(ran.states(), ["before the load", "warming up", "completing", "ended"]);
        },
    );
    for (work, cause) in
        [(json!({"warms-for": "2s", "stays-cold": true}), "it stays cold"), (json!({"warms-for": "1h"}), "it was not warm within 30s")]
    {
        on_any_number_of_workers(
            || Virtual::new(scenario(3, "immediate", steps(work.clone()))),
            |ran| {
                assert_eq!((ran.counts(0, "call"), ran.report.verdict), ([0; 5], Verdict::Failed));
                let reason = format!("the step `call` of the scenario `tested` cannot start: {cause}");
                assert!(ran.report.reasons.iter().any(|one| one.text.contains(&reason)), "{:?}", ran.report.reasons);
            },
        );
    }
}

/// The same of sources: what they listen to is there before the load.
#[test]
fn a_source_is_ready_before_the_load() {
    let steps = |source: Json| {
        json!([
            { "name": "call", "start": true, "work": { "takes": "1s" } },
            { "name": "heard", "after": "call", "zip": { "right": "feed" } },
            { "name": "feed", "numbers": source },
        ])
    };
    on_any_number_of_workers(
        || Virtual::new(scenario(3, "immediate", steps(json!({"warms-for": "2s"})))),
        |ran| {
            assert_eq!(ran.states(), ["warming up", "running", "ended"]);
            assert_eq!((ran.counts(0, "heard"), ran.counts(0, "feed")), ([3, 0, 0, 0, 0], [10, 0, 0, 0, 0]));
        },
    );
    on_any_number_of_workers(
        || Virtual::new(scenario(3, "immediate", steps(json!({"warms-for": "2s", "stays-cold": true})))),
        |ran| {
            assert_eq!((ran.counts(0, "call"), ran.report.verdict), ([0; 5], Verdict::Failed));
            let reason = "the step `feed` of the scenario `tested` cannot start: it stays cold";
            assert!(ran.report.reasons.iter().any(|one| one.text.contains(reason)), "{:?}", ran.report.reasons);
        },
    );
}
