//! Files whose records are a source, and how they are read.

use serde_json::{Map, Value as Json, json};

use crate::Feed;
use crate::carry::{BySerde, Carry};
use crate::draft::Config;
use crate::read::Read;

/// The rows of a CSV file: a path, or a [`CsvFile`] that says more. Each row is an object of the names in the file's head; all fields are
/// text unless the [columns](CsvFile::column) say otherwise.
///
/// ```
/// use throng::{Column, CsvFile, csv};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { name: String, age: Option<u8> }
///
/// let users = csv::<User>(CsvFile::at("users.csv").delimiter(';').column("age", Column::Integer.or_null()));
/// ```
pub fn csv<T: Carry<BySerde>>(file: impl Into<CsvFile>) -> Feed<T> {
    begin("csv", file.into().0)
}

/// The values of a JSON file: a path, or a [`JsonFile`] that says more. They are the items of its list, or one a line.
pub fn json_file<T: Carry<BySerde>>(file: impl Into<JsonFile>) -> Feed<T> {
    begin("json", file.into().0)
}

/// The elements at a path of an XML file. Attributes are under their name with `@` before it, children under their name, text beside them
/// under `#text`; an element with neither is its text.
pub fn xml<T: Carry<BySerde>>(file: XmlFile) -> Feed<T> {
    begin("xml", file.0)
}

/// The lines of a text file: a path, or a [`TextFile`] that says more.
pub fn lines(file: impl Into<TextFile>) -> Feed<String> {
    begin("lines", file.into().0)
}

fn begin<T: Carry<BySerde>>(kind: &'static str, options: Map<String, Json>) -> Feed<T> {
    Feed::begin(kind, Config::Constant(options.into()), Read::carried())
}

/// What becomes of a record that is not what it should be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BadRecords {
    /// It is an error of the source, counted and reported with its place in the file: the default.
    Count,
    /// It is left out.
    Ignore,
    /// The campaign fails.
    Fail,
}

macro_rules! options_of_files {
    ($name:ident) => {
        impl $name {
            fn with(mut self, option: &str, value: impl Into<Json>) -> Self {
                self.0.insert(option.to_owned(), value.into());
                self
            }

            /// What becomes of a record that is not what it should be.
            pub fn bad_records(self, bad: BadRecords) -> Self {
                let written = match bad {
                    BadRecords::Count => "count",
                    BadRecords::Ignore => "ignore",
                    BadRecords::Fail => "fail",
                };
                self.with("bad-records", written)
            }

            /// The bytes that a record may take; 1 MiB unless told otherwise. A longer one is a bad record.
            pub fn max_length(self, bytes: u64) -> Self {
                self.with("max-length", bytes)
            }
        }
    };
}

macro_rules! file {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        #[must_use = "a file is read by a source"]
        pub struct $name(Map<String, Json>);

        options_of_files!($name);

        impl $name {
            /// The file at this path; a relative one begins at the folder of the scenario's file.
            pub fn at(path: impl Into<String>) -> Self {
                Self(Map::from_iter([("file".to_owned(), Json::String(path.into()))]))
            }
        }

        impl From<&str> for $name {
            fn from(path: &str) -> Self {
                Self::at(path)
            }
        }

        impl From<String> for $name {
            fn from(path: String) -> Self {
                Self::at(path)
            }
        }
    };
}

file!(
    /// A CSV file, for [`csv`].
    CsvFile
);
file!(
    /// A JSON file, for [`json_file`].
    JsonFile
);
file!(
    /// A text file, for [`lines`].
    TextFile
);

/// An XML file, for [`xml`].
#[derive(Clone, Debug)]
#[must_use = "a file is read by a source"]
pub struct XmlFile(Map<String, Json>);

options_of_files!(XmlFile);

impl XmlFile {
    /// The file at this path, whose elements at `path` are the records: `XmlFile::at("orders.xml", "/orders/order")`.
    pub fn at(file: impl Into<String>, path: impl Into<String>) -> Self {
        Self(Map::from_iter([("file".to_owned(), Json::String(file.into())), ("path".to_owned(), Json::String(path.into()))]))
    }
}

impl CsvFile {
    /// The character between fields; `,` unless told otherwise.
    pub fn delimiter(self, delimiter: char) -> Self {
        self.with("delimiter", delimiter.to_string())
    }

    /// The character around fields that hold delimiters, line ends or quotes; `"` unless told otherwise.
    pub fn quote(self, quote: char) -> Self {
        self.with("quote", quote.to_string())
    }

    /// No character stands around fields.
    pub fn without_quotes(self) -> Self {
        self.with("quote", "")
    }

    /// The first row is a record, too: name all columns, in order.
    pub fn without_header(self) -> Self {
        self.with("header", false)
    }

    /// What the fields of a column are.
    pub fn column(mut self, name: impl Into<String>, column: impl Into<ColumnOptions>) -> Self {
        let ColumnOptions(mut options) = column.into();
        options.insert("name".to_owned(), Json::String(name.into()));
        if let Some(columns) = self.0.entry("columns").or_insert_with(|| json!([])).as_array_mut() {
            columns.push(options.into());
        }
        self
    }

    /// Blanks around fields, and around names in the header, are left out.
    pub fn trim(self) -> Self {
        self.with("trim", true)
    }
}

impl JsonFile {
    /// The record is what is under this JSON pointer in each value.
    pub fn pointer(self, pointer: impl Into<String>) -> Self {
        self.with("pointer", pointer.into())
    }

    /// One value a line; otherwise the file says so by not beginning with `[`.
    pub fn by_lines(self) -> Self {
        self.with("format", "lines")
    }
}

impl TextFile {
    /// Lines with nothing but blanks are left out.
    pub fn skip_blank(self) -> Self {
        self.with("skip-blank", true)
    }
}

/// What the fields of a CSV column are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Column {
    /// As it is written.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// JSON, which becomes part of the record.
    Json,
    /// Texts with `;` between them, or what [`separated_by`](Column::separated_by) says.
    List,
}

impl Column {
    /// An empty field is null: `Option` in the record's type.
    pub fn or_null(self) -> ColumnOptions {
        ColumnOptions::from(self).or_null()
    }

    /// What is between the texts of a list.
    pub fn separated_by(self, separator: impl Into<String>) -> ColumnOptions {
        ColumnOptions::from(self).separated_by(separator)
    }
}

/// A [`Column`], and more about it.
#[derive(Clone, Debug)]
pub struct ColumnOptions(Map<String, Json>);

impl ColumnOptions {
    /// An empty field is null: `Option` in the record's type.
    #[must_use]
    pub fn or_null(mut self) -> Self {
        self.0.insert("nullable".to_owned(), true.into());
        self
    }

    /// What is between the texts of a list.
    #[must_use]
    pub fn separated_by(mut self, separator: impl Into<String>) -> Self {
        self.0.insert("separator".to_owned(), Json::String(separator.into()));
        self
    }
}

impl From<Column> for ColumnOptions {
    fn from(column: Column) -> Self {
        let kind = match column {
            Column::Text => "text",
            Column::Integer => "integer",
            Column::Number => "number",
            Column::Boolean => "boolean",
            Column::Json => "json",
            Column::List => "list",
        };
        Self(Map::from_iter([("type".to_owned(), kind.into())]))
    }
}
