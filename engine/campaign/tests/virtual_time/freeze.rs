//! The freeze test: a target that stands still for a second must show in the response times, by arithmetic.

use serde_json::{Value as Json, json};
use throng_measure::{Histogram, Quantile, under_load};

use crate::harness::{Ran, Virtual, on_any_number_of_workers, scenario};

/// 1 000 starts a second for 10 s; the server is frozen from 5 s to 6 s.
fn frozen(takes: &str, connections: usize) -> Json {
    let server = json!({ "freeze-at": "5s", "freeze-for": "1s", "takes": takes, "connections": connections });
    scenario(1, "rate(1000, 10s)", json!([{ "name": "request", "start": true, "frozen": server }]))
}

/// p50, p95, p99, p99.9 and the greatest, in milliseconds.
fn percentiles(times: &Histogram) -> [f64; 5] {
    let quantiles = [Quantile::P50, Quantile::P95, Quantile::P99, Quantile::P99_9];
    let [p50, p95, p99, p99_9] = quantiles.map(|quantile| times.percentile(quantile).expect("samples").value);
    [p50, p95, p99, p99_9, times.max().expect("samples")].map(|nanoseconds| nanoseconds as f64 / 1e6)
}

/// Equal within what a histogram keeps: three digits.
fn check(times: [f64; 5], expected: [f64; 5]) {
    let close = |(time, expected): (f64, f64)| (time - expected).abs() <= expected / 1_000.0;
    assert!(times.into_iter().zip(expected).all(close), "{times:?} instead of {expected:?}");
}

fn response_and_service(ran: &Ran) -> [[f64; 5]; 2] {
    let times = &ran.figures(0, "request").times;
    assert_eq!(under_load(&times.response).count(), 10_000);
    [&times.response, &times.service].map(|phases| percentiles(&under_load(phases)))
}

/// measurement.md §1: who starts x ms into the freeze waits 1 000 − x ms. So 1 000 of the 10 000 wait 1, 2 … 1 000 ms, the others not at all:
/// 500 are above 500 ms, 100 above 900 ms, 10 above 990 ms.
#[test]
fn a_freeze_shows_in_the_response_times() {
    on_any_number_of_workers(
        || Virtual::new(frozen("0ms", 10_000)),
        |ran| {
            assert_eq!(ran.minions(), [10_000, 10_000, 0, 0]);
            assert_eq!(ran.counts(0, "request"), [10_000, 0, 0, 0, 0]);
            let expected = [0.0, 500.0, 900.0, 990.0, 1_000.0];
            let [response, service] = response_and_service(&ran);
            check(response, expected);
            // With a connection for everybody nobody waits before the request is out.
            check(service, expected);
            assert_eq!(ran.snapshot.scenarios()[0].run.start_lag.max(), Some(0), "who waits does not keep others from starting");
        },
    );
}

/// Ten connections: ten requests are in the freeze, the others wait for a connection, which is no service time. A tool that starts a
/// request when a connection is free sees the service column alone, and reports 1 ms.
///
/// The k-th of the freeze is served in the batch ⌊k ÷ 10⌋ behind it, of 1 ms each: its response is 1 001 − k + ⌊k ÷ 10⌋ ms.
#[test]
fn waiting_for_a_connection_is_response_time_alone() {
    let ran = Virtual::new(frozen("1ms", 10)).run();
    let [response, service] = response_and_service(&ran);
    check(response, [1.0, 551.0, 911.0, 992.0, 1_001.0]);
    check(service, [1.0, 1.0, 1.0, 1.0, 1_001.0]);
}
