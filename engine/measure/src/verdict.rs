//! What a campaign came to.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a campaign, or one of its scenarios, came to; the worst wins, and greater is worse.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All went as asked.
    #[default]
    Successful,
    /// All went as asked, and there is something to look at.
    Warning,
    /// Something was not as asked.
    Failed,
    /// It was ended before its time.
    Aborted,
    /// The generator itself was not fit: the figures say nothing about the target, good or bad.
    Void,
}

impl Verdict {
    /// The exit code of `throng run`.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Successful | Self::Warning => 0,
            Self::Failed => 1,
            Self::Aborted => 3,
            Self::Void => 4,
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Successful => "successful",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
            Self::Void => "void",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_the_greatest() {
        let all = [Verdict::Warning, Verdict::Void, Verdict::Successful, Verdict::Aborted, Verdict::Failed];
        assert_eq!(all.into_iter().max(), Some(Verdict::Void));
        let mut sorted = all;
        sorted.sort();
        assert_eq!(sorted.map(Verdict::exit_code), [0, 0, 1, 3, 4]);
    }
}
