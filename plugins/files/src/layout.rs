//! The columns of one CSV file, and the JSON that a row becomes.

use serde_json::Value as Json;

use crate::columns::{Column, ColumnType};
use crate::records::{Bad, not_text};
use crate::rows::Row;

/// Whether blanks around fields belong to them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Blanks {
    Kept,
    Trimmed,
}

/// The columns of a file, in its order.
#[derive(Debug)]
pub(crate) struct Layout {
    columns: Vec<KeyedColumn>,
    blanks: Blanks,
    /// Who says how many columns there are.
    authority: Authority,
}

/// Who says which columns there are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Authority {
    Header,
    Columns,
}

#[derive(Debug)]
struct KeyedColumn {
    column: Column,
    /// The name as JSON, with what stands before and after it in an object.
    key: String,
}

impl Layout {
    /// These columns, in this order.
    pub(crate) fn new(columns: Vec<Column>, authority: Authority, blanks: Blanks) -> Self {
        let keyed = |(index, column): (usize, Column)| {
            let opening = if index == 0 { "{" } else { "," };
            KeyedColumn { key: format!("{opening}{}:", Json::from(column.name.as_str())), column }
        };
        Self { columns: columns.into_iter().enumerate().map(keyed).collect(), blanks, authority }
    }

    /// The row as a JSON object; `json` is where it is written.
    ///
    /// # Errors
    /// What is wrong with the row.
    pub(crate) fn write(&self, row: Row<'_>, json: &mut Vec<u8>) -> Result<(), Bad> {
        if row.len() != self.columns.len() {
            let authority = if self.authority == Authority::Header { "the header has" } else { "`columns` names" };
            let message = format!(
                "the row has {} fields, {authority} {}; correct the row, put fields that hold the delimiter in quotes, or set `delimiter`",
                row.len(),
                self.columns.len()
            );
            return Err(Bad::at_line(row.line, message));
        }
        json.clear();
        for (KeyedColumn { column, key }, field) in self.columns.iter().zip(row.fields()) {
            json.extend_from_slice(key.as_bytes());
            write_field(field, column, self.blanks, json).map_err(|message| Bad::at_line(row.line, message))?;
        }
        json.extend_from_slice(if self.columns.is_empty() { b"{}" } else { b"}" });
        Ok(())
    }
}

fn write_field(field: &[u8], column: &Column, blanks: Blanks, json: &mut Vec<u8>) -> Result<(), String> {
    let text = std::str::from_utf8(field).map_err(|error| not_text(&format!("the column `{}`", column.name), error))?;
    let text = if blanks == Blanks::Trimmed { text.trim() } else { text };
    if text.is_empty() && column.nullable {
        json.extend_from_slice(b"null");
        return Ok(());
    }
    match &column.kind {
        ColumnType::Text => write_text(text, json),
        ColumnType::Integer => match text.parse::<i64>() {
            Ok(integer) => write_json(&integer.into(), json),
            Err(_) => return Err(wrong(text, column, "an integer")),
        },
        ColumnType::Number => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(integer), _) => write_json(&integer.into(), json),
            (_, Ok(number)) if number.is_finite() => write_json(&number.into(), json),
            _ => return Err(wrong(text, column, "a number")),
        },
        ColumnType::Boolean if text.eq_ignore_ascii_case("true") => json.extend_from_slice(b"true"),
        ColumnType::Boolean if text.eq_ignore_ascii_case("false") => json.extend_from_slice(b"false"),
        ColumnType::Boolean => return Err(wrong(text, column, "`true` or `false`")),
        // As it is written: reading it is its check.
        ColumnType::Json => match serde_json::from_str::<Json>(text) {
            Ok(_) => json.extend_from_slice(text.trim().as_bytes()),
            Err(error) => return Err(format!("{} ({error})", wrong(text, column, "JSON"))),
        },
        ColumnType::List { separator } => {
            json.push(b'[');
            for (index, item) in text.split(separator.as_str()).filter(|_| !text.is_empty()).enumerate() {
                if index > 0 {
                    json.push(b',');
                }
                write_text(if blanks == Blanks::Trimmed { item.trim() } else { item }, json);
            }
            json.push(b']');
        }
    }
    Ok(())
}

fn wrong(text: &str, column: &Column, expected: &str) -> String {
    let name = &column.name;
    if text.is_empty() {
        return format!("the column `{name}` is empty where {expected} is expected; `\"nullable\": true` of the column makes it null");
    }
    let shown: String = text.chars().take(40).collect();
    let cut = if shown.len() < text.len() { "…" } else { "" };
    let remedy = match text.trim() == text {
        true => "correct it, or make the column's type `text`",
        false => "set `trim` to true",
    };
    format!("the column `{name}` is `{}{cut}` where {expected} is expected; {remedy}", shown.escape_debug())
}

fn write_text(text: &str, json: &mut Vec<u8>) {
    // Writing text into memory does not fail.
    let _ = serde_json::to_writer(json, text);
}

fn write_json(value: &Json, json: &mut Vec<u8>) {
    let _ = serde_json::to_writer(json, value);
}
