//! The response times of all slots of a timeline, side by side, so that two slots become one where they are.

use std::collections::BTreeMap;

use super::{SlotTimes, Timeline};
use crate::{Histogram, Quantile};

/// How many times of each size there were in each slot.
///
/// Sizes are told apart by less than 1.6 %. There is a row of a KiB for each size that was ever seen, whatever the number of slots and
/// samples: some 850 for times from 100 µs to a second, 2 400 for all that a histogram knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Spread(BTreeMap<u16, Row>);

/// By slot. More than a `u32` holds count as that many.
type Row = Box<[u32; Timeline::LIMIT]>;

impl Spread {
    /// Adds the samples of a slot.
    pub(super) fn add(&mut self, slot: usize, times: &Histogram) {
        for (value, count) in times.recorded() {
            let row = self.0.entry(size(value)).or_insert_with(|| Box::new([0; Timeline::LIMIT]));
            if let Some(known) = row.get_mut(slot) {
                *known = known.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
            }
        }
    }

    /// Makes one slot of each two.
    pub(super) fn halve(&mut self) {
        for row in self.0.values_mut() {
            let mut halved = [0; Timeline::LIMIT];
            for (whole, pair) in halved.iter_mut().zip(row.chunks(2)) {
                *whole = pair.iter().fold(0, |sum: u32, count| sum.saturating_add(*count));
            }
            **row = halved;
        }
    }

    /// The times of a slot, of which the longest is known.
    pub(super) fn times(&self, slot: usize, max: u64) -> Option<SlotTimes> {
        let counts = || self.0.iter().filter_map(|(size, row)| Some((*size, u64::from(*row.get(slot)?))));
        let count: u64 = counts().map(|(_, count)| count).sum();
        let value = |quantile: Quantile| {
            let rank = quantile.rank(count);
            let mut below = 0;
            let found = counts().find(|(_, count)| {
                below += count;
                below >= rank
            });
            found.map(|(size, _)| middle(size).min(max))
        };
        Some(SlotTimes { p50: value(Quantile::P50)?, p95: value(Quantile::P95)?, p99: value(Quantile::P99)?, max })
    }

    /// How many sizes were ever seen.
    #[cfg(test)]
    pub(super) fn rows(&self) -> usize {
        self.0.len()
    }
}

/// Sizes within a doubling of the value.
const SIZES: u64 = 64;

/// The number of a value's size: the value itself up to twice [`SIZES`], then so many for each doubling.
fn size(value: u64) -> u16 {
    let doublings = (value / (2 * SIZES)).checked_ilog2().map_or(0, |doublings| u64::from(doublings) + 1);
    u16::try_from(doublings * SIZES + (value >> doublings)).unwrap_or(u16::MAX)
}

/// The value in the middle of a size.
fn middle(size: u16) -> u64 {
    let size = u64::from(size);
    let doublings = (size / SIZES).saturating_sub(1);
    let least = (size - doublings * SIZES) << doublings;
    least + (1 << doublings) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_order_and_off_by_less_than_a_hundredth() {
        let mut before = 0;
        let mut value = 1;
        while value < 2 * Histogram::LIMIT {
            let number = size(value);
            assert!(number >= before, "{value}");
            assert!(middle(number).abs_diff(value) * 125 <= value, "{value} is told as {}", middle(number));
            before = number;
            value += 1 + value / 100;
        }
        assert_eq!([0, 1, 127].map(|value| middle(size(value))), [0, 1, 127], "small ones are exact");
        assert!(before < 2_500, "{before} sizes");
    }
}
