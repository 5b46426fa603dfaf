//! What a step sends, checked but not yet bound to a worker.

use std::num::NonZeroUsize;

use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method, header};
use serde_json::Value as Json;
use throng_model::{CallbackPlace, ConfigFault, Template, TemplatePart};
use throng_plugin_api::{option_fault as fault, parse_size, pointer_token, read_options as read};

use crate::form::{FORM, PartPlan, PartValue, WrittenValue, read_form, read_parts};
use crate::options::{CallbackOptions, StaticOptions};
use throng_plugin_api::{constant_text, parse_template};

/// The use that the document must declare for a request callback.
const REQUEST_USE: &str = "request:http";

/// What a step sends.
#[derive(Debug)]
pub(crate) enum Plan {
    /// What this callback answers.
    Callback(u32),
    /// What the document says.
    Static(Box<StaticPlan>),
}

/// A request that the document says.
#[derive(Debug)]
pub(crate) struct StaticPlan {
    pub(crate) method: Method,
    pub(crate) path: Template,
    pub(crate) headers: Vec<(HeaderName, Template)>,
    pub(crate) body: BodyPlan,
    /// The size of its pieces, if it goes out in pieces.
    pub(crate) chunks: Option<NonZeroUsize>,
}

/// The body of a request that the document says.
#[derive(Debug)]
pub(crate) enum BodyPlan {
    Text(Template),
    Json(Vec<JsonPiece>),
    /// Fields in one line.
    Form(Vec<(String, Template)>),
    /// Its content type is set with it.
    Parts(Vec<PartPlan<PartValue<Template, String>>>),
    /// The path of a file.
    File(String),
}

/// A piece of JSON text.
#[derive(Clone, Debug)]
pub(crate) enum JsonPiece {
    /// As it stands.
    Text(String),
    /// A text of the JSON that has holes; quoted when they are filled.
    Holes(Template),
}

impl Plan {
    /// Reads the option `request`.
    pub(crate) fn read(request: Option<&Json>) -> Result<Self, Vec<ConfigFault>> {
        const POINTER: &str = "/request";
        let Some(request) = request else {
            let hint = "add `\"request\": {\"callback\": 0}`, or `\"request\": {\"method\": \"GET\", \"path\": \"/\"}`".to_owned();
            return Err(vec![fault("", "there is no `request`", Some(hint))]);
        };
        if request.get("callback").is_some() {
            return read::<CallbackOptions>(request, POINTER).map(|options| Self::Callback(options.callback));
        }
        StaticPlan::check(read(request, POINTER)?).map(|plan| Self::Static(Box::new(plan)))
    }

    /// A `GET` of a path, which is the option `path`.
    pub(crate) fn of_path(path: &str) -> Result<Self, Vec<ConfigFault>> {
        let plan = StaticPlan::check(StaticOptions { path: Some(path.to_owned()), ..StaticOptions::default() });
        let in_place = |inner: ConfigFault| ConfigFault { pointer: "/path".to_owned(), ..inner };
        plan.map(|plan| Self::Static(Box::new(plan))).map_err(|faults| faults.into_iter().map(in_place).collect())
    }

    /// The callbacks that it leans on.
    pub(crate) fn callbacks(&self) -> Vec<CallbackPlace> {
        match self {
            Self::Callback(callback) => {
                vec![CallbackPlace { option: "request".to_owned(), callback: *callback, required_use: REQUEST_USE.to_owned() }]
            }
            Self::Static(_) => Vec::new(),
        }
    }
}

