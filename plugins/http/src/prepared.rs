//! Requests that the document says, prepared once per worker: what is the same each time is only cloned.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use throng_model::Template;
use throng_plugin_api::{Files, OpenError, Visit};
use throng_protocols::Failure;

use crate::connection::{Chunks, Encoded};
use crate::failure::bad_request;
use crate::files::read_file;
use crate::form::{PartPlan, PartValue, encode_form, encode_parts};
use crate::origin::{Base, Origin};
use crate::plan::{BodyPlan, JsonPiece, StaticPlan};
use throng_plugin_api::constant_text;

/// A request that the document says, for one base.
#[derive(Debug)]
pub(crate) struct Prepared {
    method: Method,
    target: Target,
    /// Those without holes, `host` among them.
    headers: HeaderMap,
    filled_headers: Vec<(HeaderName, Template)>,
    body: PreparedBody,
    chunks: Option<Chunks>,
    /// The request itself, where nothing has holes.
    pub(crate) constant: Option<Encoded>,
}

#[derive(Debug)]
enum Target {
    Fixed(Uri),
    Filled(Template),
}

#[derive(Debug)]
enum PreparedBody {
    Fixed(Bytes),
    Text(Template),
    Json(Vec<JsonPiece>),
    Form(Vec<(String, Template)>),
    Parts(Vec<PartPlan<PreparedValue>>),
}

type PreparedValue = PartValue<Template, Bytes>;

impl Prepared {
    /// Binds a request to its base, and reads its files.
    ///
    /// # Errors
    /// Base and path together are not a URL, or a file cannot be read.
    pub(crate) fn new(plan: &StaticPlan, base: &Base, origin: &Origin, files: &Files) -> Result<Self, OpenError> {
        let no_url = |error| OpenError { message: format!("the request has no URL: {error}"), hint: None };
        let target = match constant_text(&plan.path) {
            Some(path) => Target::Fixed(base.join(&path).map_err(no_url)?),
            None => Target::Filled(plan.path.clone()),
        };
        let mut headers = HeaderMap::new();
        let mut filled_headers = Vec::new();
        for (name, value) in &plan.headers {
            // The plan has checked the values of those without holes.
            match constant_text(value).and_then(|text| HeaderValue::from_str(&text).ok()) {
                Some(value) => drop(headers.append(name, value)),
                None => filled_headers.push((name.clone(), value.clone())),
            }
        }
        let body = match &plan.body {
            BodyPlan::Text(template) => match constant_text(template) {
                Some(text) => PreparedBody::Fixed(text.into()),
                None => PreparedBody::Text(template.clone()),
            },
            BodyPlan::Json(pieces) => match pieces.as_slice() {
                [JsonPiece::Text(text)] => PreparedBody::Fixed(text.clone().into()),
                _ => PreparedBody::Json(pieces.clone()),
            },
            BodyPlan::Form(fields) => {
                match fields.iter().map(|(name, value)| Some((name, constant_text(value)?))).collect::<Option<Vec<_>>>() {
                    Some(fields) => PreparedBody::Fixed(encode_form(fields).into()),
                    None => PreparedBody::Form(fields.clone()),
                }
            }
            BodyPlan::Parts(parts) => {
                let read = |part: &PartPlan<PartValue<Template, String>>| {
                    Ok(part.with(match &part.value {
                        PartValue::Text(text) => PartValue::Text(text.clone()),
                        PartValue::File(path) => PartValue::File(read_file(path, files)?),
                    }))
                };
                let parts = parts.iter().map(read).collect::<Result<Vec<_>, OpenError>>()?;
                match parts.iter().map(|part| Some(part.with(constant(&part.value)?))).collect::<Option<Vec<_>>>() {
                    Some(parts) => PreparedBody::Fixed(whole_of(&parts, &mut headers)),
                    None => PreparedBody::Parts(parts),
                }
            }
            BodyPlan::File(path) => PreparedBody::Fixed(read_file(path, files)?),
        };
        let chunks = plan.chunks.map(Chunks);
        let constant = match (&target, filled_headers.as_slice(), &body) {
            (Target::Fixed(target), [], PreparedBody::Fixed(body)) => {
                Some(Encoded::new(&request(&plan.method, target.clone(), &headers, body.clone(), chunks), &origin.host))
            }
            _ => None,
        };
        Ok(Self { method: plan.method.clone(), target, headers, filled_headers, body, chunks, constant })
    }

    /// The request for one visit.
    ///
    /// # Errors
    /// A filled hole has brought in what cannot be sent.
    pub(crate) fn build(&self, visit: &Visit<'_>, base: &Base) -> Result<Request<Bytes>, Failure> {
        let target = match &self.target {
            Target::Fixed(target) => target.clone(),
            Target::Filled(template) => {
                let path = visit.render(template);
                base.join(&path).map_err(|error| bad_request(format!("`{path}` is not a path: {error}")))?
            }
        };
        let mut kind = HeaderMap::new();
        let body = match &self.body {
            PreparedBody::Fixed(body) => body.clone(),
            PreparedBody::Text(template) => visit.render(template).into(),
            PreparedBody::Json(pieces) => render_json(pieces, visit).into(),
            PreparedBody::Form(fields) => encode_form(fields.iter().map(|(name, value)| (name, visit.render(value)))).into(),
            PreparedBody::Parts(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| part.with(filled(&part.value, visit))).collect();
                whole_of(&parts, &mut kind)
            }
        };
        let mut request = request(&self.method, target, &self.headers, body, self.chunks);
        request.headers_mut().extend(kind);
        for (name, template) in &self.filled_headers {
            let text = visit.render(template);
            let value = HeaderValue::from_str(&text);
            let value = value.map_err(|_| bad_request(format!("`{}` cannot be the value of `{name}`", text.escape_debug())))?;
            request.headers_mut().append(name, value);
        }
        Ok(request)
    }
}

fn request(method: &Method, target: Uri, headers: &HeaderMap, body: Bytes, chunks: Option<Chunks>) -> Request<Bytes> {
    let mut request = Request::new(body);
    *request.method_mut() = method.clone();
    *request.uri_mut() = target;
    *request.headers_mut() = headers.clone();
    if let Some(chunks) = chunks {
        request.extensions_mut().insert(chunks);
    }
    request
}

/// What a part holds each time; none if it has holes.
fn constant(value: &PreparedValue) -> Option<Bytes> {
    match value {
        PartValue::Text(template) => constant_text(template).map(Bytes::from),
        PartValue::File(bytes) => Some(bytes.clone()),
    }
}

fn filled(value: &PreparedValue, visit: &Visit<'_>) -> Bytes {
    match value {
        PartValue::Text(template) => visit.render(template).into(),
        PartValue::File(bytes) => bytes.clone(),
    }
}

/// A body in parts, whose content type goes into the headers.
fn whole_of(parts: &[PartPlan<Bytes>], headers: &mut HeaderMap) -> Bytes {
    let (kind, body) = encode_parts(parts);
    // The boundary is letters and digits.
    if let Ok(kind) = HeaderValue::from_str(&kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    body.into()
}

fn render_json(pieces: &[JsonPiece], visit: &Visit<'_>) -> String {
    let mut whole = String::new();
    for piece in pieces {
        match piece {
            JsonPiece::Text(text) => whole.push_str(text),
            JsonPiece::Holes(template) => whole.push_str(&serde_json::Value::String(visit.render(template)).to_string()),
        }
    }
    whole
}
