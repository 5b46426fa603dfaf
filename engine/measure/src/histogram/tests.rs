//! Histograms: exactness, merging, the wire.

use super::*;

fn of(values: impl IntoIterator<Item = u64>) -> Histogram {
    let mut histogram = Histogram::default();
    values.into_iter().for_each(|value| histogram.record(value));
    histogram
}

fn value(histogram: &Histogram, quantile: Quantile) -> u64 {
    histogram.percentile(quantile).expect("samples").value
}

#[test]
fn an_empty_one_has_no_figures() {
    let empty = Histogram::default();
    assert_eq!((empty.count(), empty.min(), empty.max(), empty.mean()), (0, None, None, None));
    assert_eq!(empty.percentile(Quantile::P50), None);
}

/// Half of 10 000 requests arrive while the target is frozen for a second: their response falls from 1 s to 0 in equal steps.
#[test]
fn the_freeze_has_the_percentiles_that_arithmetic_says() {
    let histogram = of((0..10_000).map(|start: u64| if start < 9_000 { 1_000 } else { (start - 9_000) * 1_000_000 }));
    for (quantile, truth) in [(Quantile::P95, 499_000_000_u64), (Quantile::P99, 899_000_000), (Quantile::P99_9, 989_000_000)] {
        let value = value(&histogram, quantile);
        assert!(value.abs_diff(truth) <= truth / 1_000, "{quantile:?}: {value} is not {truth}");
    }
    assert_eq!(histogram.max(), Some(999_000_000));
    assert_eq!(histogram.sum(), 9_000 * 1_000 + (0..1_000).map(|step| step * 1_000_000).sum::<u64>());
}

#[test]
fn a_percentile_names_the_sample_at_its_rank() {
    let histogram = of(1..=1_000);
    assert_eq!(value(&histogram, Quantile::P50), 500);
    assert_eq!(value(&histogram, Quantile::P99_9), 999);
    assert_eq!(value(&histogram, Quantile::from_thousandths_of_percent(100_000)), 1_000);
    assert_eq!(value(&histogram, Quantile::from_thousandths_of_percent(0)), 1);
}

#[test]
fn fewer_than_ten_samples_above_are_marked() {
    assert!(!of(1..=1_000).percentile(Quantile::P99).expect("samples").few_samples);
    assert!(of(1..=999).percentile(Quantile::P99).expect("samples").few_samples);
    assert!(of([5]).percentile(Quantile::P50).expect("samples").few_samples);
}

#[test]
fn what_is_above_an_hour_is_clamped_and_counted() {
    let histogram = of([1, Histogram::LIMIT + 5]);
    assert_eq!((histogram.clamped(), histogram.max()), (1, Some(Histogram::LIMIT + 5)));
    assert_eq!(histogram.sum(), Histogram::LIMIT + 6);
    assert!(value(&histogram, Quantile::P50) == 1);
}

#[test]
fn zero_is_a_value() {
    let histogram = of([0, 0, 7]);
    assert_eq!((histogram.count(), histogram.min(), value(&histogram, Quantile::P50)), (3, Some(0), 0));
}

proptest::proptest! {
    #[test]
    fn merging_in_parts_is_recording_in_one(values in proptest::collection::vec(0_u64..4_000_000_000_000, 1..200), parts in 1_usize..6) {
        let whole = of(values.iter().copied());
        let mut merged = Histogram::default();
        for part in 0..parts {
            let mut bank = of(values.iter().copied().skip(part).step_by(parts));
            let taken = bank.take(&mut vec![]);
            proptest::prop_assert!(bank.is_empty());
            merged.merge(&taken);
        }
        for thousandths in [0, 1_000, 50_000, 95_000, 99_900, 100_000] {
            let quantile = Quantile::from_thousandths_of_percent(thousandths);
            proptest::prop_assert_eq!(whole.percentile(quantile), merged.percentile(quantile));
        }
        proptest::prop_assert_eq!(
            (whole.count(), whole.sum(), whole.min(), whole.max(), whole.clamped()),
            (merged.count(), merged.sum(), merged.min(), merged.max(), merged.clamped())
        );
    }

    #[test]
    fn the_wire_loses_nothing(values in proptest::collection::vec(0_u64..4_000_000_000_000, 0..50)) {
        let sent = of(values.iter().copied());
        let text = serde_json::to_string(&sent).expect("text");
        let received: Histogram = serde_json::from_str(&text).expect("what was sent");
        proptest::prop_assert_eq!(serde_json::to_string(&received).expect("text"), text);
        proptest::prop_assert_eq!(sent.percentile(Quantile::P95), received.percentile(Quantile::P95));
        let mut merged = received;
        merged.merge(&of([1]));
        proptest::prop_assert_eq!(merged.count(), sent.count() + 1);
    }
}

