//! What a document says about the columns of a CSV file.

use serde_json::Value as Json;
use throng_model::ConfigFault;
use throng_plugin_api::{option_fault, option_remedy, read_options};

use crate::options::ColumnOptions;

/// A column.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: ColumnType,
    /// Whether an empty field is null.
    pub(crate) nullable: bool,
}

/// What the fields of a column are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum ColumnType {
    Text,
    Integer,
    Number,
    Boolean,
    Json,
    /// Texts between separators.
    List {
        separator: String,
    },
}

const TYPES: &[&str] = &["text", "integer", "number", "boolean", "json", "list"];

impl Column {
    /// Of text, never null.
    pub(crate) fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: ColumnType::Text, nullable: false }
    }

    /// Reads the option `columns`.
    pub(crate) fn read_all(json: &Json) -> Result<Vec<Self>, Vec<ConfigFault>> {
        const POINTER: &str = "/columns";
        let hint = || Some("write `[\"id\", {\"name\": \"price\", \"type\": \"number\"}]`".to_owned());
        let Json::Array(items) = json else {
            return Err(vec![option_fault(POINTER, "a list of columns is expected here", hint())]);
        };
        if items.is_empty() {
            return Err(vec![option_fault(POINTER, "there is no column in `columns`", hint())]);
        }
        let (mut columns, mut faults) = (Vec::<Self>::new(), Vec::new());
        for (index, item) in items.iter().enumerate() {
            let pointer = format!("{POINTER}/{index}");
            match Self::read(item, &pointer) {
                Ok(column) if columns.iter().any(|other| other.name == column.name) => {
                    let message = format!("there are two columns `{}`", column.name);
                    faults.push(option_fault(pointer, message, Some("give each a name of its own".to_owned())));
                }
                Ok(column) => columns.push(column),
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() { Ok(columns) } else { Err(faults) }
    }

    fn read(json: &Json, pointer: &str) -> Result<Self, Vec<ConfigFault>> {
        if let Json::String(name) = json {
            return Ok(Self::text(name));
        }
        let options: ColumnOptions = read_options(json, pointer)?;
        let kind = ColumnType::read(options.kind.as_deref(), options.separator, pointer).map_err(|fault| vec![fault])?;
        Ok(Self { name: options.name, kind, nullable: options.nullable.unwrap_or(false) })
    }
}

impl ColumnType {
    fn read(name: Option<&str>, separator: Option<String>, pointer: &str) -> Result<Self, ConfigFault> {
        let kind = match name.unwrap_or("text") {
            "text" => Self::Text,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "json" => Self::Json,
            "list" => {
                let separator = separator.unwrap_or_else(|| ";".to_owned());
                return match separator.is_empty() {
                    true => Err(option_fault(format!("{pointer}/separator"), "a separator has at least one character", None)),
                    false => Ok(Self::List { separator }),
                };
            }
            other => {
                let message = format!("there is no column type `{other}`");
                return Err(option_fault(format!("{pointer}/type"), message, Some(option_remedy(other, TYPES))));
            }
        };
        match separator {
            None => Ok(kind),
            Some(_) => {
                let hint = "leave it out, or make the type `list`".to_owned();
                Err(option_fault(format!("{pointer}/separator"), "only a list has a separator", Some(hint)))
            }
        }
    }
}
