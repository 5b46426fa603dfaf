//! Closures of this program, run whole in the engine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what went wrong by panicking"
)]

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use throng::{Context, Level, Scenario, Setting, counter, ensure, event, immediate, report, retries, scenario, secs, session};
use throng_measure::{MeterValue, Verdict};
use throng_testing::{Test, TestError, run};

/// What minions keep in the session and draw, told to the test by their number.
type Seen = Arc<Mutex<Vec<(u32, u64)>>>;

fn doubled() -> Scenario {
    scenario("doubled")
        .minions(50)
        .profile(immediate())
        .start()
        .returns_with(|cx: &Context| i64::from(cx.minion()))
        .map(|number: i64| number * 2)
        .named("doubled")
        .verify("even", |number: &i64| ensure!(number % 2 == 0, "{number} is odd"))
        .into()
}

#[test]
fn a_scenario_that_holds_is_successful() {
    let outcome = run(doubled).expect("an outcome");
    outcome.assert_successful();
    let minions = outcome.scenario("doubled").minions;
    assert_eq!((minions.planned, minions.started, minions.completed), (Some(50), 50, 50));
    assert_eq!((outcome.step("doubled").outcomes.success, outcome.step("even").outcomes.success), (50, 50));
    assert!(outcome.summary().contains("doubled"), "{outcome}");
}

#[test]
fn a_verification_that_does_not_hold_fails_the_scenario_and_is_named() {
    let small = || doubled_below(80);
    let outcome = run(small).expect("an outcome");
    assert_eq!(outcome.verdict(), Verdict::Failed);
    let step = outcome.step("small");
    assert_eq!((step.outcomes.success, step.outcomes.failure), (40, 10));
    assert_eq!((step.failures[0].code.as_str(), step.failures[0].count), ("small", 10));
    let panic = std::panic::catch_unwind(|| outcome.assert_successful()).expect_err("it failed");
    let said = panic.downcast_ref::<String>().expect("words");
    assert!(said.starts_with("successful expected, found failed\n"), "{said}");
    assert!(said.contains("`small` failed in 10 of 50 executions: 10 failures"), "{said}");
}

fn doubled_below(limit: i64) -> Scenario {
    scenario("doubled")
        .minions(50)
        .start()
        .returns_with(|cx: &Context| 2 * i64::from(cx.minion()))
        .verify("small", move |number: &i64| ensure!(*number < limit, "{number} is too much"))
        .into()
}

fn drawing(seen: &Seen) -> Scenario {
    let seen = Arc::clone(seen);
    scenario("drawing")
        .minions(40)
        .start()
        .returns_with(|cx: &Context| session::set("drawn", &[cx.random(), cx.random()]))
        .map(|()| session::require::<[u64; 2]>("drawn"))
        .on_each(move |[first, second]| {
            // Another visit draws from another key.
            let own = Context::current().random();
            seen.lock().unwrap().push((Context::current().minion(), first ^ second.rotate_left(1) ^ own.rotate_left(2)));
        })
        .into()
}

fn drawn_with(workers: u32, seed: u64) -> Vec<(u32, u64)> {
    let seen = Seen::default();
    let inside = Arc::clone(&seen);
    Test::native(move || drawing(&inside)).workers(workers).seed(seed).run().expect("an outcome").assert_successful();
    let mut drawn = seen.lock().unwrap().clone();
    drawn.sort_unstable();
    drawn
}

#[test]
fn sessions_and_draws_are_the_same_on_any_number_of_workers() {
    let one = drawn_with(1, 7);
    assert_eq!(one.iter().map(|(minion, _)| *minion).collect::<Vec<_>>(), (0..40).collect::<Vec<_>>());
    assert!(one.windows(2).all(|pair| pair[0].1 != pair[1].1), "{one:?}");
    assert_eq!(drawn_with(2, 7), one);
    assert_ne!(drawn_with(1, 8), one);
}

