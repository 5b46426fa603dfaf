//! Arrivals on a curve: constant, linear, and at random.

use std::time::Duration;

const NANOS: f64 = 1e9;

/// The area under a line from one rate to another, rounded.
pub(super) fn number(from: f64, to: f64, speed: f64, duration: Duration) -> u64 {
    ((from + to) / 2.0 * speed * duration.as_secs_f64()).round() as u64
}

/// A rate that goes evenly from one value to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Per second, at the beginning.
    pub(super) from: f64,
    /// Per second, at the end.
    pub(super) to: f64,
    pub(super) duration: Duration,
}

impl Line {
    /// When the area under the line reaches this number: nanoseconds from the beginning.
    pub(super) fn offset(&self, number: u64) -> u64 {
        if number == 0 {
            return 0;
        }
        let number = number as f64;
        let slope = (self.to - self.from) / self.duration.as_secs_f64();
        let root = (self.from * self.from + 2.0 * slope * number).max(0.0).sqrt();
        (2.0 * number / (self.from + root) * NANOS).round().min(self.duration.as_nanos() as f64) as u64
    }
}

/// Given their number, the arrivals of a Poisson process are independent and uniform: drawn here in their order, one by one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Uniform {
    seed: u64,
    /// How many are still to come.
    left: u64,
    /// The last one, as a share of the duration.
    share: f64,
    duration: Duration,
}

impl Uniform {
    /// The first arrival is at 0, the others are drawn.
    pub(super) fn new(seed: u64, number: u64, duration: Duration) -> Self {
        Self { seed, left: number.saturating_sub(1), share: 0.0, duration }
    }

    /// The offset of the next arrival after the first, in nanoseconds.
    pub(super) fn next_offset(&mut self) -> u64 {
        // The least of `left` uniform draws has this distribution; the others are uniform in what remains.
        let least = 1.0 - unit(draw(self.seed, self.left)).powf(1.0 / self.left.max(1) as f64);
        self.share += (1.0 - self.share) * least;
        self.left = self.left.saturating_sub(1);
        (self.share * self.duration.as_nanos() as f64) as u64
    }
}

/// The draw with this number: the finalizer of splitmix64 on a counter.
fn draw(seed: u64, number: u64) -> u64 {
    let mut bits = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Strictly between 0 and 1.
fn unit(draw: u64) -> f64 {
    ((draw >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}
