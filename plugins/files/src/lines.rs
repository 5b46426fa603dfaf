//! Lines of a file, and the kind `lines`.

use std::io;

use memchr::memchr;
use throng_protocols::Value;

use crate::input::Input;
use crate::records::{Bad, Found, Records, not_text, too_long};

/// Finds lines, which end with LF or CR LF. Holds one line at a time.
#[derive(Debug)]
pub(crate) struct LineSplitter {
    limit: usize,
    line: Vec<u8>,
    is_too_long: bool,
    /// The line handed out last is still held.
    is_done: bool,
    number: u64,
}

impl LineSplitter {
    /// Beginning with this line number; lines of more bytes than the limit are too long.
    pub(crate) fn new(first: u64, limit: usize) -> Self {
        Self { limit, line: Vec::new(), is_too_long: false, is_done: true, number: first.saturating_sub(1) }
    }

    /// The next line without its end, and its number.
    pub(crate) fn next(&mut self, input: &mut Input) -> io::Result<Found<(u64, &[u8])>> {
        if self.is_done {
            self.line.clear();
            self.is_too_long = false;
        }
        let chunk = input.chunk()?;
        if chunk.is_empty() {
            let is_line = !self.is_done && (self.is_too_long || !self.line.is_empty());
            self.is_done = true;
            return Ok(if is_line { self.found() } else { Found::End });
        }
        let end = memchr(b'\n', chunk);
        let piece = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or(chunk);
        // One more for the carriage return, of which is not yet known whether it belongs to the line's end.
        if self.line.len() + piece.len() > self.limit + 1 {
            self.is_too_long = true;
            self.line.clear();
        }
        if !self.is_too_long {
            self.line.extend_from_slice(piece);
        }
        let consumed = piece.len() + usize::from(end.is_some());
        input.consume(consumed);
        self.is_done = end.is_some();
        Ok(if self.is_done { self.found() } else { Found::Unfinished })
    }

    fn found(&mut self) -> Found<(u64, &[u8])> {
        self.number += 1;
        let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        match self.is_too_long || line.len() > self.limit {
            true => Found::Bad(Bad::at_line(self.number, too_long("the line", self.limit))),
            false => Found::One((self.number, line)),
        }
    }

    #[cfg(test)]
    pub(crate) fn held_bytes(&self) -> usize {
        self.line.capacity()
    }
}

/// Whether a line counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Blank {
    Kept,
    Skipped,
}

/// Each line as a text.
#[derive(Debug)]
pub(crate) struct TextLines {
    pub(crate) lines: LineSplitter,
    pub(crate) blank: Blank,
}

impl Records for TextLines {
    fn next(&mut self, input: &mut Input) -> io::Result<Found<Value>> {
        Ok(match self.lines.next(input)? {
            Found::One((_, line)) if self.blank == Blank::Skipped && line.trim_ascii().is_empty() => Found::Unfinished,
            found => found.and_then(|(number, line)| text_of(line, number)),
        })
    }
}

fn text_of(line: &[u8], number: u64) -> Result<Value, Bad> {
    let text = std::str::from_utf8(line).map_err(|error| Bad::at_line(number, not_text("the line", error)))?;
    Ok(Value::Text(text.into()))
}
