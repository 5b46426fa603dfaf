//! Chance that repeats: every draw is a function of the seed, its purpose and a number, whatever order they are made in.

use std::time::Duration;

use crate::Share;

/// Draws of one seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    seed: u64,
}

/// What a draw is for; draws for different purposes have nothing to do with each other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Whether a request is answered 500.
    Error = 1,
    /// How far an answer's delay is from the mean.
    AnswerJitter,
    /// Whether an order is lost or doubled.
    Fate,
    /// How far the shipping delay is from the mean.
    ShipJitter,
    /// The same for the second time on the feed.
    SecondShipJitter,
    /// What makes a token hard to guess.
    Token,
}

const STRIDE: u64 = 0x9e37_79b9_7f4a_7c15;

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Any 64-bit number, evenly.
    pub(crate) fn number(&self, purpose: Purpose, index: u64) -> u64 {
        let stream = mix(self.seed.wrapping_add((purpose as u64).wrapping_mul(STRIDE)));
        mix(stream.wrapping_add(index.wrapping_mul(STRIDE)))
    }

    /// True for this share of the indexes.
    pub(crate) fn hits(&self, share: Share, purpose: Purpose, index: u64) -> bool {
        u128::from(self.number(purpose, index)) < share.threshold()
    }

    /// A duration drawn evenly from `mean` ± `jitter`, never below zero.
    pub(crate) fn around(&self, mean: Duration, jitter: Duration, purpose: Purpose, index: u64) -> Duration {
        if jitter.is_zero() {
            return mean;
        }
        let width = jitter.as_nanos() * 2 + 1;
        let offset = (u128::from(self.number(purpose, index)) * width) >> 64;
        let nanos = (mean.as_nanos() + offset).saturating_sub(jitter.as_nanos());
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// A bijection that changes half of the bits on average when one bit changes (the finaliser of SplitMix64).
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: u64 = 100_000;

    fn hits(seed: u64, text: &str) -> u64 {
        let (draws, share) = (Draws::new(seed), text.parse().expect("a share"));
        (0..COUNT).filter(|index| draws.hits(share, Purpose::Error, *index)).count() as u64
    }

    #[test]
    fn shares_are_met() {
        for seed in [0, 1, 42, u64::MAX] {
            assert_eq!(hits(seed, "0%"), 0);
            assert_eq!(hits(seed, "100%"), COUNT);
            // Four standard deviations: 1% of 100 000 is 1 000 ± 31.5.
            assert!(hits(seed, "1%").abs_diff(1000) <= 126, "seed {seed}: {}", hits(seed, "1%"));
            assert!(hits(seed, "50%").abs_diff(50_000) <= 632, "seed {seed}: {}", hits(seed, "50%"));
        }
    }

    #[test]
    fn jitter_fills_its_range_and_stops_at_zero() {
        let draws = Draws::new(7);
        let around = |mean, jitter| {
            let all = (0..COUNT).map(|index| {
                draws.around(Duration::from_millis(mean), Duration::from_millis(jitter), Purpose::AnswerJitter, index).as_nanos() as f64
                    / 1e6
            });
            all.fold((f64::MAX, 0.0_f64, 0.0), |(least, most, sum), each| (each.min(least), each.max(most), sum + each))
        };
        let (least, most, sum) = around(10, 4);
        assert!((6.0..6.01).contains(&least) && (13.99..=14.0).contains(&most), "{least} to {most}");
        assert!((sum / COUNT as f64 - 10.0).abs() < 0.03, "mean {}", sum / COUNT as f64);
        let (least, most, _) = around(1, 4);
        assert!(least == 0.0 && most <= 5.0, "{least} to {most}");
        assert_eq!(draws.around(Duration::from_millis(3), Duration::ZERO, Purpose::AnswerJitter, 9), Duration::from_millis(3));
    }
}
