//! Durations, and how the document writes them.

use std::time::Duration;

/// Milliseconds.
pub const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Seconds.
pub const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Minutes.
pub const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// Whole nanoseconds; what is longer than 584 years is cut to that.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// As the document wants it: a whole number of the largest unit that fits, such as `250ms`.
pub(crate) fn written(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos();
    let (divisor, unit) = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")]
        .into_iter()
        .find(|(divisor, _)| nanoseconds.is_multiple_of(*divisor))
        .unwrap_or((1, "ns"));
    format!("{}{unit}", nanoseconds / divisor)
}

/// Reads what the engine has checked already: a number and its unit.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let split = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
    let (number, unit) = text.split_at_checked(split)?;
    let seconds = match unit {
        "ns" => 1e-9,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_in_their_largest_whole_unit() {
        let texts: Vec<_> = [secs(0), secs(90), millis(1500), Duration::from_micros(7), Duration::from_nanos(1001)].map(written).into();
        assert_eq!(texts, ["0s", "90s", "1500ms", "7us", "1001ns"]);
    }

    #[test]
    fn durations_are_read_with_their_unit() {
        let read = ["250ms", "1.5s", "2m", "7", "7 s", "ms"].map(parse);
        assert_eq!(read, [Some(millis(250)), Some(millis(1500)), Some(minutes(2)), None, None, None]);
    }
}
