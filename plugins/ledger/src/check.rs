//! The step `ledger-check`: compares what was acknowledged with the rows that it is given.

use std::future::ready;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use futures_util::future::LocalBoxFuture;
use serde_json::Value as Json;
use throng_model::PluginUse;
use throng_plugin_api::{AttachContext, Attached, ConfiguredStep, MeterId, Meters, OpenContext, OpenError, Performed, StepRunner, Visit};
use throng_protocols::{Failure, Output, Value};

use crate::function::Function;
use crate::ledger::{Ledger, Ledgers};
use crate::record::Opened;
use crate::verdict::{Comparison, Found};

/// Nothing records in the ledger.
const NO_LEDGER: &str = "no-ledger";
/// The input has no list of rows.
const NO_ROWS: &str = "no-rows";

/// A checked step.
#[derive(Clone, Debug)]
pub(crate) struct ConfiguredCheck {
    pub(crate) name: String,
    pub(crate) rows: String,
    pub(crate) key: Function,
    pub(crate) value: Option<Function>,
    pub(crate) ledgers: Ledgers,
}

impl ConfiguredStep for ConfiguredCheck {
    fn uses(&self) -> PluginUse {
        PluginUse::default()
    }

    fn open<'a>(&'a self, _: &'a OpenContext) -> Opened<'a> {
        Box::pin(ready(Ok(())))
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let meters = CheckMeters::register(context.meters);
        Ok(Attached::Step(Rc::new(CheckStep { plan: self.clone(), campaign: Arc::clone(&context.sandbox.abort), meters })))
    }
}

struct CheckMeters {
    stored: MeterId,
    matched: MeterId,
    lost: MeterId,
    doubled: MeterId,
    overwritten: MeterId,
    unacknowledged: MeterId,
}

impl CheckMeters {
    fn register(meters: &mut dyn Meters) -> Self {
        Self {
            stored: meters.counter("ledger-stored"),
            matched: meters.counter("ledger-matched"),
            lost: meters.counter("ledger-lost"),
            doubled: meters.counter("ledger-doubled"),
            overwritten: meters.counter("ledger-overwritten"),
            unacknowledged: meters.counter("ledger-unacknowledged"),
        }
    }

    fn count(&self, visit: &Visit<'_>, found: &Found) {
        let counts = [
            (self.stored, found.stored),
            (self.matched, found.matched.count),
            (self.lost, found.lost.count),
            (self.doubled, found.doubled.count),
            (self.overwritten, found.overwritten.count),
            (self.unacknowledged, found.unacknowledged.count),
        ];
        counts.into_iter().for_each(|(meter, count)| visit.count(meter, count));
    }
}

/// A step on one worker.
struct CheckStep {
    plan: ConfiguredCheck,
    /// For its ledger, which is looked for when the step runs: those that record may be attached later.
    campaign: Arc<AtomicBool>,
    meters: CheckMeters,
}

impl StepRunner for CheckStep {
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed> {
        let result = self.check(visit, &input);
        Box::pin(ready(Performed { result, service: None }))
    }

    fn minion_done(&self, _: u32) {}
}

impl CheckStep {
    fn check(&self, visit: &Visit<'_>, input: &Value) -> Result<Output, Failure> {
        let Some(ledger) = self.plan.ledgers.find(&self.campaign, &self.plan.name) else {
            let message = format!("no step `ledger-record` of this campaign records in the ledger `{}`", self.plan.name);
            return Err(Failure::error(NO_LEDGER, message).final_());
        };
        let found = self.compare(visit, input, &ledger)?;
        self.meters.count(visit, &found);
        match found.failure() {
            Some(failure) => Err(failure),
            None => Ok(Output::One(Value::Json(found.json().to_string().into()))),
        }
    }

    fn compare(&self, visit: &Visit<'_>, input: &Value, ledger: &Ledger) -> Result<Found, Failure> {
        let ConfiguredCheck { rows, key, value, .. } = &self.plan;
        let no_rows = || {
            let message = format!("there is no list of rows under `{rows}` of the input `{}`", input.excerpt(80));
            Failure::error(NO_ROWS, message).final_()
        };
        let Some(Json::Array(items)) = input.json(rows) else { return Err(no_rows()) };
        let mut comparison = Comparison::new(ledger);
        for row in &items {
            let stored = value.as_ref().map(|function| function.of(visit, row).unwrap_or_default());
            comparison.add(key.key(visit, row)?, stored.as_ref());
        }
        Ok(comparison.end())
    }
}
