//! A named part of a command: says what begins, and how long it took.

use std::time::{Duration, Instant};

use anyhow::Result;

/// Runs `work` under a heading and prints the time that it took.
pub(crate) fn phase<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("==> {title}");
    let started = now();
    let result = work();
    let verdict = if result.is_ok() { "done" } else { "FAILED" };
    eprintln!("    {title}: {verdict} in {}", readable(started.elapsed()));
    result
}

/// Now, for the times that a person reads; nothing depends on them.
#[expect(clippy::disallowed_methods, reason = "the project's own commands run on real time and are no part of the engine")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A duration as a person reads it: `0.4 s`, `3 m 12 s`.
pub(crate) fn readable(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 { format!("{:.1} s", duration.as_secs_f64()) } else { format!("{} m {:02} s", seconds / 60, seconds % 60) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::readable;

    #[test]
    fn durations_read_well() {
        assert_eq!(readable(Duration::from_millis(420)), "0.4 s");
        assert_eq!(readable(Duration::from_secs(192)), "3 m 12 s");
    }
}
