//! Literal lines of each profile, faults of the written form, and the round trip between forms.

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Profile {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn no_user(_: UserProfileInput) -> Result<UserProfileAnswer, String> {
    panic!("no other profile asks the user")
}

/// Lines as (count, offset in ms).
fn lines(text: &str, total: u64, speed: f64) -> Vec<(u64, f64)> {
    let mut user = no_user;
    let lines = parse(text).lines(total, speed, 7, &mut user).expect("a plan");
    lines.map(|line| line.expect("everybody starts")).map(|line| (line.count, line.offset as f64 / 1e6)).collect()
}

#[track_caller]
fn check(text: &str, total: u64, speed: f64, expected: &[(u64, f64)]) {
    assert_eq!(lines(text, total, speed), expected, "{text} × {speed}");
}

#[test]
fn immediate() {
    for speed in [1.0, 2.0, 0.5] {
        check("immediate", 7, speed, &[(7, 0.0)]);
    }
}

#[test]
fn regular() {
    check("regular(1s, 3)", 8, 1.0, &[(3, 0.0), (3, 1000.0), (2, 2000.0)]);
    check("regular(1s, 3)", 8, 2.0, &[(3, 0.0), (3, 500.0), (2, 1000.0)]);
    check("regular(1s, 3)", 8, 0.5, &[(3, 0.0), (3, 2000.0), (2, 4000.0)]);
    check("regular(1ms, 1)", 4, 3.0, &[(1, 0.0), (1, 0.333333), (1, 0.666667), (1, 1.0)]);
}

#[test]
fn faster() {
    let waits = [0.0, 2000.0, 1333.0, 888.0, 592.0, 394.0, 262.0, 200.0, 200.0];
    let mut offset = 0.0;
    let expected: Vec<_> = waits
        .iter()
        .map(|wait| {
            offset += wait;
            (10, offset)
        })
        .collect();
    check("faster(2000ms, 1.5, 200ms, 10)", 90, 1.0, &expected);
    check("faster(2000ms, 1.5, 200ms, 10)", 45, 2.0, &[(10, 0.0), (10, 2000.0), (10, 2666.0), (10, 2888.0), (5, 3088.0)]);
    let slow = "faster(1s, 1, 100ms, 2, max-period: 3s)";
    check(slow, 9, 0.5, &[(2, 0.0), (2, 1000.0), (2, 3000.0), (2, 6000.0), (1, 9000.0)]);
    let error = parse("faster(2000ms, 1.5, 200ms, 10)").lines(9, 0.5, 0, &mut no_user).expect_err("it slows down");
    assert_eq!(error, ProfileError::Slowing(0.75));
}

#[test]
fn more() {
    let counts = [10, 20, 40, 80, 160, 320, 640, 1000, 1000, 3];
    let expected: Vec<_> = counts.iter().enumerate().map(|(line, count)| (*count, line as f64 * 200.0)).collect();
    check("more(200ms, 10, 2.0, 1000)", 3273, 1.0, &expected);
    check("more(1s, 2, 1.5, 50)", 30, 2.0, &[(2, 0.0), (6, 1000.0), (18, 2000.0), (4, 3000.0)]);
    check("more(1s, 9, 1.4, 50)", 20, 0.5, &[(9, 0.0), (6, 1000.0), (4, 2000.0), (1, 3000.0)]);
    check("more(1s, 30, 0.7, 30)", 51, 1.0, &[(30, 0.0), (21, 1000.0)]);
    check("more(1s, 3, 0.1, 9)", 5, 1.0, &[(3, 0.0), (1, 1000.0), (1, 2000.0)]);
    check("more(1s, 30, 2, 4)", 5, 1.0, &[(4, 0.0), (1, 1000.0)]);
}

#[test]
fn timeframe() {
    check("timeframe(300ms, 1s)", 10, 1.0, &[(3, 0.0), (3, 300.0), (4, 600.0)]);
    check("timeframe(300ms, 1s)", 10, 2.0, &[(3, 0.0), (3, 150.0), (4, 300.0)]);
    check("timeframe(300ms, 1s)", 10, 0.5, &[(3, 0.0), (3, 600.0), (4, 1200.0)]);
    check("timeframe(100ms, 400ms)", 2, 1.0, &[(0, 0.0), (1, 100.0), (0, 200.0), (1, 300.0)]);
}

#[test]
fn stages() {
    let text = "stages(stage(40%, ramp-up: 1200ms, total: 3s), stage(60%, 1s, 2s), completion: graceful)";
    check(text, 11, 1.0, &[(1, 0.0), (1, 500.0), (2, 1000.0), (3, 3000.0), (4, 3500.0)]);
    check(text, 11, 2.0, &[(1, 0.0), (1, 250.0), (2, 500.0), (3, 1500.0), (4, 1750.0)]);
    check(text, 11, 0.5, &[(1, 0.0), (1, 1000.0), (2, 2000.0), (3, 6000.0), (4, 7000.0)]);
    check("stages(stage(3, 0s, 1s), stage(2, 200ms, 1s, 100ms))", 99, 1.0, &[(3, 0.0), (1, 1000.0), (1, 1100.0)]);
    check("stages(stage(33.3%, 0s, 1s), stage(33.3%, 0s, 1s), stage(33.4%, 0s, 1s))", 2, 1.0, &[(1, 0.0), (0, 1000.0), (1, 2000.0)]);
    let thirds = "stages(stage(33.3333333%, 0s, 1s), stage(33.3333333%, 0s, 1s), stage(33.3333333%, 0s, 1s))";
    check(thirds, 3_000_000_000, 1.0, &[(999_999_999, 0.0), (999_999_999, 1000.0), (1_000_000_002, 2000.0)]);
    assert_eq!(parse(text).planned_end(2.0), Some(Duration::from_millis(2500)));
    assert_eq!(parse("rate(1, 1s)").planned_end(1.0), None);
}

#[test]
fn rate() {
    check("rate(4, 1s)", 99, 1.0, &[(1, 0.0), (1, 250.0), (1, 500.0), (1, 750.0)]);
    check("rate(2, 1s)", 99, 2.0, &[(1, 0.0), (1, 250.0), (1, 500.0), (1, 750.0)]);
    check("rate(4, 1s)", 99, 0.5, &[(1, 0.0), (1, 500.0)]);
    check("rate(3, 1s)", 1, 1.0, &[(1, 0.0), (1, 333.333333), (1, 666.666667)]);
    assert_eq!(parse("rate(0.1, 1s)").lines(1, 1.0, 0, &mut no_user).expect_err("too low"), ProfileError::Nobody);
}

#[test]
fn ramp() {
    // The area is t² / 2 per second², so arrival i is at √(2i) seconds.
    check(
        "ramp(0, 4, 4s)",
        1,
        1.0,
        &[(1, 0.0), (1, 1414.213562), (1, 2000.0), (1, 2449.489743), (1, 2828.427125), (1, 3162.27766), (1, 3464.101615), (1, 3741.657387)],
    );
    check("ramp(0, 2, 4s)", 1, 2.0, &lines("ramp(0, 4, 4s)", 1, 1.0));
    check("ramp(0, 8, 4s)", 1, 0.5, &lines("ramp(0, 4, 4s)", 1, 1.0));
    check("ramp(4, 0, 2s)", 1, 1.0, &[(1, 0.0), (1, 267.949192), (1, 585.786438), (1, 1000.0)]);
}

#[test]
fn poisson_draws_from_the_seed() {
    let drawn = lines("poisson(1000, 10s)", 1, 1.0);
    assert_eq!(drawn.len(), 10_000);
    assert_eq!(lines("poisson(1000, 10s)", 1, 2.0).len(), 20_000);
    assert_eq!(lines("poisson(1000, 10s)", 1, 0.5).len(), 5_000);
    assert_eq!(drawn[0], (1, 0.0));
    assert!(drawn.iter().all(|(count, offset)| *count == 1 && *offset < 10_000.0));
    assert!(drawn.is_sorted_by(|(_, left), (_, right)| left <= right));
    // Uniform: each tenth holds about 1000, by at most five standard deviations; gaps are exponential, so e⁻¹ of them exceed the mean.
    for tenth in 0..10 {
        let within = drawn.iter().filter(|(_, offset)| (offset / 1000.0) as u32 == tenth).count();
        assert!((850..1150).contains(&within), "{within} arrivals in second {tenth}");
    }
    let long_gaps = drawn.windows(2).filter(|pair| pair[1].1 - pair[0].1 > 1.0).count();
    assert!((3438..3919).contains(&long_gaps), "{long_gaps} gaps above the mean");
    assert_eq!(drawn, lines("poisson(1000, 10s)", 1, 1.0));
    let other: Vec<_> = parse("poisson(1000, 10s)").lines(1, 1.0, 8, &mut no_user).expect("a plan").collect();
    assert_ne!(other[1].clone().expect("a line").offset as f64 / 1e6, drawn[1].1);
}

#[test]
fn user() {
    let mut asked = Vec::new();
    let mut answers = [(2, 500), (0, 250), (4, -9), (9, 1000)].into_iter();
    let mut callback = |input: UserProfileInput| {
        asked.push(input);
        let (count, delay) = answers.next().ok_or("no more")?;
        Ok(UserProfileAnswer { count, delay: delay * 1_000_000 })
    };
    let planned: Vec<_> = parse("user(3)").lines(10, 2.0, 0, &mut callback).expect("a plan").collect();
    let line = |count, millis: u64| Ok(StartingLine { count, offset: millis * 1_000_000 });
    assert_eq!(planned, [line(2, 500), line(0, 750), line(4, 750), line(4, 1750)]);
    let past: Vec<_> = asked.iter().map(|input| (input.past_period, input.total, input.speed)).collect();
    assert_eq!(past, [(0, 10, 2.0), (500_000_000, 10, 2.0), (250_000_000, 10, 2.0), (0, 10, 2.0)]);
}

#[test]
fn a_user_profile_that_starts_nobody_is_refused() {
    let planned: Vec<_> = {
        let mut nobody = |_| Ok(UserProfileAnswer { count: 0, delay: 0 });
        parse("user(0)").lines(1, 1.0, 0, &mut nobody).expect("a plan").collect()
    };
    assert_eq!(planned.len(), 1001);
    assert_eq!(planned[1000], Err(ProfileError::EmptyLines));
    let mut fails = |_| Err("trapped".to_owned());
    let planned: Vec<_> = parse("user(0)").lines(1, 1.0, 0, &mut fails).expect("a plan").collect();
    assert_eq!(planned, [Err(ProfileError::User("trapped".to_owned()))]);
}

#[test]
fn speed_is_checked() {
    for speed in [0.0, -1.0, 999.5, f64::NAN, f64::INFINITY] {
        assert!(matches!(parse("immediate").lines(1, speed, 0, &mut no_user), Err(ProfileError::Speed(_))), "{speed}");
    }
    check("immediate", 1, 999.0, &[(1, 0.0)]);
}

#[test]
fn scaling_touches_what_is_fixed() {
    let scaled = |text: &str| parse(text).scaled(0.1).to_string();
    assert_eq!(scaled("rate(5, 1s)"), "rate(0.5, 1s)");
    assert_eq!(
        scaled("stages(stage(25, 0s, 1s), stage(3, 0s, 1s), stage(0, 0s, 1s))"),
        "stages(stage(2, 0s, 1s), stage(1, 0s, 1s), stage(0, 0s, 1s), completion: graceful)"
    );
    assert_eq!(scaled("regular(1s, 50)"), "regular(1s, 50)");
    assert_eq!(parse("ramp(0, 10, 4s)").fixed_minions(2.0), Some(40));
    assert_eq!(parse("stages(stage(25, 0s, 1s), stage(3, 0s, 1s))").fixed_minions(2.0), Some(28));
    assert_eq!(parse("stages(stage(100%, 0s, 1s))").fixed_minions(1.0), None);
}

#[test]
fn faults_have_place_and_hint() {
    let check = |text: &str, expected: &str| assert_eq!(text.parse::<Profile>().expect_err(text).to_string(), expected);
    check("", "a profile like `immediate` or `regular(1s, 50)` is expected, found the end at column 1");
    check("reglar(1s, 5)", "there is no profile `reglar` at column 1; did you mean `regular`?");
    check("regular(1s)", "`regular` needs `minions` at column 1; write `regular(period, minions)`");
    check("regular(1000, 5)", "`period`: `1000` is not a duration at column 9; write `1000ms`, or another unit: ns, us, ms, s, m, h");
    check("regular(1s, 5, 6)", "`regular` has an argument too many at column 16; write `regular(period, minions)`");
    check("regular(1s, minons: 5)", "`regular` has no argument `minons` at column 21; did you mean `minions`?");
    check("regular(period: 1s, 5)", "an argument by position cannot follow one by key at column 21; write its key too, like `key: value`");
    check("regular(1s, period: 2s)", "`period` is given twice at column 21");
    check("regular(1s, 0)", "`minions` is 0 at column 13; write at least 1");
    check("regular(0s, 1)", "`period` must be longer than 0 at column 9; for all at once there is `immediate`");
    check("regular(1s, 5", "`,` or `)` is expected at column 14");
    check("regular(1s; 5)", "`,` or `)` is expected at column 11");
    check("immediate x", "nothing may follow the profile, but there is `x` at column 11");
    check("timeframe(2s, 1s)", "the frame is shorter than one period at column 15; the period comes first: `timeframe(100ms, 10s)`");
    check("stages(stage(40%, 1s, 2s), stage(50%, 1s, 2s))", "the stages' percentages add up to 90% at column 1; make them add up to 100%");
    check(
        "stages(stage(40%, 1s, 2s), stage(50, 1s, 2s))",
        "some stages are in percent and some are not at column 1; write all in the same way",
    );
    check("stages(stage(100%, 3s, 2s))", "`total` is shorter than `ramp-up` at column 24; `total` counts from the start of the stage");
    check("stages(stage(stage(1)))", "`stage` cannot have parts here at column 14");
    check("faster(1s, 0.5, 1ms, 1)", "an accelerator below 1 slows down without end at column 12; give a `max-period`");
    let json = |text: &str| Profile::from_json(&serde_json::from_str(text).expect("JSON")).expect_err(text).to_string();
    assert_eq!(
        json(r#"{"regular": {"period": 1000, "minions": 5}}"#),
        "`period`: `1000` is not a duration at /regular/period; write `1000ms`, or another unit: ns, us, ms, s, m, h"
    );
    assert_eq!(
        json(r#"{"stages": {"stages": [{"minions": "100%", "rampup": "1s", "total": "2s"}]}}"#),
        "`stage` has no argument `rampup` at /stages/stages/0/rampup; did you mean `ramp-up`?"
    );
    assert!(json("5").starts_with("a profile is text, or an object with one key at the top"));
}

#[test]
fn both_forms_mean_the_same() {
    let text = "stages(stage(40%, ramp-up: 12s, total: 30s), stage(60%, 15s, 30s, resolution: 1s), completion: hard)";
    let json = serde_json::json!({"stages": {
        "stages": [{"minions": "40%", "ramp-up": "12s", "total": "30s"}, {"minions": "60%", "ramp-up": "15s", "total": "30s", "resolution": "1s"}],
        "completion": "hard"
    }});
    assert_eq!(Profile::from_json(&json).expect("valid"), parse(text));
    assert_eq!(parse(text).to_json(), json);
    let regular = serde_json::json!({"regular": {"period": "1s", "minions": 50}});
    assert_eq!(parse("regular(1s, 50)").to_json(), regular);
    assert_eq!(Profile::from_json(&regular).expect("valid").to_string(), "regular(1s, 50)");
    assert_eq!(Profile::from_json(&serde_json::json!({"immediate": {}})).expect("valid"), Profile::Immediate);
}

fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![1u64..5_000, (1u64..5_000).prop_map(|millis| millis * 1_000_000)].prop_map(Duration::from_nanos)
}

fn factor() -> impl Strategy<Value = f64> {
    prop_oneof![1.0..1e6, (1u32..100).prop_map(|tenths| 1.0 + f64::from(tenths) / 10.0)]
}

fn any_stages() -> impl Strategy<Value = Profile> {
    let stage = (1u64..1000, duration(), duration(), duration()).prop_map(|(minions, ramp_up, rest, resolution)| Stage {
        minions: StageMinions::Number(minions),
        ramp_up,
        total: ramp_up + rest,
        resolution: resolution * 1000,
    });
    (prop::collection::vec(stage, 1..5), any::<bool>(), any::<bool>()).prop_map(|(mut stages, hard, percent)| {
        if percent {
            let share = 100.0 / stages.len() as f64;
            stages.iter_mut().for_each(|stage| stage.minions = StageMinions::Percent(share));
        }
        Profile::Stages { stages, completion: if hard { Completion::Hard } else { Completion::Graceful } }
    })
}

fn any_profile() -> impl Strategy<Value = Profile> {
    let minions = || 1u64..=u64::from(u32::MAX);
    prop_oneof![
        Just(Profile::Immediate),
        (duration(), minions()).prop_map(|(period, minions)| Profile::Regular { period, minions }),
        (duration(), factor(), duration(), minions(), prop::option::of(duration())).prop_map(
            |(start_period, accelerator, min_period, minions, more)| {
                Profile::Faster { start_period, accelerator, min_period, minions, max_period: more.map(|more| min_period + more) }
            }
        ),
        (duration(), minions(), factor(), minions()).prop_map(|(period, minions_at_start, multiplier, max)| Profile::More {
            period,
            minions_at_start,
            multiplier,
            max
        }),
        (duration(), 1u32..1000).prop_map(|(period, times)| Profile::Timeframe { period, frame: period * times }),
        any_stages(),
        (factor(), duration()).prop_map(|(per_second, duration)| Profile::Rate { per_second, duration }),
        (factor(), factor(), duration()).prop_map(|(from, to, duration)| Profile::Ramp { from, to, duration }),
        (factor(), duration()).prop_map(|(per_second, duration)| Profile::Poisson { per_second, duration }),
        any::<u32>().prop_map(|callback| Profile::User { callback: CallbackNumber(callback) }),
    ]
}

proptest! {
    #[test]
    fn what_is_printed_is_parsed(profile in any_profile()) {
        prop_assert_eq!(profile.to_string().parse::<Profile>().expect("printed"), profile.clone());
        prop_assert_eq!(Profile::from_json(&profile.to_json()).expect("printed"), profile);
    }

    #[test]
    fn no_text_breaks_the_parser(text in "[a-z0-9(),:% .µ-]{0,40}") {
        let _ = text.parse::<Profile>();
    }

    #[test]
    fn everybody_starts_in_order(total in 1u64..5000, speed in prop_oneof![Just(1.0), 0.1..10.0], text in prop_oneof![
        Just("immediate"), Just("regular(3ms, 7)"), Just("faster(9ms, 1.1, 1ms, 3, max-period: 1s)"), Just("more(1ms, 1, 1.3, 40)"),
        Just("timeframe(1ms, 77ms)"), Just("stages(stage(10%, 10s, 30s), stage(25.5%, 0s, 30s), stage(64.5%, 15s, 30s))"),
    ]) {
        let lines = lines(text, total, speed);
        prop_assert_eq!(lines.iter().map(|(count, _)| count).sum::<u64>(), total);
        prop_assert_eq!(lines[0].1, 0.0);
        prop_assert!(lines.is_sorted_by(|(_, left), (_, right)| left <= right));
    }

    #[test]
    fn shares_differ_by_at_most_one(whole in 0u64..10_000, places in 1u64..500) {
        let shares: Vec<_> = (0..places).map(|place| spread(whole, places, place)).collect();
        prop_assert_eq!(shares.iter().sum::<u64>(), whole);
        prop_assert!(shares.iter().all(|share| *share == whole / places || *share == whole.div_ceil(places)));
    }
}
