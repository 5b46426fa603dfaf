//! Rows of a CSV file, as fields in bytes.

use std::io;

use csv_core::ReadRecordResult;

use crate::input::Input;
use crate::records::{Bad, Found, too_long};

/// Finds rows; those without a byte between two line ends are none. Holds one row at a time.
#[derive(Debug)]
pub(crate) struct RowSplitter {
    parser: csv_core::Reader,
    limit: usize,
    /// The fields' bytes, one after another; only the first `length` are the row's.
    bytes: Vec<u8>,
    length: usize,
    /// Where in `bytes` each field ends; only the first `fields` are the row's.
    ends: Vec<usize>,
    fields: usize,
    /// Bytes of the file that the row has taken so far.
    taken: usize,
    /// The line at which the row begins; none before its first byte.
    line: Option<u64>,
}

/// A row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    /// The line at which it begins.
    pub(crate) line: u64,
    bytes: &'a [u8],
    ends: &'a [usize],
}

/// What stands between fields, and around those that hold it themselves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Punctuation {
    pub(crate) delimiter: u8,
    /// None: a quote is a character like any other.
    pub(crate) quote: Option<u8>,
}

impl RowSplitter {
    /// Rows that take more bytes of the file than the limit are too long.
    pub(crate) fn new(punctuation: Punctuation, limit: usize) -> Self {
        let mut builder = csv_core::ReaderBuilder::new();
        builder.delimiter(punctuation.delimiter);
        match punctuation.quote {
            Some(quote) => builder.quote(quote),
            None => builder.quoting(false),
        };
        let (bytes, ends) = (vec![0; 1 << 10], vec![0; 16]);
        Self { parser: builder.build(), limit, bytes, length: 0, ends, fields: 0, taken: 0, line: None }
    }

    /// The next row.
    pub(crate) fn next(&mut self, input: &mut Input) -> io::Result<Found<Row<'_>>> {
        if self.line.is_none() {
            // The parser would skip these too, and would not say where the row begins.
            input.skip_while(|byte| matches!(byte, b'\r' | b'\n'))?;
            (self.length, self.fields, self.taken) = (0, 0, 0);
        }
        let line = input.position().line;
        let chunk = input.chunk()?;
        if self.line.is_none() {
            match chunk.first() {
                None => return Ok(Found::End),
                Some(b'\r' | b'\n') => return Ok(Found::Unfinished),
                Some(_) => {}
            }
        }
        let line = *self.line.get_or_insert(line);
        let mut rest = chunk;
        let is_whole = loop {
            let (bytes, ends) = match self.is_too_long() {
                // The row is read to its end all the same, over and over the same place.
                true => (self.bytes.as_mut_slice(), self.ends.as_mut_slice()),
                false => (self.bytes.get_mut(self.length..).unwrap_or_default(), self.ends.get_mut(self.fields..).unwrap_or_default()),
            };
            let (result, taken, written, ended) = self.parser.read_record(rest, bytes, ends);
            rest = rest.get(taken..).unwrap_or_default();
            self.taken += taken;
            if !self.is_too_long() {
                self.length += written;
                self.fields += ended;
            }
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => break true,
                ReadRecordResult::InputEmpty => break false,
                ReadRecordResult::OutputFull if !self.is_too_long() => self.bytes.resize(self.bytes.len() * 2, 0),
                ReadRecordResult::OutputEndsFull if !self.is_too_long() => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {}
            }
        };
        let consumed = chunk.len() - rest.len();
        input.consume(consumed);
        if !is_whole {
            return Ok(Found::Unfinished);
        }
        self.line = None;
        if self.is_too_long() {
            let message = format!("{}; if it is not meant to be, a closing quote is missing", too_long("the row", self.limit));
            return Ok(Found::Bad(Bad::at_line(line, message)));
        }
        let row =
            Row { line, bytes: self.bytes.get(..self.length).unwrap_or_default(), ends: self.ends.get(..self.fields).unwrap_or_default() };
        Ok(Found::One(row))
    }

    fn is_too_long(&self) -> bool {
        self.taken > self.limit
    }

    #[cfg(test)]
    pub(crate) fn held_bytes(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<usize>()
    }
}

impl<'a> Row<'a> {
    /// How many fields it has.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The fields in their order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &'a [u8]> {
        let Self { bytes, ends, .. } = *self;
        let starts = std::iter::once(0).chain(ends.iter().copied());
        starts.zip(ends).map(move |(start, end)| bytes.get(start..*end).unwrap_or_default())
    }
}
