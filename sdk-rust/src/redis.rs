//! Redis: servers, records that steps save, entries that they add to streams.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::carry::wrong_value;
use crate::draft::Config;
use crate::duration::written;
use crate::read::Read;
use crate::{Context, Failure, Flow, Output, Value};

/// A server that steps save to and sources look at; made by [`redis`].
///
/// ```
/// use throng::{RedisEntry, RedisRecord, redis, scenario, secs};
///
/// let server = redis("redis://127.0.0.1:6379").password("{setting:password}");
/// let states = server.poll_hash("states").every(secs(1)).text();
/// scenario("orders").start()
///     .returns("o-7".to_owned())
///     .redis_save("saved", &server, [RedisRecord::hash("states", [("{minion}", "new")]).expires_in(secs(60))])
///     .redis_stream_produce("announced", &server, [RedisEntry::to("orders").field("id", "o-{minion}")])
///     .inner_join("polled", states, |((order, _), _)| order.clone(), |record| record.field.clone().unwrap_or_default());
/// ```
#[derive(Clone, Debug)]
pub struct RedisServer {
    pub(crate) options: Map<String, Json>,
    pub(crate) targets: Vec<String>,
}

/// The server at this URL, `redis://host:port/database` or `rediss://…`; it becomes a target of the scenarios that use it.
pub fn redis(url: impl Into<String>) -> RedisServer {
    let url = url.into();
    // A target has no path.
    let end = url.find("://").and_then(|scheme| url.get(scheme + 3..)?.find('/').map(|slash| scheme + 3 + slash));
    let target = end.and_then(|end| url.get(..end)).unwrap_or(&url).to_owned();
    RedisServer { options: Map::from_iter([("url".to_owned(), url.into())]), targets: vec![target] }
}

impl RedisServer {
    pub(crate) fn with(mut self, option: &str, value: impl Into<Json>) -> Self {
        self.options.insert(option.to_owned(), value.into());
        self
    }

    /// Who asks, of the server's access control list.
    #[must_use]
    pub fn user(self, user: impl Into<String>) -> Self {
        self.with("user", user.into())
    }

    /// The password. `{setting:NAME}` is filled.
    #[must_use]
    pub fn password(self, password: impl Into<String>) -> Self {
        self.with("password", password.into())
    }

    /// The URL is that of a sentinel, who knows which server is the master of this name; so do these others.
    #[must_use]
    pub fn sentinel<U: Into<String>>(mut self, master: impl Into<String>, others: impl IntoIterator<Item = U>) -> Self {
        let others: Vec<String> = others.into_iter().map(Into::into).collect();
        self.targets.extend(others.iter().cloned());
        self.with("sentinel", json!({"master": master.into(), "others": others}))
    }

    /// Another server that may become the master; it becomes a target of the scenarios, too.
    #[must_use]
    pub fn or_at(mut self, url: impl Into<String>) -> Self {
        self.targets.push(url.into());
        self
    }

    /// Whom to trust over TLS: a PEM file, instead of the operating system's certificates.
    #[must_use]
    pub fn roots(self, file: impl Into<String>) -> Self {
        self.with("tls", json!({"roots": file.into()}))
    }
}

/// What came of records that were saved, or of entries that were added.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RedisSaved {
    /// How many there were.
    pub records: u64,
    /// The bytes of their values.
    pub bytes: u64,
    /// What the server answered to each: the ids of entries; of hashes and sets, how much was new.
    pub answers: Vec<Json>,
}

/// A key and what is saved there. Given to a step as it is, its texts may have holes, as in [`get`](crate::get); answered by a closure, they
/// stand as they are.
#[derive(Clone, Debug)]
#[must_use = "a record is saved by a step"]
pub struct RedisRecord {
    options: Map<String, Json>,
    failure: Option<Failure>,
}

impl RedisRecord {
    fn new(key: impl Into<String>, kind: &str, value: Json) -> Self {
        let options = [("key".to_owned(), key.into().into()), ("type".to_owned(), kind.into()), ("value".to_owned(), value)];
        Self { options: Map::from_iter(options), failure: None }
    }

