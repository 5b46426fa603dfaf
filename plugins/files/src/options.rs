//! What a document can say about files, as it is written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

/// Options of a `csv` source.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CsvOptions {
    /// The file's path; a relative one begins at the folder of the scenario's file. Required.
    pub(crate) file: Option<String>,
    /// What becomes of a record that is not what it should be. Default: `count`.
    #[schemars(with = "Option<BadRecordsOption>")]
    pub(crate) bad_records: Option<String>,
    /// The bytes that a row may take: a number, or a text like `64KiB`. A longer one is a bad record. Default: `1MiB`.
    #[schemars(with = "Option<SizeOption>")]
    pub(crate) max_length: Option<Json>,
    /// How characters are written. Only `utf-8` can be read. Default: `utf-8`.
    #[schemars(with = "Option<EncodingOption>")]
    pub(crate) encoding: Option<String>,
    /// The character between fields, such as `;` or a tab. Default: `,`.
    pub(crate) delimiter: Option<String>,
    /// The character around fields that hold delimiters, line ends or quotes, which are doubled then; an empty text for none. Default: `"`.
    pub(crate) quote: Option<String>,
    /// Whether the first row has the columns' names. Default: `true`.
    pub(crate) header: Option<bool>,
    /// With a header: more about some of its columns. Without one: all columns, by position, and required. Default: the header's, all `text`.
    #[schemars(with = "Option<Vec<ColumnOption>>")]
    pub(crate) columns: Option<Json>,
    /// Whether blanks around fields, and around names in the header, are left out. Default: `false`.
    pub(crate) trim: Option<bool>,
}

/// Options of a `json` source.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct JsonOptions {
    /// The file's path; a relative one begins at the folder of the scenario's file. Required.
    pub(crate) file: Option<String>,
    /// What becomes of a record that is not what it should be. Default: `count`.
    #[schemars(with = "Option<BadRecordsOption>")]
    pub(crate) bad_records: Option<String>,
    /// The bytes that a value may take: a number, or a text like `64KiB`. A longer one is a bad record. Default: `1MiB`.
    #[schemars(with = "Option<SizeOption>")]
    pub(crate) max_length: Option<Json>,
    /// How characters are written. Only `utf-8` can be read. Default: `utf-8`.
    #[schemars(with = "Option<EncodingOption>")]
    pub(crate) encoding: Option<String>,
    /// How values are laid out. Default: `array` if the file begins with `[`, else `lines`.
    #[schemars(with = "Option<FormatOption>")]
    pub(crate) format: Option<String>,
    /// A JSON pointer: the record is what is under it in each value. Default: the whole value.
    pub(crate) pointer: Option<String>,
}

/// Options of an `xml` source.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct XmlOptions {
    /// The file's path; a relative one begins at the folder of the scenario's file. Required.
    pub(crate) file: Option<String>,
    /// What becomes of a record that is not what it should be. Default: `count`.
    #[schemars(with = "Option<BadRecordsOption>")]
    pub(crate) bad_records: Option<String>,
    /// The bytes that an element may take: a number, or a text like `64KiB`. A longer one is a bad record. Default: `1MiB`.
    #[schemars(with = "Option<SizeOption>")]
    pub(crate) max_length: Option<Json>,
    /// How characters are written. Only `utf-8` can be read. Default: `utf-8`.
    #[schemars(with = "Option<EncodingOption>")]
    pub(crate) encoding: Option<String>,
    /// The names of the elements on the way to the records, from the root on, and their own: `/orders/order`. Required.
    pub(crate) path: Option<String>,
}

/// Options of a `lines` source.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct LinesOptions {
    /// The file's path; a relative one begins at the folder of the scenario's file. Required.
    pub(crate) file: Option<String>,
    /// What becomes of a record that is not what it should be. Default: `count`.
    #[schemars(with = "Option<BadRecordsOption>")]
    pub(crate) bad_records: Option<String>,
    /// The bytes that a line may have: a number, or a text like `64KiB`. A longer one is a bad record. Default: `1MiB`.
    #[schemars(with = "Option<SizeOption>")]
    pub(crate) max_length: Option<Json>,
    /// How characters are written. Only `utf-8` can be read. Default: `utf-8`.
    #[schemars(with = "Option<EncodingOption>")]
    pub(crate) encoding: Option<String>,
    /// Whether lines with nothing but blanks are left out. Default: `false`.
    pub(crate) skip_blank: Option<bool>,
}

/// What can stand in the scenario's defaults for `files`; what a step says itself wins.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct DefaultOptions {
    /// What becomes of a record that is not what it should be. Default: `count`.
    pub(crate) bad_records: Option<String>,
    /// The bytes that a record may take. Default: `1MiB`.
    pub(crate) max_length: Option<Json>,
}

/// A column: its name, or more about it.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum ColumnOption {
    /// Of text.
    Name(String),
    /// More about it.
    Column(ColumnOptions),
}

/// A column.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ColumnOptions {
    /// The name, which is the key in the record.
    pub(crate) name: String,
    /// What its fields are. Default: `text`.
    #[serde(rename = "type")]
    #[schemars(with = "Option<TypeOption>")]
    pub(crate) kind: Option<String>,
    /// Whether an empty field is null. Default: `false`.
    pub(crate) nullable: Option<bool>,
    /// What is between the items of a `list`. Default: `;`.
    pub(crate) separator: Option<String>,
}

/// What the fields of a column are.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum TypeOption {
    /// As it is written.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`, in capital letters too.
    Boolean,
    /// JSON, which becomes part of the record.
    Json,
    /// Texts between separators.
    List,
}

/// What becomes of a bad record.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum BadRecordsOption {
    /// It is an error of the source, counted and reported with its place in the file.
    Count,
    /// It is left out.
    Ignore,
    /// The campaign fails.
    Fail,
}

/// How values are laid out in a file.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum FormatOption {
    /// One value a line.
    Lines,
    /// One array is the whole file; its items are the values.
    Array,
}

/// How characters are written.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum EncodingOption {
    /// The only one.
    #[serde(rename = "utf-8")]
    Utf8,
}

/// A number of bytes, or a text with a unit.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) enum SizeOption {
    /// Bytes.
    Bytes(u64),
    /// With a unit: `64KiB`, `10MiB`.
    Text(String),
}
