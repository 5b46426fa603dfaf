//! When minions start, start again, and may not start.

use std::time::Duration;

use crate::harness::{Virtual, on_any_number_of_workers, scenario};
use serde_json::{Value as Json, json};
use throng_campaign::Command;
use throng_measure::Verdict;

fn working(millis: u32) -> Json {
    json!([
        { "name": "begin", "start": true, "on-each": {"callback": 0} },
        { "name": "work", "after": "begin", "work": {"takes": format!("{millis}ms")} },
    ])
}

/// §3: a minion that completes is started again until the last stage ends; `graceful` while time remains.
#[test]
fn graceful_stages_restart_while_time_remains() {
    let profile = "stages(stage(50%, ramp-up: 1s, total: 2s), stage(50%, ramp-up: 1s, total: 2s))";
    on_any_number_of_workers(
        || Virtual::new(scenario(4, profile, working(700))).seen(),
        |ran| {
            // Starts at 0, 500, 2000 and 2500 ms, each again every 700 ms before 4 s.
            let starts = |first: u64| (4000 - first).div_ceil(700);
            let expected: u64 = [0, 500, 2000, 2500].into_iter().map(starts).sum();
            assert_eq!(ran.minions(), [expected, expected, 0, 0]);
            assert_eq!(ran.millis(), 4600, "the last run was begun at 3.9 s");
        },
    );
}

/// `hard`: only if the last run's duration still fits; what runs at the end is stopped.
#[test]
fn hard_stages_stop_at_their_end() {
    let profile = "stages(stage(100%, ramp-up: 1s, total: 2s), completion: hard)";
    on_any_number_of_workers(
        || Virtual::new(scenario(2, profile, working(700))).seen(),
        |ran| {
            // From 0: ends at 700, 1400, and 600 ms are too few. From 500: ends at 1200, 1900.
            assert_eq!(ran.minions(), [4, 4, 0, 0]);
            assert_eq!(ran.millis(), 1900);
        },
    );
    on_any_number_of_workers(
        || Virtual::new(scenario(2, profile, working(1600))).seen(),
        |ran| {
            // The first ends at 1600 and does not fit again, the second runs from 500 until it is stopped.
            assert_eq!(ran.minions(), [2, 1, 1, 0]);
            assert_eq!(ran.millis(), 2000);
            assert_eq!(ran.report.verdict, Verdict::Successful, "that is how it was asked for");
        },
    );
}

/// A soft stop ends restarts.
#[test]
fn a_soft_stop_ends_restarts() {
    on_any_number_of_workers(
        || {
            Virtual::new(scenario(3, "stages(stage(100%, 0s, 1m))", working(700)))
                .seen()
                .command(Duration::from_millis(1000), Command::StopSoftly)
        },
        |ran| {
            assert_eq!(ran.minions(), [6, 6, 0, 0]);
            assert_eq!(ran.millis(), 1400);
        },
    );
}

fn capped(limit: u32, policy: &str, minions: u32, profile: &str) -> Json {
    let mut tested = scenario(minions, profile, working(100));
    tested["max-in-flight"] = json!({ "limit": limit, "policy": policy });
    tested
}

/// §3 `max-in-flight`: `queue` makes starts wait, counted, and their lag is response time.
#[test]
fn a_cap_queues_starts() {
    on_any_number_of_workers(
        || Virtual::new(capped(3, "queue", 10, "immediate")).seen(),
        |ran| {
            let expected = [0.0, 0.0, 0.0, 100.0, 100.0, 100.0, 200.0, 200.0, 200.0, 300.0];
            assert_eq!(ran.times("begin"), expected);
            assert_eq!(ran.minions(), [10, 10, 0, 0]);
            assert_eq!(ran.snapshot.scenarios()[0].run.minions.queued, 7);
            assert_eq!(ran.snapshot.scenarios()[0].run.start_lag.max(), Some(300_000_000));
        },
    );
}

/// `drop` leaves starts out, counted.
#[test]
fn a_cap_drops_starts() {
    on_any_number_of_workers(
        || Virtual::new(capped(3, "drop", 20, "regular(10ms, 1)")).seen(),
        |ran| {
            // Three slots; those of 0, 10 and 20 ms are free again at 100, 110 and 120 ms.
            let minions = ran.snapshot.scenarios()[0].run.minions;
            assert_eq!((minions.started + minions.dropped, minions.completed, minions.queued), (20, minions.started, 0));
            assert!((5..=6).contains(&minions.started), "{minions:?}");
        },
    );
}

/// `stop` ends the campaign.
#[test]
fn a_cap_stops_the_campaign() {
    on_any_number_of_workers(
        || Virtual::new(capped(3, "stop", 1000, "regular(10ms, 1)")).seen(),
        |ran| {
            assert_eq!(ran.minions(), [3, 3, 0, 0]);
            assert_eq!(ran.report.verdict, Verdict::Failed);
            assert!(ran.report.reasons[0].text.contains("max-in-flight"), "{:?}", ran.report.reasons);
            assert_eq!(ran.millis(), 120);
        },
    );
}

/// §9: after a soft stop there are no new starts, also of those that wait for a slot.
#[test]
fn queued_starts_are_not_made_after_a_stop() {
    for (command, expected, end) in [(Command::StopSoftly, [6, 6, 0, 0], 200), (Command::Abort, [6, 3, 3, 0], 150)] {
        on_any_number_of_workers(
            || Virtual::new(capped(3, "queue", 50, "immediate")).seen().command(Duration::from_millis(150), command),
            |ran| {
                assert_eq!(ran.minions(), expected, "{command:?}");
                assert_eq!(ran.millis(), end);
            },
        );
    }
}

/// A cap of 1 with restarts: a slot is a minion's for all its runs.
#[test]
fn a_slot_is_kept_over_restarts() {
    let mut tested = capped(1, "queue", 3, "stages(stage(100%, 0s, 250ms))");
    tested["steps"] = working(100);
    on_any_number_of_workers(
        || Virtual::new(tested.clone()).seen(),
        // The first has the slot until 300 ms; the others have one run each, behind it.
        |ran| assert_eq!((ran.times("begin"), ran.minions()), (vec![0.0, 100.0, 200.0, 300.0, 400.0], [5, 5, 0, 0])),
    );
}