#[test]
fn a_cleared_one_starts_anew_with_its_memory() {
    let mut histogram = of([5, 9_000_000]);
    histogram.clear();
    assert!(histogram.is_empty() && histogram.is_allocated());
    let mut target = of([9_000_000]);
    target.clear();
    target.merge(&of([3]));
    assert_eq!((target.min(), target.max(), target.count()), (Some(3), Some(3), 1));
    histogram.record(4);
    assert_eq!((histogram.min(), histogram.max(), histogram.sum()), (Some(4), Some(4), 4));
}

#[test]
fn a_broken_one_is_refused() {
    let text = serde_json::to_string(&of([1, 2])).expect("text").replace("\"count\":2", "\"count\":3");
    let error = serde_json::from_str::<Histogram>(&text).expect_err("count and counts differ");
    assert_eq!(error.to_string().split(" at line").next(), Some("the histogram says 3 samples and holds 2; it was damaged on its way"));
}

/// A repeatable stream of numbers from 0 to below 1.
fn uniform() -> impl Iterator<Item = f64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    })
}

/// Makes a sample of two such numbers.
type Shape = fn(f64, f64) -> f64;

#[test]
fn percentiles_are_within_a_thousandth_of_the_exact_ones() {
    const LEAST: f64 = 1e3;
    const GREATEST: f64 = 3.6e12;
    let samples = |shape: Shape| {
        let mut numbers = uniform();
        let mut next = || numbers.next().unwrap_or_default();
        (0..20_000).map(|_| shape(next(), next()).clamp(LEAST, GREATEST) as u64).collect::<Vec<_>>()
    };
    let shapes: [(&str, Shape); 6] = [
        ("uniform", |one, _| LEAST + one * (GREATEST - LEAST)),
        ("uniform in its logarithm", |one, _| LEAST * (GREATEST / LEAST).powf(one)),
        ("exponential", |one, _| -(1.0 - one).ln() * 5e7),
        ("bimodal", |one, other| if other < 0.9 { 2e6 + one * 1e6 } else { 1e12 + one * 5e11 }),
        ("constant", |_, _| 123_456_789.0),
        ("least and greatest", |one, _| if one < 0.5 { LEAST } else { GREATEST }),
    ];
    for (name, shape) in shapes {
        let values = samples(shape);
        let mut sorted = values.clone();
        sorted.sort_unstable();
        let whole = of(values.iter().copied());
        let mut merged = Histogram::default();
        (0..7).for_each(|part| merged.merge(&of(values.iter().copied().skip(part).step_by(7))));
        for thousandths in [1_000, 10_000, 25_000, 50_000, 75_000, 90_000, 95_000, 99_000, 99_900, 99_990, 100_000_u32] {
            let rank = (values.len() as u64 * u64::from(thousandths)).div_ceil(100_000).max(1) as usize;
            let exact = sorted[rank - 1];
            for (parts, histogram) in [(1, &whole), (7, &merged)] {
                let value = value(histogram, Quantile::from_thousandths_of_percent(thousandths));
                assert!(value.abs_diff(exact) * 1_000 <= exact, "{name}, {parts} parts, {thousandths}: {value} is not {exact}");
            }
        }
    }
}
