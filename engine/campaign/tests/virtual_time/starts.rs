//! When minions start in a whole run, line by line, against the examples of the profiles' documentation.

use serde_json::{Value as Json, json};
use throng_model::Profile;
use throng_protocols::{Output, Value};

use crate::harness::{Ran, Virtual, on_any_number_of_workers, scenario};

/// Each start is seen when it happens.
fn steps() -> Json {
    json!([{ "name": "begin", "start": true, "on-each": {"callback": 0} }])
}

/// How many started at which time, in milliseconds.
fn lines(ran: &Ran) -> Vec<(f64, u64)> {
    let mut lines: Vec<(f64, u64)> = Vec::new();
    for time in ran.times("begin") {
        match lines.last_mut() {
            Some((last, count)) if *last == time => *count += 1,
            _ => lines.push((time, 1)),
        }
    }
    lines
}

/// A run of a profile starts exactly these, and everybody that was planned.
fn check(profile: &str, minions: u32, speed: f64, expected: impl IntoIterator<Item = (f64, u64)>) {
    check_with(&steps(), profile, minions, speed, expected);
}

fn check_with(steps: &Json, profile: &str, minions: u32, speed: f64, expected: impl IntoIterator<Item = (f64, u64)>) {
    let expected: Vec<_> = expected.into_iter().filter(|(_, count)| *count > 0).collect();
    let started = expected.iter().map(|(_, count)| count).sum::<u64>();
    on_any_number_of_workers(
        || Virtual { speed, ..Virtual::new(scenario(minions, profile, steps.clone())).seen() },
        |ran| {
            assert_eq!(lines(&ran), expected, "{profile}");
            assert_eq!((ran.minions()[0], ran.report.scenarios[0].minions.started), (started, started));
            assert_eq!(ran.snapshot.scenarios()[0].run.start_lag.max(), Some(0), "nobody starts late");
        },
    );
}

/// The paused clock goes on in microseconds, and nobody starts early.
fn check_moments(times: &[f64], expected: &[f64]) {
    let is_next = |(time, expected): (&f64, &f64)| (-1e-6..1e-3).contains(&(time - expected));
    assert_eq!(times.len(), expected.len());
    assert!(times.iter().zip(expected).all(is_next), "{times:?} instead of {expected:?}");
}

/// Lines at equal distances.
fn every(period: f64, counts: impl IntoIterator<Item = u64>) -> impl Iterator<Item = (f64, u64)> {
    counts.into_iter().enumerate().map(move |(line, count)| (line as f64 * period, count))
}

/// ⌊n(j+1) ÷ L⌋ − ⌊nj ÷ L⌋
fn spread(minions: u64, lines: u64) -> impl Iterator<Item = u64> {
    (0..lines).map(move |line| minions * (line + 1) / lines - minions * line / lines)
}

#[test]
fn immediate_starts_everybody_at_once() {
    check("immediate", 17, 1.0, [(0.0, 17)]);
    check("immediate", 17, 2.0, [(0.0, 17)]);
}

#[test]
fn regular_starts_so_many_every_period() {
    check("regular(100ms, 5)", 17, 1.0, every(100.0, [5, 5, 5, 2]));
    check("regular(100ms, 5)", 17, 2.0, every(50.0, [5, 5, 5, 2]));
}

#[test]
fn faster_divides_each_wait_in_whole_milliseconds() {
    let offsets = [0.0, 2_000.0, 3_333.0, 4_221.0, 4_813.0, 5_207.0, 5_469.0, 5_669.0, 5_869.0];
    check("faster(2000ms, 1.5, 200ms, 10)", 90, 1.0, offsets.map(|offset| (offset, 10)));
    // At twice the speed waits are divided by 3.
    check("faster(2000ms, 1.5, 200ms, 10)", 45, 2.0, [(0.0, 10), (2_000.0, 10), (2_666.0, 10), (2_888.0, 10), (3_088.0, 5)]);
    // An accelerator below 1 slows down, to its longest wait.
    check("faster(100ms, 0.5, 100ms, 1, max-period: 300ms)", 5, 1.0, [0.0, 100.0, 300.0, 600.0, 900.0].map(|offset| (offset, 1)));
}

#[test]
fn more_multiplies_each_line() {
    let counts = [10, 20, 40, 80, 160, 320, 640, 1_000, 1_000];
    check("more(200ms, 10, 2.0, 1000)", 3_270, 1.0, every(200.0, counts));
    check("more(200ms, 10, 2.0, 1000)", 210, 2.0, every(200.0, [10, 40, 160]));
    // Rounded down, and at least 1.
    check("more(200ms, 5, 0.5, 1000)", 10, 1.0, every(200.0, [5, 2, 1, 1, 1]));
}

#[test]
fn timeframe_spreads_everybody_over_the_frame() {
    check("timeframe(100ms, 10s)", 250, 1.0, every(100.0, spread(250, 100)));
    check("timeframe(1s, 4s)", 10, 1.0, every(1_000.0, [2, 3, 2, 3]));
    check("timeframe(1s, 4s)", 3, 2.0, every(500.0, [0, 1, 1, 1]));
}

