//! What goes into a statement, and what comes out of it: every type of a database as JSON that keeps it.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value as Json;

/// What a placeholder stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Parameter {
    Null,
    Boolean(bool),
    /// As it is written, with all its digits.
    Number(String),
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object, as JSON text.
    Object(String),
}

impl From<&Json> for Parameter {
    fn from(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Boolean(*value),
            Json::Number(number) => Self::Number(number.to_string()),
            Json::String(text) => Self::Text(text.clone()),
            Json::Array(items) => Self::List(items.clone()),
            Json::Object(_) => Self::Object(json.to_string()),
        }
    }
}

/// A value out of a row, as JSON text: a number with all its digits, a time as text, JSON as it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Cell(pub(crate) String);

impl Cell {
    pub(crate) fn null() -> Self {
        Self("null".to_owned())
    }

    pub(crate) fn boolean(value: bool) -> Self {
        Self(value.to_string())
    }

    pub(crate) fn text(text: &str) -> Self {
        Self(Json::from(text).to_string())
    }

    /// A number by its digits; what JSON has no number for, such as `NaN`, is text.
    pub(crate) fn number(digits: &str) -> Self {
        match serde_json::from_str::<serde_json::Number>(digits) {
            Ok(_) => Self(digits.to_owned()),
            Err(_) => Self::text(digits),
        }
    }

    /// JSON as it is; text where it is none.
    pub(crate) fn json(text: &str) -> Self {
        match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => Self(text.to_owned()),
            Err(_) => Self::text(text),
        }
    }

    /// Bytes in base64.
    pub(crate) fn bytes(bytes: &[u8]) -> Self {
        use base64::Engine as _;
        Self::text(&base64::engine::general_purpose::STANDARD.encode(bytes))
    }

    /// The same value as what a placeholder stands for.
    pub(crate) fn to_parameter(&self) -> Parameter {
        match serde_json::from_str(&self.0) {
            // Its digits, of which a number of the machine would lose some.
            Ok(Json::Number(_)) => Parameter::Number(self.0.clone()),
            Ok(json) => Parameter::from(&json),
            Err(_) => Parameter::Null,
        }
    }
}

/// What a statement came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) columns: Arc<[String]>,
    /// As many cells each as there are columns.
    pub(crate) rows: Vec<Vec<Cell>>,
    /// Rows that were changed; where rows are only read, what the server says of them.
    pub(crate) affected: u64,
}

impl Answer {
    /// A row as an object.
    pub(crate) fn row(&self, row: &[Cell]) -> String {
        let mut text = String::with_capacity(16 * row.len());
        self.write_row(row, &mut text);
        text
    }

    /// All rows as a list of objects.
    pub(crate) fn list(&self) -> String {
        let mut text = String::from("[");
        for (index, row) in self.rows.iter().enumerate() {
            text.push_str(if index > 0 { "," } else { "" });
            self.write_row(row, &mut text);
        }
        text.push(']');
        text
    }

    fn write_row(&self, row: &[Cell], text: &mut String) {
        text.push('{');
        for (index, (column, Cell(cell))) in self.columns.iter().zip(row).enumerate() {
            let comma = if index > 0 { "," } else { "" };
            // Text takes whatever comes.
            let _ = write!(text, "{comma}{}:{cell}", Json::from(column.as_str()));
        }
        text.push('}');
    }

    /// The bytes of all cells.
    pub(crate) fn bytes(&self) -> u64 {
        self.rows.iter().flatten().map(|Cell(cell)| cell.len() as u64).sum()
    }

    /// The position of a column.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_what_they_are() {
        let cell = |cell: Cell| cell.0;
        assert_eq!(cell(Cell::number("12.3400000000000000000001")), "12.3400000000000000000001");
        assert_eq!(cell(Cell::number("NaN")), r#""NaN""#);
        assert_eq!(cell(Cell::json(r#"{"a": 1}"#)), r#"{"a": 1}"#);
        assert_eq!(cell(Cell::json("{")), r#""{""#);
        assert_eq!(cell(Cell::bytes(b"\xff\x00")), r#""/wA=""#);
        assert_eq!(Cell::number("12345678901234567890.5").to_parameter(), Parameter::Number("12345678901234567890.5".to_owned()));
        assert_eq!(Cell::text("a\"b").to_parameter(), Parameter::Text("a\"b".to_owned()));
        assert_eq!(Cell::null().to_parameter(), Parameter::Null);
    }

    #[test]
    fn rows_are_objects() {
        let columns = ["id".to_owned(), "a\"b".to_owned()].into();
        let answer =
            Answer { columns, rows: vec![vec![Cell::number("1"), Cell::null()], vec![Cell::text("x"), Cell::boolean(true)]], affected: 0 };
        assert_eq!(answer.list(), r#"[{"id":1,"a\"b":null},{"id":"x","a\"b":true}]"#);
        assert_eq!(answer.column("a\"b"), Some(1));
    }
}
