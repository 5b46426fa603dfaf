//! Moments as the store and the API write them.

use throng_plugin_api::Clock;

/// Milliseconds since the Unix epoch.
pub(crate) fn now(clock: &Clock) -> i64 {
    i64::try_from(clock.unix_time(clock.now()) / 1_000_000).unwrap_or(i64::MAX)
}

/// The same as the machine's clock has it now: schedules are kept by it also when it was set, or the machine has slept.
pub(crate) fn wall() -> i64 {
    now(&Clock::system())
}

/// RFC 3339, in UTC.
pub(crate) fn text(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds).map(|at| at.to_string()).unwrap_or_default()
}
