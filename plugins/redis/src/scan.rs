//! What a poll asks the server for, and what it makes of the answers.

use redis::{Cmd, Value as Answer, cmd};
use serde_json::{Value as Json, json};
use throng_broker::{BAD_RECORD, BodyFormat};
use throng_protocols::{Failure, JsonRecord, Value};

/// What is looked through.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Method {
    /// The keys of the database.
    Keys,
    /// The members of a set.
    Set,
    /// The fields of a hash.
    Hash,
    /// The members of a sorted set.
    SortedSet,
}

/// What is looked for, with the settings in it.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    pub(crate) method: Method,
    /// Empty for the keys of the database.
    pub(crate) key: String,
    pub(crate) pattern: Option<String>,
    pub(crate) key_type: Option<String>,
    pub(crate) count: u32,
    pub(crate) format: BodyFormat,
}

/// An element of a collection: a key or member, or a field or member with what belongs to it.
pub(crate) type Element = (Vec<u8>, Option<Vec<u8>>);

impl Method {
    /// By their names in Redis.
    pub(crate) const ALL: [(&'static str, Self); 4] =
        [("scan", Self::Keys), ("sscan", Self::Set), ("hscan", Self::Hash), ("zscan", Self::SortedSet)];

    /// The command.
    pub(crate) fn command(self) -> &'static str {
        match self {
            Self::Keys => "SCAN",
            Self::Set => "SSCAN",
            Self::Hash => "HSCAN",
            Self::SortedSet => "ZSCAN",
        }
    }
}

impl Scan {
    /// The command that goes on at a cursor.
    pub(crate) fn command(&self, cursor: &[u8]) -> Cmd {
        let mut command = cmd(self.method.command());
        if self.method != Method::Keys {
            command.arg(&self.key);
        }
        command.arg(cursor);
        if let Some(pattern) = &self.pattern {
            command.arg("MATCH").arg(pattern);
        }
        command.arg("COUNT").arg(self.count);
        if let Some(key_type) = &self.key_type {
            command.arg("TYPE").arg(key_type);
        }
        command
    }

    /// The next cursor and the elements of an answer; none if it is not one.
    pub(crate) fn read(&self, answer: Answer) -> Option<(Vec<u8>, Vec<Element>)> {
        let Answer::Array(parts) = answer else { return None };
        let [cursor, Answer::Array(items)] = <[Answer; 2]>::try_from(parts).ok()? else { return None };
        let mut items = items.into_iter().map(bytes_of);
        let has_values = matches!(self.method, Method::Hash | Method::SortedSet);
        let mut elements = Vec::with_capacity(items.len());
        while let Some(item) = items.next() {
            let value = if has_values { Some(items.next()??) } else { None };
            elements.push((item?, value));
        }
        Some((bytes_of(cursor)?, elements))
    }

    /// The record of an element.
    ///
    /// # Errors
    /// It is not what was expected; the message tells where it was.
    pub(crate) fn record(&self, (name, value): &Element) -> Result<Value, Failure> {
        let size = name.len() + value.as_ref().map_or(0, Vec::len) + self.key.len() + 100;
        let bad = |place: String, reason: String| Failure::error(BAD_RECORD, format!("{place}: {reason}")).final_();
        let key = &self.key;
        let (kind, json) = match (self.method, value) {
            (Method::Keys, _) => {
                let name = self.text(name).map_err(|reason| bad("a key".to_owned(), reason))?;
                ("redis/key", json!({ "key": name }))
            }
            (Method::Hash, Some(value)) => {
                let field = self.text(name).map_err(|reason| bad(format!("a field of the key `{key}`"), reason))?;
                let value = self.format.decode(value);
                let value = value.map_err(|reason| bad(format!("key `{key}`, field `{}`", String::from_utf8_lossy(name)), reason))?;
                ("redis/field", json!({ "key": key, "field": field, "value": value }))
            }
            (_, score) => {
                let member = self.format.decode(name);
                let member = member.map_err(|reason| bad(format!("key `{key}`, member `{}`", excerpt(name)), reason))?;
                let mut json = json!({ "key": key, "member": member });
                if let (Some(score), Json::Object(entries)) = (score, &mut json) {
                    entries.insert("score".to_owned(), score_of(score));
                }
                ("redis/member", json)
            }
        };
        Ok(Value::native(JsonRecord { kind, json, size }))
    }

