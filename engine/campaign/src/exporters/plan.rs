//! From what a campaign says of its exporters to exporters that can be opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use throng_measure::EventFilter;
use throng_model::{EventLevel, ExporterDocument, RecordKinds, name_hint};
use throng_plugin_api::{ConfiguredExporter, ExporterInfo, ExporterSetup, Files, Registry};

use super::queue::Limits;

/// How often meters are exported when nothing is said.
const PERIOD: Duration = Duration::from_secs(5);
/// Records that may wait when nothing is said.
const QUEUE: u32 = 50_000;
/// Records that are written together when nothing is said.
const BATCH: u32 = 1_000;
/// How long a record waits for others when nothing is said.
const LINGER: Duration = Duration::from_secs(1);

/// An exporter, checked as far as that can be done without opening it.
#[derive(Clone)]
pub struct PlannedExporter {
    kind: &'static str,
    pub(super) configured: Arc<dyn ConfiguredExporter>,
    pub(super) files: Files,
    pub(super) period: Duration,
    pub(super) limits: Limits,
    filter: EventFilter,
}

impl std::fmt::Debug for PlannedExporter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PlannedExporter").field("name", &self.name()).field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// What is wrong with an exporter.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}{}", .hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
pub struct ExporterFault {
    /// Its position among the exporters.
    pub position: usize,
    /// JSON pointer inside it.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl PlannedExporter {
    /// An exporter of this kind with the options that all have in common; it may read these files.
    pub fn new(kind: &'static str, configured: Arc<dyn ConfiguredExporter>, document: &ExporterDocument, files: Files) -> Self {
        let queue = document.queue.unwrap_or(QUEUE);
        Self {
            kind,
            configured,
            files,
            period: document.period.map_or(PERIOD, |period| period.0),
            limits: Limits {
                queue: queue as usize,
                // A batch that can never come together would wait for the end.
                batch: document.batch.unwrap_or(BATCH).min(queue) as usize,
                linger: document.linger.map_or(LINGER, |linger| linger.0),
            },
            filter: EventFilter { level: document.level.unwrap_or(EventLevel::Info), prefixes: document.events.clone() },
        }
    }

    /// Its kind and where it writes: `file meters.csv`.
    pub fn name(&self) -> String {
        format!("{} {}", self.kind, self.configured.target())
    }

    pub(super) fn records(&self) -> RecordKinds {
        self.configured.records()
    }

    /// The events that it wants; none if it exports meters alone.
    pub(super) fn events(&self) -> Option<&EventFilter> {
        self.records().has_events().then_some(&self.filter)
    }
}

/// Checks what is said of exporters, each with the folder where its relative paths begin.
///
/// # Errors
/// Everything that is wrong.
pub fn plan_exporters(documents: &[(ExporterDocument, PathBuf)], registry: &Registry) -> Result<Vec<PlannedExporter>, Vec<ExporterFault>> {
    let mut faults = Vec::new();
    let mut planned: Vec<PlannedExporter> = Vec::new();
    for (position, (document, folder)) in documents.iter().enumerate() {
        match plan(position, document, folder, registry) {
            Err(more) => faults.extend(more),
            Ok(exporter) => {
                if planned.iter().any(|other| other.name() == exporter.name() && other.files == exporter.files) {
                    let hint = Some("give each exporter a place of its own".to_owned());
                    let message = format!("two exporters write to `{}`", exporter.name());
                    faults.push(ExporterFault { position, pointer: String::new(), message, hint });
                }
                planned.push(exporter);
            }
        }
    }
    if faults.is_empty() { Ok(planned) } else { Err(faults) }
}

fn plan(position: usize, document: &ExporterDocument, folder: &Path, registry: &Registry) -> Result<PlannedExporter, Vec<ExporterFault>> {
    let fault = |pointer: String, message: String, hint: Option<String>| ExporterFault { position, pointer, message, hint };
    let known = || registry.exporters().map(|info| info.name);
    let unknown = |key: &String| known().all(|name| name != key);
    let wrong: Vec<_> = (document.kinds.keys().filter(|key| unknown(key)))
        .map(|key| {
            let names: Vec<_> = ExporterDocument::OPTIONS.into_iter().chain(known()).collect();
            fault(format!("/{key}"), format!("there is neither an exporter nor an option `{key}`"), name_hint(key, names))
        })
        .collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let kinds: Vec<_> = document.kinds.iter().collect();
    let [(kind, options)] = kinds.as_slice() else {
        let hint = format!("name one of these, with its options: `{}`", known().collect::<Vec<_>>().join("`, `"));
        let message = if kinds.is_empty() { "the exporter has no kind" } else { "the exporter has several kinds" };
        return Err(vec![fault(String::new(), message.to_owned(), Some(hint))]);
    };
    let Some(ExporterInfo { name, configure, .. }) = registry.exporters().find(|info| info.name == kind.as_str()) else {
        return Err(vec![fault(format!("/{kind}"), format!("there is no exporter `{kind}`"), None)]);
    };
    let configured = configure(&ExporterSetup { options, records: document.records }).map_err(|faults| {
        let place = |inner: String| format!("/{kind}{inner}");
        faults.into_iter().map(|inner| fault(place(inner.pointer), inner.message, inner.hint)).collect::<Vec<_>>()
    })?;
    Ok(PlannedExporter::new(name, configured, document, registry.files(folder)))
}
