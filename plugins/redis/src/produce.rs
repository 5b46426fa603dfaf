//! A record of `redis-stream-produce`: an entry that is added to a stream.

use redis::cmd;
use serde_json::Value as Json;
use throng_broker::{BAD_MESSAGE, Gathered, Texts, rendered};
use throng_model::{ConfigFault, Template};
use throng_plugin_api::{Visit, option_fault, read_options};
use throng_protocols::{Failure, Value};

use crate::json_plan::JsonPlan;
use crate::options::EntryOptions;
use crate::records::{Record, RecordPlan};
use crate::values::pairs;

/// An entry of a stream, but for what its holes are filled with.
#[derive(Debug)]
pub(crate) struct EntryPlan {
    stream: Template,
    /// None for what the step is given.
    fields: Option<JsonPlan>,
    id: Template,
    limit: Option<Limit>,
    creates: bool,
}

/// How many entries the stream keeps.
#[derive(Clone, Copy, Debug)]
struct Limit {
    length: u64,
    is_exact: bool,
}

impl RecordPlan for EntryPlan {
    const EXAMPLE: &'static str = r#"{"stream": "orders", "fields": {"id": 7}}"#;

    fn read(json: &Json, texts: Texts, pointer: &str) -> Result<Self, Vec<ConfigFault>> {
        let options: EntryOptions = read_options(json, pointer)?;
        let mut faults = Gathered::default();
        let missing =
            |name: &str| vec![option_fault(pointer, format!("there is no `{name}`"), Some(format!("write it like `{}`", Self::EXAMPLE)))];
        let stream = faults.catch(match options.stream.as_deref() {
            Some(stream) if !stream.is_empty() => texts.read(stream, &format!("{pointer}/stream")),
            _ => Err(missing("stream")),
        });
        let id = faults.catch(texts.read(options.id.as_deref().unwrap_or("*"), &format!("{pointer}/id")));
        let fields = faults.catch(match &options.fields {
            None if texts == Texts::Literal => Err(missing("fields")),
            None => Ok(None),
            Some(fields) => fields_plan(fields, texts, &format!("{pointer}/fields")).map(Some),
        });
        let is_exact = options.exact.unwrap_or_default();
        if is_exact && options.max_length.is_none() {
            faults.add(format!("{pointer}/exact"), "there is no `max-length` that it could be about", None);
        }
        let plan = match (stream, id, fields) {
            (Some(stream), Some(id), Some(fields)) => Some(Self {
                stream,
                fields,
                id,
                limit: options.max_length.map(|length| Limit { length, is_exact }),
                creates: options.create.unwrap_or(true),
            }),
            _ => None,
        };
        faults.or(plan)
    }

    fn record(&self, visit: &Visit<'_>, input: &Value) -> Result<Record, Failure> {
        let stream = rendered(&self.stream, visit);
        let wrong = |reason: String| Failure::error(BAD_MESSAGE, format!("stream `{stream}`: {reason}")).final_();
        let fields = match &self.fields {
            Some(plan) => plan.fill(visit),
            None => input.json("").ok_or_else(|| wrong(format!("the input `{}` cannot be read as JSON", input.excerpt(80))))?,
        };
        let arguments = checked(&fields).map_err(wrong)?;
        let mut command = cmd("XADD");
        command.arg(&stream);
        if !self.creates {
            command.arg("NOMKSTREAM");
        }
        if let Some(Limit { length, is_exact }) = self.limit {
            command.arg("MAXLEN").arg(if is_exact { "=" } else { "~" }).arg(length);
        }
        command.arg(rendered(&self.id, visit));
        command.arg(&arguments);
        let bytes = arguments.iter().map(|argument| argument.len() as u64).sum();
        Ok(Record { under: "stream", name: stream, commands: vec![command], bytes })
    }
}

fn fields_plan(fields: &Json, texts: Texts, pointer: &str) -> Result<JsonPlan, Vec<ConfigFault>> {
    let plan = JsonPlan::read(fields, texts, pointer)?;
    match &plan {
        JsonPlan::Constant(fields) => checked(fields).map(drop).map_err(|reason| vec![option_fault(pointer, reason, None)])?,
        JsonPlan::Object(_) => {}
        _ => return Err(vec![option_fault(pointer, "fields are an object of names and values", None)]),
    }
    Ok(plan)
}

fn checked(fields: &Json) -> Result<Vec<Vec<u8>>, String> {
    let arguments = pairs(fields)?;
    if arguments.is_empty() { Err("an entry has at least one field".to_owned()) } else { Ok(arguments) }
}
