//! The exporter `influxdb`: meters and events as points of InfluxDB.

use std::io::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::future::BoxFuture;
use http::StatusCode;
use schemars::schema_for;
use throng_broker::BackOff;
use throng_measure::Record;
use throng_model::{ConfigFault, RecordKinds};
use throng_plugin_api::{Clock, ConfiguredExporter, ExportContext, ExportError, Exporter, ExporterInfo, ExporterSetup, OpenError, Trouble};

use crate::answer::{Answer, Fate};
use crate::client::{Client, Content};
use crate::lines::{Points, Precision, Writer};
use crate::options::{ExportOptions, ExportPlan, read};
use crate::place::Store;

/// The exporter, for the registry.
pub(crate) const INFLUXDB: ExporterInfo = ExporterInfo {
    name: "influxdb",
    summary: "writes meters and events as points to InfluxDB",
    schema: || schema_for!(ExportOptions).to_value(),
    configure: |setup| Ok(Arc::new(configure(setup)?)),
};

/// A server that will be written to.
struct ConfiguredExport {
    plan: Arc<ExportPlan>,
    records: RecordKinds,
}

fn configure(setup: &ExporterSetup<'_>) -> Result<ConfiguredExport, Vec<ConfigFault>> {
    Ok(ConfiguredExport { plan: Arc::new(read(setup.options)?), records: setup.records.unwrap_or(RecordKinds::All) })
}

impl ConfiguredExporter for ConfiguredExport {
    fn target(&self) -> String {
        self.plan.place.to_string()
    }

    fn records(&self) -> RecordKinds {
        self.records
    }

    fn open<'a>(&'a self, campaign: &'a ExportContext) -> BoxFuture<'a, Result<Box<dyn Exporter>, OpenError>> {
        Box::pin(async move {
            let plan = Arc::clone(&self.plan);
            plan.tls.bind(&campaign.files);
            let mut client = Client::new(Arc::clone(&plan), campaign.clock)?;
            check(&mut client, &plan).await?;
            let writer = Writer::new(plan.form.clone());
            let exporter = InfluxExporter { plan, client, writer, clock: campaign.clock, trouble: campaign.trouble.clone() };
            Ok(Box::new(exporter) as Box<dyn Exporter>)
        })
    }
}

/// Writes no points, to see that points can be written.
async fn check(client: &mut Client, plan: &ExportPlan) -> Result<(), OpenError> {
    let nothing = Content::default();
    let path = plan.place.write_path(Precision::default());
    let mut answer = post(client, &path, &nothing).await?;
    if let Store::Database { name, .. } = &plan.place.store
        && answer.status == StatusCode::NOT_FOUND
        && plan.is_made
    {
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        let made = post(client, &plan.place.query_path(&format!("CREATE DATABASE \"{quoted}\"")), &nothing).await?;
        refuse(made, plan, |status| status.is_success())?;
        answer = post(client, &path, &nothing).await?;
    }
    // Version 2 has looked at who asks and for what when it complains that there are no points.
    refuse(answer, plan, |status| {
        status.is_success() || (status == StatusCode::BAD_REQUEST && matches!(plan.place.store, Store::Bucket { .. }))
    })
}

async fn post(client: &mut Client, path: &str, content: &Content) -> Result<Answer, OpenError> {
    client.post(path, content).await.map_err(|error| OpenError { message: error.to_string(), hint: None })
}

fn refuse(answer: Answer, plan: &ExportPlan, is_right: impl Fn(StatusCode) -> bool) -> Result<(), OpenError> {
    match is_right(answer.status) {
        true => Ok(()),
        false => {
            let hint = answer.hint().map(str::to_owned);
            Err(OpenError { message: format!("{} cannot be written to: {}", plan.place, answer.message), hint })
        }
    }
}

/// A server that is being written to.
struct InfluxExporter {
    plan: Arc<ExportPlan>,
    client: Client,
    writer: Writer,
    clock: Clock,
    trouble: Trouble,
}

impl Exporter for InfluxExporter {
    fn export(&mut self, batch: Vec<Record>) -> BoxFuture<'_, Result<(), ExportError>> {
        Box::pin(async move {
            let (mut written, mut first_error) = (0, None);
            for points in self.writer.points(&batch) {
                let count = points.count;
                match self.write(points).await {
                    Ok(()) => written += count,
                    Err(lost) => {
                        written += count - lost.points;
                        first_error = first_error.or(Some(lost));
                    }
                }
            }
            match first_error {
                None => Ok(()),
                Some(Lost { message, hint, .. }) => Err(ExportError { written, message, hint: hint.map(str::to_owned) }),
            }
        })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), ExportError>> {
        // The server has each batch; there is nothing to flush.
        Box::pin(async { Ok(()) })
    }
}

/// Points that were not written, and why.
struct Lost {
    points: usize,
    message: String,
    hint: Option<&'static str>,
}

impl InfluxExporter {
    /// Sends points until the server has taken or refused them. To have them twice is to have them once: each replaces itself.
    async fn write(&mut self, points: Points) -> Result<(), Lost> {
        let path = self.plan.place.write_path(points.precision);
        let count = points.count;
        let content = self.content(points.lines).await;
        let (mut back_off, mut tries) = (BackOff::default(), 0);
        loop {
            let (message, wait) = match self.client.post(&path, &content).await {
                Ok(answer) => match answer.fate(count) {
                    Fate::Written => return Ok(()),
                    Fate::Lost { points, message, hint } => return Err(Lost { points, message, hint }),
                    Fate::Postponed { message, wait } => (message, wait),
                },
                Err(error) => (error.to_string(), None),
            };
            // The queue waits with us, and drops its oldest.
            self.trouble.is(&message);
            if self.plan.retries.is_some_and(|retries| tries >= retries) {
                return Err(Lost { points: count, message, hint: None });
            }
            tries += 1;
            let pause = back_off.pause().max(wait.unwrap_or_default());
            self.clock.sleep_until(self.clock.now() + pause).await;
        }
    }

    /// What is sent for lines; compressed on another thread than that of the campaign.
    async fn content(&self, lines: Vec<u8>) -> Content {
        let lines = Bytes::from(lines);
        if !self.plan.is_compressed {
            return Content { bytes: lines, is_compressed: false };
        }
        let plain = lines.clone();
        let compressed = tokio::task::spawn_blocking(move || {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&plain)?;
            encoder.finish()
        });
        match compressed.await {
            Ok(Ok(bytes)) => Content { bytes: bytes.into(), is_compressed: true },
            // Memory does not fail; if it does, they go as they are.
            _ => Content { bytes: lines, is_compressed: false },
        }
    }
}