    /// A text.
    pub fn text(key: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(key, "string", text.into().into())
    }

    /// A text that is JSON. A value that JSON cannot say fails the step.
    pub fn json<T: Serialize + ?Sized>(key: impl Into<String>, value: &T) -> Self {
        match serde_json::to_string(value) {
            Ok(text) => Self::new(key, "string", text.into()),
            Err(error) => {
                let failure = wrong_value(format!("the record's value cannot be written as JSON: {error}"));
                Self { failure: Some(failure), ..Self::new(key, "string", Json::Null) }
            }
        }
    }

    /// Fields of a hash.
    pub fn hash<N: Into<String>, V: Into<Json>>(key: impl Into<String>, fields: impl IntoIterator<Item = (N, V)>) -> Self {
        Self::new(key, "hash", object(fields))
    }

    /// Members of a set.
    pub fn set<V: Into<Json>>(key: impl Into<String>, members: impl IntoIterator<Item = V>) -> Self {
        Self::new(key, "set", members.into_iter().map(Into::into).collect())
    }

    /// Members of a sorted set, with their scores.
    pub fn sorted_set<N: Into<String>>(key: impl Into<String>, members: impl IntoIterator<Item = (N, f64)>) -> Self {
        Self::new(key, "zset", object(members))
    }

    /// Values behind those of a list.
    pub fn list<V: Into<Json>>(key: impl Into<String>, values: impl IntoIterator<Item = V>) -> Self {
        Self::new(key, "list", values.into_iter().map(Into::into).collect())
    }

    /// When the key expires, from then on.
    pub fn expires_in(mut self, time: Duration) -> Self {
        self.options.insert("ttl".to_owned(), written(time).into());
        self
    }
}

/// An entry that is added to a stream. Its texts are as those of a [`RedisRecord`].
#[derive(Clone, Debug)]
#[must_use = "an entry is added by a step"]
pub struct RedisEntry {
    options: Map<String, Json>,
    fields: Map<String, Json>,
    failure: Option<Failure>,
}

impl RedisEntry {
    /// Of the stream with this key.
    pub fn to(stream: impl Into<String>) -> Self {
        Self { options: Map::from_iter([("stream".to_owned(), stream.into().into())]), fields: Map::new(), failure: None }
    }

    /// Adds a field.
    pub fn field(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.fields.insert(name.into(), value.into());
        self
    }

    /// Adds a field whose value is JSON. A value that JSON cannot say fails the step.
    pub fn json<T: Serialize + ?Sized>(self, name: impl Into<String>, value: &T) -> Self {
        match serde_json::to_string(value) {
            Ok(text) => self.field(name, text),
            Err(error) => Self { failure: Some(wrong_value(format!("the entry's field cannot be written as JSON: {error}"))), ..self },
        }
    }

    /// The stream keeps about so many entries; the oldest go.
    pub fn max_length(mut self, entries: u64) -> Self {
        self.options.insert("max-length".to_owned(), entries.into());
        self
    }
}

