//! The least level of events that somebody wants.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The least level of events that are wanted, or that none are.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventLevel {
    /// All.
    Trace,
    /// All but the finest detail.
    Debug,
    /// Life cycle and what is more serious.
    Info,
    /// What will surprise someone, and harm.
    Warn,
    /// Harm.
    Error,
    /// None at all.
    Off,
}

/// A text that is no level.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is not a level; write `trace`, `debug`, `info`, `warn`, `error` or `off`")]
pub struct UnknownLevel(pub String);

impl EventLevel {
    /// All levels, and none.
    pub const ALL: [Self; 6] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Off];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Off => "off",
        }
    }
}

impl fmt::Display for EventLevel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for EventLevel {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        Self::ALL.into_iter().find(|level| level.name() == text).ok_or_else(|| UnknownLevel(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_by_their_names() {
        for level in EventLevel::ALL {
            assert_eq!(level.name().parse(), Ok(level));
        }
        let error = "inof".parse::<EventLevel>().expect_err("no level");
        assert_eq!(error.to_string(), "`inof` is not a level; write `trace`, `debug`, `info`, `warn`, `error` or `off`");
    }
}
