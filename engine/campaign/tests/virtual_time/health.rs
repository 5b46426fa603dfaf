//! measurement.md §5, where nothing but the scenario itself bears on the generator: what steps are short of, starts, what is held.

use std::time::Duration;

use serde_json::json;
use throng_campaign::Command;
use throng_measure::{Shortage, Signal, Verdict};

use crate::harness::{Ran, Virtual, on_any_number_of_workers, scenario};

fn findings(ran: &Ran) -> Vec<(Signal, Verdict, String)> {
    let scenarios = ran.report.scenarios.iter().flat_map(|scenario| &scenario.health.findings);
    let all = ran.report.health.findings.iter().chain(scenarios);
    all.map(|finding| (finding.signal, finding.level, finding.text())).collect()
}

/// §5: the machine is no part of virtual time.
#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let steps = json!([{ "name": "work", "start": true, "work": {"takes": "20ms"} }]);
    for workers in [1, 2, 5] {
        let ran = Virtual::new(scenario(50, "regular(100ms, 5)", steps.clone())).workers(workers).run();
        assert_eq!((ran.report.verdict, findings(&ran)), (Verdict::Successful, vec![]));
        let health = &ran.report.health;
        assert_eq!((health.workers.len(), health.machine), (workers as usize, None));
        assert!(health.workers.iter().all(|worker| worker.longest_stall == 0 && worker.processor_mean.is_none()), "{health:?}");
    }
}

/// §5: what the machine refused a step voids, with the first time and the number of attempts.
#[test]
fn what_a_step_is_short_of_voids() {
    let steps = json!([{ "name": "work", "start": true, "tolerate": true, "work": {"takes": "20ms", "fails-every": 5, "short": true} }]);
    on_any_number_of_workers(
        || Virtual::new(scenario(50, "regular(100ms, 5)", steps.clone())),
        |ran| {
            assert_eq!(ran.report.verdict, Verdict::Void);
            let [short] = &ran.report.health.shortages[..] else { panic!("{:?}", ran.report.health) };
            assert_eq!((short.of, short.times, short.first), (Shortage::Ports, 10, 20_000_000));
            let [(Signal::Ports, Verdict::Void, text)] = &findings(&ran)[..] else { panic!("{:?}", findings(&ran)) };
            assert!(text.contains("10 attempts refused, since 20.0 ms; that is the generator's doing"), "{text}");
        },
    );
}

/// §5: a run that is stopped is measured by what was due until then.
#[test]
fn starts_of_a_stopped_run_are_those_that_were_due() {
    let steps = json!([{ "name": "work", "start": true, "work": {"takes": "20ms"} }]);
    on_any_number_of_workers(
        || Virtual::new(scenario(1000, "regular(1s, 10)", steps.clone())).command(Duration::from_millis(3500), Command::StopSoftly),
        |ran| {
            assert_eq!((ran.minions()[0], ran.snapshot.scenarios()[0].expected), (40, Some(30)));
            assert_eq!((ran.report.verdict, findings(&ran)), (Verdict::Successful, vec![]));
        },
    );
}

/// §5: what comes after the stop was never due, however long running minions take, and whatever stops the campaign once more.
#[test]
fn a_second_stop_asks_for_no_more_starts() {
    let steps = json!([{ "name": "work", "start": true, "work": {"takes": "4s"} }]);
    on_any_number_of_workers(
        || Virtual {
            soft_timeout: Some(Duration::from_secs(5)),
            ..Virtual::new(scenario(1000, "regular(1s, 10)", steps.clone())).command(Duration::from_millis(3500), Command::StopSoftly)
        },
        |ran| {
            assert_eq!((ran.minions()[0], ran.snapshot.scenarios()[0].expected), (40, Some(30)));
            assert_eq!((ran.report.verdict, findings(&ran)), (Verdict::Successful, vec![]));
        },
    );
}

/// §5: before the load nothing is due.
#[test]
fn a_stop_before_the_load_misses_no_start() {
    let steps = json!([
        { "name": "work", "start": true, "work": {"takes": "20ms"} },
        { "name": "before", "run": "before-load", "delay": "10s" },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(1000, "regular(1s, 10)", steps.clone())).command(Duration::from_secs(5), Command::StopSoftly),
        |ran| assert_eq!((ran.minions()[0], ran.report.verdict, findings(&ran)), (0, Verdict::Successful, vec![])),
    );
}

/// §5: starts that the cap held back are no fault of the generator.
#[test]
fn starts_that_a_cap_held_back_are_the_policys() {
    let steps = json!([{ "name": "work", "start": true, "work": {"takes": "1s"} }]);
    let mut capped = scenario(1000, "regular(100ms, 10)", steps);
    capped["max-in-flight"] = json!({ "limit": 2 });
    on_any_number_of_workers(
        || Virtual::new(capped.clone()).command(Duration::from_millis(5500), Command::StopSoftly),
        |ran| {
            let found = findings(&ran);
            let starts = found.iter().find(|(signal, ..)| *signal == Signal::Starts).expect("too few");
            assert!(starts.1 == Verdict::Warning && starts.2.contains("waited for `max-in-flight`"), "{starts:?}");
        },
    );
}

/// §5: what joins and topics hold is told.
#[test]
fn what_is_held_is_counted() {
    let steps = json!([
        { "name": "order", "start": true, "returns": "o-{minion}" },
        { "name": "shipped", "after": "order",
          "left-join": {"right": "numbers", "left-key": {"json": ""}, "right-key": {"json": ""}, "timeout": "2s"} },
        { "name": "numbers", "numbers": {"count": 30} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(20, "immediate", steps.clone())),
        |ran| assert_eq!(ran.report.health.held.joins, 50, "{:?}", ran.report.health),
    );
}
