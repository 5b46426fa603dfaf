//! What declarative checks see of a value.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::Value as Json;
use throng_model::{Check, Checkable};
use throng_protocols::Value;
use throng_protocols::http::Response;

/// What is wrong with a value by a check; nothing if the check holds.
pub(crate) fn fault(check: &Check, value: &Value) -> Option<String> {
    check.holds(&Seen(value)).err()
}

struct Seen<'a>(&'a Value);

impl Seen<'_> {
    fn response(&self) -> Option<&Response> {
        self.0.downcast()
    }
}

impl Checkable for Seen<'_> {
    fn status(&self) -> Option<u16> {
        self.response().map(|response| response.status)
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.response()?.header(name).map(Cow::Borrowed)
    }

    fn body(&self) -> Option<Cow<'_, [u8]>> {
        match self.0 {
            Value::Text(text) | Value::Json(text) => Some(Cow::Borrowed(text.as_bytes())),
            Value::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
            _ => self.response().map(|response| Cow::Borrowed(&*response.body)),
        }
    }

    fn json(&self, pointer: &str) -> Option<Json> {
        self.0.json(pointer)
    }

    fn time_to_first_byte(&self) -> Option<Duration> {
        self.response()?.timings.first_byte.map(Duration::from_nanos)
    }

    fn time_to_last_byte(&self) -> Option<Duration> {
        self.response()?.timings.last_byte.map(Duration::from_nanos)
    }
}