#[test]
fn stages_spread_their_minions_over_their_ramp_up() {
    // Nobody ends before the stages do, so that nobody is started again.
    let steps = |stay: &str| json!([{ "name": "begin", "start": true, "on-each": {"callback": 0} }, { "name": "stay", "after": "begin", "delay": stay }]);
    let percent = "stages(stage(40%, ramp-up: 12s, total: 30s), stage(60%, 15s, 30s), completion: graceful)";
    let second = every(500.0, spread(60, 30)).map(|(offset, count)| (30_000.0 + offset, count));
    check_with(&steps("1m"), percent, 100, 1.0, every(500.0, spread(40, 24)).chain(second));
    let numbers = "stages(stage(100, 10s, 15s, resolution: 100ms), stage(50, 0s, 15s))";
    check_with(&steps("30s"), numbers, 1, 1.0, every(100.0, [1; 100]).chain([(15_000.0, 50)]));
    check_with(&steps("30s"), numbers, 1, 2.0, every(50.0, [1; 100]).chain([(7_500.0, 50)]));
}

#[test]
fn rate_starts_each_at_its_moment() {
    check("rate(100, 2s)", 1, 1.0, every(10.0, [1; 200]));
    check("rate(100, 2s)", 1, 2.0, every(5.0, [1; 400]));
}

/// The area under the line is 50 t² after t seconds: the i-th starts at √(i ÷ 50).
#[test]
fn ramp_follows_the_area_under_its_line() {
    let expected: Vec<f64> = (0..200_u32).map(|number| (f64::from(number) / 50.0).sqrt() * 1e3).collect();
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "ramp(0, 200, 2s)", steps())).seen(),
        |ran| {
            check_moments(&ran.times("begin"), &expected);
        },
    );
}

/// As many as `rate`, at the times that the seed draws.
#[test]
fn poisson_draws_its_times_from_the_seed() {
    let profile: Profile = "poisson(500, 4s)".parse().expect("a profile");
    let mut nobody = |_| Err("nobody is asked".into());
    let planned = profile.lines(0, 1.0, 7, &mut nobody).expect("a plan");
    let planned: Vec<f64> = planned.map(|line| line.expect("a line").offset as f64 / 1e6).collect();
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "poisson(500, 4s)", steps())).seen(),
        |ran| {
            check_moments(&ran.times("begin"), &planned);
            assert_eq!((ran.minions()[0], planned.len()), (2_000, 2_000));
        },
    );
    // They are random: waits vary as much as they are long, where those of `rate` do not vary at all.
    let waits: Vec<f64> = planned.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mean = waits.iter().sum::<f64>() / waits.len() as f64;
    let variance = waits.iter().map(|wait| (wait - mean).powi(2)).sum::<f64>() / waits.len() as f64;
    assert!((0.8..1.2).contains(&(variance.sqrt() / mean)), "{mean} ± {}", variance.sqrt());
}

/// The callback is told the past period, the total and the speed; a negative delay means now, and no line starts more than remain.
#[test]
fn user_starts_what_its_callback_answers() {
    for speed in [1.0, 2.0] {
        let make = || {
            let user = Virtual::new(scenario(50, "user(1)", steps())).callbacks(&["on-each", "profile"], |call, input, _, _| {
                if call.callback == 0 {
                    return Ok(Output::Nothing);
                }
                let Value::Json(question) = input else { panic!("not a question: {input:?}") };
                let question: Json = serde_json::from_str(question).expect("a question");
                assert_eq!(question["total"], 50);
                let speed = question["speed"].as_f64().expect("a speed");
                // 20 after 4 s, 20 after half of that, and so on; then 20 at once.
                let (count, delay) = match question["past"].as_u64().expect("a period") {
                    0 => (20, 4e9 / speed),
                    past if past as f64 * speed > 2e9 => (0, past as f64 / 2.0),
                    past if past as f64 * speed > 1e9 => (20, past as f64 / 2.0),
                    _ => (20, -1.0),
                };
                let answer = json!({ "count": count, "delay": delay as i64 }).to_string();
                Ok(Output::One(Value::Json(answer.into())))
            });
            Virtual { speed, ..user }
        };
        on_any_number_of_workers(make, |ran| {
            let expected: Vec<_> = [(4_000.0, 20), (7_000.0, 30)].map(|(offset, count)| (offset / speed, count)).to_vec();
            assert_eq!(lines(&ran), expected);
        });
    }
}

/// 5 000 starts a second for a minute: the count is exact, and so is every second.
#[test]
fn a_high_rate_is_kept_in_every_second() {
    let ran = Virtual::new(scenario(1, "rate(5000, 1m)", steps())).seen().workers(2).run();
    let times = ran.times("begin");
    assert_eq!(times.len(), 300_000);
    assert!(times.iter().enumerate().all(|(number, time)| *time == number as f64 / 5.0), "each at its moment");
    let seconds: Vec<u64> = ran.report.timeline.slots.iter().map(|slot| slot.starts).collect();
    assert_eq!(seconds, [5_000; 60], "as the report tells it");
}
