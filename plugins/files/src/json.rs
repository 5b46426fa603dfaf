//! The kind `json`: a value of each line, or of each item of an array.

use std::io;

use serde_json::Value as Json;
use throng_protocols::Value;

use crate::array::{ItemSplitter, is_blank};
use crate::error::FileError;
use crate::input::Input;
use crate::lines::LineSplitter;
use crate::records::{Bad, Found, Records, not_text};

/// How a JSON file is to be read.
#[derive(Debug)]
pub(crate) struct JsonPlan {
    /// None: an array if the file begins with `[`, else lines.
    pub(crate) format: Option<JsonFormat>,
    /// What is taken of each value; "" is the whole.
    pub(crate) pointer: String,
    pub(crate) max_length: usize,
}

/// How values are laid out in a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum JsonFormat {
    Lines,
    Array,
}

impl JsonPlan {
    /// Finds out about the format.
    ///
    /// # Errors
    /// There shall be an array, and there is none.
    pub(crate) fn start(&self, input: &mut Input) -> Result<JsonRecords, FileError> {
        let first = first_byte(input)?;
        let line = input.position().line;
        let format = self.format.unwrap_or(if first == Some(b'[') { JsonFormat::Array } else { JsonFormat::Lines });
        let splitter = match (format, first) {
            (JsonFormat::Lines, _) => Splitter::Lines(LineSplitter::new(line, self.max_length)),
            (JsonFormat::Array, Some(b'[')) => Splitter::Items(ItemSplitter::new(self.max_length)),
            (JsonFormat::Array, _) => return Err(FileError::NoArray { line }),
        };
        Ok(JsonRecords { splitter, pointer: self.pointer.clone() })
    }
}

/// The first byte that is not blank; those before it are skipped.
fn first_byte(input: &mut Input) -> io::Result<Option<u8>> {
    loop {
        input.skip_while(is_blank)?;
        match input.chunk()?.first() {
            Some(&byte) if is_blank(byte) => {}
            found => return Ok(found.copied()),
        }
    }
}

/// The values of a file as records.
#[derive(Debug)]
pub(crate) struct JsonRecords {
    splitter: Splitter,
    pointer: String,
}

#[derive(Debug)]
enum Splitter {
    Lines(LineSplitter),
    Items(ItemSplitter),
}

impl Records for JsonRecords {
    fn next(&mut self, input: &mut Input) -> io::Result<Found<Value>> {
        let pointer = self.pointer.as_str();
        match &mut self.splitter {
            Splitter::Lines(lines) => Ok(match lines.next(input)? {
                Found::One((_, line)) if line.iter().copied().all(is_blank) => Found::Unfinished,
                found => found.and_then(|(number, line)| value_of(line, pointer, number, 1)),
            }),
            Splitter::Items(items) => Ok(items.next(input)?.and_then(|(start, item)| value_of(item, pointer, start.line, start.column))),
        }
    }
}

/// Reads a value that begins at this place.
fn value_of(bytes: &[u8], pointer: &str, line: u64, column: u64) -> Result<Value, Bad> {
    let text = std::str::from_utf8(bytes).map_err(|error| Bad { line, column: Some(column), message: not_text("the value", error) })?;
    let json: Json = serde_json::from_str(text).map_err(|error| broken(&error, line, column))?;
    if pointer.is_empty() {
        return Ok(match &json {
            // As it is written, so that no number changes.
            Json::Object(_) | Json::Array(_) => Value::Json(text.trim().into()),
            scalar => Value::from_json(scalar),
        });
    }
    match json.pointer(pointer) {
        Some(part) => Ok(Value::from_json(part)),
        None => {
            let message = format!("the value has nothing under `{pointer}`; correct it, or the option `pointer`");
            Err(Bad { line, column: Some(column), message })
        }
    }
}

/// The error's place is inside of the value.
fn broken(error: &serde_json::Error, line: u64, column: u64) -> Bad {
    let (inner_line, inner_column) = (error.line() as u64, error.column() as u64);
    let whole = error.to_string();
    let message = whole.strip_suffix(&format!(" at line {inner_line} column {inner_column}")).unwrap_or(&whole);
    let column = if inner_line <= 1 { column + inner_column.saturating_sub(1) } else { inner_column.max(1) };
    Bad { line: line + inner_line.saturating_sub(1), column: Some(column), message: format!("this is not JSON: {message}; correct it") }
}