#[test]
fn a_panic_fails_one_execution_and_discards_what_it_did() {
    let outcome = run(panicking).expect("an outcome");
    let step = outcome.step("made");
    assert_eq!((step.outcomes.success, step.outcomes.error), (19, 1));
    assert_eq!((step.failures[0].code.as_str(), step.failures[0].minion), ("trap", 7));
    assert_eq!(step.failures[0].message, "the closure panicked: minion 7 cannot");
    assert_eq!(step.guest_meters[0].value, MeterValue::Counter(19));
    // A trap is never retried; the others went on.
    assert_eq!((step.attempts, outcome.step("after").outcomes.success), (20, 19));
    assert_eq!(outcome.scenario("panicking").health.guest.traps, 1);
}

fn panicking() -> Scenario {
    // A variable of the worker's own: a panic makes new closures, so the count begins again.
    let since_built = Cell::new(0);
    scenario("panicking")
        .minions(20)
        .retry(retries(3))
        .start()
        .returns_with(move |cx: &Context| {
            counter("made").add(1);
            since_built.set(since_built.get() + 1);
            assert!(cx.minion() != 7, "minion {} cannot", cx.minion());
            since_built.get()
        })
        .named("made")
        .verify("after", |since: &i32| ensure!((1..=12).contains(since), "{since} calls since the closures were made"))
        .into()
}

#[test]
fn what_closures_leave_is_in_the_report() {
    let outcome = run(telling).expect("an outcome");
    assert_eq!(outcome.verdict(), Verdict::Warning, "{outcome}");
    let scenario = outcome.scenario("telling");
    assert_eq!(scenario.events.get("thing-seen"), Some(&3));
    let message = &scenario.messages[0];
    assert_eq!((message.text.as_str(), message.step.as_deref(), message.count), ("look here", Some("tell"), 3));
}

fn telling() -> Scenario {
    let tell = |_: &()| {
        event("thing-seen").number(1.0);
        report(Level::Warn, "look here");
    };
    scenario("telling").minions(3).start().on_each(tell).named("tell").into()
}

fn counting() -> Scenario {
    let calls = Cell::new(0_i64);
    let count = move |_: &Context| {
        calls.set(calls.get() + 1);
        calls.get()
    };
    scenario("counting").minions(10).start().returns_with(count).verify("first", |calls: &i64| ensure!(*calls == 1)).into()
}

#[test]
fn fresh_closures_show_what_leans_on_variables() {
    assert_eq!(run(counting).expect("an outcome").step("first").outcomes.success, 1);
    Test::native(counting).fresh_instances().run().expect("an outcome").assert_successful();
}

fn with_setting() -> Scenario {
    let limit = Setting::integer("limit", 1);
    let built_with = limit.value();
    let asked = limit.clone();
    scenario("with-setting")
        .setting(&limit)
        .minions(2)
        .start()
        .returns(0_i64)
        .verify("same", move |_: &i64| ensure!(asked.value() == built_with && built_with == 5, "{} and {built_with}", asked.value()))
        .into()
}

#[test]
fn settings_are_there_while_building_and_in_closures() {
    Test::native(with_setting).setting("limit", 5).run().expect("an outcome").assert_successful();
    assert_eq!(Test::native(with_setting).run().expect("an outcome").verdict(), Verdict::Failed);
}

#[test]
fn retries_and_iterations_are_the_engines() {
    let calls = Arc::new(AtomicU32::new(0));
    let inside = Arc::clone(&calls);
    let outcome = run(move || {
        let calls = Arc::clone(&inside);
        let flow = scenario("flaky")
            .minions(5)
            .retry(retries(1).delay(Duration::ZERO))
            .start()
            .returns_with(move |cx: &Context| {
                calls.fetch_add(1, Ordering::Relaxed);
                if cx.attempt() == 0 { Err(throng::Failure::error("not yet")) } else { Ok(i64::from(cx.iteration())) }
            })
            .named("try")
            .iterate(throng::iterations(3));
        Scenario::from(flow)
    });
    let outcome = outcome.expect("an outcome");
    outcome.assert_successful();
    assert_eq!((outcome.step("try").outcomes.success, outcome.step("try").attempts, calls.load(Ordering::Relaxed)), (15, 30, 30));
}

