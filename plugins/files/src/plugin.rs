//! The plugin: its kinds, and how each use of them is checked.

use std::sync::Arc;

use schemars::schema_for;
use serde_json::Value as Json;
use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{
    ConfiguredStep, ExporterInfo, FileAccess, KindInfo, Plugin, option_fault, option_remedy, parse_size, read_options,
};

use crate::columns::Column;
use crate::csv::{ColumnPlan, CsvPlan};
use crate::json::{JsonFormat, JsonPlan};
use crate::layout::Blanks;
use crate::lines::Blank;
use crate::options::{CsvOptions, DefaultOptions, JsonOptions, LinesOptions, XmlOptions};
use crate::rows::Punctuation;
use crate::source::{BadRecords, ConfiguredFile, Format, LinesPlan, SourceFile};
use crate::xml::XmlPlan;

const MAX_LENGTH: u64 = 1 << 20;

/// The plugin `files`: source kinds `csv`, `json`, `xml` and `lines`, and the exporter `file`.
#[derive(Clone, Debug, Default)]
pub struct FilesPlugin {
    access: FileAccess,
}

impl FilesPlugin {
    /// The plugin, for scenarios that may read these files.
    pub fn new(access: FileAccess) -> Self {
        Self { access }
    }
}

const KINDS: &[KindInfo<'_>] = &[
    KindInfo { name: "csv", summary: "makes an object of each row of a CSV file", schema: &|| schema_for!(CsvOptions).to_value() },
    KindInfo {
        name: "json",
        summary: "makes a record of each line of a file of JSON, or of each item of its array",
        schema: &|| schema_for!(JsonOptions).to_value(),
    },
    KindInfo {
        name: "xml",
        summary: "makes a record of each element at a path of an XML file",
        schema: &|| schema_for!(XmlOptions).to_value(),
    },
    KindInfo { name: "lines", summary: "makes a text of each line of a file", schema: &|| schema_for!(LinesOptions).to_value() },
];

impl Plugin for FilesPlugin {
    fn name(&self) -> &'static str {
        "files"
    }

    fn kinds(&self) -> Vec<KindInfo<'_>> {
        KINDS.to_vec()
    }

    fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
        let defaults = read_defaults(setup.defaults)?;
        let configured = match setup.kind {
            "csv" => configure_csv(read_options(setup.config, "")?, &defaults, &self.access)?,
            "json" => configure_json(read_options(setup.config, "")?, &defaults, &self.access)?,
            "xml" => configure_xml(read_options(setup.config, "")?, &defaults, &self.access)?,
            "lines" => configure_lines(read_options(setup.config, "")?, &defaults, &self.access)?,
            other => return Err(vec![option_fault("", format!("the plugin `files` has no step kind `{other}`"), None)]),
        };
        Ok(Arc::new(configured))
    }

    fn exporters(&self) -> &'static [ExporterInfo] {
        match self.access {
            FileAccess::Anywhere => &[crate::export::FILE],
            FileAccess::Within(_) | FileAccess::Nowhere => &[],
        }
    }
}

/// Faults of the defaults have their place in the message: pointers are into the step's own options.
fn read_defaults(defaults: Option<&Json>) -> Result<DefaultOptions, Vec<ConfigFault>> {
    let Some(json) = defaults else { return Ok(DefaultOptions::default()) };
    let mut faults = Faults::default();
    let defaults = faults.catch(read_options::<DefaultOptions>(json, ""));
    if let Some(defaults) = &defaults {
        faults.catch_one(max_length(defaults.max_length.as_ref()));
        faults.catch_one(bad_records(defaults.bad_records.as_deref()));
    }
    match defaults {
        Some(defaults) if faults.all.is_empty() => Ok(defaults),
        _ => Err(faults.all.into_iter().map(in_defaults).collect()),
    }
}

fn in_defaults(inner: ConfigFault) -> ConfigFault {
    let message = format!("in the scenario's defaults for `files`, at `{}`: {}", inner.pointer, inner.message);
    option_fault("", message, inner.hint)
}

