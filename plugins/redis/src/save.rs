//! A record of `redis-save`: a key, what is saved there, and for how long.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use redis::cmd;
use serde_json::Value as Json;
use throng_broker::{BAD_MESSAGE, Gathered, Texts, choice, duration, rendered};
use throng_model::{ConfigFault, Template};
use throng_plugin_api::{Visit, option_fault, read_options};
use throng_protocols::{Failure, Value};

use crate::json_plan::JsonPlan;
use crate::options::SaveRecordOptions;
use crate::records::{Record, RecordPlan};
use crate::values::Kind;

/// A key and what is saved there, but for what its holes are filled with.
#[derive(Debug)]
pub(crate) struct SavePlan {
    key: Template,
    kind: Kind,
    content: Content,
    ttl: Option<Duration>,
}

#[derive(Debug)]
enum Content {
    Json(JsonPlan),
    Bytes(Vec<u8>),
    /// What the step is given.
    Input,
}

impl RecordPlan for SavePlan {
    const EXAMPLE: &'static str = r#"{"key": "order:7", "type": "hash", "value": {"id": 7}, "ttl": "60s"}"#;

    fn read(json: &Json, texts: Texts, pointer: &str) -> Result<Self, Vec<ConfigFault>> {
        let options: SaveRecordOptions = read_options(json, pointer)?;
        let mut faults = Gathered::default();
        let key = faults.catch(match options.key.as_deref() {
            Some(key) if !key.is_empty() => texts.read(key, &format!("{pointer}/key")),
            _ => Err(vec![option_fault(pointer, "there is no `key`", Some(format!("write it like `{}`", Self::EXAMPLE)))]),
        });
        let kind = faults.catch(choice(options.r#type.as_deref(), &format!("{pointer}/type"), "type", &Kind::ALL));
        let content = faults.catch(content(&options, kind.unwrap_or_default(), texts, pointer));
        let place = format!("{pointer}/ttl");
        let ttl = faults.catch(duration(options.ttl.as_deref(), &place));
        if ttl.flatten().is_some_and(|ttl| ttl.as_millis() == 0) {
            faults.add(place, "the shortest time to live is `1ms`", Some("leave it out for a key that does not expire"));
        }
        let plan = match (key, kind, content, ttl) {
            (Some(key), Some(kind), Some(content), Some(ttl)) => Some(Self { key, kind, content, ttl }),
            _ => None,
        };
        faults.or(plan)
    }

    fn record(&self, visit: &Visit<'_>, input: &Value) -> Result<Record, Failure> {
        let key = rendered(&self.key, visit);
        let wrong = |reason: String| Failure::error(BAD_MESSAGE, format!("key `{key}`: {reason}")).final_();
        let arguments = match &self.content {
            Content::Bytes(bytes) => vec![bytes.clone()],
            Content::Json(plan) => self.kind.arguments(&plan.fill(visit)).map_err(wrong)?,
            Content::Input => match (self.kind, input) {
                (Kind::String, Value::Text(text) | Value::Json(text)) => vec![text.as_bytes().to_vec()],
                (Kind::String, Value::Bytes(bytes)) => vec![bytes.to_vec()],
                (kind, value) => {
                    let json = value.json("").ok_or_else(|| wrong(format!("the input `{}` cannot be read as JSON", value.excerpt(80))))?;
                    kind.arguments(&json).map_err(wrong)?
                }
            },
        };
        let bytes = arguments.iter().map(|argument| argument.len() as u64).sum();
        let mut command = cmd(self.kind.command());
        command.arg(&key);
        command.arg(&arguments);
        let milliseconds = self.ttl.map(|ttl| u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        let mut commands = vec![command];
        match (self.kind, milliseconds, commands.first_mut()) {
            (Kind::String, Some(ttl), Some(set)) => drop(set.arg("PX").arg(ttl)),
            (_, Some(ttl), _) => commands.push(cmd("PEXPIRE").arg(&key).arg(ttl).take()),
            (_, None, _) => {}
        }
        Ok(Record { under: "key", name: key, commands, bytes })
    }
}

fn content(options: &SaveRecordOptions, kind: Kind, texts: Texts, pointer: &str) -> Result<Content, Vec<ConfigFault>> {
    match (&options.value, &options.base64) {
        (None, None) if texts == Texts::Literal => {
            let hint = format!("write it like `{}`", SavePlan::EXAMPLE);
            Err(vec![option_fault(pointer, "there is no `value`", Some(hint))])
        }
        (None, None) => Ok(Content::Input),
        (Some(_), Some(_)) => Err(vec![option_fault(pointer, "there are both `value` and `base64`", Some("leave one of them".to_owned()))]),
        (Some(value), None) => {
            let place = format!("{pointer}/value");
            let plan = JsonPlan::read(value, texts, &place)?;
            if let JsonPlan::Constant(value) = &plan {
                kind.arguments(value).map_err(|reason| vec![option_fault(&place, reason, None)])?;
            }
            Ok(Content::Json(plan))
        }
        (None, Some(_)) if kind != Kind::String => {
            let hint = Some("give it a `value`, or leave `type` out".to_owned());
            Err(vec![option_fault(format!("{pointer}/base64"), "only a `string` is saved from `base64`", hint)])
        }
        (None, Some(text)) => STANDARD.decode(text).map(Content::Bytes).map_err(|error| {
            let hint = "write it with the alphabet of RFC 4648, section 4, and padding".to_owned();
            vec![option_fault(format!("{pointer}/base64"), format!("this is not base64: {error}"), Some(hint))]
        }),
    }
}
