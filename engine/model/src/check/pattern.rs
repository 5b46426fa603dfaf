//! Regular expressions of checks.

use std::str::FromStr;

use regex::{Regex, RegexBuilder};

/// Bytes that a compiled expression may take: counted repetitions of counted repetitions are told from mistakes.
const SIZE_LIMIT: usize = 1 << 20;

/// A regular expression, found in time that is linear in the text. Two are the same when they are written the same.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is found somewhere in a text.
    pub fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl FromStr for Pattern {
    type Err = String;

    /// # Errors
    /// What is wrong with the expression, in one line.
    fn from_str(text: &str) -> Result<Self, String> {
        let reason = |error: regex::Error| {
            let told = error.to_string();
            told.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
        };
        RegexBuilder::new(text).size_limit(SIZE_LIMIT).build().map(Self).map_err(reason)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}
