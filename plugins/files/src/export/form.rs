//! How records are written: as JSON lines, or as rows of one kind.

use throng_measure::Record;
use throng_model::RecordKinds;

use super::{json_lines, rows};

/// How records are written, and which.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    JsonLines(RecordKinds),
    Meters,
    Events,
}

impl Form {
    /// JSON lines of whatever is asked for.
    pub(super) fn json_lines(records: Option<RecordKinds>) -> Self {
        Self::JsonLines(records.unwrap_or(RecordKinds::All))
    }

    /// Rows: of meters when nothing is said. Meters and events have different columns.
    pub(super) fn csv(records: Option<RecordKinds>) -> Result<Self, &'static str> {
        match records {
            None | Some(RecordKinds::Meters) => Ok(Self::Meters),
            Some(RecordKinds::Events) => Ok(Self::Events),
            Some(RecordKinds::All) => Err("a CSV file cannot have both meters and events, whose columns differ"),
        }
    }

    pub(super) fn records(self) -> RecordKinds {
        match self {
            Self::JsonLines(records) => records,
            Self::Meters => RecordKinds::Meters,
            Self::Events => RecordKinds::Events,
        }
    }

    /// What a file begins with.
    pub(super) fn header(self) -> Vec<u8> {
        match self {
            Self::JsonLines(_) => Vec::new(),
            Self::Meters => rows::lines([rows::meter_header()]),
            Self::Events => rows::lines([rows::event_header()]),
        }
    }

    /// A line for each record.
    pub(super) fn lines(self, batch: &[Record]) -> Vec<u8> {
        match self {
            Self::JsonLines(_) => json_lines::lines(batch),
            Self::Meters | Self::Events => rows::lines(batch.iter().map(rows::row)),
        }
    }
}
