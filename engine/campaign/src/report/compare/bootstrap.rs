//! How far a figure could have been off by chance: the campaign is drawn again, many times, from its own samples.
//!
//! Drawing all `n` samples of a histogram again and taking their `r`-th smallest is the same as taking the quantile `U` of the histogram,
//! where `U` is the `r`-th smallest of `n` uniform numbers, and that is Beta(r, n + 1 − r). So a resample of a percentile costs one draw,
//! however many samples there are, and nothing is approximated.

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand_distr::{Beta, Distribution, Gamma};
use throng_measure::{Histogram, Quantile};

use super::figure::Change;

/// How often each figure is drawn again.
const RESAMPLES: usize = 2_000;

/// Of the draws: the same reports give the same intervals.
const SEED: u64 = 0x7468_726f_6e67;

/// Samples in order of size, so that any of them is found at once.
pub(super) struct Samples {
    /// How many samples there are up to here, and the value of the last of them.
    steps: Vec<(u64, u64)>,
}

impl From<&Histogram> for Samples {
    fn from(histogram: &Histogram) -> Self {
        let mut before = 0;
        let steps = histogram.recorded().map(|(value, count)| {
            before += count;
            (before, value)
        });
        Self { steps: steps.collect() }
    }
}

impl Samples {
    fn count(&self) -> u64 {
        self.steps.last().map_or(0, |(count, _)| *count)
    }

    /// The value of a position, from 1.
    fn at(&self, rank: u64) -> u64 {
        let index = self.steps.partition_point(|(count, _)| *count < rank);
        self.steps.get(index).or(self.steps.last()).map_or(0, |(_, value)| *value)
    }
}

/// A figure that can be drawn again.
pub(super) enum Resampled<'a> {
    Percentile { samples: &'a Samples, quantile: Beta<f64> },
    Share(Beta<f64>),
    Rate { events: Gamma<f64>, seconds: f64 },
}

impl<'a> Resampled<'a> {
    /// A percentile of these samples; none without any.
    pub(super) fn percentile(samples: &'a Samples, quantile: Quantile) -> Option<Self> {
        let count = samples.count();
        let rank = quantile.rank(count).min(count);
        let quantile = Beta::new(rank as f64, (count + 1).checked_sub(rank)? as f64).ok()?;
        Some(Self::Percentile { samples, quantile })
    }

    /// A share of executions. The half that is added to both sides stands for what was not seen yet: none of ten is not never.
    pub(super) fn share(part: u64, whole: u64) -> Option<Self> {
        Beta::new(part as f64 + 0.5, whole.checked_sub(part)? as f64 + 0.5).ok().map(Self::Share)
    }

    /// Events per second, as if they came by chance alone.
    pub(super) fn rate(count: u64, seconds: f64) -> Option<Self> {
        Gamma::new(count as f64 + 0.5, 1.0).ok().map(|events| Self::Rate { events, seconds })
    }

    fn draw(&self, random: &mut Xoshiro256PlusPlus) -> f64 {
        match self {
            Self::Percentile { samples, quantile } => {
                let rank = (quantile.sample(random) * samples.count() as f64).ceil();
                samples.at(rank as u64) as f64
            }
            Self::Share(share) => share.sample(random),
            Self::Rate { events, seconds } => events.sample(random) / seconds,
        }
    }
}

/// Where 95 % of the relative changes lie that come of drawing both again.
pub(super) fn interval(before: Resampled<'_>, after: Resampled<'_>) -> Change {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let mut changes: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let (before, after) = (before.draw(&mut random), after.draw(&mut random));
            // A nanosecond, or a share so small, is as good as nothing; it keeps what follows finite.
            after / before.max(f64::MIN_POSITIVE) - 1.0
        })
        .map(|change| change.min(f64::MAX))
        .collect();
    changes.sort_by(f64::total_cmp);
    let at = |share: f64| changes.get((share * RESAMPLES as f64) as usize).copied().unwrap_or_default();
    Change { low: at(0.025), high: at(0.975) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uniform(count: u64, up_to: u64) -> Samples {
        let mut histogram = Histogram::default();
        (0..count).for_each(|index| histogram.record((index * 2 + 1) * up_to / (count * 2)));
        Samples::from(&histogram)
    }

    fn medians(before: &Samples, after: &Samples) -> Change {
        interval(
            Resampled::percentile(before, Quantile::P50).expect("samples"),
            Resampled::percentile(after, Quantile::P50).expect("samples"),
        )
    }

    #[test]
    fn an_interval_is_as_wide_as_theory_says() {
        // The median of 10 000 uniform samples has a standard error of 0.5 / √10 000 of the range: 1 % of the median itself.
        // The quotient of two such has √2 times that, and 95 % lie within 1.96 of it: ± 2.77 %.
        let samples = uniform(10_000, 1_000_000_000);
        let Change { low, high } = medians(&samples, &samples);
        assert!((low + 0.0277).abs() < 0.004 && (high - 0.0277).abs() < 0.004, "{low} to {high}");
        // A hundredth of the samples: ten times as wide.
        let few = uniform(100, 1_000_000_000);
        let Change { low, high } = medians(&few, &few);
        assert!((-0.30..-0.20).contains(&low) && (0.23..0.40).contains(&high), "{low} to {high}");
    }

    #[test]
    fn a_change_is_found_and_drawn_the_same_each_time() {
        let (before, after) = (uniform(10_000, 1_000_000_000), uniform(10_000, 1_300_000_000));
        let found = medians(&before, &after);
        assert!((0.25..0.30).contains(&found.low) && (0.30..0.35).contains(&found.high), "{found:?}");
        assert_eq!(found, medians(&before, &after));
    }

    #[test]
    fn none_of_ten_is_not_never() {
        let shares = |before: (u64, u64), after: (u64, u64)| {
            interval(Resampled::share(before.0, before.1).expect("a share"), Resampled::share(after.0, after.1).expect("a share"))
        };
        assert!(shares((0, 10), (5, 1_000)).low < 0.0, "ten executions prove nothing");
        assert!(shares((0, 10_000), (50, 10_000)).low > 1.0, "fifty of ten thousand are more than none of ten thousand");
        assert!(Resampled::share(2, 1).is_none());
    }

    #[test]
    fn a_rate_is_as_sure_as_its_count() {
        let rate = |count| Resampled::rate(count, 10.0).expect("a rate");
        let Change { low, high } = interval(rate(10_000), rate(10_000));
        assert!((low + 0.0277).abs() < 0.004 && (high - 0.0277).abs() < 0.004, "{low} to {high}");
    }
}
