//! What is published: from the document, or from a callback's answer, which says the same without holes.

use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use serde_json::Value as Json;
use throng_broker::{BAD_MESSAGE, BodyPlan, Gathered, Texts, rendered, wrong_answer};
use throng_model::{CallbackPlace, ConfigFault, Template};
use throng_plugin_api::{Visit, option_fault, pointer_token, read_options};
use throng_protocols::{Failure, Output, Value};

use crate::options::{MessageOptions, PropertyOptions};
use crate::table::{SHORT, constant, short, text_value};

/// The use that the document must declare for a callback.
const MESSAGE_USE: &str = "request:rabbitmq";

/// What a callback answers.
const EXAMPLE: &str = "{\"exchange\": \"orders\", \"routing-key\": \"new\", \"json\": {\"id\": 1}, \"headers\": {}, \"properties\": {}}";

/// Where the messages of a step come from.
#[derive(Debug)]
pub(crate) enum MessageSource {
    /// What this callback answers.
    Callback(u32),
    /// What the document says.
    Plan(Box<MessagePlan>),
}

/// A message, but for what its holes are filled with.
#[derive(Debug)]
pub(crate) struct MessagePlan {
    exchange: Template,
    routing_key: Template,
    body: BodyPlan,
    headers: Vec<(String, HeaderPlan)>,
    texts: Vec<(TextProperty, Template)>,
    priority: Option<u8>,
    timestamp: Option<u64>,
    persistent: bool,
    mandatory: bool,
}

#[derive(Debug)]
enum HeaderPlan {
    Text(Template),
    Constant(AMQPValue),
}

/// Sets a property that is a text.
type TextProperty = (&'static str, fn(BasicProperties, &str) -> BasicProperties);

/// A message as it goes to the broker.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) exchange: String,
    pub(crate) routing_key: String,
    pub(crate) body: Bytes,
    pub(crate) properties: BasicProperties,
    pub(crate) mandatory: bool,
}

impl MessageSource {
    /// Reads the option `message`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn read(message: Option<&Json>) -> Result<Self, Vec<ConfigFault>> {
        const POINTER: &str = "/message";
        let Some(message) = message else {
            let hint = "add `\"message\": {\"routing-key\": \"orders\"}`, or `\"message\": {\"callback\": 0}`".to_owned();
            return Err(vec![option_fault("", "there is no `message`", Some(hint))]);
        };
        if message.get("callback").is_some() {
            return read_options::<throng_broker::CallbackOptions>(message, POINTER).map(|options| Self::Callback(options.callback));
        }
        let plan = MessagePlan::read(&read_options(message, POINTER)?, Texts::Templates, POINTER);
        plan.map(|plan| Self::Plan(Box::new(plan)))
    }

    /// The callbacks that it leans on.
    pub(crate) fn callbacks(&self) -> Vec<CallbackPlace> {
        match self {
            Self::Callback(callback) => {
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
            Self::Callback(callback) => answered(visit.call(*callback, input)?)?.message(visit, input),
        }
    }
}

fn answered(answer: Output) -> Result<MessagePlan, Failure> {
    let value = match answer {
        Output::One(value) => value,
        Output::Nothing => return Err(wrong_answer("nothing", EXAMPLE)),
        Output::Many(values) => return Err(wrong_answer(&format!("{} values", values.len()), EXAMPLE)),
    };
    let Some(json @ Json::Object(_)) = value.json("") else {
        return Err(wrong_answer(&format!("a value of the kind `{}`", value.kind()), EXAMPLE));
    };
    let plan = read_options(&json, "").and_then(|options| MessagePlan::read(&options, Texts::Literal, ""));
    plan.map_err(|faults: Vec<ConfigFault>| {
        let faults = faults.into_iter().map(|fault| match fault.hint {
            Some(hint) => format!("{}; {hint}", fault.message),
            None => fault.message,
        });
        wrong_answer(&format!("JSON that is not a message ({})", faults.collect::<Vec<_>>().join(", ")), EXAMPLE)
    })
}

