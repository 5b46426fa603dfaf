//! Whether a check holds of a value.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::Value as Json;

use super::{Check, Comparison, Condition, Operand, Subject};

/// What checks look at; what a value does not have is none.
pub trait Checkable {
    /// The status code.
    fn status(&self) -> Option<u16>;

    /// The first header of a name, which is in lower case.
    fn header(&self, name: &str) -> Option<Cow<'_, str>>;

    /// The body, or the text or bytes of a plain value.
    fn body(&self) -> Option<Cow<'_, [u8]>>;

    /// The part at a JSON pointer; none if there is no such part, or the value is not JSON.
    fn json(&self, pointer: &str) -> Option<Json>;

    /// From the request's first byte sent to the response's first byte.
    fn time_to_first_byte(&self) -> Option<Duration>;

    /// From the request's first byte sent to the response's last byte.
    fn time_to_last_byte(&self) -> Option<Duration>;
}

/// What is found, cut at this many characters, goes into a message.
const MAX_EXCERPT: usize = 100;

impl Check {
    /// Whether it holds.
    ///
    /// # Errors
    /// It does not: a message that says what was found instead.
    pub fn holds(&self, value: &dyn Checkable) -> Result<(), String> {
        let found = match &self.subject {
            Subject::Status => value.status().map(Json::from),
            Subject::Header(name) => value.header(name).map(|text| Json::from(text.as_ref())),
            Subject::Body => value.body().map(|body| Json::from(String::from_utf8_lossy(&body))),
            Subject::Json(pointer) => value.json(pointer),
            Subject::TimeToFirstByte => return self.time_holds(value.time_to_first_byte()),
            Subject::TimeToLastByte => return self.time_holds(value.time_to_last_byte()),
        };
        match found {
            Some(found) if self.condition.holds(&found) => Ok(()),
            Some(found) => Err(self.message(&excerpt(&found.to_string()))),
            None => Err(self.message("nothing")),
        }
    }

    fn time_holds(&self, found: Option<Duration>) -> Result<(), String> {
        match (found, &self.condition) {
            (Some(found), Condition::Compare(comparison, Operand::Duration(wanted))) if comparison.holds(&found, wanted) => Ok(()),
            (Some(found), _) => Err(self.message(&format!("{found:?}"))),
            (None, _) => Err(self.message("nothing")),
        }
    }

    fn message(&self, found: &str) -> String {
        format!("`{self}` does not hold, found {found}")
    }
}

impl Condition {
    fn holds(&self, found: &Json) -> bool {
        match self {
            Self::Compare(comparison, Operand::Number(wanted)) => match number(found) {
                Some(found) => comparison.holds(&found, wanted),
                None => *comparison == Comparison::NotEqual,
            },
            Self::Compare(comparison, operand) => {
                let wanted = match operand {
                    Operand::Text(text) => Json::from(text.as_str()),
                    Operand::Boolean(boolean) => Json::from(*boolean),
                    _ => Json::Null,
                };
                (*found == wanted) == (*comparison == Comparison::Equal)
            }
            Self::Within(from, to) => number(found).is_some_and(|found| (*from..=*to).contains(&found)),
            Self::Contains(wanted) => match found {
                Json::String(text) => text.contains(wanted.as_str()),
                Json::Array(items) => items.iter().any(|item| item.as_str() == Some(wanted.as_str())),
                _ => false,
            },
            Self::Matches(pattern) => found.as_str().is_some_and(|text| pattern.is_in(text)),
        }
    }
}

impl Comparison {
    fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Greater => left > right,
            Self::AtLeast => left >= right,
        }
    }
}

/// Headers are text, so text that is a number counts as one.
fn number(found: &Json) -> Option<f64> {
    match found {
        Json::String(text) => text.trim().parse().ok(),
        _ => found.as_f64(),
    }
}

fn excerpt(text: &str) -> String {
    match text.char_indices().nth(MAX_EXCERPT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Response;

    impl Checkable for Response {
        fn status(&self) -> Option<u16> {
            Some(201)
        }

        fn header(&self, name: &str) -> Option<Cow<'_, str>> {
            (name == "content-length").then_some("42".into())
        }

        fn body(&self) -> Option<Cow<'_, [u8]>> {
            Some(br#"{"id": 5, "tags": ["new"], "gone": null}"#.into())
        }

        fn json(&self, pointer: &str) -> Option<Json> {
            serde_json::from_slice::<Json>(&self.body()?).ok()?.pointer(pointer).cloned()
        }

        fn time_to_first_byte(&self) -> Option<Duration> {
            Some(Duration::from_millis(20))
        }

        fn time_to_last_byte(&self) -> Option<Duration> {
            None
        }
    }

    #[test]
    fn holding() {
        for text in [
            "status == 201",
            "status in 200..299",
            "status < 400",
            "status != 200",
            "header:content-length == 42",
            "header:Content-Length == \"42\"",
            "body contains \"tags\"",
            "body matches \"[a-z]+\\\": \\\\d\"",
            "header:content-length matches \"^4.$\"",
            "json:/id == 5",
            "json:/id >= 4.5",
            "json:/id != \"5\"",
            "json:/tags contains \"new\"",
            "json:/gone == null",
            "json: != null",
            "time-to-first-byte <= 20ms",
        ] {
            assert_eq!(text.parse::<Check>().expect(text).holds(&Response), Ok(()));
        }
    }

    #[test]
    fn not_holding() {
        let check = |text: &str, found: &str| {
            let message = text.parse::<Check>().expect(text).holds(&Response).expect_err(text);
            assert_eq!(message, format!("`{text}` does not hold, found {found}"));
        };
        check("status == 200", "201");
        check("status in 400..499", "201");
        check("header:etag == \"x\"", "nothing");
        check("json:/none == null", "nothing");
        check("json:/id == \"5\"", "5");
        check("json:/tags contains \"ne\"", "[\"new\"]");
        check("body == \"x\"", "\"{\\\"id\\\": 5, \\\"tags\\\": [\\\"new\\\"], \\\"gone\\\": null}\"");
        check("header:content-length matches \"^2\"", "\"42\"");
        check("json:/id matches \"5\"", "5");
        check("time-to-first-byte < 20ms", "20ms");
        check("time-to-last-byte < 20ms", "nothing");
    }
}