impl StaticPlan {
    fn check(options: StaticOptions) -> Result<Self, Vec<ConfigFault>> {
        let mut faults = Vec::new();
        let method = checked_method(options.method.as_deref().unwrap_or("GET")).unwrap_or_else(|message| {
            faults.push(fault("/request/method", message, None));
            Method::GET
        });
        let path = template(options.path.as_deref().unwrap_or_default(), "/request/path", &mut faults);
        if let Some(path) = constant_text(&path).filter(|path| !path.is_empty())
            && let Err(error) = path.parse::<PathAndQuery>()
        {
            let hint = "characters such as spaces are written `%20`".to_owned();
            faults.push(fault("/request/path", format!("`{path}` is not a path: {error}"), Some(hint)));
        }
        let mut headers = Vec::new();
        for (name, value) in &options.headers {
            match header_plan(name, value) {
                Ok(header) => headers.push(header),
                Err(message) => faults.push(fault(format!("/request/headers/{}", pointer_token(name)), message, None)),
            }
        }
        let body = body_plan(&options, &mut headers, &mut faults);
        let chunks = options.chunks.as_ref().and_then(|size| {
            match parse_size(size).map(|size| usize::try_from(size).ok().and_then(NonZeroUsize::new)) {
                Ok(Some(size)) => Some(size),
                Ok(None) => {
                    faults.push(fault("/request/chunks", "a chunk has at least one byte", Some("write a size like `64KiB`".to_owned())));
                    None
                }
                Err(message) => {
                    faults.push(fault("/request/chunks", message, None));
                    None
                }
            }
        });
        if faults.is_empty() { Ok(Self { method, path, headers, body, chunks }) } else { Err(faults) }
    }
}

fn body_plan(options: &StaticOptions, headers: &mut Vec<(HeaderName, Template)>, faults: &mut Vec<ConfigFault>) -> BodyPlan {
    let said = [
        ("body", options.body.is_some()),
        ("json", options.json.is_some()),
        ("form", options.form.is_some()),
        ("multipart", options.multipart.is_some()),
        ("file", options.file.is_some()),
    ];
    let said: Vec<_> = said.iter().filter(|(_, is_said)| *is_said).map(|(name, _)| *name).collect();
    if let [first, second, ..] = said.as_slice() {
        let message = format!("a request has either `{first}` or `{second}`");
        faults.push(fault(format!("/request/{second}"), message, Some("leave one of them out".to_owned())));
        return BodyPlan::Text(Template { parts: Vec::new() });
    }
    let mut add_type = |kind: &str| {
        if !headers.iter().any(|(name, _)| name == header::CONTENT_TYPE) {
            headers.push((header::CONTENT_TYPE, Template { parts: vec![TemplatePart::Text(kind.to_owned())] }));
        }
    };
    if let Some(json) = &options.json {
        add_type("application/json");
        let mut pieces = Vec::new();
        json_pieces(json, "/request/json", &mut pieces, faults);
        return BodyPlan::Json(pieces);
    }
    if let Some(form) = &options.form {
        add_type(FORM);
        let fields = read_form(form, "/request/form").unwrap_or_else(|wrong| {
            faults.extend(wrong);
            Vec::new()
        });
        let place = |name: &str| format!("/request/form/{}", pointer_token(name));
        return BodyPlan::Form(
            fields
                .into_iter()
                .map(|(name, value)| {
                    let value = template(&value, &place(&name), faults);
                    (name, value)
                })
                .collect(),
        );
    }
    if let Some(parts) = &options.multipart {
        if headers.iter().any(|(name, _)| name == header::CONTENT_TYPE) {
            let hint = Some("leave the header out".to_owned());
            faults.push(fault("/request/headers", "the content type of a `multipart` body is the engine's to set", hint));
        }
        let parts = read_parts(parts, "/request/multipart").unwrap_or_else(|wrong| {
            faults.extend(wrong);
            Vec::new()
        });
        let value = |(index, part): (usize, PartPlan<WrittenValue>)| {
            part.with(match &part.value {
                PartValue::Text(text) => PartValue::Text(template(text, &format!("/request/multipart/{index}/value"), faults)),
                PartValue::File(path) => PartValue::File(path.clone()),
            })
        };
        return BodyPlan::Parts(parts.into_iter().enumerate().map(value).collect());
    }
    if let Some(file) = &options.file {
        return BodyPlan::File(file.clone());
    }
    BodyPlan::Text(template(options.body.as_deref().unwrap_or_default(), "/request/body", faults))
}

