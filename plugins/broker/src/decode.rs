//! What becomes of the bytes of a message on their way into the scenario, and of those that are not what they should be.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use throng_model::{ConfigFault, name_hint};
use throng_plugin_api::option_fault;

/// How the body of a message is read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BodyFormat {
    /// Text in UTF-8.
    #[default]
    Text,
    /// A JSON value.
    Json,
    /// Any bytes, which JSON can carry in base64 only.
    Bytes,
}

/// What becomes of a message that is not what it should be.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BadRecords {
    /// It is an error of the source, which goes on.
    #[default]
    Count,
    /// It is left out.
    Ignore,
    /// The campaign fails.
    Fail,
}

impl BodyFormat {
    /// Reads the option `format`.
    ///
    /// # Errors
    /// There is no such format.
    pub fn read(text: Option<&str>) -> Result<Self, Vec<ConfigFault>> {
        choice(text, "/format", "format", &[("text", Self::Text), ("json", Self::Json), ("bytes", Self::Bytes)])
    }

    /// What a record has of a body.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn decode(self, body: &[u8]) -> Result<Json, String> {
        match self {
            Self::Text => std::str::from_utf8(body).map(Json::from).map_err(|error| {
                let at = error.valid_up_to() + 1;
                format!("the body is not UTF-8 from byte {at} on; with `\"format\": \"bytes\"` it need not be")
            }),
            Self::Json => serde_json::from_slice(body)
                .map_err(|error| format!("the body is not JSON: {error}; correct what sends it, or take it with `\"format\": \"text\"`")),
            Self::Bytes => Ok(STANDARD.encode(body).into()),
        }
    }
}

impl BadRecords {
    /// Reads the option `bad-records`.
    ///
    /// # Errors
    /// There is no such choice.
    pub fn read(text: Option<&str>) -> Result<Self, Vec<ConfigFault>> {
        choice(text, "/bad-records", "way with bad records", &[("count", Self::Count), ("ignore", Self::Ignore), ("fail", Self::Fail)])
    }
}

/// Reads an option of which there are a few; what it is called in a fault is `what`.
///
/// # Errors
/// There is no such choice.
pub fn choice<T: Copy + Default>(text: Option<&str>, pointer: &str, what: &str, choices: &[(&str, T)]) -> Result<T, Vec<ConfigFault>> {
    let Some(text) = text else { return Ok(T::default()) };
    let found = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
    found.ok_or_else(|| {
        let hint = name_hint(text, choices.iter().map(|(name, _)| *name));
        vec![option_fault(pointer, format!("there is no {what} `{text}`"), hint)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_read_as_asked() {
        let read = |format: &str, body: &[u8]| BodyFormat::read(Some(format)).expect("a format").decode(body);
        assert_eq!(read("text", "pen ✓".as_bytes()), Ok("pen ✓".into()));
        assert_eq!(read("json", b"{\"id\":1}"), Ok(serde_json::json!({"id": 1})));
        assert_eq!(read("bytes", b"\xff\x00"), Ok("/wA=".into()));
        assert!(read("text", b"ab\xff").expect_err("no text").contains("from byte 3 on"));
        assert!(read("json", b"{\"id\":}").expect_err("no JSON").contains("line 1 column 7"));
    }

    #[test]
    fn unknown_choices_have_a_remedy() {
        let fault = BodyFormat::read(Some("jsn")).expect_err("unknown").remove(0);
        assert_eq!((fault.pointer.as_str(), fault.hint.as_deref()), ("/format", Some("did you mean `json`?")));
        assert_eq!(BadRecords::read(Some("fail")), Ok(BadRecords::Fail));
        assert_eq!(BadRecords::read(None), Ok(BadRecords::Count));
    }
}
