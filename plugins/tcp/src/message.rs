//! What is sent, and what becomes of what comes.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde_json::Value as Json;
use throng_model::{ConfigFault, Template};
use throng_plugin_api::{Visit, constant_text, option_fault as fault, option_remedy, parse_template, read_options as read};
use throng_protocols::{Failure, Value};

use crate::failure::{bad_request, wrong_reply};
use crate::options::RequestOptions;

/// What a step sends.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    Nothing,
    Fixed(Bytes),
    Filled(Template),
    Input,
}

impl Request {
    /// Reads the option `request`.
    pub(crate) fn read(json: Option<&Json>) -> Result<Self, Vec<ConfigFault>> {
        const POINTER: &str = "/request";
        let Some(json) = json else { return Ok(Self::Nothing) };
        let RequestOptions { text, hex, base64, input } = read(json, POINTER)?;
        let at = |place: &str, message: String| vec![fault(format!("{POINTER}/{place}"), message, None)];
        match (text, hex, base64, input) {
            (Some(text), None, None, None) => {
                let template = parse_template(&text).map_err(|message| at("text", message))?;
                Ok(constant_text(&template).map_or(Self::Filled(template), |text| Self::Fixed(text.into())))
            }
            (None, Some(hex), None, None) => from_hex(&hex)
                .map(|bytes| Self::Fixed(bytes.into()))
                .ok_or_else(|| at("hex", format!("`{hex}` are no hexadecimal digits, two for each byte"))),
            (None, None, Some(text), None) => BASE64_STANDARD
                .decode(&text)
                .map(|bytes| Self::Fixed(bytes.into()))
                .map_err(|error| at("base64", format!("this is no base64: {error}"))),
            (None, None, None, Some(true)) => Ok(Self::Input),
            (None, None, None, Some(false) | None) => Ok(Self::Nothing),
            _ => {
                let hint = "leave all but one of `text`, `hex`, `base64` and `input` out".to_owned();
                Err(vec![fault(POINTER, "a request is one thing", Some(hint))])
            }
        }
    }

    /// The bytes of one visit; none if nothing is sent.
    pub(crate) fn bytes(&self, visit: &Visit<'_>, input: &Value) -> Result<Option<Bytes>, Failure> {
        Ok(match self {
            Self::Nothing => None,
            Self::Fixed(bytes) => Some(bytes.clone()),
            Self::Filled(template) => Some(visit.render(template).into()),
            Self::Input => Some(match input {
                Value::Bytes(bytes) => bytes.clone(),
                Value::Text(text) | Value::Json(text) => Bytes::copy_from_slice(text.as_bytes()),
                other => match other.json("") {
                    Some(json) => json.to_string().into(),
                    None => return Err(bad_request(format!("a value of the kind `{}` cannot be sent as bytes", other.kind()))),
                },
            }),
        })
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<_> = text.chars().filter(|letter| !letter.is_whitespace()).map(|letter| letter.to_digit(16)).collect::<Option<_>>()?;
    let byte = |pair: &[u32]| match pair {
        [high, low] => u8::try_from(high << 4 | low).ok(),
        _ => None,
    };
    digits.chunks(2).map(byte).collect()
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reply {
    None,
    Text,
    Json,
    Hex,
    Base64,
    Bytes,
}

impl Reply {
    /// Reads the option `reply`.
    pub(crate) fn read(name: Option<&str>) -> Result<Self, Vec<ConfigFault>> {
        const KNOWN: [(&str, Reply); 6] = [
            ("none", Reply::None),
            ("text", Reply::Text),
            ("json", Reply::Json),
            ("hex", Reply::Hex),
            ("base64", Reply::Base64),
            ("bytes", Reply::Bytes),
        ];
        let Some(name) = name else { return Ok(Self::Text) };
        match KNOWN.iter().find(|(known, _)| *known == name) {
            Some((_, reply)) => Ok(*reply),
            None => {
                let remedy = option_remedy(name, &KNOWN.map(|(name, _)| name));
                Err(vec![fault("/reply", format!("`{name}` means nothing here"), Some(remedy))])
            }
        }
    }

    /// The value that goes on; the input where no answer is waited for.
    pub(crate) fn value(self, answer: Bytes, input: Value) -> Result<Value, Failure> {
        let text = |answer: &Bytes| match std::str::from_utf8(answer) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(wrong_reply(format!("the answer is not UTF-8 from byte {} on", error.valid_up_to() + 1))),
        };
        Ok(match self {
            Self::None => input,
            Self::Text => Value::Text(text(&answer)?.into()),
            Self::Json => {
                let json =
                    serde_json::from_str(&text(&answer)?).map_err(|error| wrong_reply(format!("the answer is not JSON: {error}")))?;
                Value::from_json(&json)
            }
            Self::Hex => Value::Text(answer.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()),
            Self::Base64 => Value::Text(BASE64_STANDARD.encode(&answer).into()),
            Self::Bytes => Value::Bytes(answer),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn requests_are_read() {
        let fixed = |json: Json| match Request::read(Some(&json)).expect("right") {
            Request::Fixed(bytes) => bytes,
            other => panic!("not fixed: {other:?}"),
        };
        assert_eq!(fixed(json!({ "hex": "0a 1B\nff" })), [10, 27, 255].as_slice());
        assert_eq!(fixed(json!({ "base64": "AQI=" })), [1, 2].as_slice());
        assert_eq!(fixed(json!({ "text": "{{minion}}" })), "{minion}");
        assert!(matches!(Request::read(Some(&json!({ "text": "{minion}" }))), Ok(Request::Filled(_))));
        let pointer = |json: Json| Request::read(Some(&json)).expect_err("wrong")[0].pointer.clone();
        assert_eq!(pointer(json!({ "hex": "0" })), "/request/hex");
        assert_eq!(pointer(json!({ "hex": "xy" })), "/request/hex");
        assert_eq!(pointer(json!({ "base64": "?" })), "/request/base64");
        assert_eq!(pointer(json!({ "text": "{x}" })), "/request/text");
        assert_eq!(pointer(json!({ "text": "a", "input": true })), "/request");
    }

    #[test]
    fn answers_become_values() {
        let value = |reply: Reply, answer: &'static [u8]| reply.value(Bytes::from_static(answer), Value::None);
        assert_eq!(value(Reply::Hex, &[1, 255]).expect("hex").json(""), Some(json!("01ff")));
        assert_eq!(value(Reply::Base64, &[1, 2]).expect("base64").json(""), Some(json!("AQI=")));
        assert_eq!(value(Reply::Json, b"{\"a\": 1}").expect("JSON").json("/a"), Some(json!(1)));
        assert_eq!(value(Reply::Text, b"a").expect("text").json(""), Some(json!("a")));
        for (reply, answer) in [(Reply::Text, &[0xff][..]), (Reply::Json, b"{")] {
            assert_eq!(value(reply, answer).expect_err("wrong").code, "wrong-reply");
        }
        assert_eq!(Reply::read(Some("txt")).expect_err("unknown")[0].hint.as_deref(), Some("did you mean `text`?"));
    }
}
