//! What all ways of reading a file have in common: they find records, and some of those are bad.

use std::io;

use throng_protocols::Value;

use crate::input::{Input, Position};

/// A way of reading a file.
pub(crate) trait Records {
    /// Reads on, by one record or one chunk at most.
    ///
    /// # Errors
    /// The file cannot be read any more.
    fn next(&mut self, input: &mut Input) -> io::Result<Found<Value>>;
}

/// What reading on came to.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Found<T> {
    One(T),
    /// A record, but not what it should be.
    Bad(Bad),
    /// No record yet: there is more to read.
    Unfinished,
    /// The file has ended.
    End,
}

impl<T> Found<T> {
    /// What is made of a record; that can go wrong.
    pub(crate) fn and_then<U>(self, make: impl FnOnce(T) -> Result<U, Bad>) -> Found<U> {
        match self {
            Self::One(record) => make(record).map_or_else(Found::Bad, Found::One),
            Self::Bad(bad) => Found::Bad(bad),
            Self::Unfinished => Found::Unfinished,
            Self::End => Found::End,
        }
    }
}

/// What is wrong with a record, and where.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Bad {
    pub(crate) line: u64,
    /// In bytes, from 1; none where the line says enough.
    pub(crate) column: Option<u64>,
    /// What is wrong, and what to do about it.
    pub(crate) message: String,
}

impl Bad {
    /// At a line.
    pub(crate) fn at_line(line: u64, message: impl Into<String>) -> Self {
        Self { line, column: None, message: message.into() }
    }

    /// At a place in a line.
    pub(crate) fn at(position: Position, message: impl Into<String>) -> Self {
        Self { line: position.line, column: Some(position.column), message: message.into() }
    }

    /// With the file's name, as people read it.
    pub(crate) fn describe(&self, file: &str) -> String {
        match self.column {
            Some(column) => format!("{file}:{}:{column}: {}", self.line, self.message),
            None => format!("{file}:{}: {}", self.line, self.message),
        }
    }
}

/// What is said of a record that is too long.
pub(crate) fn too_long(what: &str, limit: usize) -> String {
    format!("{what} is longer than {limit} bytes; `max-length` allows more")
}

/// What is said of bytes that are not text.
pub(crate) fn not_text(what: &str, error: std::str::Utf8Error) -> String {
    format!("{what} is not UTF-8 from byte {} on; convert the file, such as by `iconv -f LATIN1 -t UTF-8`", error.valid_up_to() + 1)
}
