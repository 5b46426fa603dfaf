//! The kind `csv`: each row as a JSON object.

use std::io;

use throng_model::name_hint;
use throng_protocols::Value;

use crate::columns::Column;
use crate::error::FileError;
use crate::input::Input;
use crate::layout::{Authority, Blanks, Layout};
use crate::records::{Bad, Found, Records, not_text};
use crate::rows::{Punctuation, Row, RowSplitter};

/// How a CSV file is to be read.
#[derive(Debug)]
pub(crate) struct CsvPlan {
    pub(crate) punctuation: Punctuation,
    pub(crate) columns: ColumnPlan,
    pub(crate) blanks: Blanks,
    pub(crate) max_length: usize,
}

/// Where the columns' names are from.
#[derive(Debug)]
pub(crate) enum ColumnPlan {
    /// From the file's first row; the document says more about some of them.
    Header(Vec<Column>),
    /// From the document, by position.
    Positions(Vec<Column>),
}

impl CsvPlan {
    /// Reads the header, if there shall be one.
    ///
    /// # Errors
    /// There is none, or it is not what the document says.
    pub(crate) fn start(&self, input: &mut Input) -> Result<CsvRecords, FileError> {
        let mut rows = RowSplitter::new(self.punctuation, self.max_length);
        let layout = match &self.columns {
            ColumnPlan::Positions(columns) => Layout::new(columns.clone(), Authority::Columns, self.blanks),
            ColumnPlan::Header(known) => Layout::new(self.read_header(known, &mut rows, input)?, Authority::Header, self.blanks),
        };
        Ok(CsvRecords { rows, layout, json: Vec::new() })
    }

    fn read_header(&self, known: &[Column], rows: &mut RowSplitter, input: &mut Input) -> Result<Vec<Column>, FileError> {
        loop {
            match rows.next(input)? {
                Found::Unfinished => {}
                Found::End => return Err(FileError::NoHeader),
                Found::One(row) => return self.columns_of(row, known),
                Found::Bad(bad) => {
                    let hint = "correct the header, or set `header` to false and name the `columns`".to_owned();
                    return Err(FileError::Header { line: bad.line, message: bad.message, hint });
                }
            }
        }
    }

    fn columns_of(&self, row: Row<'_>, known: &[Column]) -> Result<Vec<Column>, FileError> {
        let fault = |message: String, hint: String| FileError::Header { line: row.line, message, hint };
        let mut columns = Vec::<Column>::with_capacity(row.len());
        for field in row.fields() {
            let name = std::str::from_utf8(field);
            let name = name.map_err(|error| fault(not_text("the header", error), "only UTF-8 can be read".to_owned()))?;
            let name = if self.blanks == Blanks::Trimmed { name.trim() } else { name };
            if columns.iter().any(|other| other.name == name) {
                let hint = "rename one, or set `header` to false and name the `columns`".to_owned();
                return Err(fault(format!("the header has two columns `{name}`"), hint));
            }
            let column = known.iter().find(|column| column.name == name);
            columns.push(column.cloned().unwrap_or_else(|| Column::text(name)));
        }
        let names = columns.iter().map(|column| column.name.as_str());
        match known.iter().find(|column| !columns.contains(column)) {
            None => Ok(columns),
            Some(missing) => {
                let hint = name_hint(&missing.name, names).unwrap_or_else(|| "correct `columns`".to_owned());
                Err(fault(format!("the header has no column `{}`, which is among the `columns`", missing.name), hint))
            }
        }
    }
}

/// The rows of a file as records.
#[derive(Debug)]
pub(crate) struct CsvRecords {
    rows: RowSplitter,
    layout: Layout,
    /// Where a record is put together.
    json: Vec<u8>,
}

impl Records for CsvRecords {
    fn next(&mut self, input: &mut Input) -> io::Result<Found<Value>> {
        let Self { rows, layout, json } = self;
        Ok(rows.next(input)?.and_then(|row| {
            layout.write(row, json)?;
            let json = std::str::from_utf8(json).map_err(|error| Bad::at_line(row.line, not_text("the row", error)))?;
            Ok(Value::Json(json.into()))
        }))
    }
}
