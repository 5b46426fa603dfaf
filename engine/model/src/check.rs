//! Declarative checks of a response: `status == 200`, `json:/order/id != null`.

mod holds;
mod parse;
mod pattern;

use std::fmt;
use std::time::Duration;

use crate::duration::format_duration;

pub use holds::Checkable;
pub use parse::CheckError;
pub use pattern::Pattern;

/// What an `assert` step asserts of its input.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What is looked at.
    pub subject: Subject,
    /// What must be true of it.
    pub condition: Condition,
}

/// A part of a value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Subject {
    /// `status`: the status code.
    Status,
    /// `header:NAME`: the first header of this name, in lower case here.
    Header(String),
    /// `body`: as text.
    Body,
    /// `json:POINTER`: a part of the body, or of a plain value; `json:` is the whole.
    Json(String),
    /// `time-to-first-byte`.
    TimeToFirstByte,
    /// `time-to-last-byte`.
    TimeToLastByte,
}

/// What must be true of a subject.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `== 200`, `< 250ms`.
    Compare(Comparison, Operand),
    /// `in 200..299`: both ends belong to it.
    Within(f64, f64),
    /// `contains "text"`: text in text, or an item of a list.
    Contains(String),
    /// `matches "[0-9]+"`: a regular expression that is found somewhere in text.
    Matches(Pattern),
}

/// How two things are compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Comparison {
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    AtMost,
    /// `>`.
    Greater,
    /// `>=`.
    AtLeast,
}

/// What a subject is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// `200`, `1.5`.
    Number(f64),
    /// `"text"`.
    Text(String),
    /// `250ms`.
    Duration(Duration),
    /// `true`.
    Boolean(bool),
    /// `null`: there, and nothing.
    Null,
}

impl fmt::Display for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Subject::Header(name) => write!(formatter, "header:{name}")?,
            Subject::Json(pointer) => write!(formatter, "json:{pointer}")?,
            plain => formatter.write_str(plain.name())?,
        }
        match &self.condition {
            Condition::Compare(comparison, operand) => write!(formatter, " {} {operand}", comparison.symbol()),
            Condition::Within(from, to) => write!(formatter, " in {from}..{to}"),
            Condition::Contains(text) => write!(formatter, " contains {}", Operand::Text(text.clone())),
            Condition::Matches(pattern) => write!(formatter, " matches {}", Operand::Text(pattern.as_str().to_owned())),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Text(text) => write!(formatter, "{}", serde_json::Value::from(text.as_str())),
            Self::Duration(duration) => formatter.write_str(&format_duration(*duration)),
            Self::Boolean(boolean) => write!(formatter, "{boolean}"),
            Self::Null => formatter.write_str("null"),
        }
    }
}

impl Subject {
    /// Without its argument.
    fn name(&self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Header(_) => "header:NAME",
            Self::Body => "body",
            Self::Json(_) => "json:POINTER",
            Self::TimeToFirstByte => "time-to-first-byte",
            Self::TimeToLastByte => "time-to-last-byte",
        }
    }
}

impl Comparison {
    /// Longest first, so that the first one that fits is right.
    pub(crate) const SYMBOLS: [(&'static str, Self); 6] =
        [("==", Self::Equal), ("!=", Self::NotEqual), ("<=", Self::AtMost), (">=", Self::AtLeast), ("<", Self::Less), (">", Self::Greater)];

    pub(crate) fn symbol(self) -> &'static str {
        Self::SYMBOLS.iter().find(|(_, comparison)| *comparison == self).map_or("", |(symbol, _)| symbol)
    }
}
