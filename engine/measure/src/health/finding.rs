//! What is found of the generator, with all that a person or a program needs to act on it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Reason, Verdict, humane};

/// What a finding is about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// Actual − intended start.
    StartLag,
    /// Starts that were made of those that were intended.
    Starts,
    /// A worker's loop that stood still.
    Stall,
    /// A worker's use of its processor.
    Processor,
    /// Processor time that the machine's host took away.
    Stolen,
    /// Time in which the container's quota held the process back.
    Throttled,
    /// Resident memory, of what there is to use.
    Memory,
    /// What a join dropped for want of room.
    Join,
    /// File descriptors.
    Descriptors,
    /// Local ports.
    Ports,
    /// Traps, missed deadlines and memory refusals of guests.
    Guest,
}

/// Something about the generator that bears on the verdict.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What it is about.
    pub signal: Signal,
    /// `warning` or `void`.
    pub level: Verdict,
    /// The value: nanoseconds, a share from 0 to 1, or a count.
    pub value: f64,
    /// The limit that it broke, in the same unit.
    pub limit: f64,
    /// Since when, in nanoseconds since the campaign's start; none if that is not known.
    pub since: Option<u64>,
    /// What was found, for people: what, how much, against which limit.
    pub told: String,
    /// Why, for people; none if that is not known.
    pub cause: Option<String>,
    /// What to do about it, for people.
    pub remedy: String,
}

impl Finding {
    /// All of it in one line.
    pub fn text(&self) -> String {
        let mut text = self.told.clone();
        if let Some(since) = self.since {
            text.push_str(&format!(", since {}", humane::duration(since)));
        }
        let more = self.cause.iter().chain(Some(&self.remedy).filter(|remedy| !remedy.is_empty()));
        more.for_each(|more| text.push_str(&format!("; {more}")));
        text
    }

    /// As a reason of the verdict.
    pub(crate) fn reason(&self) -> Reason {
        Reason { verdict: self.level, text: self.text() }
    }
}
