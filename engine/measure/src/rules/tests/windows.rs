//! Rules over windows: what slides in and out, and when a rule is broken.

use super::*;

/// Response times of each second, in milliseconds; 0 for none.
fn seconds(rules: &[&str], times: &[u64]) -> Vec<RuleReport> {
    let mut told = Told::new(rules);
    for milliseconds in times {
        if *milliseconds > 0 {
            told.run(0, 10, Outcome::Success, *milliseconds);
        }
        told.pass(1_000);
    }
    told.judge()
}

#[test]
fn windows_slide_and_remember_the_first_breach() {
    let check = |rule: &str, times: &[u64], expected: Option<(u64, f64)>, broken_for: u64, last: f64| {
        let report = seconds(&[rule], times).remove(0);
        let breach = report.first_breach.as_ref().map(|breach| (breach.at / SECOND, breach.value.number / 1e6));
        assert_eq!(
            (breach, report.broken_for / SECOND, report.value.map(|value| value.number / 1e6)),
            (expected, broken_for, Some(last)),
            "{rule}"
        );
        assert_eq!(report.holds, expected.is_none(), "{rule}");
    };
    let hump = [10, 10, 500, 10, 10, 10, 10];
    check("max(response, step:login) < 100ms over 1s", &hump, Some((2, 500.0)), 1, 10.0);
    check("max(response, step:login) < 100ms over 3s", &hump, Some((2, 500.0)), 3, 10.0);
    check("max(response, step:login) < 100ms over 3s for 3s", &hump, Some((2, 500.0)), 3, 10.0);
    check("max(response, step:login) < 100ms over 3s for 4s", &hump, None, 3, 10.0);
    check("max(response, step:login) < 100ms over 3s after 6s", &hump, None, 0, 10.0);
    check("mean(response, step:login) < 100ms over 2s", &hump, Some((2, 255.0)), 2, 10.0);
    check("min(response, step:login) < 100ms over 2s", &hump, None, 0, 10.0);
    // The run is shorter than the window.
    check("max(response, step:login) < 100ms over 30s", &hump, Some((6, 500.0)), 1, 500.0);
    // A second without samples neither breaks nor mends.
    check("max(response, step:login) < 100ms over 1s for 3s", &[10, 500, 0, 0, 500, 10], Some((1, 500.0)), 2, 10.0);
    check("max(response, step:login) < 100ms over 1s for 3s", &[10, 500, 0, 10, 500, 10], None, 2, 10.0);
    // Without a window, the whole campaign is looked at.
    check("mean(response, step:login) < 60ms", &[100, 10, 10], None, 0, 40.0);
    check("mean(response, step:login) < 30ms", &[100, 10, 10], Some((0, 100.0)), 3, 40.0);
    check("mean(response, step:login) < 60ms for 3s", &[100, 100, 10], Some((0, 100.0)), 3, 70.0);
}

#[test]
fn a_window_forgets_exactly_what_has_left_it() {
    let times: Vec<u64> = (1..=40).map(|second| 1 + second * 37 % 101).collect();
    for length in [1_usize, 2, 7] {
        for (second, _) in times.iter().enumerate().skip(length) {
            let told = &times[..=second];
            let window = &told[told.len() - length..];
            let rules = ["max", "min", "mean"].map(|statistic| format!("{statistic}(response, step:login) < 1h over {length}s"));
            let mean = window.iter().sum::<u64>() as f64 * 1e6 / length as f64;
            let milliseconds = |time: Option<&u64>| time.map(|time| *time as f64);
            let told: Vec<_> = seconds(&rules.each_ref().map(String::as_str), told)
                .into_iter()
                .map(|report| report.value.map(|value| value.number))
                .collect();
            let [max, min] = [0, 1].map(|rule| told[rule].map(|nanoseconds| nanoseconds / 1e6));
            assert_eq!(max, milliseconds(window.iter().max()), "max over {length} at {second}");
            assert_eq!(min, milliseconds(window.iter().min()), "min over {length} at {second}");
            assert_eq!(told[2], Some(mean), "mean over {length} at {second}");
        }
    }
}

#[test]
fn rates_over_a_window_end_with_the_load() {
    let mut told = Told::new(&[
        "rate(response, step:login) >= 10/s over 2s",
        "count(response, step:login) >= 20 over 2s",
        "rate(response, step:login) >= 11/s over 30s",
    ]);
    for _ in 0..4 {
        told.run(0, 10, Outcome::Success, 5).pass(1_000);
    }
    told.book.set_phases(0, PhaseTimes { warm_until: 0, last_start: 4 * SECOND, load_stop: Some(4 * SECOND) });
    told.book.set_phases(1, PhaseTimes { warm_until: 0, last_start: 0, load_stop: Some(0) });
    insta::assert_snapshot!(told.pass(3_000).told(), @"
    successful 10/s
    successful 20
    failed 10/s: was 10/s, 1/s below the limit, since 6.00 s, for 1.00 s in all
    ");
}

#[test]
fn a_second_that_is_cut_short_breaks_no_rate() {
    let mut told = Told::new(&["rate(response, step:login) >= 10/s over 1s", "max(response, step:login) < 1s over 1s"]);
    told.run(0, 10, Outcome::Success, 5).pass(1_000);
    told.run(0, 1, Outcome::Success, 2_000).pass(5);
    insta::assert_snapshot!(told.told(), @"
    successful 10/s
    failed 2.00 s: was 2.00 s, 1.00 s above the limit, since 1.00 s, for 5.00 ms in all
    ");
}

#[test]
fn a_frozen_target_breaks_a_rate_while_the_load_goes_on() {
    let mut told = Told::new(&["rate(response, step:login) >= 10/s over 1s"]);
    told.run(0, 10, Outcome::Success, 5).pass(1_000).pass(2_000);
    told.run(0, 30, Outcome::Success, 5).pass(1_000);
    assert_eq!(told.told(), "failed 30/s: was 0/s, 10/s below the limit, since 1.00 s, for 2.00 s in all");
}
