//! What the server says to points.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use serde_json::Value as Json;

/// More of what the server says is left out.
const LONGEST: usize = 500;
/// However long the server asks to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// The server's words.
    pub(crate) message: String,
    /// How long it asks to wait.
    pub(crate) wait: Option<Duration>,
}

/// What became of points.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    Written,
    /// So many of them are lost.
    Lost {
        points: usize,
        message: String,
        hint: Option<&'static str>,
    },
    /// They may be written later.
    Postponed {
        message: String,
        wait: Option<Duration>,
    },
}

impl Answer {
    /// Of what came.
    pub(crate) fn new(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let wait = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        Self { status, message: words(status, headers, body), wait: wait.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT)) }
    }

    /// What became of as many points.
    pub(crate) fn fate(self, points: usize) -> Fate {
        let hint = self.hint();
        let Self { status, message, wait } = self;
        match status {
            status if status.is_success() => Fate::Written,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Fate::Postponed { message, wait },
            status if status.is_server_error() => Fate::Postponed { message, wait },
            StatusCode::BAD_REQUEST => Fate::Lost { points: lost_of(points, &message), message, hint },
            _ => Fate::Lost { points, message, hint },
        }
    }

    /// What can be done about it.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Some("check `user` and `password`, or `token`"),
            StatusCode::NOT_FOUND => Some("check `database`, or `org` and `bucket`"),
            StatusCode::PAYLOAD_TOO_LARGE => Some("make the exporter's `batch` smaller"),
            _ => None,
        }
    }
}

/// How many points are lost when some were written: the server says it of those that it drops, and names each line that it cannot read.
fn lost_of(points: usize, message: &str) -> usize {
    if !message.starts_with("partial write") {
        return points;
    }
    let told = message.rsplit_once("dropped=").map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    let dropped = told.and_then(|digits| digits.parse().ok()).unwrap_or(0);
    let unread = message.matches("unable to parse").count();
    match dropped.max(unread) {
        0 => points,
        lost => lost.min(points),
    }
}

fn words(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> String {
    let json = serde_json::from_slice::<Json>(body).ok();
    let of_json = json.as_ref().and_then(|json| json.get("error").or_else(|| json.get("message"))?.as_str());
    let text = String::from_utf8_lossy(body);
    let of_header = headers.get("x-influxdb-error").and_then(|value| value.to_str().ok());
    let said = of_json.or(of_header).unwrap_or(&text).trim();
    match said.is_empty() {
        true => format!("the server answers {status}"),
        false if said.chars().count() > LONGEST => said.chars().take(LONGEST).chain(" …".chars()).collect(),
        false => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn fate(status: u16, body: &str) -> Fate {
        let status = StatusCode::from_u16(status).expect("a status");
        Answer::new(status, &HeaderMap::new(), body.as_bytes()).fate(10)
    }

    fn lost(status: u16, body: &str) -> (usize, String) {
        match fate(status, body) {
            Fate::Lost { points, message, .. } => (points, message),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn some_points_may_be_written() {
        assert_eq!(fate(204, ""), Fate::Written);
        let conflict = "partial write: field type conflict: input field \"v\" on measurement \"m\" is type float dropped=3";
        assert_eq!(lost(400, &format!(r#"{{"error":{}}}"#, Json::from(conflict))), (3, conflict.to_owned()));
        assert_eq!(
            lost(400, r#"{"error":"partial write: unable to parse 'm': missing fields\nunable to parse 'n': missing fields dropped=0"}"#).0,
            2
        );
        assert_eq!(lost(400, r#"{"code":"invalid","message":"no"}"#), (10, "no".to_owned()));
        assert_eq!(lost(404, ""), (10, "the server answers 404 Not Found".to_owned()));
    }

    #[test]
    fn who_is_busy_is_asked_again() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("7"));
        let answer = Answer::new(StatusCode::TOO_MANY_REQUESTS, &headers, b"slow down");
        assert_eq!(answer.fate(1), Fate::Postponed { message: "slow down".into(), wait: Some(Duration::from_secs(7)) });
        assert!(matches!(fate(503, ""), Fate::Postponed { wait: None, .. }));
    }
}
