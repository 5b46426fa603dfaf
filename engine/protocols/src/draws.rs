//! Random draws of a visit: a counter behind a key, so that the same key gives the same draws wherever they are made.

/// The draw at this position, from 0, of a key's sequence: SplitMix64 (Steele, Lea, Flood 2014), of which neighbouring positions and
/// keys give unrelated numbers.
pub fn draw(key: u64, position: u64) -> u64 {
    let value = key.wrapping_add(position.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_those_of_splitmix64() {
        // The first numbers of the reference implementation for the seed 1234567.
        assert_eq!(
            [0, 1, 2].map(|position| draw(1_234_567, position)),
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }
}
