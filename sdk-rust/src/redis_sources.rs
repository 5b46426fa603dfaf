//! Sources in Redis: keys and collections that are polled, streams that are consumed.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

use crate::Feed;
use crate::draft::Config;
use crate::duration::written;
use crate::read::Read;
use crate::redis::RedisServer;

impl RedisServer {
    fn poll(&self, method: &str, option: &str, value: String) -> RedisPoll {
        RedisPoll(self.clone().with("method", method).with(option, value))
    }

    /// The keys that a pattern has, such as `order:*`, as a source.
    pub fn poll_keys(&self, pattern: impl Into<String>) -> RedisPoll {
        self.poll("scan", "pattern", pattern.into())
    }

    /// The members of a set, as a source.
    pub fn poll_set(&self, key: impl Into<String>) -> RedisPoll {
        self.poll("sscan", "key", key.into())
    }

    /// The fields of a hash with their values, as a source.
    pub fn poll_hash(&self, key: impl Into<String>) -> RedisPoll {
        self.poll("hscan", "key", key.into())
    }

    /// The members of a sorted set with their scores, as a source.
    pub fn poll_sorted_set(&self, key: impl Into<String>) -> RedisPoll {
        self.poll("zscan", "key", key.into())
    }

    /// The entries of a stream, as a source that is a group's consumer. It begins behind what the group was given.
    pub fn stream(&self, stream: impl Into<String>, group: impl Into<String>) -> RedisStream {
        RedisStream(self.clone().with("stream", stream.into()).with("group", group.into()))
    }

    fn feed<R: Serialize + DeserializeOwned + 'static>(self, kind: &'static str) -> Feed<R> {
        let feed = Feed::begin(kind, Config::Constant(self.options.into()), Read::carried());
        self.targets.iter().for_each(|target| feed.draft.borrow_mut().add_target(target));
        feed
    }
}

/// Keys or a collection that become a source: of what is new in each poll.
#[derive(Clone, Debug)]
#[must_use = "a poll becomes a feed by `json` or `text`"]
pub struct RedisPoll(RedisServer);

impl RedisPoll {
    /// From the start of one poll to the start of the next; 10 seconds unless told otherwise.
    pub fn every(self, period: Duration) -> Self {
        Self(self.0.with("poll-delay", written(period)))
    }

    /// Each poll makes records of all elements, not only of what is new.
    pub fn all(self) -> Self {
        Self(self.0.with("emit", "all"))
    }

    /// Any other option of `redis-poll`.
    pub fn option(self, name: &str, value: impl Into<Json>) -> Self {
        Self(self.0.with(name, value))
    }

    /// The elements, members and values as JSON.
    pub fn json<T: Serialize + DeserializeOwned + 'static>(self) -> Feed<RedisElement<T>> {
        self.0.with("format", "json").feed("redis-poll")
    }

    /// The elements, members and values as text.
    pub fn text(self) -> Feed<RedisElement<String>> {
        self.0.feed("redis-poll")
    }
}

/// A key, or an element of a collection.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RedisElement<T> {
    /// The key, or that of the collection.
    pub key: String,
    /// Of a set or sorted set.
    pub member: Option<T>,
    /// Of a hash.
    pub field: Option<String>,
    /// Of the field.
    pub value: Option<T>,
    /// Of a sorted set's member.
    #[serde(default, deserialize_with = "score")]
    pub score: Option<f64>,
}

/// A number, or one that JSON has none for, `inf` and `-inf`.
fn score<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(match Option::<Json>::deserialize(deserializer)? {
        Some(Json::String(text)) => text.parse().ok(),
        Some(json) => json.as_f64(),
        None => None,
    })
}

/// A stream that becomes a source; made by [`RedisServer::stream`].
#[derive(Clone, Debug)]
#[must_use = "a stream becomes a feed by `fields` or `json`"]
pub struct RedisStream(RedisServer);

impl RedisStream {
    /// From the first entry on.
    pub fn from_earliest(self) -> Self {
        Self(self.0.with("offset", "earliest"))
    }

    /// With what is added from then on.
    pub fn from_latest(self) -> Self {
        Self(self.0.with("offset", "latest"))
    }

    /// So many consumers, each with a connection of its own.
    pub fn concurrency(self, consumers: u32) -> Self {
        Self(self.0.with("concurrency", consumers))
    }

    /// The fields of these names are JSON, the others text.
    pub fn json_fields<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        Self(self.0.with("json-fields", names))
    }

    /// Any other option of `redis-stream-consume`.
    pub fn option(self, name: &str, value: impl Into<Json>) -> Self {
        Self(self.0.with(name, value))
    }

    /// The entries, their fields as this type: values are texts, but for those of [`RedisStream::json_fields`].
    pub fn fields<F: Serialize + DeserializeOwned + 'static>(self) -> Feed<RedisStreamRecord<F>> {
        self.0.feed("redis-stream-consume")
    }

    /// The entries, their fields as this type: all values are JSON.
    pub fn json<F: Serialize + DeserializeOwned + 'static>(self) -> Feed<RedisStreamRecord<F>> {
        self.0.with("format", "json").feed("redis-stream-consume")
    }
}

/// An entry of a stream.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RedisStreamRecord<F> {
    /// The key of the stream.
    pub stream: String,
    /// The entry's id.
    pub id: String,
    /// What it carries.
    pub fields: F,
    /// Whether it was given to a consumer before, and not acknowledged.
    pub redelivered: bool,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_have_what_their_collection_has() {
        let read = |json: Json| serde_json::from_value::<RedisElement<String>>(json).expect("an element");
        let key = RedisElement { key: "k".to_owned(), member: None, field: None, value: None, score: None };
        assert_eq!(read(json!({"key": "k"})), key);
        let scored = |score| RedisElement { member: Some("a".to_owned()), score: Some(score), ..key.clone() };
        assert_eq!(read(json!({"key": "k", "member": "a", "score": 3})), scored(3.0));
        assert_eq!(read(json!({"key": "k", "member": "a", "score": "-inf"})), scored(f64::NEG_INFINITY));
        let field = RedisElement { field: Some("f".to_owned()), value: Some("v".to_owned()), ..key.clone() };
        assert_eq!(read(json!({"key": "k", "field": "f", "value": "v"})), field);
    }
}
