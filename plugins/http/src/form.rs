//! Bodies of forms: their fields in one line, or in parts.

use std::path::Path;

use bytes::Bytes;
use memchr::memmem::find;
use serde_json::Value as Json;
use throng_model::ConfigFault;
use throng_plugin_api::{option_fault as fault, pointer_token, read_options as read};
use url::form_urlencoded::Serializer;

use crate::options::PartOptions;

/// The content type of fields in one line.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The content type of a file of which nothing is known.
const ANY_FILE: &str = "application/octet-stream";

/// A part of a body.
#[derive(Clone, Debug)]
pub(crate) struct PartPlan<T> {
    pub(crate) name: String,
    pub(crate) value: T,
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
}

/// What a part holds: a text, or a file.
#[derive(Clone, Debug)]
pub(crate) enum PartValue<T, F> {
    Text(T),
    File(F),
}

/// What a part holds, as it is written: a template, or a path.
pub(crate) type WrittenValue = PartValue<String, String>;

impl<T> PartPlan<T> {
    /// The same part with another value.
    pub(crate) fn with<U>(&self, value: U) -> PartPlan<U> {
        PartPlan { name: self.name.clone(), value, file_name: self.file_name.clone(), content_type: self.content_type.clone() }
    }
}

/// The names and values of a form, as a document or a callback writes them.
pub(crate) fn read_form(json: &Json, pointer: &str) -> Result<Vec<(String, String)>, Vec<ConfigFault>> {
    let Some(fields) = json.as_object() else {
        let hint = "write it like `{\"user\": \"ada\"}`".to_owned();
        return Err(vec![fault(pointer, "an object of names and texts is expected here", Some(hint))]);
    };
    let field = |(name, value): (&String, &Json)| match value {
        Json::String(text) => Ok((name.clone(), text.clone())),
        Json::Number(_) | Json::Bool(_) => Ok((name.clone(), value.to_string())),
        _ => Err(fault(format!("{pointer}/{}", pointer_token(name)), "a text is expected here", None)),
    };
    gathered(fields.iter().map(field))
}

/// The parts of a body, as a document or a callback writes them.
pub(crate) fn read_parts(json: &Json, pointer: &str) -> Result<Vec<PartPlan<WrittenValue>>, Vec<ConfigFault>> {
    let Some(parts) = json.as_array().filter(|parts| !parts.is_empty()) else {
        let hint = "write it like `[{\"name\": \"note\", \"value\": \"hello\"}]`".to_owned();
        return Err(vec![fault(pointer, "a list of parts is expected here", Some(hint))]);
    };
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    for (index, part) in parts.iter().enumerate() {
        match read_part(part, &format!("{pointer}/{index}")) {
            Ok(part) => all.push(part),
            Err(wrong) => faults.extend(wrong),
        }
    }
    if faults.is_empty() { Ok(all) } else { Err(faults) }
}

fn read_part(json: &Json, pointer: &str) -> Result<PartPlan<WrittenValue>, Vec<ConfigFault>> {
    let PartOptions { name, value, file, file_name, content_type } = read(json, pointer)?;
    let (name, value) = match (name, value, file) {
        (Some(name), Some(text), None) => (name, PartValue::Text(text)),
        (Some(name), None, Some(file)) => (name, PartValue::File(file)),
        _ => {
            let hint =
                "write it like `{\"name\": \"note\", \"value\": \"hello\"}` or `{\"name\": \"picture\", \"file\": \"a.png\"}`".to_owned();
            return Err(vec![fault(pointer, "a part has a `name` and either a `value` or a `file`", Some(hint))]);
        }
    };
    if let Some(kind) = content_type.as_deref().filter(|kind| kind.is_empty() || kind.chars().any(char::is_control)) {
        return Err(vec![fault(format!("{pointer}/content-type"), format!("`{}` is no content type", kind.escape_debug()), None)]);
    }
    let (file_name, content_type) = match &value {
        PartValue::Text(_) => (file_name, content_type),
        PartValue::File(path) => {
            let last = || Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
            (file_name.or_else(last), content_type.or_else(|| Some(ANY_FILE.to_owned())))
        }
    };
    Ok(PartPlan { name, value, file_name, content_type })
}

fn gathered<T>(results: impl Iterator<Item = Result<T, ConfigFault>>) -> Result<Vec<T>, Vec<ConfigFault>> {
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    results.for_each(|result| match result {
        Ok(item) => all.push(item),
        Err(wrong) => faults.push(wrong),
    });
    if faults.is_empty() { Ok(all) } else { Err(faults) }
}

