//! Turns what a request callback answered into a request that can be sent.

use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Uri, header};
use serde::Deserialize;
use serde_json::Value as Json;
use throng_plugin_api::read_options as read;
use throng_protocols::http::Request as GuestRequest;
use throng_protocols::{Failure, Output, Value};

use crate::failure::{WRONG_ANSWER, bad_request};
use crate::origin::Origin;
use crate::plan::{checked_header_name, checked_method};
use crate::prepared::mark_empty;
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
}

/// Reads the answer of a request callback.
///
/// # Errors
/// It is not a request, cannot be sent, or goes where the document does not allow it.
pub(crate) fn outgoing(answer: Output, source: &Source) -> Result<Outgoing, Failure> {
    let value = match answer {
        Output::One(value) => value,
        Output::Nothing => return Err(wrong_answer("nothing")),
        Output::Many(values) => return Err(wrong_answer(&format!("{} values", values.len()))),
    };
    if let Some(request) = value.downcast::<GuestRequest>() {
        return bound(request, source);
    }
    match &value {
        Value::Json(text) => bound(&from_json(text)?, source),
        other => Err(wrong_answer(&format!("a value of the kind `{}`", other.kind()))),
    }
}

fn wrong_answer(what: &str) -> Failure {
    let message = format!(
        "the request callback answered {what}; a request is wanted: an `http/request`, or JSON like {{\"method\": \"GET\", \"path\": \"/\", \
         \"headers\": {{}}, \"body\": \"\"}} or with `json` in place of `body`"
    );
    Failure::error(WRONG_ANSWER, message).final_()
}

fn from_json(text: &str) -> Result<GuestRequest, Failure> {
    let json: Json = serde_json::from_str(text).map_err(|error| wrong_answer(&format!("text that is not JSON ({error})")))?;
    let request: JsonRequest = read(&json, "").map_err(|faults| {
        let faults: Vec<_> =
            faults.into_iter().map(|fault| fault.hint.map_or(fault.message.clone(), |hint| format!("{}; {hint}", fault.message))).collect();
        wrong_answer(&format!("JSON that is not a request ({})", faults.join(", ")))
    })?;
    let mut headers = Vec::with_capacity(request.headers.len() + 1);
    for (name, value) in request.headers {
        match value {
            Json::String(value) => headers.push((name, value.into_bytes())),
            _ => return Err(wrong_answer(&format!("a request whose header `{name}` is not a text"))),
        }
    }
    let body = match (request.body, request.json) {
        (Some(_), Some(_)) => return Err(wrong_answer("a request with both `body` and `json`")),
        (Some(text), None) => text.into(),
        (None, Some(json)) => {
            if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                headers.push(("content-type".to_owned(), b"application/json".to_vec()));
            }
            json.to_string().into()
        }
        (None, None) => Bytes::new(),
    };
    let url = match (request.url, request.path) {
        (Some(_), Some(_)) => return Err(wrong_answer("a request with both `url` and `path`")),
        (url, path) => url.or(path).unwrap_or_default(),
    };
    Ok(GuestRequest { method: request.method.unwrap_or_else(|| "GET".to_owned()), url, headers, body })
}

/// Checks a guest's request and finds out where it goes.
fn bound(guest: &GuestRequest, source: &Source) -> Result<Outgoing, Failure> {
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
    let mut headers = HeaderMap::with_capacity(guest.headers.len() + 2);
    for (name, value) in &guest.headers {
        let name = checked_header_name(name).map_err(bad_request)?;
        if name == header::CONTENT_LENGTH {
            check_length(value, guest.body.len())?;
            continue;
        }
        let value = HeaderValue::from_bytes(value)
            .map_err(|_| bad_request(format!("`{}` cannot be the value of `{name}`", value.escape_ascii())))?;
        headers.append(name, value);
    }
    if !headers.contains_key(header::HOST) {
        headers.insert(header::HOST, origin.host.clone());
    }
    if guest.body.is_empty() {
        mark_empty(&method, &mut headers);
    }
    let mut request = Request::new(guest.body.clone());
    *request.method_mut() = method;
    *request.uri_mut() = target;
    *request.headers_mut() = headers;
    Ok(Outgoing { origin, request })
}

/// Whether a URL has a scheme: `name://` before any slash or question mark.
fn is_absolute(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)))
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
