//! Bodies of forms, and other codes of HTTP that closures write themselves.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

/// A part of a `multipart` body: a field, or a file.
///
/// ```
/// use throng::{Part, post};
///
/// post("/upload").multipart([Part::new("note", "hello"), Part::new("picture", "<svg/>").file("a.svg").content_type("image/svg+xml")]);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a part belongs into a request"]
pub struct Part {
    name: String,
    value: String,
    file_name: Option<String>,
    content_type: Option<String>,
}

impl Part {
    /// A field of this name. In a request without a closure, holes of the value are filled.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), file_name: None, content_type: None }
    }

    /// The value stands for a file of this name.
    pub fn file(self, name: impl Into<String>) -> Self {
        Self { file_name: Some(name.into()), ..self }
    }

    /// What the value is; plain text unless told otherwise.
    pub fn content_type(self, kind: impl Into<String>) -> Self {
        Self { content_type: Some(kind.into()), ..self }
    }

    pub(crate) fn into_document(self) -> Json {
        let all =
            [("name", Some(self.name)), ("value", Some(self.value)), ("file-name", self.file_name), ("content-type", self.content_type)];
        let said: Map<String, Json> = all.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.into()))).collect();
        said.into()
    }
}

/// Fields in one line, in their order.
pub(crate) fn encoded_form<N: AsRef<str>, V: AsRef<str>>(fields: impl IntoIterator<Item = (N, V)>) -> String {
    let mut line = String::new();
    for (name, value) in fields {
        if !line.is_empty() {
            line.push('&');
        }
        push_encoded(&mut line, name.as_ref());
        line.push('=');
        push_encoded(&mut line, value.as_ref());
    }
    line
}

fn push_encoded(line: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b' ' => line.push('+'),
            _ if byte.is_ascii_alphanumeric() || b"*-._".contains(&byte) => line.push(char::from(byte)),
            // Writing into memory does not fail.
            _ => drop(write!(line, "%{byte:02X}")),
        }
    }
}

/// Parts behind each other (RFC 7578): the content type, which has the boundary between them, and the body.
pub(crate) fn encoded_parts(parts: &[Part]) -> (String, String) {
    let is_free = |boundary: &String| parts.iter().all(|part| !part.value.contains(boundary.as_str()));
    let boundary = (0u64..).map(|number| format!("throng-part-{number}")).find(is_free).unwrap_or_default();
    let quoted = |text: &str| text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let mut body = String::new();
    for Part { name, value, file_name, content_type } in parts {
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

/// As RFC 4648 has it, with its padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for piece in bytes.chunks(3) {
        let byte = |at: usize| u32::from(piece.get(at).copied().unwrap_or(0));
        let whole = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = (whole >> (18 - 6 * digit) & 63) as usize;
            text.push(if digit > piece.len() { '=' } else { DIGITS.get(value).copied().map_or('=', char::from) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written() {
        assert_eq!(encoded_form([("a b", "ä&="), ("n", "7*")]), "a+b=%C3%A4%26%3D&n=7*");
        let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(texts, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
        let (kind, body) = encoded_parts(&[Part::new("a\"", "throng-part-0").file("f").content_type("x/y")]);
        assert_eq!(kind, "multipart/form-data; boundary=throng-part-1");
        assert_eq!(
            body,
            "--throng-part-1\r\ncontent-disposition: form-data; name=\"a%22\"; filename=\"f\"\r\ncontent-type: x/y\r\n\r\nthrong-part-0\r\n\
             --throng-part-1--\r\n"
        );
    }
}