fn configure_csv(options: CsvOptions, defaults: &DefaultOptions, access: &FileAccess) -> Result<ConfiguredFile, Vec<ConfigFault>> {
    let mut faults = Faults::default();
    let file = faults.catch_one(file(options.file, access));
    faults.catch_one(encoding(options.encoding.as_deref()));
    let bad_records = faults.catch_one(bad_records(options.bad_records.as_deref().or(defaults.bad_records.as_deref())));
    let max_length = faults.catch_one(max_length(options.max_length.as_ref().or(defaults.max_length.as_ref())));
    let punctuation = faults.catch_one(punctuation(options.delimiter.as_deref(), options.quote.as_deref()));
    let columns = faults.catch(options.columns.as_ref().map(Column::read_all).transpose()).flatten();
    let is_without_columns = options.columns.is_none();
    let columns = match options.header {
        Some(false) if is_without_columns => {
            let hint = "add `\"columns\": [\"id\", \"name\"]`, or leave `header` out if the first row has the names".to_owned();
            faults.all.push(option_fault("", "there are neither a `header` nor `columns`", Some(hint)));
            ColumnPlan::Positions(Vec::new())
        }
        Some(false) => ColumnPlan::Positions(columns.unwrap_or_default()),
        Some(true) | None => ColumnPlan::Header(columns.unwrap_or_default()),
    };
    let blanks = if options.trim == Some(true) { Blanks::Trimmed } else { Blanks::Kept };
    match (file, bad_records, max_length, punctuation) {
        (Some(file), Some(bad_records), Some(max_length), Some(punctuation)) if faults.all.is_empty() => {
            Ok(ConfiguredFile { file, bad_records, format: Arc::new(Format::Csv(CsvPlan { punctuation, columns, blanks, max_length })) })
        }
        _ => Err(faults.all),
    }
}

fn configure_json(options: JsonOptions, defaults: &DefaultOptions, access: &FileAccess) -> Result<ConfiguredFile, Vec<ConfigFault>> {
    let mut faults = Faults::default();
    let file = faults.catch_one(file(options.file, access));
    faults.catch_one(encoding(options.encoding.as_deref()));
    let bad_records = faults.catch_one(bad_records(options.bad_records.as_deref().or(defaults.bad_records.as_deref())));
    let max_length = faults.catch_one(max_length(options.max_length.as_ref().or(defaults.max_length.as_ref())));
    let format = faults.catch_one(match options.format.as_deref() {
        None => Ok(None),
        Some("lines") => Ok(Some(JsonFormat::Lines)),
        Some("array") => Ok(Some(JsonFormat::Array)),
        Some(other) => Err(no_such("/format", other, &["lines", "array"])),
    });
    let pointer = options.pointer.unwrap_or_default();
    if !pointer.is_empty() && !pointer.starts_with('/') {
        let hint = format!("write `/{pointer}`");
        faults.all.push(option_fault("/pointer", format!("`{pointer}` is not a JSON pointer: it does not begin with `/`"), Some(hint)));
    }
    match (file, bad_records, max_length, format) {
        (Some(file), Some(bad_records), Some(max_length), Some(format)) if faults.all.is_empty() => {
            Ok(ConfiguredFile { file, bad_records, format: Arc::new(Format::Json(JsonPlan { format, pointer, max_length })) })
        }
        _ => Err(faults.all),
    }
}

fn configure_xml(options: XmlOptions, defaults: &DefaultOptions, access: &FileAccess) -> Result<ConfiguredFile, Vec<ConfigFault>> {
    let mut faults = Faults::default();
    let file = faults.catch_one(file(options.file, access));
    faults.catch_one(encoding(options.encoding.as_deref()));
    let bad_records = faults.catch_one(bad_records(options.bad_records.as_deref().or(defaults.bad_records.as_deref())));
    let max_length = faults.catch_one(max_length(options.max_length.as_ref().or(defaults.max_length.as_ref())));
    let path = faults.catch_one(element_path(options.path.as_deref()));
    match (file, bad_records, max_length, path) {
        (Some(file), Some(bad_records), Some(max_length), Some(path)) if faults.all.is_empty() => {
            Ok(ConfiguredFile { file, bad_records, format: Arc::new(Format::Xml(XmlPlan { path, max_length })) })
        }
        _ => Err(faults.all),
    }
}

/// The names of a path like `/orders/order`.
fn element_path(path: Option<&str>) -> Result<Vec<String>, ConfigFault> {
    let hint = || Some("write the names from the root to the records: `\"path\": \"/orders/order\"`".to_owned());
    let Some(path) = path else { return Err(option_fault("", "there is no `path`", hint())) };
    let names: Vec<_> = path.strip_prefix('/').unwrap_or_default().split('/').map(str::to_owned).collect();
    let is_name = |name: &String| !name.is_empty() && !name.contains(|letter: char| letter.is_whitespace() || "<>&\"'=".contains(letter));
    match names.iter().all(is_name) {
        true => Ok(names),
        false => Err(option_fault("/path", format!("`{path}` is no path of elements"), hint())),
    }
}

