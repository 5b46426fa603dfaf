//! The exporter `file`: meters and events as JSON lines or CSV, in whole lines at all times.

mod form;
mod json_lines;
mod rows;
mod whole_lines;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value as Json;
use throng_measure::Record;
use throng_model::{ConfigFault, RecordKinds};
use throng_plugin_api::{
    ConfiguredExporter, ExportContext, ExportError, Exporter, ExporterInfo, ExporterSetup, OpenError, option_fault, option_remedy,
    read_options,
};

use self::form::Form;
use self::whole_lines::WholeLines;

/// The exporter, for the registry.
pub(crate) const FILE: ExporterInfo = ExporterInfo {
    name: "file",
    summary: "writes meters and events to a file, as JSON lines or CSV",
    schema: || schema_for!(FileChoice).to_value(),
    configure: |setup| Ok(Arc::new(configure(setup)?)),
};

/// A file by its path, or with more about it.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its schema is used")]
enum FileChoice {
    /// The path.
    Path(String),
    /// More about it.
    Options(FileOptions),
}

/// Options of the exporter.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FileOptions {
    /// The file's path; a relative one begins at the folder of the campaign document. What is there already is replaced. Required.
    path: Option<String>,
    /// How records are written. Default: by the path's extension, `.jsonl` (or `.ndjson`) or `.csv`.
    #[schemars(with = "Option<FormatOption>")]
    format: Option<String>,
}

/// How records are written.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
enum FormatOption {
    /// A JSON object a line.
    Jsonl,
    /// A row a record, with a header; meters or events, not both.
    Csv,
}

/// A file that will be written.
#[derive(Clone, Debug)]
struct ConfiguredFile {
    path: String,
    form: Form,
}

fn configure(setup: &ExporterSetup<'_>) -> Result<ConfiguredFile, Vec<ConfigFault>> {
    let options = match setup.options {
        Json::String(path) => FileOptions { path: Some(path.clone()), format: None },
        options => read_options(options, "")?,
    };
    let one = |fault: ConfigFault| vec![fault];
    let path = options
        .path
        .filter(|path| !path.is_empty())
        .ok_or_else(|| one(option_fault("", "the file has no path", Some("write `\"file\": \"meters.csv\"`".to_owned()))))?;
    let extension = Path::new(&path).extension().map(|extension| extension.to_string_lossy().to_lowercase());
    let form = match (options.format.as_deref(), extension.as_deref()) {
        (Some("jsonl"), _) | (None, Some("jsonl" | "ndjson")) => Form::json_lines(setup.records),
        (Some("csv"), _) | (None, Some("csv")) => Form::csv(setup.records).map_err(|message| {
            let hint = "write two files, one with `records` of `meters` and one of `events`, or JSON lines".to_owned();
            one(option_fault("", message, Some(hint)))
        })?,
        (Some(other), _) => {
            let hint = Some(option_remedy(other, &["jsonl", "csv"]));
            return Err(one(option_fault("/format", format!("there is no format `{other}`"), hint)));
        }
        (None, _) => {
            let hint = "name it `.jsonl` or `.csv`, or add `format` in a campaign document".to_owned();
            return Err(one(option_fault("", format!("`{path}` does not say how it is to be written"), Some(hint))));
        }
    };
    Ok(ConfiguredFile { path, form })
}

impl ConfiguredExporter for ConfiguredFile {
    fn target(&self) -> String {
        self.path.clone()
    }

    fn records(&self) -> RecordKinds {
        self.form.records()
    }

    fn open<'a>(&'a self, campaign: &'a ExportContext) -> BoxFuture<'a, Result<Box<dyn Exporter>, OpenError>> {
        let (path, form) = (campaign.files.folder().join(&self.path), self.form);
        Box::pin(async move {
            // A pipe opens when somebody reads it, which is not to be waited for here.
            let opened = tokio::task::spawn_blocking(move || open(&path, form)).await;
            let file = opened.map_err(|error| OpenError { message: error.to_string(), hint: None })??;
            Ok(Box::new(FileExporter { file: Some(file), form }) as Box<dyn Exporter>)
        })
    }
}

fn open(path: &Path, form: Form) -> Result<WholeLines, OpenError> {
    let unable = |message: String, hint: &str| OpenError { message, hint: Some(hint.to_owned()) };
    if path.is_dir() {
        return Err(unable("it is a folder".to_owned(), "name a file in it"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    if !folder.is_dir() {
        return Err(unable(format!("there is no folder `{}`", folder.display()), "make it first"));
    }
    let mut file = WholeLines::create(path).map_err(|error| unable(error.to_string(), "may it be written?"))?;
    file.write(&form.header()).map_err(|failure| unable(failure.source.to_string(), "is there room?"))?;
    Ok(file)
}

/// A file that is being written.
struct FileExporter {
    /// None while a write is under way, and after one that was given up.
    file: Option<WholeLines>,
    form: Form,
}

impl Exporter for FileExporter {
    fn export(&mut self, batch: Vec<Record>) -> BoxFuture<'_, Result<(), ExportError>> {
        let form = self.form;
        Box::pin(async move {
            let gone = |message: String| ExportError { written: 0, message, hint: None };
            let Some(mut file) = self.file.take() else { return Err(gone("the file is gone".to_owned())) };
            // A disk can take its time, and this task shares its thread with the campaign.
            let write = move || {
                let written = file.write(&form.lines(&batch));
                (file, written)
            };
            let (file, written) = tokio::task::spawn_blocking(write).await.map_err(|error| gone(error.to_string()))?;
            self.file = Some(file);
            written.map_err(|failure| ExportError { written: failure.lines, message: failure.source.to_string(), hint: None })
        })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), ExportError>> {
        // Each batch was handed over whole; there is nothing to flush.
        Box::pin(async { Ok(()) })
    }
}

#[cfg(test)]
mod tests;
