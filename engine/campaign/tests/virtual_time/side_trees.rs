//! Side trees: before, beside and behind the load, and after its stages.

use std::time::Duration;

use crate::harness::{Virtual, on_any_number_of_workers, scenario};
use serde_json::json;
use throng_campaign::Command;
use throng_measure::Verdict;
use throng_protocols::{CallbacksError, Failure, Output};

/// §2 `run: before-load`: once, before the load; its time is not the load's.
#[test]
fn trees_before_the_load_run_first() {
    let steps = json!([
        { "name": "load", "start": true, "on-each": {"callback": 0} },
        { "name": "seed", "run": "before-load", "delay": "5s" },
        { "name": "seeded", "after": "seed", "on-each": {"callback": 0} },
        { "name": "also", "run": "before-load", "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(3, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!(["seeded", "also", "load"].map(|step| ran.counts(0, step)[0]), [1, 1, 3]);
            assert_eq!(ran.times("load"), [0.0, 0.0, 0.0]);
            assert_eq!(ran.calls.iter().map(|call| call.step.as_str()).take(2).collect::<Vec<_>>(), ["also", "seeded"]);
            assert_eq!(ran.minions(), [3, 3, 0, 0], "who walks a tree is no minion of the load");
        },
    );
}

/// §2 `run: after-load`, `settle`: once everything under load has ended, in every scenario.
#[test]
fn trees_behind_the_load_wait_for_all_scenarios() {
    let first = json!({
        "name": "first", "minions": 2, "steps": [
            { "name": "load", "start": true, "delay": "1s" },
            { "name": "stored", "run": "after-load", "settle": "2s", "on-each": {"callback": 0} }]
    });
    let second = json!({ "name": "second", "minions": 3, "steps": [{ "name": "longer", "start": true, "delay": "4s" }] });
    on_any_number_of_workers(
        || Virtual::of([first.clone(), second.clone()]).seen(),
        |ran| {
            assert_eq!(ran.times("stored"), [6000.0]);
            assert_eq!(ran.millis(), 6000);
            assert_eq!(ran.report.verdict, Verdict::Successful);
        },
    );
}

/// §2: a side tree's failures count in the verdict like any step's.
#[test]
fn failures_of_side_trees_count() {
    for run in ["before-load", "during", "after-load"] {
        let steps = json!([
            { "name": "load", "start": true, "pipe": {} },
            { "name": "check", "run": run, "verify": {"callback": 0} },
        ]);
        let make = || {
            Virtual::new(scenario(2, "immediate", steps.clone()))
                .callbacks(&["verify"], |_, _, _, _| Err(CallbacksError::Failed(Failure::assertion("differs", "stored ≠ acknowledged"))))
        };
        on_any_number_of_workers(make, |ran| {
            assert_eq!(ran.counts(0, "check"), [0, 1, 0, 0, 0], "{run}");
            assert_eq!(ran.counts(0, "load"), [2, 0, 0, 0, 0]);
            assert_eq!(ran.report.verdict, Verdict::Failed);
        });
    }
}

/// §2 `run: during`: beside the load; it ends with it.
#[test]
fn trees_beside_the_load_end_with_it() {
    let steps = json!([
        { "name": "load", "start": true, "delay": "95ms" },
        { "name": "numbers", "numbers": {"every": "10ms", "endless": true} },
        { "name": "seen", "after": "numbers", "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(4, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.counts(0, "seen"), [9, 0, 0, 0, 0]);
            assert_eq!(ran.millis(), 95);
        },
    );
}

/// §9: they begin with the campaign, the start offset ahead of the load, so that nothing that the load brings about is missed.
#[test]
fn trees_beside_the_load_begin_before_it() {
    let steps = json!([
        { "name": "load", "start": true, "delay": "95ms" },
        { "name": "numbers", "numbers": {"every": "10ms", "endless": true} },
        { "name": "seen", "after": "numbers", "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual { start_offset: Duration::from_secs(1), ..Virtual::new(scenario(4, "immediate", steps.clone())).seen() },
        |ran| assert_eq!((ran.counts(0, "seen"), ran.millis()), ([109, 0, 0, 0, 0], 95)),
    );
}

/// §8: steps behind a source in a side tree get each record directly, with back-pressure.
#[test]
fn a_source_waits_for_the_steps_behind_it() {
    let steps = json!([
        { "name": "load", "start": true, "delay": "1s" },
        { "name": "numbers", "numbers": {"count": 100} },
        { "name": "work", "after": "numbers", "work": {"takes": "100ms"} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "immediate", steps.clone())),
        |ran| {
            let [worked, ..] = ran.counts(0, "work");
            assert!((9..=10).contains(&worked), "{worked}");
            assert_eq!(ran.counts(0, "numbers"), [if worked == 9 { 10 } else { 11 }, 0, 0, 0, 0]);
        },
    );
}

/// §2 `run: after-stage`: once after each stage of the profile.
#[test]
fn trees_run_after_each_stage() {
    for completion in ["graceful", "hard"] {
        let profile = format!("stages(stage(50%, 0s, 1s), stage(50%, 0s, 2s), completion: {completion})");
        let steps = json!([
            { "name": "load", "start": true, "delay": "300ms" },
            { "name": "audit", "run": "after-stage", "delay": "100ms" },
            { "name": "audited", "after": "audit", "on-each": {"callback": 0} },
        ]);
        on_any_number_of_workers(
            || Virtual::new(scenario(4, &profile, steps.clone())).seen(),
            |ran| {
                assert_eq!(ran.times("audited"), [1100.0, 3100.0], "{completion}");
                assert_eq!(ran.counts(0, "audit"), [2, 0, 0, 0, 0]);
            },
        );
    }
}

/// §9: after a soft stop there are no more stages for a tree to run after.
#[test]
fn a_soft_stop_does_not_wait_for_stages_that_never_come() {
    let steps = json!([
        { "name": "load", "start": true, "delay": "300ms" },
        { "name": "audit", "run": "after-stage", "pipe": {} },
    ]);
    on_any_number_of_workers(
        || {
            let tested = scenario(2, "stages(stage(50%, 0s, 1s), stage(50%, 0s, 1m))", steps.clone());
            Virtual::new(tested).command(Duration::from_millis(1450), Command::StopSoftly)
        },
        |ran| {
            assert_eq!(ran.counts(0, "audit"), [1, 0, 0, 0, 0]);
            assert_eq!(ran.millis(), 1600, "the last run was begun at 1.3 s");
        },
    );
}

/// Trees apart from the load may join and collect as well.
#[test]
fn trees_behind_the_load_finish_what_they_hold() {
    for run in ["before-load", "after-load"] {
        let steps = json!([
            { "name": "load", "start": true, "pipe": {} },
            { "name": "batch", "run": run, "returns": [1, 2, 3] },
            { "name": "each", "after": "batch", "flatten": {} },
            { "name": "gathered", "after": "each", "collect": {"batch": 2} },
            { "name": "seen", "after": "gathered", "on-each": {"callback": 0} },
            { "name": "missing", "after": "each", "left-join": {"right": "nothing", "left-key": {"json": ""}, "right-key": {"json": ""}, "timeout": "1s"} },
            { "name": "nothing", "filter-not-none": {} },
        ]);
        on_any_number_of_workers(
            || Virtual::new(scenario(1, "immediate", steps.clone())).seen(),
            |ran| {
                assert_eq!(ran.values("seen"), ["[1,2]", "[3]"], "{run}");
                assert_eq!(ran.counts(0, "missing"), [3, 0, 0, 0, 0], "{run}");
            },
        );
    }
}

/// A tree before the load can be stopped: softly, it ends and there is no load.
#[test]
fn a_campaign_can_be_stopped_before_its_load() {
    for (command, verdict) in [(Command::StopSoftly, Verdict::Successful), (Command::Abort, Verdict::Aborted)] {
        let steps = json!([
            { "name": "load", "start": true, "pipe": {} },
            { "name": "seed", "run": "before-load", "delay": "10s" },
        ]);
        on_any_number_of_workers(
            || Virtual::new(scenario(5, "immediate", steps.clone())).command(Duration::from_secs(2), command),
            |ran| {
                assert_eq!(ran.minions(), [0, 0, 0, 0], "{command:?}");
                assert_eq!((ran.report.verdict, ran.millis()), (verdict, 2000));
            },
        );
    }
}

/// A source that breaks before the load fails the campaign, and there is no load.
#[test]
fn a_source_that_breaks_before_the_load_fails_the_campaign() {
    let steps = json!([
        { "name": "load", "start": true, "pipe": {} },
        { "name": "numbers", "run": "before-load", "numbers": {"fail-at": 2} },
        { "name": "seen", "after": "numbers", "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(5, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.minions(), [0, 0, 0, 0]);
            assert_eq!(ran.counts(0, "seen"), [2, 0, 0, 0, 0]);
            assert_eq!(ran.report.verdict, Verdict::Failed);
        },
    );
}

/// Callbacks of a tree have contexts like any others.
#[test]
fn a_tree_without_a_source_runs_once() {
    let steps = json!([
        { "name": "load", "start": true, "delay": "10ms" },
        { "name": "once", "execute": {"callback": 0} },
    ]);
    let make = || Virtual::new(scenario(20, "immediate", steps.clone())).callbacks(&["execute"], |_, _, _, _| Ok(Output::Nothing));
    on_any_number_of_workers(make, |ran| assert_eq!(ran.counts(0, "once"), [1, 0, 0, 0, 0]));
}
