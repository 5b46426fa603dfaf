//! What is published: from the document, or from a callback's answer, which says the same without holes.

use serde_json::Value as Json;
use throng_broker::{BAD_MESSAGE, BodyPlan, CallbackOptions, Gathered, Texts, rendered, wrong_answer};
use throng_model::{CallbackPlace, ConfigFault, Template};
use throng_plugin_api::{Visit, option_fault, pointer_token, read_options};
use throng_protocols::{Failure, Output, Value};

use crate::options::MessageOptions;
use crate::packets::{Message, Properties, Qos, Version, is_topic};

/// The use that the document must declare for a callback.
const MESSAGE_USE: &str = "request:mqtt";

/// What a callback answers.
const EXAMPLE: &str = "{\"topic\": \"orders/new\", \"json\": {\"id\": 1}, \"qos\": 1, \"retain\": false}";

/// Where the messages of a step come from.
#[derive(Debug)]
pub(crate) enum MessageSource {
    /// What this callback answers.
    Callback { callback: u32, version: Version },
    /// What the document says.
    Plan(Box<MessagePlan>),
}

/// A message, but for what its holes are filled with.
#[derive(Debug)]
pub(crate) struct MessagePlan {
    topic: Template,
    body: BodyPlan,
    qos: Qos,
    retain: bool,
    content_type: Option<Template>,
    response_topic: Option<Template>,
    correlation_data: Option<Template>,
    expiry: Option<u32>,
    user: Vec<(String, Template)>,
}

impl MessageSource {
    /// Reads the option `message`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn read(message: Option<&Json>, version: Version) -> Result<Self, Vec<ConfigFault>> {
        const POINTER: &str = "/message";
        let Some(message) = message else {
            let hint = "add `\"message\": {\"topic\": \"orders\"}`, or `\"message\": {\"callback\": 0}`".to_owned();
            return Err(vec![option_fault("", "there is no `message`", Some(hint))]);
        };
        if message.get("callback").is_some() {
            let options = read_options::<CallbackOptions>(message, POINTER)?;
            return Ok(Self::Callback { callback: options.callback, version });
        }
        let plan = MessagePlan::read(&read_options(message, POINTER)?, Texts::Templates, version, POINTER);
        plan.map(|plan| Self::Plan(Box::new(plan)))
    }

    /// The callbacks that it leans on.
    pub(crate) fn callbacks(&self) -> Vec<CallbackPlace> {
        match self {
            Self::Callback { callback, .. } => {
                vec![CallbackPlace { option: "message".to_owned(), callback: *callback, required_use: MESSAGE_USE.to_owned() }]
            }
            Self::Plan(_) => Vec::new(),
        }
    }

    /// The message of one visit.
    ///
    /// # Errors
    /// The callback's own failure, an answer that is no message, or a message that cannot be sent.
    pub(crate) fn message(&self, visit: &Visit<'_>, input: &Value) -> Result<Message, Failure> {
        match self {
            Self::Plan(plan) => plan.message(visit, input),
            Self::Callback { callback, version } => answered(visit.call(*callback, input)?, *version)?.message(visit, input),
        }
    }
}

fn answered(answer: Output, version: Version) -> Result<MessagePlan, Failure> {
    let value = match answer {
        Output::One(value) => value,
        Output::Nothing => return Err(wrong_answer("nothing", EXAMPLE)),
        Output::Many(values) => return Err(wrong_answer(&format!("{} values", values.len()), EXAMPLE)),
    };
    let Some(json @ Json::Object(_)) = value.json("") else {
        return Err(wrong_answer(&format!("a value of the kind `{}`", value.kind()), EXAMPLE));
    };
    let plan = read_options(&json, "").and_then(|options| MessagePlan::read(&options, Texts::Literal, version, ""));
    plan.map_err(|faults: Vec<ConfigFault>| {
        let faults = faults.into_iter().map(|fault| match fault.hint {
            Some(hint) => format!("{}; {hint}", fault.message),
            None => fault.message,
        });
        wrong_answer(&format!("JSON that is not a message ({})", faults.collect::<Vec<_>>().join(", ")), EXAMPLE)
    })
}

impl MessagePlan {
    fn read(options: &MessageOptions, texts: Texts, version: Version, pointer: &str) -> Result<Self, Vec<ConfigFault>> {
        let mut faults = Gathered::default();
        let topic = match options.topic.as_deref() {
            Some(topic) => {
                let template = faults.catch(texts.read(topic, &format!("{pointer}/topic")));
                if template.as_ref().and_then(Template::as_text).is_some_and(|topic| !is_topic(topic)) {
                    faults.add(format!("{pointer}/topic"), no_topic(topic), Some("wildcards are for those who subscribe"));
                }
                template
            }
            None => {
                faults.add(pointer, "there is no `topic`", Some("add `\"topic\": \"orders\"`"));
                None
            }
        };
        let body = faults.catch(BodyPlan::read(options.body.as_deref(), options.json.as_ref(), options.base64.as_deref(), texts, pointer));
        let qos = match options.qos.map_or(Some(Qos::default()), Qos::of) {
            Some(qos) => qos,
            None => {
                faults.add(format!("{pointer}/qos"), "there is no such `qos`", Some("write `0`, `1` or `2`"));
                Qos::default()
            }
        };
        let mut optional = |text: Option<&str>, name: &str| {
            let read = text.map(|text| texts.read(text, &format!("{pointer}/{name}"))).transpose();
            faults.catch(read).flatten()
        };
        let content_type = optional(options.content_type.as_deref(), "content-type");
        let response_topic = optional(options.response_topic.as_deref(), "response-topic");
        let correlation_data = optional(options.correlation_data.as_deref(), "correlation-data");
        let mut user = Vec::new();
        for (name, value) in &options.properties {
            let place = format!("{pointer}/properties/{}", pointer_token(name));
            match value {
                Json::String(text) => user.extend(faults.catch(texts.read(text, &place)).map(|text| (name.clone(), text))),
                _ => faults.add(place, "the value of a property is a text", None),
            }
        }
        let of_five = !user.is_empty() || content_type.is_some() || response_topic.is_some() || correlation_data.is_some();
        if version == Version::Three && (of_five || options.expiry.is_some()) {
            faults.add(pointer, "version 3.1.1 carries a topic and a body only", Some("take version `5`, or leave the rest out"));
        }
        let plan = topic.zip(body).map(|(topic, body)| Self {
            topic,
            body,
            qos,
            retain: options.retain.unwrap_or_default(),
            content_type,
            response_topic,
            correlation_data,
            expiry: options.expiry,
            user,
        });
        faults.or(plan)
    }

    fn message(&self, visit: &Visit<'_>, input: &Value) -> Result<Message, Failure> {
        let topic = rendered(&self.topic, visit);
        if !is_topic(&topic) {
            return Err(Failure::error(BAD_MESSAGE, no_topic(&topic)).final_());
        }
        let text = |template: &Option<Template>| template.as_ref().map(|template| rendered(template, visit));
        Ok(Message {
            topic,
            body: self.body.render(visit, input),
            qos: self.qos,
            retain: self.retain,
            duplicate: false,
            id: 0,
            properties: Properties {
                content_type: text(&self.content_type),
                response_topic: text(&self.response_topic),
                correlation_data: text(&self.correlation_data).map(Into::into),
                expiry: self.expiry,
                user: self.user.iter().map(|(name, value)| (name.clone(), rendered(value, visit))).collect(),
            },
        })
    }
}

fn no_topic(text: &str) -> String {
    format!("`{}` is not a topic that can be published to", text.escape_debug())
}
