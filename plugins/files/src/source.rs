//! A file as a source: checked, then attached to a worker, then read as records are asked for.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::future::{LocalBoxFuture, ready};
use throng_model::{PluginUse, SourceUse};
use throng_plugin_api::{
    AttachContext, Attached, ConfiguredStep, Files, MeterId, Meters, OpenContext, OpenError, Pulled, SourceRunner, Visit,
};
use throng_protocols::Failure;

use crate::csv::CsvPlan;
use crate::error::FileError;
use crate::input::Input;
use crate::json::JsonPlan;
use crate::lines::{Blank, LineSplitter, TextLines};
use crate::records::{Bad, Found, Records};
use crate::xml::XmlPlan;

/// Records that are found at a time, at most; bad ones count.
const BATCH: usize = 256;
/// Bytes that are read at a time, about: long records, or nothing but blank lines, must not keep the worker from its minions.
const BYTES: u64 = 512 << 10;

/// The record is not what it should be.
const BAD_RECORD: &str = "bad-record";
/// The file cannot be read.
const UNREADABLE: &str = "file-unreadable";

/// A checked source.
#[derive(Debug)]
pub(crate) struct ConfiguredFile {
    pub(crate) file: SourceFile,
    pub(crate) bad_records: BadRecords,
    pub(crate) format: Arc<Format>,
}

/// A file that may be read.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    /// As it is written in the document.
    pub(crate) name: String,
}

impl SourceFile {
    fn open(&self, files: &Files) -> Result<Input, FileError> {
        let folder = files.folder();
        let path = files.path(&self.name);
        let path = path.map_err(|source| FileError::Open { path: folder.join(&self.name), folder: folder.to_owned(), source })?;
        Input::open(&path, folder)
    }
}

/// What becomes of a bad record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum BadRecords {
    Count,
    Ignore,
    Fail,
}

/// How a file is to be read.
#[derive(Debug)]
pub(crate) enum Format {
    Csv(CsvPlan),
    Json(JsonPlan),
    Lines(LinesPlan),
    Xml(XmlPlan),
}

/// How a file of lines is to be read.
#[derive(Debug)]
pub(crate) struct LinesPlan {
    pub(crate) blank: Blank,
    pub(crate) max_length: usize,
}

impl Format {
    fn start(&self, input: &mut Input) -> Result<Box<dyn Records>, FileError> {
        Ok(match self {
            Self::Csv(plan) => Box::new(plan.start(input)?),
            Self::Json(plan) => Box::new(plan.start(input)?),
            Self::Lines(plan) => Box::new(TextLines { lines: LineSplitter::new(1, plan.max_length), blank: plan.blank }),
            Self::Xml(plan) => Box::new(plan.start()),
        })
    }
}

impl ConfiguredStep for ConfiguredFile {
    fn uses(&self) -> PluginUse {
        PluginUse { source: Some(SourceUse { endless: false }), ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Pin<Box<dyn Future<Output = Result<(), OpenError>> + Send + 'a>> {
        let opened = self.file.open(&campaign.files).and_then(|mut input| self.format.start(&mut input).map(drop));
        Box::pin(ready(opened.map_err(|error| error.into_open_error(&self.file.name))))
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        Ok(Attached::Source(Box::new(FileSource {
            file: self.file.clone(),
            files: context.files.clone(),
            bad_records: self.bad_records,
            format: Arc::clone(&self.format),
            meters: FileMeters::register(context.meters),
            reading: None,
            failed: None,
        })))
    }
}

struct FileMeters {
    records: MeterId,
    bad_records: MeterId,
    bytes: MeterId,
}

impl FileMeters {
    fn register(meters: &mut dyn Meters) -> Self {
        Self {
            records: meters.counter("files-records"),
            bad_records: meters.counter("files-bad-records"),
            bytes: meters.counter("files-bytes"),
        }
    }
}

/// A source on its worker.
struct FileSource {
    file: SourceFile,
    files: Files,
    bad_records: BadRecords,
    format: Arc<Format>,
    meters: FileMeters,
    /// None before the first record.
    reading: Option<Reading>,
    /// What ends the source once the records before it are handed on.
    failed: Option<Failure>,
}

struct Reading {
    input: Input,
    records: Box<dyn Records>,
    has_ended: bool,
}

impl SourceRunner for FileSource {
    fn next<'a>(&'a mut self, visit: &'a Visit<'a>) -> LocalBoxFuture<'a, Result<Pulled, Failure>> {
        // Nothing is done before the future is polled, and then all at once: dropping it loses nothing.
        Box::pin(async move { self.read_batch(visit) })
    }

    fn rewind(&mut self) {
        self.reading = None;
        self.failed = None;
    }
}