#[test]
fn changes_are_those_of_the_command_line() {
    let two = || vec![doubled(), telling()];
    let outcome = Test::native(two).scenario("doub*").minions(3).minions_of("doubled", 4).run().expect("an outcome");
    assert_eq!(outcome.report().scenarios.len(), 1);
    assert_eq!(outcome.scenario("doubled").minions.started, 4);
    let fixed = Test::native(doubled).profile("rate(1000, 10ms)").speed(2.0).run().expect("an outcome");
    assert_eq!(fixed.report().campaign.speed, 2.0);
    assert_eq!(Some(fixed.scenario("doubled").minions.started), fixed.scenario("doubled").minions.planned);
}

#[test]
fn a_hard_time_limit_aborts() {
    let waiting = || scenario("waiting").minions(2).start().delay(secs(3600)).into();
    let outcome = Test::native::<Scenario>(waiting).hard_timeout(Duration::from_millis(50)).run().expect("an outcome");
    assert_eq!(outcome.verdict(), Verdict::Aborted);
    assert_eq!(outcome.scenario("waiting").minions.cancelled, 2);
}

#[test]
fn a_soft_time_limit_stops_starts_only() {
    let outcome = Test::native(doubled).profile("regular(1h, 25)").timeout(Duration::from_millis(50)).run().expect("an outcome");
    let minions = outcome.scenario("doubled").minions;
    assert_eq!((minions.started, minions.completed), (25, 25));
}

#[tokio::test]
async fn a_test_may_be_inside_a_runtime() {
    run(doubled).expect("an outcome").assert_successful();
}

#[test]
fn what_cannot_be_run_says_why() {
    let say = |test: Test| test.run().map(|_| ()).expect_err("it cannot be run").to_string();
    let unnamed = || -> Scenario { scenario("twice").start().returns(1_i64).named("one").map(|n: i64| n).named("one").into() };
    let careless = || -> Scenario { panic!("no configuration") };
    let early = || -> Scenario {
        session::remove("token");
        doubled()
    };
    let said = [
        say(Test::native(doubled).setting("limt", 5)),
        say(Test::native(with_setting).setting("limt", 5)),
        say(Test::native(with_setting).setting("limit", "many")),
        say(Test::native(doubled).profile("regularly")),
        say(Test::native(doubled).minions_of("double", 5)),
        say(Test::native(doubled).minions(0)),
        say(Test::native(doubled).speed(1000.0)),
        say(Test::native(doubled).scenario("x*")),
        say(Test::native(unnamed)),
        say(Test::native(careless)),
        say(Test::native(early)),
    ];
    insta::assert_snapshot!(said.join("\n"), @"
    setting: no scenario declares the setting `limt`
    setting: no scenario declares the setting `limt`; did you mean `limit`?
    the setting `limit` must be a whole number, found `many`
    profile: there is no profile `regularly` at column 1; did you mean `regular`?
    minions: there is no scenario `double`; did you mean `doubled`?
    minions: scenario `doubled` would have 0 minions; from 1 to 4294967295 are possible
    speed: 1000 is no factor; it is above 0, and 999 at most
    scenario: no scenario matches `x*`; possible: `doubled`
    scenario `twice`, step `one`, /name: there are two steps `one`; give each a name of its own
    the scenario panicked while it was built: no configuration
    the scenario panicked while it was built: `session.remove` was called outside a step's visit, such as while the scenario was built; it works in closures only
    ");
}

#[test]
fn errors_of_tests_show_their_words() {
    let error: TestError = Test::native(doubled).minions(0).run().map(|_| ()).expect_err("nobody to start");
    assert_eq!(format!("{error:?}"), error.to_string());
}
