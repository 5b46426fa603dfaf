//! Entries of streams: as the server tells them, and as records.

use redis::Value as Answer;
use serde_json::{Map, Value as Json, json};
use throng_broker::{BAD_RECORD, BodyFormat};
use throng_protocols::{Failure, JsonRecord, Value};

use crate::scan::bytes_of;

/// An entry of a stream.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Entry {
    pub(crate) id: String,
    /// Names and values; none of an entry that was deleted before it was acknowledged.
    pub(crate) fields: Option<Vec<(Vec<u8>, Vec<u8>)>>,
}

/// How values become JSON.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) format: BodyFormat,
    /// Fields that are JSON whatever the others are.
    pub(crate) json_fields: Vec<String>,
}

impl Entry {
    /// The entries that `XREADGROUP` answers with for one stream; none if it is no such answer.
    pub(crate) fn of_answer(answer: Answer) -> Option<Vec<Self>> {
        let streams = match answer {
            Answer::Nil => return Some(Vec::new()),
            Answer::Array(streams) => streams,
            _ => return None,
        };
        let mut entries = Vec::new();
        for stream in streams {
            let Answer::Array(parts) = stream else { return None };
            let [_, Answer::Array(items)] = <[Answer; 2]>::try_from(parts).ok()? else { return None };
            for item in items {
                entries.push(Self::of_item(item)?);
            }
        }
        Some(entries)
    }

    fn of_item(item: Answer) -> Option<Self> {
        let Answer::Array(parts) = item else { return None };
        let [id, fields] = <[Answer; 2]>::try_from(parts).ok()?;
        let id = String::from_utf8(bytes_of(id)?).ok()?;
        let fields = match fields {
            Answer::Nil => None,
            Answer::Array(items) => {
                let mut items = items.into_iter().map(bytes_of);
                let mut fields = Vec::with_capacity(items.len() / 2);
                while let Some(name) = items.next() {
                    fields.push((name?, items.next()??));
                }
                Some(fields)
            }
            _ => return None,
        };
        Some(Self { id, fields })
    }

    /// The bytes of its names and values.
    pub(crate) fn bytes(&self) -> usize {
        self.fields.iter().flatten().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// Its record; none if it was deleted.
    ///
    /// # Errors
    /// A value is not what was expected; the message tells where it was.
    pub(crate) fn record(&self, stream: &str, reading: &Reading, is_redelivered: bool) -> Option<Result<Value, Failure>> {
        let fields = self.fields.as_ref()?;
        let record = self.json_fields(fields, reading).map(|fields| {
            let json = json!({ "stream": stream, "id": self.id, "fields": fields, "redelivered": is_redelivered });
            Value::native(JsonRecord { kind: "redis/entry", json, size: self.bytes() + 150 })
        });
        Some(record.map_err(|reason| Failure::error(BAD_RECORD, format!("stream `{stream}`, entry {}, {reason}", self.id)).final_()))
    }

    fn json_fields(&self, fields: &[(Vec<u8>, Vec<u8>)], reading: &Reading) -> Result<Json, String> {
        let mut found = Map::with_capacity(fields.len());
        for (name, value) in fields {
            let Ok(name) = std::str::from_utf8(name) else {
                return Err(format!("field `{}`: the name is not UTF-8", String::from_utf8_lossy(name)));
            };
            let is_json = reading.json_fields.iter().any(|field| field == name);
            let format = if is_json { BodyFormat::Json } else { reading.format };
            let value = format.decode(value).map_err(|reason| format!("field `{name}`: {reason}"))?;
            found.insert(name.to_owned(), value);
        }
        Ok(found.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Answer {
        Answer::BulkString(text.as_bytes().to_vec())
    }

    fn entry(id: &str, fields: &[&str]) -> Answer {
        Answer::Array(vec![text(id), Answer::Array(fields.iter().map(|field| text(field)).collect())])
    }

    fn read(entries: Vec<Answer>) -> Option<Vec<Entry>> {
        Entry::of_answer(Answer::Array(vec![Answer::Array(vec![text("orders"), Answer::Array(entries)])]))
    }

    #[test]
    fn answers_are_entries() {
        assert_eq!(Entry::of_answer(Answer::Nil), Some(Vec::new()), "nothing within the time");
        let deleted = Answer::Array(vec![text("2-0"), Answer::Nil]);
        let entries = read(vec![entry("1-0", &["id", "7"]), deleted]).expect("entries");
        let told: Vec<_> = entries.iter().map(|entry| (entry.id.as_str(), entry.bytes(), entry.fields.is_some())).collect();
        assert_eq!(told, [("1-0", 3, true), ("2-0", 0, false)]);
        assert_eq!(read(vec![entry("1-0", &["id"])]), None, "a name without its value");
        assert_eq!(Entry::of_answer(Answer::Okay), None);
    }

    #[test]
    fn values_are_read_as_asked() {
        let entries = read(vec![entry("1-0", &["name", "pen", "order", "{\"id\":7}"])]).expect("entries");
        let told = |format, json_fields: &[&str]| {
            let reading = Reading { format, json_fields: json_fields.iter().map(|&field| field.to_owned()).collect() };
            match entries[0].record("orders", &reading, false).expect("not deleted") {
                Ok(record) => record.json("/fields").map(|json| json.to_string()).unwrap_or_default(),
                Err(failure) => failure.message,
            }
        };
        assert_eq!(told(BodyFormat::Text, &["order"]), r#"{"name":"pen","order":{"id":7}}"#);
        let bad = told(BodyFormat::Json, &[]);
        assert!(bad.starts_with("stream `orders`, entry 1-0, field `name`: the body is not JSON: "), "{bad}");
    }
}
