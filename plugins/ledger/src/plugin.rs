//! The plugin: its kinds, and how each use of them is checked.

use std::sync::Arc;

use schemars::schema_for;
use serde_json::Value as Json;
use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{ConfiguredStep, KindInfo, Plugin, option_fault, read_options};

use crate::check::ConfiguredCheck;
use crate::function::{Function, checked_pointer};
use crate::ledger::Ledgers;
use crate::options::{CheckOptions, RecordOptions};
use crate::record::ConfiguredRecord;

const CAPACITY: u64 = 1_000_000;
const NAME: &str = "ledger";

/// The plugin `ledger`: step kinds `ledger-record` and `ledger-check`.
#[derive(Clone, Debug, Default)]
pub struct LedgerPlugin {
    ledgers: Ledgers,
}

const KINDS: &[KindInfo<'_>] = &[
    KindInfo {
        name: "ledger-record",
        summary: "keeps what was acknowledged, by its key, for a check behind the load",
        schema: &|| schema_for!(RecordOptions).to_value(),
    },
    KindInfo {
        name: "ledger-check",
        summary: "compares what was acknowledged with rows of what is stored: lost, doubled, overwritten",
        schema: &|| schema_for!(CheckOptions).to_value(),
    },
];

impl Plugin for LedgerPlugin {
    fn name(&self) -> &'static str {
        NAME
    }

    fn kinds(&self) -> Vec<KindInfo<'_>> {
        KINDS.to_vec()
    }

    fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
        if setup.defaults.is_some() {
            return Err(vec![option_fault("", "there are no defaults for `ledger`", Some("leave them out".to_owned()))]);
        }
        match setup.kind {
            "ledger-record" => Ok(Arc::new(record(read_options(setup.config, "")?, &self.ledgers)?)),
            "ledger-check" => Ok(Arc::new(check(read_options(setup.config, "")?, &self.ledgers)?)),
            other => Err(vec![option_fault("", format!("the plugin `ledger` has no step kind `{other}`"), None)]),
        }
    }
}

fn record(options: RecordOptions, ledgers: &Ledgers) -> Result<ConfiguredRecord, Vec<ConfigFault>> {
    let mut faults = Vec::new();
    let key = required_key(options.key.as_ref()).map_err(|fault| faults.push(fault)).ok();
    let value = optional(options.value.as_ref()).map_err(|fault| faults.push(fault)).ok();
    let capacity = options.capacity.unwrap_or(CAPACITY);
    if capacity == 0 {
        faults.push(option_fault("/capacity", "a ledger without room records nothing", Some("write at least 1".to_owned())));
    }
    match (key, value) {
        (Some(key), Some(value)) if faults.is_empty() => {
            Ok(ConfiguredRecord { name: name(options.ledger), key, value, capacity, ledgers: ledgers.clone() })
        }
        _ => Err(faults),
    }
}

fn check(options: CheckOptions, ledgers: &Ledgers) -> Result<ConfiguredCheck, Vec<ConfigFault>> {
    let mut faults = Vec::new();
    let key = required_key(options.key.as_ref()).map_err(|fault| faults.push(fault)).ok();
    let value = optional(options.value.as_ref()).map_err(|fault| faults.push(fault)).ok();
    let rows = checked_pointer(options.rows.as_deref().unwrap_or_default(), "/rows").map_err(|fault| faults.push(fault)).ok();
    match (key, value, rows) {
        (Some(key), Some(value), Some(rows)) => {
            Ok(ConfiguredCheck { name: name(options.ledger), rows, key, value, ledgers: ledgers.clone() })
        }
        _ => Err(faults),
    }
}

fn name(given: Option<String>) -> String {
    given.unwrap_or_else(|| NAME.to_owned())
}

fn required_key(json: Option<&Json>) -> Result<Function, ConfigFault> {
    let missing = || option_fault("", "there is no `key`", Some("say what names a record: `\"key\": {\"json\": \"/id\"}`".to_owned()));
    Function::read(json.ok_or_else(missing)?, "/key")
}

fn optional(json: Option<&Json>) -> Result<Option<Function>, ConfigFault> {
    json.map(|json| Function::read(json, "/value")).transpose()
}