impl MessagePlan {
    fn read(options: &MessageOptions, texts: Texts, pointer: &str) -> Result<Self, Vec<ConfigFault>> {
        let mut faults = Gathered::default();
        let mut text = |text: Option<&str>, name: &str| {
            let read = texts.read(text.unwrap_or_default(), &format!("{pointer}/{name}"));
            faults.catch(read).unwrap_or(Template { parts: Vec::new() })
        };
        let exchange = text(options.exchange.as_deref(), "exchange");
        let routing_key = text(options.routing_key.as_deref(), "routing-key");
        let body = faults.catch(BodyPlan::read(options.body.as_deref(), options.json.as_ref(), options.base64.as_deref(), texts, pointer));
        let mut headers = Vec::new();
        for (name, value) in &options.headers {
            let place = format!("{pointer}/headers/{}", pointer_token(name));
            match (value, constant(value)) {
                _ if name.len() > SHORT => faults.add(place, "the name of a header has 255 bytes at most", None),
                (Json::String(text), _) => {
                    headers.extend(faults.catch(texts.read(text, &place)).map(|text| (name.clone(), HeaderPlan::Text(text))));
                }
                (_, Some(value)) => headers.push((name.clone(), HeaderPlan::Constant(value))),
                (_, None) => faults.add(place, "this is not the value of a header", None),
            }
        }
        let place = format!("{pointer}/properties");
        let properties = options.properties.as_ref().map_or_else(|| Ok(PropertyOptions::default()), |json| read_options(json, &place));
        let properties = faults.catch(properties).unwrap_or_default();
        let mut texts_of_properties = Vec::new();
        for (property, given) in text_properties(&properties, options.json.is_some()) {
            let read = faults.catch(texts.read(given, &format!("{place}/{}", property.0)));
            texts_of_properties.extend(read.map(|text| (property, text)));
        }
        let plan = body.map(|body| Self {
            exchange,
            routing_key,
            body,
            headers,
            texts: texts_of_properties,
            priority: properties.priority,
            timestamp: properties.timestamp,
            persistent: options.persistent.unwrap_or_default(),
            mandatory: options.mandatory.unwrap_or_default(),
        });
        faults.or(plan)
    }

    fn message(&self, visit: &Visit<'_>, input: &Value) -> Result<Message, Failure> {
        let mut headers = FieldTable::default();
        for (name, value) in &self.headers {
            let value = match value {
                HeaderPlan::Text(template) => text_value(&rendered(template, visit)),
                HeaderPlan::Constant(value) => value.clone(),
            };
            headers.insert(short(name), value);
        }
        let mut properties = BasicProperties::default().with_delivery_mode(if self.persistent { 2 } else { 1 });
        if !self.headers.is_empty() {
            properties = properties.with_headers(headers);
        }
        for ((name, set), template) in &self.texts {
            properties = set(properties, &checked_short(rendered(template, visit), name)?);
        }
        if let Some(priority) = self.priority {
            properties = properties.with_priority(priority);
        }
        if let Some(timestamp) = self.timestamp {
            properties = properties.with_timestamp(timestamp);
        }
        Ok(Message {
            exchange: checked_short(rendered(&self.exchange, visit), "exchange")?,
            routing_key: checked_short(rendered(&self.routing_key, visit), "routing-key")?,
            body: self.body.render(visit, input),
            properties,
            mandatory: self.mandatory,
        })
    }
}

/// The properties that are texts, as far as they are given.
fn text_properties(given: &PropertyOptions, is_json: bool) -> Vec<(TextProperty, &str)> {
    let json_type = is_json.then_some("application/json");
    let all: [(TextProperty, Option<&str>); 9] = [
        (("content-type", |to, text| to.with_content_type(short(text))), given.content_type.as_deref().or(json_type)),
        (("content-encoding", |to, text| to.with_content_encoding(short(text))), given.content_encoding.as_deref()),
        (("correlation-id", |to, text| to.with_correlation_id(short(text))), given.correlation_id.as_deref()),
        (("reply-to", |to, text| to.with_reply_to(short(text))), given.reply_to.as_deref()),
        (("expiration", |to, text| to.with_expiration(short(text))), given.expiration.as_deref()),
        (("message-id", |to, text| to.with_message_id(short(text))), given.message_id.as_deref()),
        (("type", |to, text| to.with_type(short(text))), given.r#type.as_deref()),
        (("user-id", |to, text| to.with_user_id(short(text))), given.user_id.as_deref()),
        (("app-id", |to, text| to.with_app_id(short(text))), given.app_id.as_deref()),
    ];
    all.into_iter().filter_map(|(property, given)| Some((property, given?))).collect()
}

fn checked_short(text: String, what: &str) -> Result<String, Failure> {
    match text.len() <= SHORT {
        true => Ok(text),
        false => {
            let message = format!("`{what}` has {} bytes, and the protocol carries {SHORT} at most; shorten it", text.len());
            Err(Failure::error(BAD_MESSAGE, message).final_())
        }
    }
}
