//! How long to wait before the next attempt.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Pauses that grow: 100 ms, twice as long each time, up to 5 s.
#[derive(Clone, Copy, Debug, Default)]
pub struct BackOff {
    last: Option<Duration>,
}

impl BackOff {
    /// The pause after one more failure.
    pub fn pause(&mut self) -> Duration {
        let pause = self.last.map_or(FIRST, |last| (last * 2).min(LONGEST));
        self.last = Some(pause);
        pause
    }

    /// An attempt has succeeded.
    pub fn reset(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit() {
        let mut back_off = BackOff::default();
        let pauses: Vec<_> = (0..8).map(|_| back_off.pause().as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        back_off.reset();
        assert_eq!(back_off.pause(), FIRST);
    }
}
