//! What the engine is to a source: a folder, a worker, and a host for its visits.

use std::cell::RefCell;
use std::collections::BTreeMap;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use serde_json::Value as Json;
use tempfile::TempDir;
use throng_files::FilesPlugin;
use throng_measure::{Moment, Shortage};
use throng_model::{ConfigFault, Secrets, StepSetup, Targets, Template};
use throng_plugin_api::{
    AttachContext, Attached, Clock, FileAccess, Files, MeterId, Meters, OpenContext, OpenError, Plugin, Pulled, SandboxContext, Shared,
    SourceRunner, StepHost, Visit,
};
use throng_protocols::{Callbacks, Context, Failure, Output, Value, WaitingCallbacks};

/// A folder with a file, `data`.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    meters: MeterNames,
    counts: RefCell<BTreeMap<&'static str, u64>>,
}

#[derive(Default)]
struct MeterNames(Vec<&'static str>);

impl Meters for MeterNames {
    fn timer(&mut self, name: &'static str) -> MeterId {
        self.0.push(name);
        MeterId(self.0.len() as u32 - 1)
    }

    fn counter(&mut self, name: &'static str) -> MeterId {
        self.timer(name)
    }
}

/// A record as tests write it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Record {
    Text(String),
    Json(String),
    Other(Json),
    Bad(String),
}

pub(crate) fn text(text: &str) -> Record {
    Record::Text(text.to_owned())
}

pub(crate) fn json(text: &str) -> Record {
    Record::Json(text.to_owned())
}

pub(crate) fn bad(message: &str) -> Record {
    Record::Bad(message.to_owned())
}

impl World {
    pub(crate) fn new(content: impl AsRef<[u8]>) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        std::fs::write(folder.path().join("data"), content).expect("written");
        Self { folder, meters: MeterNames::default(), counts: RefCell::default() }
    }

    /// What `open` says.
    pub(crate) fn open(&self, kind: &str, config: Json) -> Result<(), OpenError> {
        let context = OpenContext {
            clock: Clock::system(),
            files: Files::new(FileAccess::Anywhere, self.folder.path()),
            settings: BTreeMap::new(),
            secrets: Secrets::default(),
        };
        let configured = configure(kind, config, None).expect("a right configuration");
        configured.open(&context).now_or_never().expect("it does not wait")
    }

    /// Opens and attaches a source.
    pub(crate) fn source(&mut self, kind: &str, config: Json) -> Box<dyn SourceRunner> {
        self.open(kind, config.clone()).expect("a file that opens");
        self.attach(kind, config)
    }

    /// Attaches a source without opening it.
    pub(crate) fn attach(&mut self, kind: &str, config: Json) -> Box<dyn SourceRunner> {
        let configured = configure(kind, config, None).expect("a right configuration");
        assert_eq!(configured.uses().source, Some(throng_model::SourceUse { endless: false }));
        let attached = configured.attach(&mut AttachContext {
            step: "source",
            clock: Clock::system(),
            worker: 0,
            workers: 1,
            files: &Files::new(FileAccess::Anywhere, self.folder.path()),
            settings: &BTreeMap::new(),
            sandbox: &SandboxContext::new(Clock::system()),
            meters: &mut self.meters,
            shared: &mut Shared::default(),
        });
        match attached {
            Ok(Attached::Source(source)) => source,
            _ => panic!("`{kind}` is a source"),
        }
    }

    /// One call for records.
    pub(crate) fn next(&self, source: &mut dyn SourceRunner) -> Result<Pulled, Failure> {
        let visit = Visit::new(Context::default(), Moment::default(), self);
        source.next(&visit).now_or_never().expect("it does not wait")
    }

    /// All records to the end, and the failure if that was the end.
    pub(crate) fn read(&self, source: &mut dyn SourceRunner) -> (Vec<Record>, Option<Failure>) {
        let mut all = Vec::new();
        loop {
            match self.next(source) {
                Ok(Pulled::Records(records)) => {
                    assert!(records.len() <= 256);
                    all.extend(records.into_iter().map(record));
                }
                Ok(Pulled::End) => return (all, None),
                Err(failure) => return (all, Some(failure)),
            }
        }
    }

    /// What a counter stands at.
    pub(crate) fn count(&self, meter: &str) -> u64 {
        self.counts.borrow().get(meter).copied().unwrap_or(0)
    }
}

/// All records of a file with this content, of a source that does not fail.
pub(crate) fn records(content: impl AsRef<[u8]>, kind: &str, mut config: Json) -> Vec<Record> {
    config["file"] = "data".into();
    let mut world = World::new(content);
    let mut source = world.source(kind, config);
    let (records, failure) = world.read(&mut *source);
    assert_eq!(failure, None);
    assert!(matches!(world.next(&mut *source), Ok(Pulled::End)), "the end is the end");
    records
}

/// What is wrong with a configuration: place, message, remedy.
pub(crate) fn faults(kind: &str, config: Json, defaults: Option<Json>) -> Vec<(String, String, String)> {
    let faults = configure(kind, config, defaults).err().unwrap_or_default();
    faults.into_iter().map(|fault| (fault.pointer, fault.message, fault.hint.unwrap_or_default())).collect()
}

fn configure(
    kind: &str,
    config: Json,
    defaults: Option<Json>,
) -> Result<std::sync::Arc<dyn throng_plugin_api::ConfiguredStep>, Vec<ConfigFault>> {
    let targets = Targets::default();
    FilesPlugin::default().configure(&StepSetup { kind, step: "source", config: &config, defaults: defaults.as_ref(), targets: &targets })
}

fn record(record: Result<Value, Failure>) -> Record {
    match record {
        Ok(Value::Text(text)) => Record::Text(text.to_string()),
        Ok(Value::Json(text)) => Record::Json(text.to_string()),
        Ok(other) => Record::Other(other.json("").expect("JSON")),
        Err(failure) => {
            assert_eq!((failure.code.as_str(), failure.retryable), ("bad-record", false));
            Record::Bad(failure.message)
        }
    }
}

impl StepHost for World {
    fn call(&self, _: Context, _: u32, _: &Value) -> Result<Output, Failure> {
        panic!("files call nobody")
    }

    fn call_component(&self, _: Context, _: &dyn Callbacks, _: u32, _: &Value) -> Result<Output, Failure> {
        panic!("there is no component here")
    }

    fn call_waiting<'a>(
        &'a self,
        _: Context,
        _: &'a dyn WaitingCallbacks,
        _: u32,
        _: &'a Value,
    ) -> LocalBoxFuture<'a, Result<Output, Failure>> {
        panic!("there is no component here")
    }

    fn render(&self, _: Context, _: &Template) -> String {
        panic!("files have no templates")
    }

    fn clock(&self) -> Clock {
        Clock::system()
    }

    fn record(&self, meter: MeterId, amount: u64) {
        *self.counts.borrow_mut().entry(self.meters.0[meter.0 as usize]).or_default() += amount;
    }

    fn short_of(&self, shortage: Shortage) {
        panic!("files are short of nothing here: {shortage:?}");
    }

    fn connection_failed(&self, _: Context, failure: &Failure) {
        panic!("files have no connections: {failure:?}");
    }
}
