//! A value that polls carry from a response to the next request.

use http::{HeaderName, Uri};
use serde_json::Value as Json;
use throng_model::ConfigFault;
use throng_plugin_api::{option_fault, read_options};
use throng_protocols::http::Response;

use crate::options::CursorOptions;

/// Where the value comes from and goes to.
#[derive(Clone, Debug)]
pub(crate) struct CursorPlan {
    /// The name in the query, as it is sent.
    query: String,
    place: CursorPlace,
    pub(crate) initial: Option<String>,
}

#[derive(Clone, Debug)]
enum CursorPlace {
    /// The tokens of a JSON pointer, without their escapes.
    Body(Vec<String>),
    Header(HeaderName),
}

impl CursorPlan {
    /// Reads the option `cursor`.
    pub(crate) fn read(json: &Json) -> Result<Self, Vec<ConfigFault>> {
        const POINTER: &str = "/cursor";
        let options: CursorOptions = read_options(json, POINTER)?;
        let mut faults = Vec::new();
        let mut wrong = |place: &str, message: String, hint: &str| {
            faults.push(option_fault(format!("{POINTER}{place}"), message, Some(hint.to_owned())));
        };
        let query = options.query.unwrap_or_default();
        if query.is_empty() {
            wrong("", "the cursor has no `query`".to_owned(), "say the name in the query: `\"query\": \"after\"`");
        }
        let place = match (options.json, options.header) {
            (Some(pointer), None) if pointer.is_empty() || pointer.starts_with('/') => Some(CursorPlace::Body(tokens(&pointer))),
            (Some(pointer), None) => {
                wrong("/json", format!("`{pointer}` is not a JSON pointer"), "it begins with `/`, like `/-1/sequence`");
                None
            }
            (None, Some(name)) => match HeaderName::from_bytes(name.as_bytes()) {
                Ok(name) => Some(CursorPlace::Header(name)),
                Err(_) => {
                    wrong("/header", format!("`{name}` is not the name of a header"), "write it like `x-next`");
                    None
                }
            },
            _ => {
                wrong("", "a cursor has either `json` or `header`".to_owned(), "say where the value is: `\"json\": \"/-1/sequence\"`");
                None
            }
        };
        let initial = options.initial.as_ref().map(plain);
        if initial == Some(None) {
            wrong("/initial", "a text or number is expected here".to_owned(), "write it like `\"0\"`");
        }
        match place {
            Some(place) if faults.is_empty() => Ok(Self { query: encoded(&query), place, initial: initial.flatten() }),
            _ => Err(faults),
        }
    }

    /// The value of a response, if it has one.
    pub(crate) fn value_in(&self, response: &Response) -> Option<String> {
        match &self.place {
            CursorPlace::Header(name) => Some(response.header(name.as_str())?.to_owned()),
            CursorPlace::Body(tokens) => plain(tokens.iter().try_fold(response.body_json()?, |json, token| child(json, token))?),
        }
    }

    /// The target with the value in its query.
    ///
    /// # Errors
    /// The target gets too long.
    pub(crate) fn add_to(&self, target: &Uri, value: &str) -> Result<Uri, http::uri::InvalidUri> {
        let separator = if target.query().is_some() { '&' } else { '?' };
        let whole = format!("{target}{separator}{}={}", self.query, encoded(value));
        http::uri::PathAndQuery::try_from(whole).map(Uri::from)
    }
}

fn tokens(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect()
}

fn child<'a>(json: &'a Json, token: &str) -> Option<&'a Json> {
    match json {
        Json::Array(items) if token == "-1" => items.last(),
        Json::Array(items) => items.get(token.parse::<usize>().ok()?),
        Json::Object(entries) => entries.get(token),
        _ => None,
    }
}

/// A text or number as a text.
fn plain(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// As a part of a query: all but letters, digits and `-._~` as `%20`.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => encoded.push(char::from(byte)),
            false => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;
    use serde_json::json;
    use throng_protocols::Value;
    use throng_protocols::http::Timings;

    use super::*;

    #[test]
    fn values_are_found() {
        let value = |pointer: &str, body: Json| {
            let plan = CursorPlan::read(&json!({ "query": "after", "json": pointer })).expect("right");
            let response = Response::new(200, HeaderMap::new(), Bytes::from(body.to_string()), Timings::default(), Value::None);
            plan.value_in(&response)
        };
        assert_eq!(value("/-1/id", json!([{ "id": 1 }, { "id": 2 }])).as_deref(), Some("2"));
        assert_eq!(value("/0/id", json!([{ "id": "a b" }])).as_deref(), Some("a b"));
        assert_eq!(value("", json!(7)).as_deref(), Some("7"));
        assert_eq!(value("/a~1b/-1", json!({ "a/b": { "-1": "x" } })).as_deref(), Some("x"));
        for nothing in [json!([]), json!([{}]), json!([{ "id": null }]), json!({}), json!([{ "id": {} }])] {
            assert_eq!(value("/-1/id", nothing), None);
        }
    }

    #[test]
    fn queries_are_extended() {
        let plan = CursorPlan::read(&json!({ "query": "new er", "header": "x-next" })).expect("right");
        let added = |target: &str, value: &str| plan.add_to(&target.parse().expect("a target"), value).expect("right").to_string();
        assert_eq!(added("/a", "1"), "/a?new%20er=1");
        assert_eq!(added("/a?b=c", "ä&=/"), "/a?b=c&new%20er=%C3%A4%26%3D%2F");
    }

    #[test]
    fn wrong_cursors_are_refused() {
        let pointers =
            |json: Json| -> Vec<String> { CursorPlan::read(&json).expect_err("wrong").into_iter().map(|fault| fault.pointer).collect() };
        assert_eq!(pointers(json!({ "query": "a" })), ["/cursor"]);
        assert_eq!(pointers(json!({ "json": "/a", "header": "b", "initial": [] })), ["/cursor", "/cursor", "/cursor/initial"]);
        assert_eq!(pointers(json!({ "query": "a", "json": "b" })), ["/cursor/json"]);
        assert_eq!(pointers(json!({ "query": "a", "header": "b c" })), ["/cursor/header"]);
        assert_eq!(pointers(json!({ "qery": "a" })), ["/cursor/qery"]);
    }
}
