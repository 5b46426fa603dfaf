//! What `throng run` says about exporters, and how it meets with what the campaign document says.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use throng_campaign::{PlannedExporter, plan_exporters};
use throng_model::{DurationText, EventLevel, ExporterDocument, RecordKinds, name_hint};
use throng_plugin_api::Registry;

use crate::commands::campaign_file::CampaignFile;
use crate::exit::Failure;

/// Where meters and events go.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ExportArguments {
    /// Write meters and events to files while the campaign runs: `results.jsonl`, `meters=FILE.csv`, `events=FILE.jsonl`; the extension says
    /// how, .jsonl or .csv
    #[arg(long = "export", value_name = "[RECORDS=]FILE", value_parser = export_file, value_delimiter = ',')]
    exports: Vec<ExportFile>,

    /// The least level of exported events: trace, debug, info, warn, error, off [default: info]
    #[arg(long, value_name = "LEVEL", value_parser = event_level)]
    events_level: Option<EventLevel>,

    /// How often meters are exported [default: 5s]
    #[arg(long, value_name = "DURATION", value_parser = period)]
    export_period: Option<Duration>,
}

/// A file to export to.
#[derive(Clone, Debug)]
pub(crate) struct ExportFile {
    records: Option<RecordKinds>,
    path: String,
}

impl ExportArguments {
    /// The exporters of the campaign document, then those of the command line; level and period of the command line hold for all.
    pub(crate) fn plan(&self, campaign: Option<&CampaignFile>, registry: &Registry) -> Result<Vec<PlannedExporter>, Failure> {
        let folder = campaign.map(CampaignFile::folder).unwrap_or_default();
        let in_document = campaign.iter().flat_map(|file| file.exporters());
        let mut exporters: Vec<_> = in_document.map(|exporter| (exporter.clone(), folder.clone())).collect();
        let documents = exporters.len();
        exporters.extend(self.exports.iter().map(|file| (file.document(), PathBuf::new())));
        if exporters.is_empty() {
            let options = [("--events-level", self.events_level.is_some()), ("--export-period", self.export_period.is_some())];
            if let Some((option, _)) = options.into_iter().find(|(_, given)| *given) {
                return Err(Failure::bad_input(format!("{option}: nothing is exported; add `--export events.jsonl`")));
            }
        }
        for (exporter, _) in &mut exporters {
            exporter.level = self.events_level.or(exporter.level);
            exporter.period = self.export_period.map(DurationText).or(exporter.period);
        }
        plan_exporters(&exporters, registry).map_err(|faults| {
            let told = faults.iter().map(|fault| match campaign {
                Some(file) if fault.position < documents => file.fault(&format!("/exporters/{}{}", fault.position, fault.pointer), fault),
                _ => Failure::bad_input(format!("--export: {fault}")),
            });
            let told: Vec<_> = told.map(|failure| failure.message).collect();
            Failure::bad_input(told.join("\n"))
        })
    }
}

impl ExportFile {
    fn document(&self) -> ExporterDocument {
        let kinds = [("file".to_owned(), self.path.as_str().into())].into_iter().collect();
        ExporterDocument { records: self.records, kinds, ..ExporterDocument::default() }
    }
}

fn export_file(text: &str) -> Result<ExportFile, String> {
    let (records, path) = match text.split_once('=') {
        None => (None, text),
        Some(("meters", path)) => (Some(RecordKinds::Meters), path),
        Some(("events", path)) => (Some(RecordKinds::Events), path),
        Some(("all", path)) => (Some(RecordKinds::All), path),
        Some((other, _)) => {
            let hint = name_hint(other, ["meters", "events", "all"]).unwrap_or_default();
            return Err(format!("`{other}` is nothing that can be exported; {hint}"));
        }
    };
    if path.is_empty() {
        return Err("write it as `FILE` or `meters=FILE`, such as `meters=meters.csv`".to_owned());
    }
    Ok(ExportFile { records, path: path.to_owned() })
}

fn event_level(text: &str) -> Result<EventLevel, String> {
    text.parse().map_err(|error: throng_model::UnknownLevel| error.to_string())
}

/// As in a campaign document, not below 100 ms.
fn period(text: &str) -> Result<Duration, String> {
    let period = throng_model::parse_duration(text).map_err(|error| error.to_string())?;
    if period.as_millis() < 100 { Err("meters cannot be exported more often than every 100ms".to_owned()) } else { Ok(period) }
}
