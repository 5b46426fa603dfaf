//! How often somebody may ask: so many at once, refilled over time.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use throng_measure::Moment;

/// Askers that are remembered, at most; those who have asked least lately go first.
const REMEMBERED: usize = 10_000;

/// A rate, and what may come at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) per_second: f64,
    pub(crate) at_once: f64,
}

/// What is left to whom.
#[derive(Debug)]
pub(crate) struct Rates {
    rate: Rate,
    left: Mutex<BTreeMap<String, Left>>,
}

#[derive(Clone, Copy, Debug)]
struct Left {
    tokens: f64,
    at: Moment,
}

impl Rates {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, left: Mutex::default() }
    }

    /// Takes one; the seconds until there is one again if there is none.
    pub(crate) fn take(&self, who: &str, now: Moment) -> Result<(), u64> {
        let Rate { per_second, at_once } = self.rate;
        let mut all = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED && !all.contains_key(who) {
            // Who has not asked for that long has all of it again, and need not be remembered.
            let full_after = (at_once / per_second * 1e9) as u64;
            all.retain(|_, left| now.since(left.at) < full_after);
            if all.len() >= REMEMBERED {
                return Err(1);
            }
        }
        let left = all.entry(who.to_owned()).or_insert(Left { tokens: at_once, at: now });
        left.tokens = (left.tokens + now.since(left.at) as f64 / 1e9 * per_second).min(at_once);
        left.at = now;
        if left.tokens >= 1.0 {
            left.tokens -= 1.0;
            return Ok(());
        }
        Err((((1.0 - left.tokens) / per_second).ceil() as u64).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_then_at_the_rate() {
        let rates = Rates::new(Rate { per_second: 0.5, at_once: 2.0 });
        let at = |seconds: u64| Moment::from_nanos(seconds * 1_000_000_000);
        assert_eq!([0, 0, 0].map(|now| rates.take("ann", at(now))), [Ok(()), Ok(()), Err(2)]);
        assert_eq!(rates.take("bob", at(0)), Ok(()), "everybody has their own");
        assert_eq!([1, 2, 2].map(|now| rates.take("ann", at(now))), [Err(1), Ok(()), Err(2)]);
    }
}
