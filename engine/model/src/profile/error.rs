//! Why a profile cannot be read, or its lines cannot be planned.

use std::fmt;

use super::lines::MAX_EMPTY_LINES;

/// Why a profile cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProfileError {
    /// It cannot be read.
    #[error("{message} at {place}{}", .hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
    Syntax {
        /// Where.
        place: ProfilePlace,
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// The speed factor is out of range.
    #[error("the speed factor is {0}; it must be above 0 and at most 999")]
    Speed(f64),
    /// The speed turns `faster` into slower without bound.
    #[error("at this speed the accelerator is {0}, which makes every period longer; give the profile a `max-period`")]
    Slowing(f64),
    /// The curve is so low that it starts nobody.
    #[error("the profile starts nobody; make it longer or its rate higher")]
    Nobody,
    /// More minions than there are numbers for them.
    #[error("the profile starts {0} minions, more than {max}; make it shorter or its rate lower", max = u32::MAX)]
    TooMany(u64),
    /// Lines ended before everybody had one.
    #[error("the profile leaves {0} minions without a start; let it start more, or give the scenario fewer minions")]
    LeftOver(u64),
    /// The user's profile goes on without starting anybody.
    #[error("more than {MAX_EMPTY_LINES} starting lines of 0 minions in a row; let the profile's callback answer a count above 0")]
    EmptyLines,
    /// The user's callback failed.
    #[error("the profile's callback failed: {0}")]
    User(String),
}

/// Where in a written profile something is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ProfilePlace {
    /// In text: the character's position, from 1.
    Column(usize),
    /// In JSON: the pointer.
    Pointer(String),
}

impl fmt::Display for ProfilePlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(column) => write!(formatter, "column {column}"),
            Self::Pointer(pointer) if pointer.is_empty() => formatter.write_str("the top"),
            Self::Pointer(pointer) => formatter.write_str(pointer),
        }
    }
}