fn configure_lines(options: LinesOptions, defaults: &DefaultOptions, access: &FileAccess) -> Result<ConfiguredFile, Vec<ConfigFault>> {
    let mut faults = Faults::default();
    let file = faults.catch_one(file(options.file, access));
    faults.catch_one(encoding(options.encoding.as_deref()));
    let bad_records = faults.catch_one(bad_records(options.bad_records.as_deref().or(defaults.bad_records.as_deref())));
    let max_length = faults.catch_one(max_length(options.max_length.as_ref().or(defaults.max_length.as_ref())));
    let blank = if options.skip_blank == Some(true) { Blank::Skipped } else { Blank::Kept };
    match (file, bad_records, max_length) {
        (Some(file), Some(bad_records), Some(max_length)) if faults.all.is_empty() => {
            Ok(ConfiguredFile { file, bad_records, format: Arc::new(Format::Lines(LinesPlan { blank, max_length })) })
        }
        _ => Err(faults.all),
    }
}

/// Gathers all faults, so that all are told at once.
#[derive(Default)]
struct Faults {
    all: Vec<ConfigFault>,
}

impl Faults {
    fn catch<T>(&mut self, result: Result<T, Vec<ConfigFault>>) -> Option<T> {
        result.map_err(|faults| self.all.extend(faults)).ok()
    }

    fn catch_one<T>(&mut self, result: Result<T, ConfigFault>) -> Option<T> {
        result.map_err(|fault| self.all.push(fault)).ok()
    }
}

fn file(file: Option<String>, access: &FileAccess) -> Result<SourceFile, ConfigFault> {
    let hint = || Some("add `\"file\": \"users.csv\"`".to_owned());
    match file {
        None => Err(option_fault("", "there is no `file`", hint())),
        Some(file) if file.is_empty() => Err(option_fault("/file", "the file has no name", hint())),
        Some(name) => access.check(&name, "/file").map(|()| SourceFile { name }),
    }
}

fn encoding(encoding: Option<&str>) -> Result<(), ConfigFault> {
    match encoding {
        None => Ok(()),
        Some(name) if name.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(other) => {
            let hint = format!("convert the file, such as by `iconv -f {other} -t UTF-8`, and leave the option out");
            Err(option_fault("/encoding", format!("`{other}` cannot be read, only `utf-8` can"), Some(hint)))
        }
    }
}

fn bad_records(name: Option<&str>) -> Result<BadRecords, ConfigFault> {
    match name {
        None | Some("count") => Ok(BadRecords::Count),
        Some("ignore") => Ok(BadRecords::Ignore),
        Some("fail") => Ok(BadRecords::Fail),
        Some(other) => Err(no_such("/bad-records", other, &["count", "ignore", "fail"])),
    }
}

fn no_such(pointer: &str, name: &str, known: &[&str]) -> ConfigFault {
    option_fault(pointer, format!("`{name}` means nothing here"), Some(option_remedy(name, known)))
}

fn max_length(json: Option<&Json>) -> Result<usize, ConfigFault> {
    let bytes = json.map_or(Ok(MAX_LENGTH), parse_size).map_err(|message| option_fault("/max-length", message, None))?;
    match usize::try_from(bytes) {
        Ok(bytes) if bytes > 0 => Ok(bytes),
        _ => Err(option_fault("/max-length", format!("no record has {bytes} bytes"), Some("write a size like `1MiB`".to_owned()))),
    }
}

fn punctuation(delimiter: Option<&str>, quote: Option<&str>) -> Result<Punctuation, ConfigFault> {
    let delimiter = character("/delimiter", delimiter.unwrap_or(","))?;
    let quote = match quote {
        Some("") => None,
        quote => Some(character("/quote", quote.unwrap_or("\""))?),
    };
    if quote == Some(delimiter) {
        return Err(option_fault("/quote", "delimiter and quote are the same character", Some("change one of them".to_owned())));
    }
    Ok(Punctuation { delimiter, quote })
}

fn character(pointer: &str, text: &str) -> Result<u8, ConfigFault> {
    match text.as_bytes() {
        &[byte] if byte.is_ascii() && !matches!(byte, b'\r' | b'\n') => Ok(byte),
        _ => {
            let message = format!("`{}` is not one ASCII character that can stand in a line", text.escape_debug());
            Err(option_fault(pointer, message, Some("write one like `,`, `;` or `\\t`".to_owned())))
        }
    }
}
