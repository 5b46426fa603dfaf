//! Turns what a request callback answered into a request that can be sent.

use std::rc::Rc;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Uri};
use serde::Deserialize;
use serde_json::Value as Json;
use throng_model::ConfigFault;
use throng_plugin_api::read_options as read;
use throng_protocols::http::Request as GuestRequest;
use throng_protocols::{Failure, Output, Value};

use crate::connection::{Encoded, Head};
use crate::failure::{WRONG_ANSWER, bad_request};
use crate::form::{FORM, PartValue, encode_form, encode_parts, read_form, read_parts};
use crate::origin::Origin;
use crate::plan::{check_header_name, checked_header_name, checked_method};
use crate::source::Source;

/// A request, and where it goes.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) origin: Rc<Origin>,
    pub(crate) request: Request<Bytes>,
}

/// A request in JSON, as guests without the WIT interface write it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct JsonRequest {
    method: Option<String>,
    url: Option<String>,
    path: Option<String>,
    headers: serde_json::Map<String, Json>,
    body: Option<String>,
    json: Option<Json>,
    form: Option<Json>,
    multipart: Option<Json>,
}

/// Reads the answer of a request callback, as it goes over the wire.
///
/// # Errors
/// It is not a request, cannot be sent, or goes where the document does not allow it.
pub(crate) fn encoded(answer: Output, source: &Source) -> Result<(Rc<Origin>, Encoded), Failure> {
    read_answer(answer, |guest| {
        let Place { origin, method, target } = place(guest, source)?;
        let room: usize = guest.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        let mut head = Head::new(&method, target.path_and_query().map_or("/", PathAndQuery::as_str), room + guest.body.len());
        for header in headers(guest) {
            let (name, value) = header?;
            head.header(name, value);
        }
        let encoded = head.end(&origin.host, &guest.body);
        Ok((origin, encoded))
    })
}

/// The same, as a request that can still be changed.
///
/// # Errors
/// As those of [`encoded`].
pub(crate) fn outgoing(answer: Output, source: &Source) -> Result<Outgoing, Failure> {
    read_answer(answer, |guest| {
        let Place { origin, method, target } = place(guest, source)?;
        let mut request = Request::new(guest.body.clone());
        *request.method_mut() = method;
        *request.uri_mut() = target;
        for header in headers(guest) {
            let (name, value) = header?;
            let name = checked_header_name(name).map_err(bad_request)?;
            let value = HeaderValue::from_bytes(value).map_err(|_| not_a_value(name.as_str(), value))?;
            request.headers_mut().append(name, value);
        }
        Ok(Outgoing { origin, request })
    })
}

fn read_answer<T>(answer: Output, read: impl FnOnce(&GuestRequest) -> Result<T, Failure>) -> Result<T, Failure> {
    let value = match answer {
        Output::One(value) => value,
        Output::Nothing => return Err(wrong_answer("nothing")),
        Output::Many(values) => return Err(wrong_answer(&format!("{} values", values.len()))),
    };
    if let Some(request) = value.downcast::<GuestRequest>() {
        return read(request);
    }
    match &value {
        Value::Json(text) => read(&from_json(text)?),
        other => Err(wrong_answer(&format!("a value of the kind `{}`", other.kind()))),
    }
}

fn wrong_answer(what: &str) -> Failure {
    let message = format!(
        "the request callback answered {what}; a request is wanted: an `http/request`, or JSON like {{\"method\": \"GET\", \"path\": \"/\", \
         \"headers\": {{}}, \"body\": \"\"}} or with `json`, `form` or `multipart` in place of `body`"
    );
    Failure::error(WRONG_ANSWER, message).final_()
}

