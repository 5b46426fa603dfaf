//! An exporter for tests: keeps what it gets, takes its time, or fails.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value as Json;
use throng_campaign::PlannedExporter;
use throng_measure::{ExportedEvent, ExportedMeter, FieldValue, MeterScope, Record};
use throng_model::RecordKinds;
use throng_plugin_api::{Clock, ConfiguredExporter, ExportContext, ExportError, Exporter, Files, OpenError};

use crate::harness::Virtual;

/// Keeps records where the test sees them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) records: Arc<Mutex<Vec<Record>>>,
    /// The time of each batch.
    pub(crate) takes: Duration,
    /// Every batch is refused.
    pub(crate) fails: bool,
    /// It does not even open.
    pub(crate) absent: bool,
}

impl Memory {
    /// The same campaign with this exporter; `options` are those that all exporters have.
    pub(crate) fn of(&self, mut campaign: Virtual, options: Json) -> Virtual {
        let document = serde_json::from_value(options).expect("options of an exporter");
        let planned = PlannedExporter::new("memory", Arc::new(self.clone()), &document, Files::default());
        campaign.exporters.push(planned);
        campaign
    }

    /// All events, in the order in which they came.
    pub(crate) fn events(&self) -> Vec<Arc<ExportedEvent>> {
        self.all().into_iter().filter_map(|record| if let Record::Event(event) = record { Some(event) } else { None }).collect()
    }

    /// How many events of each name there are.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for event in self.events() {
            *counts.entry(event.name.clone()).or_default() += 1;
        }
        counts
    }

    /// The meters of a scope.
    pub(crate) fn meters(&self, scope: MeterScope) -> Vec<Arc<ExportedMeter>> {
        let meters = self.all().into_iter().filter_map(|record| if let Record::Meter(meter) = record { Some(meter) } else { None });
        meters.filter(|meter| meter.scope == scope).collect()
    }

    /// The sum of a figure over all meters of a scope, of one step.
    pub(crate) fn sum(&self, scope: MeterScope, step: &str, meter: &str, figure: &str) -> u64 {
        let meters = self.meters(scope);
        let meters = meters.iter().filter(|told| told.name == meter && told.subject.step.as_deref() == Some(step));
        let figures = meters.flat_map(|meter| meter.figures.fields()).filter(|(name, _)| *name == figure);
        figures.map(|(_, value)| if let FieldValue::Integer(value) = value { value } else { panic!("{value:?}") }).sum()
    }

    pub(crate) fn all(&self) -> Vec<Record> {
        self.records.lock().unwrap().clone()
    }
}

impl ConfiguredExporter for Memory {
    fn target(&self) -> String {
        "here".to_owned()
    }

    fn records(&self) -> RecordKinds {
        RecordKinds::All
    }

    fn open<'a>(&'a self, campaign: &'a ExportContext) -> BoxFuture<'a, Result<Box<dyn Exporter>, OpenError>> {
        Box::pin(async {
            if self.absent {
                return Err(OpenError { message: "nobody there".to_owned(), hint: Some("start it".to_owned()) });
            }
            Ok(Box::new(Keeping { memory: self.clone(), clock: campaign.clock }) as Box<dyn Exporter>)
        })
    }
}

struct Keeping {
    memory: Memory,
    clock: Clock,
}

impl Exporter for Keeping {
    fn export(&mut self, batch: Vec<Record>) -> BoxFuture<'_, Result<(), ExportError>> {
        Box::pin(async {
            if !self.memory.takes.is_zero() {
                self.clock.sleep_until(self.clock.now() + self.memory.takes).await;
            }
            if self.memory.fails {
                return Err(ExportError { written: 0, message: "the disk is full".to_owned(), hint: None });
            }
            self.memory.records.lock().unwrap().extend(batch);
            Ok(())
        })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), ExportError>> {
        Box::pin(async { Ok(()) })
    }
}
