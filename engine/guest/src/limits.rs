//! What a component may use.

use std::time::Duration;

use throng_model::{name_hint, parse_duration};

/// Limits of one scenario's component, each configurable.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Size of the component's file; 64 MiB by default.
    pub component_bytes: usize,
    /// Memory of one instance, all its linear memories together; 64 MiB by default.
    pub memory_bytes: usize,
    /// Computing time of one call, waiting not counted; 100 ms by default. Kept to within two ticks of 10 ms, never undercut.
    pub call_time: Duration,
    /// Computing time of `describe`, and of the start of an instance; 5 s by default.
    pub describe_time: Duration,
    /// Size of the scenario document; 1 MiB by default.
    pub document_bytes: usize,
    /// Log lines of one worker's lanes, in bytes a second; 64 KiB by default. What exceeds it is dropped, and counted in the log.
    pub log_bytes_per_second: u64,
    /// Handles to values and requests that a guest may hold at a time; 10 000 by default.
    pub handles: usize,
    /// Recordings, events and messages of one call together; 10 000 by default.
    pub effects_per_call: usize,
    /// Different meters of one lane; 1 000 by default.
    pub meters: usize,
    /// Calls of a plugin that uses the network that are under way at a time on one worker; 256 by default. Each has an instance of its own.
    pub lanes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            component_bytes: 64 << 20,
            memory_bytes: 64 << 20,
            call_time: Duration::from_millis(100),
            describe_time: Duration::from_secs(5),
            document_bytes: 1 << 20,
            log_bytes_per_second: 64 << 10,
            handles: 10_000,
            effects_per_call: 10_000,
            meters: 1_000,
            lanes: 256,
        }
    }
}

/// A limit that cannot be set.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LimitError {
    /// There is none of this name.
    #[error("there is no limit `{name}`{hint}; there are {}", Limits::NAMES.join(", "))]
    Unknown {
        /// As given.
        name: String,
        /// What was perhaps meant, from a semicolon on.
        hint: String,
    },
    /// Its value makes no sense.
    #[error("the limit `{name}` cannot be `{value}`; write {expected}")]
    Value {
        /// Of the limit.
        name: String,
        /// As given.
        value: String,
        /// A value as it should be.
        expected: &'static str,
    },
}

impl Limits {
    /// The names by which [`Limits::set`] and the errors of guests know the limits.
    pub const NAMES: [&'static str; 10] =
        ["component", "memory", "call-time", "describe-time", "document", "log", "handles", "effects-per-call", "meters", "lanes"];

    /// Sets the limit of a name: times as `250ms`, sizes in bytes or as `64KiB` or `64MiB`, counts as numbers.
    ///
    /// # Errors
    /// See [`LimitError`]; nothing has changed then.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), LimitError> {
        let wrong = |expected| LimitError::Value { name: name.to_owned(), value: value.to_owned(), expected };
        let time = || parse_duration(value).ok().filter(|time| !time.is_zero()).ok_or_else(|| wrong("a time like `250ms` or `1s`"));
        let size = || size(value).ok_or_else(|| wrong("a size like `64KiB`, `128MiB` or a number of bytes"));
        let count = || value.parse().ok().filter(|count| *count > 0).ok_or_else(|| wrong("a whole number above 0"));
        match name {
            "component" => self.component_bytes = size()?,
            "memory" => self.memory_bytes = size()?,
            "call-time" => self.call_time = time()?,
            "describe-time" => self.describe_time = time()?,
            "document" => self.document_bytes = size()?,
            "log" => self.log_bytes_per_second = size()? as u64,
            "handles" => self.handles = count()?,
            "effects-per-call" => self.effects_per_call = count()?,
            "meters" => self.meters = count()?,
            "lanes" => self.lanes = count()?,
            _ => {
                let hint = name_hint(name, Self::NAMES).map(|hint| format!("; {hint}")).unwrap_or_default();
                return Err(LimitError::Unknown { name: name.to_owned(), hint });
            }
        }
        Ok(())
    }
}

/// Bytes, above 0.
fn size(text: &str) -> Option<usize> {
    let (number, unit) = match (text.strip_suffix("KiB"), text.strip_suffix("MiB")) {
        (Some(number), _) => (number, 1 << 10),
        (_, Some(number)) => (number, 1 << 20),
        _ => (text, 1),
    };
    number.trim().parse::<usize>().ok()?.checked_mul(unit).filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_can_be_set() {
        for name in Limits::NAMES {
            let values = ["7s", "7KiB", "7"].map(|value| Limits::default().set(name, value).is_ok());
            assert!(values.contains(&true), "{name}");
        }
        let mut limits = Limits::default();
        limits.set("call-time", "1s").expect("a time");
        limits.set("memory", "128MiB").expect("a size");
        assert_eq!((limits.call_time, limits.memory_bytes), (Duration::from_secs(1), 128 << 20));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let refused = |name, value| Limits::default().set(name, value).expect_err("refused").to_string();
        assert!(refused("cal-time", "1s").starts_with("there is no limit `cal-time`; did you mean `call-time`?"));
        assert_eq!(refused("call-time", "100"), "the limit `call-time` cannot be `100`; write a time like `250ms` or `1s`");
        assert_eq!(refused("memory", "0"), "the limit `memory` cannot be `0`; write a size like `64KiB`, `128MiB` or a number of bytes");
        assert_eq!(refused("meters", "-1"), "the limit `meters` cannot be `-1`; write a whole number above 0");
    }
}