fn object<N: Into<String>, V: Into<Json>>(entries: impl IntoIterator<Item = (N, V)>) -> Json {
    Json::Object(entries.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
}

/// What a step sends to a server: a [`RedisRecord`] or a [`RedisEntry`].
pub trait RedisSendable: Sized {
    /// As the step reads it.
    ///
    /// # Errors
    /// A value that cannot be written.
    fn into_json(self) -> Result<Json, Failure>;
}

impl RedisSendable for RedisRecord {
    fn into_json(self) -> Result<Json, Failure> {
        self.failure.map_or(Ok(Json::Object(self.options)), Err)
    }
}

impl RedisSendable for RedisEntry {
    fn into_json(mut self) -> Result<Json, Failure> {
        self.options.insert("fields".to_owned(), self.fields.into());
        self.failure.map_or(Ok(Json::Object(self.options)), Err)
    }
}

/// What a closure that makes records or entries may answer: a list of them, or `Result<Vec<_>, Failure>`.
pub trait IntoRedisRecords<R> {
    /// For the engine.
    ///
    /// # Errors
    /// The closure's own, or a value that cannot be written.
    fn into_records(self) -> Result<Value, Failure>;
}

impl<R: RedisSendable> IntoRedisRecords<R> for Vec<R> {
    fn into_records(self) -> Result<Value, Failure> {
        json_of(self).map(|json| Value::Json(json.to_string()))
    }
}

impl<R: RedisSendable> IntoRedisRecords<R> for Result<Vec<R>, Failure> {
    fn into_records(self) -> Result<Value, Failure> {
        self.and_then(Vec::into_records)
    }
}

fn json_of<R: RedisSendable>(records: impl IntoIterator<Item = R>) -> Result<Json, Failure> {
    records.into_iter().map(R::into_json).collect::<Result<Vec<_>, _>>().map(Json::Array)
}

impl<T: 'static, At> Flow<T, At> {
    /// Saves records that need no closure, and goes on with the value and what came of it.
    pub fn redis_save(
        self,
        name: impl Into<String>,
        server: &RedisServer,
        records: impl IntoIterator<Item = RedisRecord>,
    ) -> Flow<(T, RedisSaved), At> {
        self.redis_constant("redis-save", name.into(), server, records)
    }

    /// Saves the records that `build` answers with, and goes on with the value and what came of it.
    pub fn redis_save_with<M: IntoRedisRecords<RedisRecord>>(
        self,
        name: impl Into<String>,
        server: &RedisServer,
        build: impl Fn(&Context, T) -> M + 'static,
    ) -> Flow<(T, RedisSaved), At> {
        self.redis_built("redis-save", name.into(), server, build)
    }

    /// Adds entries that need no closure to streams, and goes on with the value and what came of it.
    pub fn redis_stream_produce(
        self,
        name: impl Into<String>,
        server: &RedisServer,
        entries: impl IntoIterator<Item = RedisEntry>,
    ) -> Flow<(T, RedisSaved), At> {
        self.redis_constant("redis-stream-produce", name.into(), server, entries)
    }

    /// Adds the entries that `build` answers with to streams, and goes on with the value and what came of it.
    pub fn redis_stream_produce_with<M: IntoRedisRecords<RedisEntry>>(
        self,
        name: impl Into<String>,
        server: &RedisServer,
        build: impl Fn(&Context, T) -> M + 'static,
    ) -> Flow<(T, RedisSaved), At> {
        self.redis_built("redis-stream-produce", name.into(), server, build)
    }

    fn redis_constant<R: RedisSendable>(
        self,
        kind: &'static str,
        name: String,
        server: &RedisServer,
        records: impl IntoIterator<Item = R>,
    ) -> Flow<(T, RedisSaved), At> {
        let records = json_of(records).unwrap_or_else(|failure| {
            self.fault(failure.message);
            Json::Null
        });
        self.then_redis(kind, name, server, Config::Constant(records))
    }

    fn redis_built<R, M: IntoRedisRecords<R>>(
        self,
        kind: &'static str,
        name: String,
        server: &RedisServer,
        build: impl Fn(&Context, T) -> M + 'static,
    ) -> Flow<(T, RedisSaved), At> {
        let read = self.read.clone();
        let run = Box::new(move |cx: &Context, value| build(cx, read.value(value)?).into_records().map(Output::One));
        self.then_redis(kind, name, server, Config::Callback("request:redis", run))
    }

    fn then_redis(self, kind: &'static str, name: String, server: &RedisServer, records: Config) -> Flow<(T, RedisSaved), At> {
        server.targets.iter().for_each(|target| self.draft.borrow_mut().add_target(target));
        let mut fields: Vec<_> = server.options.iter().map(|(option, value)| (option.clone(), Config::Constant(value.clone()))).collect();
        fields.push(("records".to_owned(), records));
        let read = self.read.clone().beside(Read::carried());
        self.then(Some(name), kind, Config::Object(fields), read)
    }
}