/// A method that a server could know.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn checked_method(text: &str) -> Result<Method, String> {
    match Method::from_bytes(text.as_bytes()) {
        Ok(Method::CONNECT) => Err("`CONNECT` makes tunnels, which a request is not".to_owned()),
        Ok(method) => Ok(method),
        Err(_) => Err(format!("`{text}` is not a method; write it like `GET` or `POST`")),
    }
}

/// A header's name, if it is the author's to set.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn checked_header_name(text: &str) -> Result<HeaderName, String> {
    check_header_name(text)?;
    HeaderName::from_bytes(text.as_bytes()).map_err(|_| not_a_name(text))
}

/// Whether a text is a header's name, and the author's to set.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_header_name(text: &str) -> Result<(), String> {
    // A token, as in RFC 9110, section 5.6.2.
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.is_empty() || !text.bytes().all(is_token) {
        return Err(not_a_name(text));
    }
    if ["transfer-encoding", "upgrade"].iter().any(|name| text.eq_ignore_ascii_case(name)) {
        return Err(format!("`{}` is the engine's to set; leave it out", text.to_ascii_lowercase()));
    }
    Ok(())
}

fn not_a_name(text: &str) -> String {
    format!("`{text}` is not the name of a header")
}

fn header_plan(name: &str, value: &Json) -> Result<(HeaderName, Template), String> {
    let name = checked_header_name(name)?;
    if name == header::CONTENT_LENGTH {
        return Err("`content-length` is the engine's to set; leave it out".to_owned());
    }
    let text = value.as_str().ok_or("a header's value is a text")?;
    let template = parse_template(text)?;
    if let Some(text) = constant_text(&template) {
        HeaderValue::from_str(&text).map_err(|_| format!("`{}` cannot be the value of a header", text.escape_debug()))?;
    }
    Ok((name, template))
}

fn template(text: &str, pointer: &str, faults: &mut Vec<ConfigFault>) -> Template {
    parse_template(text).unwrap_or_else(|message| {
        faults.push(fault(pointer, message, None));
        Template { parts: Vec::new() }
    })
}

/// Writes JSON as text, interrupted where a text has holes.
fn json_pieces(json: &Json, pointer: &str, pieces: &mut Vec<JsonPiece>, faults: &mut Vec<ConfigFault>) {
    match json {
        Json::String(text) => {
            let template = template(text, pointer, faults);
            match constant_text(&template) {
                Some(text) => push_text(pieces, &Json::String(text).to_string()),
                None => pieces.push(JsonPiece::Holes(template)),
            }
        }
        Json::Array(items) => {
            push_text(pieces, "[");
            for (index, item) in items.iter().enumerate() {
                push_text(pieces, if index > 0 { "," } else { "" });
                json_pieces(item, &format!("{pointer}/{index}"), pieces, faults);
            }
            push_text(pieces, "]");
        }
        Json::Object(entries) => {
            push_text(pieces, "{");
            for (index, (key, value)) in entries.iter().enumerate() {
                push_text(pieces, if index > 0 { "," } else { "" });
                push_text(pieces, &Json::String(key.clone()).to_string());
                push_text(pieces, ":");
                json_pieces(value, &format!("{pointer}/{}", pointer_token(key)), pieces, faults);
            }
            push_text(pieces, "}");
        }
        plain => push_text(pieces, &plain.to_string()),
    }
}

fn push_text(pieces: &mut Vec<JsonPiece>, text: &str) {
    match pieces.last_mut() {
        Some(JsonPiece::Text(last)) => last.push_str(text),
        _ => pieces.push(JsonPiece::Text(text.to_owned())),
    }
}
