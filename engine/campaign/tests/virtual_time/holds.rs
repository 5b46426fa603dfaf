//! A campaign that is held, resumed, and made faster or slower while it runs: the plan moves, and nobody is late for it.

use std::time::Duration;

use crate::harness::{Ran, Virtual, on_any_number_of_workers, scenario};
use serde_json::{Value as Json, json};
use throng_campaign::Command;
use throng_measure::{Pace, Verdict};

const GOING: Pace = Pace { held: false, speed: 1.0 };
const HELD: Pace = Pace { held: true, speed: 1.0 };

fn at_speed(speed: f64) -> Pace {
    Pace { speed, ..GOING }
}

/// Each minion is seen when it starts, and then works.
fn working(work: &str) -> Json {
    json!([
        { "name": "begin", "start": true, "on-each": {"callback": 0} },
        { "name": "work", "after": "begin", "work": {"takes": work} },
    ])
}

/// Two minions a second.
fn two_a_second(minions: u32, work: &str) -> Virtual {
    Virtual::new(scenario(minions, "regular(1s, 2)", working(work))).seen()
}

/// When minions started, each once for all that started then.
fn starts(ran: &Ran) -> Vec<f64> {
    let mut times = ran.times("begin");
    times.dedup();
    times
}

/// The states, each with its milliseconds since t₀.
fn states(ran: &Ran) -> Vec<String> {
    ran.report.campaign.states.iter().map(|entry| format!("{} {}", entry.at / 1_000_000, entry.state)).collect()
}

fn latest_start(ran: &Ran) -> Option<u64> {
    ran.snapshot.scenarios()[0].run.start_lag.max()
}

#[test]
fn a_hold_moves_what_is_planned_behind_it() {
    on_any_number_of_workers(
        || two_a_second(10, "1200ms").pace(1500, HELD).pace(4000, GOING),
        |ran| {
            assert_eq!(starts(&ran), [0.0, 1000.0, 4500.0, 5500.0, 6500.0]);
            assert_eq!((ran.minions(), latest_start(&ran)), ([10, 10, 0, 0], Some(0)), "nobody is late for a plan that was held");
            let journey = &ran.report.scenarios[0].journey.response;
            assert_eq!((journey.count, journey.max), (10, Some(1_200_000_000)), "who was under way went on");
            assert_eq!(states(&ran), ["0 running", "1500 held", "4000 running", "7700 ended"]);
            assert_eq!((ran.snapshot.scenarios()[0].due, ran.report.verdict), (Some(10), Verdict::Successful));
        },
    );
}

#[test]
fn who_waits_for_a_slot_while_it_is_held_starts_behind_the_hold() {
    let mut capped = scenario(6, "immediate", working("100ms"));
    capped["max-in-flight"] = json!({ "limit": 2, "policy": "queue" });
    on_any_number_of_workers(
        || Virtual::new(capped.clone()).seen().pace(150, HELD).pace(1150, GOING),
        |ran| {
            assert_eq!(ran.times("begin"), [0.0, 0.0, 100.0, 100.0, 1150.0, 1150.0]);
            assert!(
                latest_start(&ran).is_some_and(|lag| lag <= 150_000_000),
                "they were 150 ms late when it began: {:?}",
                latest_start(&ran)
            );
        },
    );
}

#[test]
fn speed_acts_on_what_is_left_of_the_plan() {
    on_any_number_of_workers(
        || two_a_second(10, "10ms").pace(1500, at_speed(2.0)),
        |ran| {
            assert_eq!(starts(&ran), [0.0, 1000.0, 1750.0, 2250.0, 2750.0]);
            assert_eq!(latest_start(&ran), Some(0));
            assert_eq!(states(&ran), ["0 running", "1500 running at speed 2", "2760 ended"]);
        },
    );
    on_any_number_of_workers(
        || {
            two_a_second(6, "10ms")
                .pace(500, at_speed(0.5))
                .pace(1200, HELD)
                .pace(1300, Pace { held: true, speed: 4.0 })
                .pace(3000, at_speed(4.0))
        },
        |ran| {
            // Half a second and 350 ms of the plan have passed at the hold.
            assert_eq!(starts(&ran), [0.0, 3037.5, 3287.5]);
            assert_eq!(states(&ran)[1..4], ["500 running at speed 0.5", "1200 held", "3000 running at speed 4"]);
        },
    );
}

/// The same comes of it as of a campaign whose profile was written so from the beginning.
#[test]
fn arrivals_keep_their_curve() {
    let plain = Virtual::new(scenario(1, "rate(100, 4s)", working("10ms"))).seen().run();
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "rate(100, 4s)", working("10ms"))).seen().pace(1005, HELD).pace(2005, GOING),
        |ran| {
            let moved = plain.times("begin").into_iter().map(|at| if at < 1005.0 { at } else { at + 1000.0 });
            assert_eq!(ran.times("begin"), moved.collect::<Vec<_>>());
        },
    );
}