impl FileSource {
    fn read_batch(&mut self, visit: &Visit<'_>) -> Result<Pulled, Failure> {
        if let Some(failure) = &self.failed {
            return Err(failure.clone());
        }
        let (mut reading, before) = match self.reading.take() {
            Some(reading) => {
                let before = reading.input.bytes_read();
                (reading, before)
            }
            None => (self.start()?, 0),
        };
        let pulled = self.read(&mut reading, before + BYTES, visit);
        visit.count(self.meters.bytes, reading.input.bytes_read() - before);
        self.reading = Some(reading);
        pulled
    }

    fn start(&self) -> Result<Reading, Failure> {
        let mut input = self.file.open(&self.files).map_err(|error| self.unreadable(&error))?;
        let records = self.format.start(&mut input).map_err(|error| self.unreadable(&error))?;
        Ok(Reading { input, records, has_ended: false })
    }

    fn read(&mut self, reading: &mut Reading, bytes_limit: u64, visit: &Visit<'_>) -> Result<Pulled, Failure> {
        if reading.has_ended {
            return Ok(Pulled::End);
        }
        let mut made = Vec::new();
        let mut found = 0;
        while found < BATCH && reading.input.bytes_read() < bytes_limit {
            match reading.records.next(&mut reading.input).map_err(|error| self.unreadable(&FileError::Read(error)))? {
                Found::One(value) => {
                    found += 1;
                    made.push(Ok(value));
                }
                Found::Bad(bad) => {
                    found += 1;
                    visit.count(self.meters.bad_records, 1);
                    match self.bad_records {
                        BadRecords::Count => made.push(Err(self.bad_record(&bad))),
                        BadRecords::Ignore => {}
                        BadRecords::Fail => {
                            self.failed = Some(self.bad_record(&bad));
                            break;
                        }
                    }
                }
                Found::Unfinished => {}
                Found::End => {
                    reading.has_ended = true;
                    break;
                }
            }
        }
        visit.count(self.meters.records, made.iter().filter(|record| record.is_ok()).count() as u64);
        match (&self.failed, made.is_empty()) {
            (Some(failure), true) => Err(failure.clone()),
            (None, true) if reading.has_ended => Ok(Pulled::End),
            _ => Ok(Pulled::Records(made)),
        }
    }

    fn bad_record(&self, bad: &Bad) -> Failure {
        Failure::error(BAD_RECORD, bad.describe(&self.file.name)).final_()
    }

    fn unreadable(&self, error: &FileError) -> Failure {
        let message = error.message(&self.file.name);
        let message = error.hint().map_or(message.clone(), |hint| format!("{message}; {hint}"));
        Failure::error(UNREADABLE, message).final_()
    }
}

