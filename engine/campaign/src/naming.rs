//! What a campaign is given when nobody says it: its key, and the seed of its draws.

use std::time::Duration;

use throng_plugin_api::Clock;

/// Seeds that are made stay short enough to be typed.
const SEEDS: u64 = 1_000_000_000;

/// A seed for who gave none: the wall clock's nanoseconds.
pub fn fresh_seed() -> u64 {
    let clock = Clock::system();
    clock.unix_time(clock.now()) % SEEDS
}

/// A campaign's key: scenario, date, time and three letters, such as `checkout-20261121-2104-x7k`.
pub fn fresh_key(scenario: &str, seed: u64) -> String {
    let clock = Clock::system();
    let now = Duration::from_nanos(clock.unix_time(clock.now()));
    let stamp = jiff::Timestamp::from_second(now.as_secs() as i64).map(|at| at.strftime("%Y%m%d-%H%M").to_string());
    let letters =
        (0..3).map(|place| b"abcdefghijkmnpqrstuvwxyz23456789".get((seed >> (5 * place)) as usize % 32).copied().unwrap_or(b'x') as char);
    format!("{scenario}-{}-{}", stamp.unwrap_or_default(), letters.collect::<String>())
}
