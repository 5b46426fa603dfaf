//! The contract of an exporter: where a campaign's meters and events go.
//!
//! Like a step, an exporter goes through phases: it is *configured* (pure), *opened* (before any load; a failure refuses the campaign), given
//! batches to *export*, and *closed*. The engine keeps its queue, forms the batches, counts what is written and what is lost, and runs it on
//! a task of its own: however slow an exporter is, or broken, the load doesn't notice.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use serde_json::Value as Json;
use throng_measure::Record;
use throng_model::{ConfigFault, RecordKinds};

use crate::{Clock, Files, OpenError};

/// A kind of exporter, with its documentation and schema.
#[derive(Clone, Copy, Debug)]
pub struct ExporterInfo {
    /// The key in a campaign document: `file`.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// The JSON schema of its own options.
    pub schema: fn() -> Json,
    /// Checks one use of it and keeps it. Pure, as the configuration of steps is; all faults are told at once.
    pub configure: fn(&ExporterSetup<'_>) -> CheckedExporter,
}

/// A checked use of an exporter, or everything that is wrong with it.
pub type CheckedExporter = Result<Arc<dyn ConfiguredExporter>, Vec<ConfigFault>>;

/// One use of an exporter, before it is checked.
#[derive(Clone, Copy, Debug)]
pub struct ExporterSetup<'a> {
    /// What the document has under the kind's key.
    pub options: &'a Json,
    /// What it is asked to export; none when nothing is said.
    pub records: Option<RecordKinds>,
}

/// A checked use of an exporter.
pub trait ConfiguredExporter: Send + Sync {
    /// Where it writes, for people: a file, a host.
    fn target(&self) -> String;

    /// What it exports: what it was asked to, or else what it can.
    fn records(&self) -> RecordKinds;

    /// Checks what only the world can tell, and makes ready to write; before any load.
    fn open<'a>(&'a self, campaign: &'a ExportContext) -> BoxFuture<'a, Result<Box<dyn Exporter>, OpenError>>;
}

/// The campaign that an exporter is opened for.
#[derive(Clone, Debug)]
pub struct ExportContext {
    /// For all waiting, such as between attempts.
    pub clock: Clock,
    /// The campaign's key.
    pub campaign: String,
    /// The files that it may read. What it writes is its own to grant.
    pub files: Files,
    /// Where an exporter that waits and tries again says why.
    pub trouble: Trouble,
}

/// What an exporter waits for: if records are lost meanwhile, the report gives it as the reason.
#[derive(Clone, Debug, Default)]
pub struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    /// An attempt has failed, and there will be another.
    pub fn is(&self, message: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(message.to_owned());
    }

    /// The last one that there was.
    pub fn last(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An exporter at work. Each call runs to its end before the next; none has a time limit but the last: when the campaign is over, what is not
/// written and closed within some seconds is given up. An exporter that can fail for a while retries by itself, with growing waits.
pub trait Exporter: Send {
    /// Writes records, in their order.
    ///
    /// # Errors
    /// They could not all be written. The rest is lost and counted; the next batch is given all the same.
    fn export(&mut self, batch: Vec<Record>) -> BoxFuture<'_, Result<(), ExportError>>;

    /// Writes what it still holds, and lets go.
    ///
    /// # Errors
    /// That could not be done.
    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), ExportError>>;
}

/// Why an exporter could not write.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}{}", .hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
pub struct ExportError {
    /// How many records of the batch are written all the same.
    pub written: usize,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}