impl fmt::Debug for FileSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FileSource")
            .field("file", &self.file.name)
            .field("is_reading", &self.reading.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::array::ItemSplitter;
    use crate::input::CHUNK;
    use crate::rows::{Punctuation, RowSplitter};
    use crate::xml::ElementSplitter;

    /// Reads a file to its end, and answers the number of pieces and the most bytes that were held.
    fn held(content: &str, mut next: impl FnMut(&mut Input) -> (bool, bool, usize)) -> (usize, usize) {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(content.as_bytes()).expect("written");
        let folder = std::path::Path::new("");
        let mut input = Input::open(file.path(), folder).expect("opened");
        let (mut found, mut most) = (0, 0);
        loop {
            assert!(input.chunk().expect("readable").len() <= CHUNK);
            let (is_one, is_end, bytes) = next(&mut input);
            found += usize::from(is_one);
            most = most.max(bytes);
            if is_end {
                return (found, most);
            }
        }
    }

    #[test]
    fn memory_does_not_grow_with_the_file() {
        const COUNT: usize = 200_000;
        let mut rows = RowSplitter::new(Punctuation { delimiter: b',', quote: Some(b'"') }, 1 << 20);
        let found = held(&"17,Ada,\"a, b\"\n".repeat(COUNT), |input| {
            let next = rows.next(input).expect("readable");
            let kind = (matches!(next, Found::One(_)), matches!(next, Found::End));
            (kind.0, kind.1, rows.held_bytes())
        });
        assert!(found.0 == COUNT && found.1 < 4 << 10, "{found:?}");

        let mut lines = LineSplitter::new(1, 1 << 20);
        let found = held(&"a line of text\n".repeat(COUNT), |input| {
            let next = lines.next(input).expect("readable");
            let kind = (matches!(next, Found::One(_)), matches!(next, Found::End));
            (kind.0, kind.1, lines.held_bytes())
        });
        assert!(found.0 == COUNT && found.1 < 1 << 10, "{found:?}");

        let mut elements = ElementSplitter::new(vec!["a".to_owned(), "b".to_owned()], 1 << 20);
        let found = held(&format!("<a>{}<b/></a>", "<b c='1'>text<d/></b>\n".repeat(COUNT)), |input| {
            let next = elements.next(input).expect("readable");
            let kind = (matches!(next, Found::One(_)), matches!(next, Found::End));
            (kind.0, kind.1, elements.held_bytes())
        });
        assert!(found.0 == COUNT + 1 && found.1 < 1 << 10, "{found:?}");

        let mut items = ItemSplitter::new(1 << 20);
        let found = held(&format!("[{}0]", "{\"a\": [1, 2]},\n".repeat(COUNT)), |input| {
            let next = items.next(input).expect("readable");
            let kind = (matches!(next, Found::One(_)), matches!(next, Found::End));
            (kind.0, kind.1, items.held_bytes())
        });
        assert!(found.0 == COUNT + 1 && found.1 < 1 << 10, "{found:?}");
    }

    #[test]
    fn memory_does_not_grow_with_a_record_that_is_too_long() {
        const LIMIT: usize = 100 << 10;
        let endless = "x,".repeat(2 << 20);
        let mut rows = RowSplitter::new(Punctuation { delimiter: b',', quote: Some(b'"') }, LIMIT);
        let found = held(&format!("\"{endless}"), |input| {
            let next = rows.next(input).expect("readable");
            let kind = (matches!(next, Found::Bad(_)), matches!(next, Found::End));
            (kind.0, kind.1, rows.held_bytes())
        });
        assert!(found.0 == 1 && found.1 <= 4 * (LIMIT + CHUNK), "{found:?}");

        let mut elements = ElementSplitter::new(vec!["a".to_owned()], LIMIT);
        let found = held(&format!("<a>{endless}"), |input| {
            let next = elements.next(input).expect("readable");
            let kind = (matches!(next, Found::Bad(_)), matches!(next, Found::End));
            (kind.0, kind.1, elements.held_bytes())
        });
        assert!(found.0 == 1 && found.1 <= 2 * LIMIT, "{found:?}");

        let mut items = ItemSplitter::new(LIMIT);
        let found = held(&format!("[[{endless}"), |input| {
            let next = items.next(input).expect("readable");
            let kind = (matches!(next, Found::Bad(_)), matches!(next, Found::End));
            (kind.0, kind.1, items.held_bytes())
        });
        assert!(found.0 == 1 && found.1 <= 2 * LIMIT, "{found:?}");
    }
}