/// Fields in one line, in their order.
pub(crate) fn encode_form<N: AsRef<str>, V: AsRef<str>>(fields: impl IntoIterator<Item = (N, V)>) -> String {
    let mut line = Serializer::new(String::new());
    line.extend_pairs(fields);
    line.finish()
}

/// Parts behind each other (RFC 7578): the content type, which has the boundary between them, and the body.
pub(crate) fn encode_parts(parts: &[PartPlan<Bytes>]) -> (String, Vec<u8>) {
    // The first that no value has inside: the same parts are the same bytes each time.
    let is_free = |boundary: &String| parts.iter().all(|part| find(&part.value, boundary.as_bytes()).is_none());
    let boundary = (0u64..).map(|number| format!("throng-part-{number}")).find(is_free).unwrap_or_default();
    let mut body = Vec::new();
    let mut add = |pieces: &[&[u8]]| pieces.iter().for_each(|piece| body.extend_from_slice(piece));
    for PartPlan { name, value, file_name, content_type } in parts {
        add(&[b"--", boundary.as_bytes(), b"\r\ncontent-disposition: form-data; name=\"", quoted(name).as_bytes(), b"\""]);
        if let Some(file_name) = file_name {
            add(&[b"; filename=\"", quoted(file_name).as_bytes(), b"\""]);
        }
        if let Some(kind) = content_type {
            add(&[b"\r\ncontent-type: ", kind.as_bytes()]);
        }
        add(&[b"\r\n\r\n", value, b"\r\n"]);
    }
    add(&[b"--", boundary.as_bytes(), b"--\r\n"]);
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// As browsers write names: what would end them is written as in a URL.
fn quoted(text: &str) -> String {
    text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn forms_are_one_line() {
        let fields = read_form(&json!({ "a b": "ä&=", "n": 7 }), "/form").expect("right");
        assert_eq!(encode_form(fields), "a+b=%C3%A4%26%3D&n=7");
        assert_eq!(read_form(&json!({ "a/b": [] }), "/form").expect_err("no text")[0].pointer, "/form/a~1b");
        assert_eq!(read_form(&json!("a=b"), "/form").expect_err("no object")[0].pointer, "/form");
    }

    #[test]
    fn parts_have_a_boundary_that_no_value_has() {
        let parts = json!([
            { "name": "a\"b", "value": "throng-part-0" },
            { "name": "file", "value": "{}", "file-name": "x.json", "content-type": "application/json" },
        ]);
        let parts = read_parts(&parts, "").expect("right");
        let texts: Vec<_> = parts.iter().map(|part| part.with(text_of(&part.value))).collect();
        let (kind, body) = encode_parts(&texts);
        assert_eq!(kind, "multipart/form-data; boundary=throng-part-1");
        assert_eq!(
            String::from_utf8(body).expect("text"),
            "--throng-part-1\r\ncontent-disposition: form-data; name=\"a%22b\"\r\n\r\nthrong-part-0\r\n\
             --throng-part-1\r\ncontent-disposition: form-data; name=\"file\"; filename=\"x.json\"\r\ncontent-type: application/json\r\n\
             \r\n{}\r\n--throng-part-1--\r\n"
        );
    }

    fn text_of(value: &WrittenValue) -> Bytes {
        match value {
            PartValue::Text(text) => text.clone().into(),
            PartValue::File(path) => format!("the bytes of {path}").into(),
        }
    }

    #[test]
    fn files_are_told_by_their_name() {
        let parts =
            json!([{ "name": "a", "file": "pictures/b.png" }, { "name": "c", "file": "d", "file-name": "e", "content-type": "image/png" }]);
        let parts = read_parts(&parts, "").expect("right");
        let told: Vec<_> = parts.iter().map(|part| (part.file_name.as_deref(), part.content_type.as_deref())).collect();
        assert_eq!(told, [(Some("b.png"), Some(ANY_FILE)), (Some("e"), Some("image/png"))]);
    }

    #[test]
    fn wrong_parts_are_refused() {
        let pointer = |json: Json| read_parts(&json, "/p").expect_err("wrong")[0].pointer.clone();
        assert_eq!(pointer(json!([])), "/p");
        assert_eq!(pointer(json!([{ "name": "a" }])), "/p/0");
        assert_eq!(pointer(json!([{ "name": "a", "value": "b", "file": "c" }])), "/p/0");
        assert_eq!(pointer(json!([{ "name": "a", "value": "b", "kind": "c" }])), "/p/0/kind");
        assert_eq!(pointer(json!([{ "name": "a", "value": "b", "content-type": "a\nb" }])), "/p/0/content-type");
    }
}