fn from_json(text: &str) -> Result<GuestRequest, Failure> {
    let json: Json = serde_json::from_str(text).map_err(|error| wrong_answer(&format!("text that is not JSON ({error})")))?;
    let request: JsonRequest = read(&json, "").map_err(not_a_request)?;
    let mut headers = Vec::with_capacity(request.headers.len() + 1);
    for (name, value) in request.headers {
        match value {
            Json::String(value) => headers.push((name, value.into_bytes())),
            _ => return Err(wrong_answer(&format!("a request whose header `{name}` is not a text"))),
        }
    }
    let body = match (request.body, request.json, request.form, request.multipart) {
        (Some(text), None, None, None) => text.into(),
        (None, Some(json), None, None) => {
            add_type(&mut headers, "application/json");
            json.to_string().into()
        }
        (None, None, Some(form), None) => {
            add_type(&mut headers, FORM);
            encode_form(read_form(&form, "/form").map_err(not_a_request)?).into()
        }
        (None, None, None, Some(parts)) => {
            if headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                return Err(wrong_answer("a `multipart` request with a content type, which is the engine's to set"));
            }
            let parts = read_parts(&parts, "/multipart").map_err(not_a_request)?;
            let texts = parts.iter().map(|part| match &part.value {
                PartValue::Text(text) => Ok(part.with(Bytes::from(text.clone()))),
                PartValue::File(_) => Err(wrong_answer("a part with a `file`, which only a document can name")),
            });
            let (kind, body) = encode_parts(&texts.collect::<Result<Vec<_>, _>>()?);
            headers.push(("content-type".to_owned(), kind.into_bytes()));
            body.into()
        }
        (None, None, None, None) => Bytes::new(),
        _ => return Err(wrong_answer("a request with more than one of `body`, `json`, `form` and `multipart`")),
    };
    let url = match (request.url, request.path) {
        (Some(_), Some(_)) => return Err(wrong_answer("a request with both `url` and `path`")),
        (url, path) => url.or(path).unwrap_or_default(),
    };
    Ok(GuestRequest { method: request.method.unwrap_or_else(|| "GET".to_owned()), url, headers, body })
}

fn add_type(headers: &mut Vec<(String, Vec<u8>)>, kind: &str) {
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        headers.push(("content-type".to_owned(), kind.as_bytes().to_vec()));
    }
}

fn not_a_request(faults: Vec<ConfigFault>) -> Failure {
    let told = |fault: ConfigFault| fault.hint.map_or(fault.message.clone(), |hint| format!("{}; {hint}", fault.message));
    let faults: Vec<_> = faults.into_iter().map(told).collect();
    wrong_answer(&format!("JSON that is not a request ({})", faults.join(", ")))
}

/// Where a guest's request goes.
struct Place {
    origin: Rc<Origin>,
    method: Method,
    target: Uri,
}

fn place(guest: &GuestRequest, source: &Source) -> Result<Place, Failure> {
    let method = checked_method(&guest.method).map_err(bad_request)?;
    let (origin, target) = match is_absolute(&guest.url) {
        false => {
            let target = source.base.join(&guest.url).map_err(|error| bad_request(format!("`{}` is not a path: {error}", guest.url)))?;
            (Rc::clone(&source.origin), target)
        }
        true => {
            let url: Uri = guest.url.parse().map_err(|error| bad_request(format!("`{}` is not a URL: {error}", guest.url)))?;
            let origin = source.origin_of(&url)?;
            (origin, url.path_and_query().cloned().map(Uri::from).unwrap_or_default())
        }
    };
    Ok(Place { origin, method, target })
}

/// A guest's headers, checked; but for the length, which is sent anyhow.
fn headers(guest: &GuestRequest) -> impl Iterator<Item = Result<(&str, &[u8]), Failure>> {
    guest.headers.iter().filter_map(|(name, value)| match check_header(name, value, guest.body.len()) {
        Ok(_) if name.eq_ignore_ascii_case("content-length") => None,
        Ok(()) => Some(Ok((name.as_str(), value.as_slice()))),
        Err(failure) => Some(Err(failure)),
    })
}

fn check_header(name: &str, value: &[u8], length: usize) -> Result<(), Failure> {
    check_header_name(name).map_err(bad_request)?;
    if name.eq_ignore_ascii_case("content-length") {
        return check_length(value, length);
    }
    // As in RFC 9110, section 5.5: no control characters but the tab.
    match value.iter().all(|byte| (*byte >= b' ' && *byte != 0x7f) || *byte == b'\t') {
        true => Ok(()),
        false => Err(not_a_value(name, value)),
    }
}

fn not_a_value(name: &str, value: &[u8]) -> Failure {
    bad_request(format!("`{}` cannot be the value of `{name}`", value.escape_ascii()))
}

/// Whether a URL has a scheme: `name://` before any slash or question mark.
fn is_absolute(url: &str) -> bool {
    let end = url.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)));
    end.is_some_and(|end| end > 0 && url.get(end..).is_some_and(|rest| rest.starts_with("://")))
}

/// The length is sent anyhow; another one than the body's would make the server read what is not there.
fn check_length(value: &[u8], length: usize) -> Result<(), Failure> {
    let declared = std::str::from_utf8(value).ok().and_then(|text| text.trim().parse().ok());
    match declared == Some(length) {
        true => Ok(()),
        false => {
            let message = format!("`content-length` is `{}`, but the body has {length} bytes; leave the header out", value.escape_ascii());
            Err(bad_request(message))
        }
    }
}