    /// Names are no JSON, whatever values are.
    fn text(&self, name: &[u8]) -> Result<Json, String> {
        match self.format {
            BodyFormat::Bytes => BodyFormat::Bytes.decode(name),
            BodyFormat::Text | BodyFormat::Json => BodyFormat::Text.decode(name),
        }
    }
}

/// The bytes of an answer that is a text; none if it is not one.
pub(crate) fn bytes_of(answer: Answer) -> Option<Vec<u8>> {
    match answer {
        Answer::BulkString(bytes) => Some(bytes),
        Answer::SimpleString(text) => Some(text.into_bytes()),
        Answer::Int(number) => Some(number.to_string().into_bytes()),
        _ => None,
    }
}

/// A score: a number, or what JSON has no number for, `inf` and `-inf`.
fn score_of(score: &[u8]) -> Json {
    let text = String::from_utf8_lossy(score);
    let number = text.parse::<i64>().ok().map(Json::from);
    number.or_else(|| text.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map(Json::Number)).unwrap_or_else(|| text.into())
}

fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(method: Method, format: BodyFormat) -> Scan {
        Scan { method, key: "k".to_owned(), pattern: Some("o:*".to_owned()), key_type: None, count: 5, format }
    }

    fn records(method: Method, format: BodyFormat, items: &[&str]) -> Vec<String> {
        let scan = scan(method, format);
        let text = |text: &str| Answer::BulkString(text.as_bytes().to_vec());
        let answer = Answer::Array(vec![text("17"), Answer::Array(items.iter().map(|item| text(item)).collect())]);
        let (cursor, elements) = scan.read(answer).expect("an answer");
        assert_eq!(cursor, b"17");
        let told = |element| match scan.record(element) {
            Ok(record) => record.json("").map(|json| json.to_string()).unwrap_or_default(),
            Err(failure) => failure.message,
        };
        elements.iter().map(told).collect()
    }

    #[test]
    fn answers_become_records() {
        assert_eq!(records(Method::Keys, BodyFormat::Text, &["a", "b"]), [r#"{"key":"a"}"#, r#"{"key":"b"}"#]);
        assert_eq!(records(Method::Set, BodyFormat::Json, &["{\"id\":1}"]), [r#"{"key":"k","member":{"id":1}}"#]);
        let scored = records(Method::SortedSet, BodyFormat::Text, &["a", "3", "b", "1.5", "c", "inf"]);
        let wanted = [
            r#"{"key":"k","member":"a","score":3}"#,
            r#"{"key":"k","member":"b","score":1.5}"#,
            r#"{"key":"k","member":"c","score":"inf"}"#,
        ];
        assert_eq!(scored, wanted);
        let fields = records(Method::Hash, BodyFormat::Json, &["a", "1", "b", "{"]);
        assert_eq!(fields[0], r#"{"key":"k","field":"a","value":1}"#);
        assert!(fields[1].starts_with("key `k`, field `b`: the body is not JSON: "), "{}", fields[1]);
    }

    #[test]
    fn what_is_no_answer_is_none() {
        let scan = scan(Method::Hash, BodyFormat::Text);
        let text = |text: &str| Answer::BulkString(text.as_bytes().to_vec());
        assert!(scan.read(Answer::Nil).is_none());
        assert!(scan.read(Answer::Array(vec![text("0"), Answer::Array(vec![text("field")])])).is_none(), "a field without its value");
    }

    #[test]
    fn commands_say_what_is_asked() {
        let said = |scan: &Scan| String::from_utf8_lossy(&scan.command(b"7").get_packed_command()).replace("\r\n", " ");
        let keys = Scan { key_type: Some("hash".to_owned()), ..scan(Method::Keys, BodyFormat::Text) };
        assert_eq!(said(&keys), "*8 $4 SCAN $1 7 $5 MATCH $3 o:* $5 COUNT $1 5 $4 TYPE $4 hash ");
        assert_eq!(said(&scan(Method::Set, BodyFormat::Text)), "*7 $5 SSCAN $1 k $1 7 $5 MATCH $3 o:* $5 COUNT $1 5 ");
    }
}
