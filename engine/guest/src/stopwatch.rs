//! What guests cost, by the processor's own counter.

/// Measures spans of real time, also where a test holds the campaign's clock. A reading is the counter of the processor where that ticks
/// evenly, and costs a third of one of the operating system's clock: there are two of them around each call.
#[derive(Clone, Debug)]
pub(crate) struct Stopwatch(quanta::Clock);

/// When a span began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading(u64);

impl Stopwatch {
    /// The first one of a process compares the counter with the operating system's clock, for about a millisecond.
    pub(crate) fn new() -> Self {
        Self(quanta::Clock::new())
    }

    /// The present moment.
    pub(crate) fn read(&self) -> Reading {
        Reading(self.0.raw())
    }

    /// Nanoseconds since then.
    pub(crate) fn nanos_since(&self, begun: Reading) -> u64 {
        self.0.delta_as_nanos(begun.0, self.0.raw())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    #[allow(clippy::disallowed_methods, reason = "real time is what is measured")]
    fn it_agrees_with_the_clock() {
        let stopwatch = Stopwatch::new();
        let outer = std::time::Instant::now();
        let begun = stopwatch.read();
        std::thread::sleep(Duration::from_millis(20));
        let measured = stopwatch.nanos_since(begun) as f64;
        let passed = outer.elapsed().as_nanos() as f64;
        assert!(measured >= 19.9e6 && measured <= passed * 1.01, "{measured} of {passed} ns");
    }
}
