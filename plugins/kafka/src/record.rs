//! What a step sends: a callback's answer, or what the document says.

use bytes::Bytes;
use serde_json::Value as Json;
use throng_broker::{BodyPlan, CallbackOptions, JsonPiece, Texts};
use throng_model::{CallbackPlace, ConfigFault, Template};
use throng_plugin_api::{Visit, option_fault, pointer_token, read_options};
use throng_protocols::{Failure, Value};

use crate::answer;
use crate::options::RecordOptions;

/// The use that the document must declare for a callback.
const RECORD_USE: &str = "request:kafka";

/// A record that can be sent.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) topic: String,
    pub(crate) partition: Option<i32>,
    /// Milliseconds since the Unix epoch; the client's own time without one.
    pub(crate) timestamp: Option<i64>,
    pub(crate) key: Value,
    pub(crate) value: Value,
    pub(crate) headers: Vec<(String, Option<Bytes>)>,
}

/// Where records come from.
#[derive(Debug)]
pub(crate) struct RecordPlan {
    /// The topic of those that name none.
    topic: Option<Template>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// What this callback answers.
    Callback(u32),
    /// What the document says.
    Static(Box<StaticRecord>),
}

#[derive(Debug)]
struct StaticRecord {
    partition: Option<i32>,
    key: Option<Part>,
    value: Option<Part>,
    headers: Vec<(String, Part)>,
}

/// A part of a record that the document says.
#[derive(Debug)]
enum Part {
    /// The same each time.
    Fixed(Value),
    Text(Template),
    Json(BodyPlan),
}

impl RecordPlan {
    /// Reads the options `topic` and `record`.
    pub(crate) fn read(topic: Option<&str>, record: Option<&Json>) -> Result<Self, Vec<ConfigFault>> {
        const POINTER: &str = "/record";
        let mut faults = Vec::new();
        let topic = topic.map(|topic| checked_template(topic, "/topic", &mut faults));
        let content = match record {
            None => {
                let hint = "add `\"record\": {\"callback\": 0}`, or `\"record\": {\"key\": \"{minion}\", \"json\": {…}}`".to_owned();
                Err(vec![option_fault("", "there is no `record`", Some(hint))])
            }
            Some(record) if record.get("callback").is_some() => {
                read_options::<CallbackOptions>(record, POINTER).map(|options| Content::Callback(options.callback))
            }
            Some(record) => read_options(record, POINTER).and_then(StaticRecord::check).map(|record| Content::Static(Box::new(record))),
        };
        let content = content.map_err(|found| faults.extend(found)).ok();
        if topic.is_none() && !matches!(content, Some(Content::Callback(_))) {
            faults.push(option_fault("", "there is no `topic`", Some("add `\"topic\": \"orders\"`".to_owned())));
        }
        match content {
            Some(content) if faults.is_empty() => Ok(Self { topic: topic.flatten(), content }),
            _ => Err(faults),
        }
    }

    /// The callbacks that it leans on.
    pub(crate) fn callbacks(&self) -> Vec<CallbackPlace> {
        match self.content {
            Content::Callback(callback) => {
                vec![CallbackPlace { option: "record".to_owned(), callback, required_use: RECORD_USE.to_owned() }]
            }
            Content::Static(_) => Vec::new(),
        }
    }

    /// The record of one visit.
    ///
    /// # Errors
    /// The callback's own failure, or its answer is not a record.
    pub(crate) fn build(&self, visit: &Visit<'_>, input: &Value) -> Result<Outgoing, Failure> {
        let topic = || self.topic.as_ref().map(|topic| visit.render(topic));
        match &self.content {
            Content::Callback(callback) => answer::read(visit.call(*callback, input)?, topic),
            Content::Static(record) => Ok(Outgoing {
                topic: topic().unwrap_or_default(),
                partition: record.partition,
                timestamp: None,
                key: record.key.as_ref().map_or(Value::None, |key| key.fill(visit)),
                value: record.value.as_ref().map_or(Value::None, |value| value.fill(visit)),
                headers: record.headers.iter().map(|(name, value)| (name.clone(), value.fill_header(visit))).collect(),
            }),
        }
    }
}

impl StaticRecord {
    fn check(options: RecordOptions) -> Result<Self, Vec<ConfigFault>> {
        let mut faults = Vec::new();
        let key = options.key.as_deref().and_then(|key| Part::text(key, "/record/key", &mut faults));
        let value = match (&options.value, &options.json) {
            (Some(_), Some(_)) => {
                let hint = "leave one of them out".to_owned();
                faults.push(option_fault("/record/json", "a record has either `value` or `json`", Some(hint)));
                None
            }
            (Some(text), None) => Part::text(text, "/record/value", &mut faults),
            (None, Some(json)) => BodyPlan::read(None, Some(json), None, Texts::Templates, "/record")
                .map(Part::json)
                .map_err(|found| faults.extend(found))
                .ok(),
            (None, None) => None,
        };
        let mut headers = Vec::new();
        for (name, value) in &options.headers {
            let place = format!("/record/headers/{}", pointer_token(name));
            match value.as_str() {
                None => faults.push(option_fault(place, "a header's value is a text", None)),
                Some(text) => headers.extend(Part::text(text, &place, &mut faults).map(|part| (name.clone(), part))),
            }
        }
        if options.partition.is_some_and(|partition| partition < 0) {
            faults.push(option_fault("/record/partition", "partitions are counted from 0", None));
        }
        if faults.is_empty() { Ok(Self { partition: options.partition, key, value, headers }) } else { Err(faults) }
    }
}

impl Part {
    fn text(text: &str, pointer: &str, faults: &mut Vec<ConfigFault>) -> Option<Self> {
        let template = checked_template(text, pointer, faults)?;
        Some(match template.as_text() {
            Some(text) => Self::Fixed(Value::Text(text.into())),
            None => Self::Text(template),
        })
    }

    fn json(plan: BodyPlan) -> Self {
        match &plan {
            BodyPlan::Json(pieces) => match pieces.as_slice() {
                [JsonPiece::Text(text)] => Self::Fixed(Value::Json(text.as_str().into())),
                _ => Self::Json(plan),
            },
            _ => Self::Json(plan),
        }
    }

    fn fill(&self, visit: &Visit<'_>) -> Value {
        match self {
            Self::Fixed(value) => value.clone(),
            Self::Text(template) => Value::Text(visit.render(template).into()),
            Self::Json(plan) => Value::Json(String::from_utf8_lossy(&plan.render(visit, &Value::None)).into()),
        }
    }

    fn fill_header(&self, visit: &Visit<'_>) -> Option<Bytes> {
        throng_protocols::kafka::bytes_of(&self.fill(visit)).map(Bytes::copy_from_slice)
    }
}

fn checked_template(text: &str, pointer: &str, faults: &mut Vec<ConfigFault>) -> Option<Template> {
    Template::parse(text).map_err(|error| faults.push(option_fault(pointer, error.to_string(), None))).ok()
}