#[test]
fn stages_end_later_and_nobody_starts_again_meanwhile() {
    let steps = json!([
        { "name": "begin", "start": true, "on-each": {"callback": 0} },
        { "name": "work", "after": "begin", "work": {"takes": "700ms"} },
        { "name": "audit", "run": "after-stage", "on-each": {"callback": 0} },
    ]);
    for (completion, ends) in [("graceful", 5500), ("hard", 5000)] {
        let profile = format!("stages(stage(50%, 0s, 1s), stage(50%, 0s, 2s), completion: {completion})");
        on_any_number_of_workers(
            || Virtual::new(scenario(2, &profile, steps.clone())).seen().pace(500, HELD).pace(2500, GOING),
            |ran| {
                // The first is done at 700 and goes on at 2500, the second comes at 3000; the stages end at 3000 and 5000.
                let mut expected = vec![0.0, 2500.0, 3000.0, 3200.0, 3700.0, 3900.0];
                if completion == "graceful" {
                    expected.extend([4400.0, 4600.0]);
                }
                assert_eq!((ran.times("begin"), ran.times("audit")), (expected, vec![3000.0, 5000.0]), "{completion}");
                assert!(ran.millis() <= ends, "{completion}: {}", ran.millis());
                assert_eq!(ran.counts(0, "work")[0], ran.minions()[1]);
            },
        );
    }
}

#[test]
fn a_hold_before_the_load_keeps_it_from_beginning() {
    let steps = json!([
        { "name": "begin", "start": true, "on-each": {"callback": 0} },
        { "name": "seed", "run": "before-load", "delay": "2s" },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(3, "immediate", steps.clone())).seen().pace(1000, HELD).pace(5000, GOING),
        |ran| {
            assert_eq!(ran.times("begin"), [3000.0; 3], "t₀ is 2 s behind the beginning");
            assert_eq!(ran.states(), ["before the load", "held", "running", "ended"]);
        },
    );
}

/// A hold within the warm-up time moves its end, and one behind it does not.
#[test]
fn the_warm_up_time_is_of_the_plan() {
    for (from, until, warm) in [(1500, 4000, 4), (2500, 5000, 4)] {
        let make = || Virtual { warm_up: Duration::from_secs(2), ..two_a_second(10, "10ms") }.pace(from, HELD).pace(until, GOING);
        on_any_number_of_workers(make, |ran| {
            let counted: u64 = ran.report.scenarios[0].journey.response.count;
            assert_eq!(counted, 10 - warm, "held from {from}");
        });
    }
}

#[test]
fn a_soft_stop_of_a_held_campaign_ends_it_at_once() {
    on_any_number_of_workers(
        || two_a_second(10, "100ms").pace(1500, HELD).command(Duration::from_millis(2500), Command::StopSoftly),
        |ran| {
            assert_eq!((ran.minions(), ran.millis()), ([4, 4, 0, 0], 2500));
            assert_eq!(ran.states(), ["running", "held", "completing", "ended"]);
        },
    );
    // Minions of stages wait for the end of the hold, and then of the campaign.
    on_any_number_of_workers(
        || {
            let held = Virtual::new(scenario(3, "stages(stage(100%, 0s, 1m))", working("700ms"))).seen().pace(1000, HELD);
            held.command(Duration::from_millis(2500), Command::StopSoftly)
        },
        |ran| assert_eq!((ran.minions(), ran.millis()), ([6, 6, 0, 0], 2500)),
    );
}

/// The soft timeout cuts the plan, wherever that is in time; the hard one is of the clock on the wall.
#[test]
fn the_soft_timeout_moves_and_the_hard_one_does_not() {
    on_any_number_of_workers(
        || Virtual { soft_timeout: Some(Duration::from_millis(2500)), ..two_a_second(10, "10ms") }.pace(1500, HELD).pace(4000, GOING),
        |ran| assert_eq!((starts(&ran), ran.millis()), (vec![0.0, 1000.0, 4500.0], 5000)),
    );
    on_any_number_of_workers(
        || Virtual { hard_timeout: Duration::from_secs(3), ..two_a_second(10, "10ms") }.pace(1500, HELD),
        |ran| {
            assert_eq!((starts(&ran), ran.report.verdict), (vec![0.0, 1000.0], Verdict::Aborted));
            assert_eq!(ran.snapshot.pace(), HELD);
        },
    );
}

/// A quantity is of the plan: a rule on what was started of what was intended is kept over a hold.
#[test]
fn rules_on_the_plan_are_kept_over_a_hold() {
    let mut ruled = scenario(50, "regular(100ms, 1)", working("10ms"));
    ruled["rules"] = json!(["rate(starts) >= 99% of intended", "count(response, step:work) == 50"]);
    on_any_number_of_workers(
        || Virtual::new(ruled.clone()).seen().pace(2050, HELD).pace(9050, GOING),
        |ran| assert_eq!(ran.report.verdict, Verdict::Successful, "{:?}", ran.report.rules),
    );
}
