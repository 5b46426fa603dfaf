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
    /// What it is kept under, as failures call it: `key`, `stream`.
    pub(crate) under: &'static str,
    /// And which one.
    pub(crate) name: String,
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

#[cfg(test)]
mod tests {
    use futures_util::future::LocalBoxFuture;
    use serde_json::json;
    use throng_measure::{Moment, Shortage};
    use throng_model::Template;
    use throng_plugin_api::{Clock, MeterId, StepHost};
    use throng_protocols::{Callbacks, Context, WaitingCallbacks};

    use super::*;
    use crate::produce::EntryPlan;
    use crate::save::SavePlan;

    /// A scenario whose callback answers this.
    struct Host(Json);

    impl StepHost for Host {
        fn call(&self, _: Context, callback: u32, _: &Value) -> Result<Output, Failure> {
            assert_eq!(callback, 3);
            Ok(Output::One(Value::Json(self.0.to_string().into())))
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

        fn render(&self, _: Context, template: &Template) -> String {
            template.to_string().replace("{minion}", "7")
        }

        fn clock(&self) -> Clock {
            Clock::system()
        }

        fn record(&self, _: MeterId, _: u64) {}

        fn short_of(&self, _: Shortage) {}

        fn connection_failed(&self, _: Context, _: &Failure) {}
    }

    /// What goes to the server, without the lengths of its pieces.
    fn said<P: RecordPlan>(records: Option<Json>, answer: Json, input: &Value) -> Vec<String> {
        let source = RecordSource::<P>::read(records.as_ref()).expect("valid records");
        let host = Host(answer);
        let visit = Visit::new(Context { minion: 7, iteration: 0, attempt: 0 }, Moment::from_nanos(0), &host);
        let words = |command: &Cmd| {
            let text = String::from_utf8_lossy(&command.get_packed_command()).into_owned();
            text.split("\r\n")
                .filter(|word| !(word.len() > 1 && word.starts_with(['$', '*'])))
                .collect::<Vec<_>>()
                .join(" ")
                .trim_end()
                .to_owned()
        };
        match source.records(&visit, input) {
            Ok(records) => records.iter().flat_map(|record| &record.commands).map(words).collect(),
            Err(failure) => vec![format!("{}: {}", failure.code, failure.message)],
        }
    }

    #[test]
    fn holes_are_those_of_documents_alone() {
        let record = json!({ "key": "order:{minion}", "type": "zset", "value": { "m-{minion}": "{minion}" }, "ttl": "1s" });
        let filled = ["ZADD order:7 7 m-7", "PEXPIRE order:7 1000"];
        assert_eq!(said::<SavePlan>(Some(record), Json::Null, &Value::None), filled);
        let literal = json!([{ "key": "{minion}", "value": { "a": "{minion}" } }, { "key": "b", "value": 1, "ttl": "1m" }]);
        let answered = ["SET {minion} {\"a\":\"{minion}\"}", "SET b 1 PX 60000"];
        assert_eq!(said::<SavePlan>(Some(json!({ "callback": 3 })), literal.clone(), &Value::None), answered);
        assert_eq!(said::<SavePlan>(None, Json::Null, &Value::Json(literal.to_string().into())), answered);
    }

    #[test]
    fn entries_are_what_the_step_is_given() {
        let given = Value::Json(r#"{"id": 1, "lines": [2]}"#.into());
        let record = json!({ "stream": "orders", "max-length": 5, "create": false });
        assert_eq!(said::<EntryPlan>(Some(record), Json::Null, &given), ["XADD orders NOMKSTREAM MAXLEN ~ 5 * id 1 lines [2]"]);
        let text = said::<EntryPlan>(Some(json!({ "stream": "orders" })), Json::Null, &Value::Text("pen".into()));
        assert_eq!(text, ["bad-message: stream `orders`: fields are an object of names and values, not `\"pen\"`"]);
    }

    #[test]
    fn answers_that_are_no_records_are_told() {
        let wrong = said::<SavePlan>(Some(json!({ "callback": 3 })), json!([{ "key": "a", "vlue": 1 }]), &Value::None);
        let words = "wrong-answer: the callback answered JSON that is no record (/0/vlue: there is no option `vlue`; did you mean `value`?); a record";
        assert!(wrong[0].starts_with(words), "{wrong:?}");
        let number = said::<SavePlan>(None, Json::Null, &Value::Integer(7));
        assert!(number[0].starts_with("bad-message: without `records` the step saves what it is given, which is"), "{number:?}");
    }
}
