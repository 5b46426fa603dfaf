//! The even distribution of a whole number over places.

use std::ops::Range;

/// What place `index` of `places` gets of `whole`: ⌊whole × (index + 1) ÷ places⌋ − ⌊whole × index ÷ places⌋. All places together get the
/// whole, and no two differ by more than 1.
pub fn spread(whole: u64, places: u64, index: u64) -> u64 {
    spread_range(whole, places, index..index.saturating_add(1))
}

/// What several neighbouring places get together.
pub(crate) fn spread_range(whole: u64, places: u64, range: Range<u64>) -> u64 {
    let until = |index: u64| u128::from(whole) * u128::from(index) / u128::from(places.max(1));
    u64::try_from(until(range.end) - until(range.start)).unwrap_or(u64::MAX)
}
