//! Where the records of a step come from: the document, a callback's answer, or what the step is given; all three say the same.

use redis::Cmd;
use serde_json::Value as Json;
use throng_broker::{BAD_MESSAGE, CallbackOptions, Gathered, Texts, WRONG_ANSWER};
use throng_model::{CallbackPlace, ConfigFault};
use throng_plugin_api::{Visit, read_options};
use throng_protocols::{Failure, Output, Value};

/// The use that the document must declare for a callback.
const REQUEST_USE: &str = "request:redis";
const POINTER: &str = "/records";

/// A record, but for what its holes are filled with.
pub(crate) trait RecordPlan: Sized {
    /// How one is written.
    const EXAMPLE: &'static str;

    /// Reads one.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    fn read(json: &Json, texts: Texts, pointer: &str) -> Result<Self, Vec<ConfigFault>>;

    /// What it says to the server in one visit.
    ///
    /// # Errors
    /// It cannot be said.
    fn record(&self, visit: &Visit<'_>, input: &Value) -> Result<Record, Failure>;
}

/// A record, ready to be sent.
#[derive(Debug)]
pub(crate) struct Record {
    /// What failures call it: "key `order:7`".
    pub(crate) place: String,
    /// The first is the one whose answer counts.
    pub(crate) commands: Vec<Cmd>,
    /// Of its values.
    pub(crate) bytes: u64,
}

/// Where the records of a step come from.
#[derive(Debug)]
pub(crate) enum RecordSource<P> {
    /// What this callback answers.
    Callback(u32),
    /// What the document says.
    Plans(Vec<P>),
    /// What the step is given.
    Input,
}

impl<P: RecordPlan> RecordSource<P> {
    /// Reads the option `records`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn read(records: Option<&Json>) -> Result<Self, Vec<ConfigFault>> {
        match records {
            None => Ok(Self::Input),
            Some(json) if json.get("callback").is_some() => {
                read_options::<CallbackOptions>(json, POINTER).map(|options| Self::Callback(options.callback))
            }
            Some(json) => plans(json, Texts::Templates, POINTER).map(Self::Plans),
        }
    }

    /// The callbacks that it leans on.
    pub(crate) fn callbacks(&self) -> Vec<CallbackPlace> {
        match self {
            Self::Callback(callback) => {
                vec![CallbackPlace { option: "records".to_owned(), callback: *callback, required_use: REQUEST_USE.to_owned() }]
            }
            Self::Plans(_) | Self::Input => Vec::new(),
        }
    }

    /// The records of one visit.
    ///
    /// # Errors
    /// The callback's own failure, or something that is no record.
    pub(crate) fn records(&self, visit: &Visit<'_>, input: &Value) -> Result<Vec<Record>, Failure> {
        match self {
            Self::Plans(plans) => plans.iter().map(|plan| plan.record(visit, input)).collect(),
            Self::Callback(callback) => {
                let json = match visit.call(*callback, input)? {
                    Output::One(value) => value.json(""),
                    Output::Nothing | Output::Many(_) => None,
                };
                let what = "the callback answered";
                literal::<P>(json.ok_or_else(|| no_record::<P>(WRONG_ANSWER, what, "no JSON"))?, WRONG_ANSWER, what, visit, input)
            }
            Self::Input => {
                let what = "without `records` the step saves what it is given, which is";
                let json = input.json("").ok_or_else(|| no_record::<P>(BAD_MESSAGE, what, &format!("`{}`", input.excerpt(80))))?;
                literal::<P>(json, BAD_MESSAGE, what, visit, input)
            }
        }
    }
}

fn literal<P: RecordPlan>(json: Json, code: &str, what: &str, visit: &Visit<'_>, input: &Value) -> Result<Vec<Record>, Failure> {
    let plans = plans::<P>(&json, Texts::Literal, "").map_err(|faults| {
        let told = faults.into_iter().map(|fault| {
            let place = if fault.pointer.is_empty() { String::new() } else { format!("{}: ", fault.pointer) };
            let hint = fault.hint.map_or_else(String::new, |hint| format!("; {hint}"));
            format!("{place}{}{hint}", fault.message)
        });
        no_record::<P>(code, what, &format!("JSON that is no record ({})", told.collect::<Vec<_>>().join(", ")))
    })?;
    plans.iter().map(|plan| plan.record(visit, input)).collect()
}

fn no_record<P: RecordPlan>(code: &str, what: &str, found: &str) -> Failure {
    Failure::error(code, format!("{what} {found}; a record or a list of them is wanted, like {}", P::EXAMPLE)).final_()
}

fn plans<P: RecordPlan>(json: &Json, texts: Texts, pointer: &str) -> Result<Vec<P>, Vec<ConfigFault>> {
    let Json::Array(items) = json else { return P::read(json, texts, pointer).map(|plan| vec![plan]) };
    let mut faults = Gathered::default();
    let plans = items.iter().enumerate().filter_map(|(index, item)| faults.catch(P::read(item, texts, &format!("{pointer}/{index}"))));
    let plans = plans.collect();
    faults.or(Some(plans))
}
