//! The step `ledger-record`: keeps what was acknowledged, and passes it on.

use std::future::{Future, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use serde_json::Value as Json;
use throng_model::PluginUse;
use throng_plugin_api::{AttachContext, Attached, ConfiguredStep, MeterId, OpenContext, OpenError, Performed, StepRunner, Visit};
use throng_protocols::{Failure, Output, Value};

use crate::function::Function;
use crate::ledger::{Ledger, Ledgers};

/// There is no room for one more key.
const LEDGER_FULL: &str = "ledger-full";

/// A checked step.
#[derive(Debug)]
pub(crate) struct ConfiguredRecord {
    pub(crate) name: String,
    pub(crate) key: Function,
    pub(crate) value: Option<Function>,
    pub(crate) capacity: u64,
    pub(crate) ledgers: Ledgers,
}

pub(crate) type Opened<'a> = Pin<Box<dyn Future<Output = Result<(), OpenError>> + Send + 'a>>;

impl ConfiguredStep for ConfiguredRecord {
    fn uses(&self) -> PluginUse {
        PluginUse::default()
    }

    fn open<'a>(&'a self, _: &'a OpenContext) -> Opened<'a> {
        Box::pin(ready(Ok(())))
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let ledger = self.ledgers.get_or_make(&context.sandbox.abort, &self.name, self.capacity);
        Ok(Attached::Step(Rc::new(RecordStep {
            key: self.key.clone(),
            value: self.value.clone(),
            ledger,
            acknowledged: context.meters.counter("ledger-acknowledged"),
        })))
    }
}

/// A step on one worker.
struct RecordStep {
    key: Function,
    value: Option<Function>,
    ledger: Arc<Ledger>,
    acknowledged: MeterId,
}

impl StepRunner for RecordStep {
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed> {
        let result = self.record(visit, &input).map(|()| Output::One(input));
        Box::pin(ready(Performed { result, service: None }))
    }

    fn minion_done(&self, _: u32) {}
}

impl RecordStep {
    fn record(&self, visit: &Visit<'_>, input: &Value) -> Result<(), Failure> {
        let json = input.json("").unwrap_or(Json::Null);
        let key = self.key.key(visit, &json)?;
        let value = self.value.as_ref().and_then(|function| function.of(visit, &json));
        match self.ledger.record(key, value) {
            true => visit.count(self.acknowledged, 1),
            false => {
                let message = "the ledger has no room for one more key; `capacity` gives it more";
                return Err(Failure::error(LEDGER_FULL, message).final_());
            }
        }
        Ok(())
    }
}
