//! The even distribution of a whole number over places.

/// What place `index` of `places` gets of `whole`: ⌊whole × (index + 1) ÷ places⌋ − ⌊whole × index ÷ places⌋. All places together get the
/// whole, and no two differ by more than 1.
pub fn spread(whole: u64, places: u64, index: u64) -> u64 {
    let until = |index: u128| u128::from(whole) * index / u128::from(places.max(1));
    let index = u128::from(index);
    u64::try_from(until(index + 1) - until(index)).unwrap_or(u64::MAX)
}
