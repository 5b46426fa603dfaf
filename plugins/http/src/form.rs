//! Bodies of forms: their fields in one line, or in parts.

use serde_json::Value as Json;
use throng_model::{ConfigFault, Template};
use throng_plugin_api::{option_fault as fault, pointer_token, read_options as read};
use url::form_urlencoded::Serializer;

use crate::options::PartOptions;

/// The content type of fields in one line.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A part of a body, before its value's holes are filled.
#[derive(Clone, Debug)]
pub(crate) struct PartPlan<T = Template> {
    pub(crate) name: String,
    pub(crate) value: T,
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
}

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
pub(crate) fn read_parts(json: &Json, pointer: &str) -> Result<Vec<PartPlan<String>>, Vec<ConfigFault>> {
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

fn read_part(json: &Json, pointer: &str) -> Result<PartPlan<String>, Vec<ConfigFault>> {
    let PartOptions { name, value, file_name, content_type } = read(json, pointer)?;
    let (Some(name), Some(value)) = (name, value) else {
        let hint = "write it like `{\"name\": \"note\", \"value\": \"hello\"}`".to_owned();
        return Err(vec![fault(pointer, "a part has a `name` and a `value`", Some(hint))]);
    };
    if let Some(kind) = content_type.as_deref().filter(|kind| kind.is_empty() || kind.chars().any(char::is_control)) {
        return Err(vec![fault(format!("{pointer}/content-type"), format!("`{}` is no content type", kind.escape_debug()), None)]);
    }
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
pub(crate) fn encode_parts(parts: &[PartPlan<String>]) -> (String, String) {
    // The first that no value has inside: the same parts are the same bytes each time.
    let is_free = |boundary: &String| parts.iter().all(|part| !part.value.contains(boundary.as_str()));
    let boundary = (0u64..).map(|number| format!("throng-part-{number}")).find(is_free).unwrap_or_default();
    let mut body = String::new();
    for PartPlan { name, value, file_name, content_type } in parts {
        body.extend(["--", &boundary, "\r\ncontent-disposition: form-data; name=\"", &quoted(name), "\""]);
        if let Some(file_name) = file_name {
            body.extend(["; filename=\"", &quoted(file_name), "\""]);
        }
        if let Some(kind) = content_type {
            body.extend(["\r\ncontent-type: ", kind]);
        }
        body.extend(["\r\n\r\n", value, "\r\n"]);
    }
    body.extend(["--", &boundary, "--\r\n"]);
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
        let (kind, body) = encode_parts(&read_parts(&parts, "").expect("right"));
        assert_eq!(kind, "multipart/form-data; boundary=throng-part-1");
        assert_eq!(
            body,
            "--throng-part-1\r\ncontent-disposition: form-data; name=\"a%22b\"\r\n\r\nthrong-part-0\r\n\
             --throng-part-1\r\ncontent-disposition: form-data; name=\"file\"; filename=\"x.json\"\r\ncontent-type: application/json\r\n\
             \r\n{}\r\n--throng-part-1--\r\n"
        );
    }

    #[test]
    fn wrong_parts_are_refused() {
        let pointer = |json: Json| read_parts(&json, "/p").expect_err("wrong")[0].pointer.clone();
        assert_eq!(pointer(json!([])), "/p");
        assert_eq!(pointer(json!([{ "name": "a" }])), "/p/0");
        assert_eq!(pointer(json!([{ "name": "a", "value": "b", "kind": "c" }])), "/p/0/kind");
        assert_eq!(pointer(json!([{ "name": "a", "value": "b", "content-type": "a\nb" }])), "/p/0/content-type");
    }
}
