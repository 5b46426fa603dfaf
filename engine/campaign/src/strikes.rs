//! Counts what the sandbox had to stop, and says when a scenario has had its chances.

use std::collections::BTreeMap;

/// Calls over their deadline that end a scenario.
const DEADLINES: u32 = 3;

/// Traps of any kind that end a scenario.
const TRAPS: u32 = 100;

/// The strikes of one scenario, over all workers.
#[derive(Debug, Default)]
pub(crate) struct Strikes {
    by_code: BTreeMap<String, u32>,
    out: bool,
}

impl Strikes {
    /// Notes one. The reason to stop the scenario is given once, when the limit is reached.
    pub(crate) fn note(&mut self, step: &str, code: &str, message: &str) -> Option<String> {
        let count = self.by_code.entry(code.to_owned()).or_default();
        *count += 1;
        let count = *count;
        let total: u32 = self.by_code.values().sum();
        let reached = if code == "deadline" { count >= DEADLINES } else { total >= TRAPS };
        if !reached || self.out {
            return None;
        }
        self.out = true;
        let seen = if code == "deadline" { count } else { total };
        Some(format!("stopped after {seen} calls that the sandbox had to end; the last one in step `{step}`: {message}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_deadlines_or_a_hundred_traps_end_a_scenario_once() {
        let mut strikes = Strikes::default();
        let said: Vec<_> = (0..4).map(|_| strikes.note("spin", "deadline", "over 100 ms").is_some()).collect();
        assert_eq!(said, [false, false, true, false]);
        let mut strikes = Strikes::default();
        let first = (1..=150).find(|_| strikes.note("boom", "trap", "unreachable").is_some());
        assert_eq!(first, Some(100));
    }
}
