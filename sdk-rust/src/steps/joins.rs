//! Pairs of a value and its counterpart from another chain.

use std::time::Duration;

use super::{Key, Pick, Upstream};
use crate::draft::Config;
use crate::duration::written;
use crate::read::Read;
use crate::{Context, Flow, Output, Value};

const JOINS: &[&str] = &["inner-join", "left-join"];

impl<T: 'static, At> Flow<T, At> {
    /// Waits for the value of the same key that `right` emits, and goes on with both. The right may come first. A left without a right
    /// after the [`timeout`](Flow::timeout), 10 s unless told otherwise, is a failure of the step.
    ///
    /// ```
    /// # use throng::{Response, get, http, millis, scenario, secs};
    /// # #[derive(serde::Serialize, serde::Deserialize)] struct Receipt { order: String }
    /// # #[derive(serde::Serialize, serde::Deserialize)] struct Shipment { order: String }
    /// let shop = http("http://127.0.0.1:8080");
    /// let feed = shop.poll("/shipments").every(millis(100)).flatten::<Shipment>();
    /// scenario("checkout").start()
    ///     .send("order", &shop, get("/order")).map(|r: Response| r.json::<Receipt>())
    ///     .inner_join("shipped", feed, |receipt| receipt.order.clone(), |shipment| shipment.order.clone()).timeout(secs(5))
    ///     .map(|(receipt, shipment)| receipt.order == shipment.order);
    /// ```
    pub fn inner_join<U: Upstream, L: Key, R: Key>(
        self,
        name: impl Into<String>,
        right: U,
        left_key: impl Fn(&T) -> L + 'static,
        right_key: impl Fn(&U::Value) -> R + 'static,
    ) -> Flow<(T, U::Value), At> {
        let (right, read) = self.draw(right, "inner-join");
        let keys = [key(self.read.clone(), left_key), key(read.clone(), right_key)];
        let pair = self.read.clone().beside(read);
        self.then(Some(name.into()), "inner-join", join(right, keys), pair)
    }

    /// The same; a left without a right goes on with none.
    pub fn left_join<U: Upstream, L: Key, R: Key>(
        self,
        name: impl Into<String>,
        right: U,
        left_key: impl Fn(&T) -> L + 'static,
        right_key: impl Fn(&U::Value) -> R + 'static,
    ) -> Flow<(T, Option<U::Value>), At> {
        let (right, read) = self.draw(right, "left-join");
        let keys = [key(self.read.clone(), left_key), key(read.clone(), right_key)];
        let pair = self.read.clone().beside(read.optional());
        self.then(Some(name.into()), "left-join", join(right, keys), pair)
    }

    /// [`inner_join`](Flow::inner_join) by keys that the engine finds in the values, without closures:
    /// `inner_join_on("shipped", feed, Pick::json("/order"), Pick::json("/order"))`.
    pub fn inner_join_on<U: Upstream>(self, name: impl Into<String>, right: U, left: Pick, right_key: Pick) -> Flow<(T, U::Value), At> {
        let (right, read) = self.draw(right, "inner-join");
        let pair = self.read.clone().beside(read);
        self.then(Some(name.into()), "inner-join", join(right, [left, right_key].map(|pick| Config::Constant(pick.0))), pair)
    }

    /// [`left_join`](Flow::left_join) by keys that the engine finds in the values, without closures.
    pub fn left_join_on<U: Upstream>(
        self,
        name: impl Into<String>,
        right: U,
        left: Pick,
        right_key: Pick,
    ) -> Flow<(T, Option<U::Value>), At> {
        let (right, read) = self.draw(right, "left-join");
        let pair = self.read.clone().beside(read.optional());
        self.then(Some(name.into()), "left-join", join(right, [left, right_key].map(|pick| Config::Constant(pick.0))), pair)
    }

    /// Goes on with each value and the next one of `right`, in order.
    pub fn zip<U: Upstream>(self, name: impl Into<String>, right: U) -> Flow<(T, U::Value), At> {
        self.then_zip(name.into(), "zip", right)
    }

    /// Goes on with each value and the latest one of `right`; waits only for the first.
    pub fn zip_last<U: Upstream>(self, name: impl Into<String>, right: U) -> Flow<(T, U::Value), At> {
        self.then_zip(name.into(), "zip-last", right)
    }

    fn then_zip<U: Upstream>(self, name: String, kind: &'static str, right: U) -> Flow<(T, U::Value), At> {
        let (right, read) = self.draw(right, kind);
        let pair = self.read.clone().beside(read);
        self.then(Some(name), kind, Config::Object(vec![("right".to_owned(), right)]), pair)
    }

    /// Of a join: for how long a key that was used or timed out is remembered, to tell late and duplicate rights; 60 s by default.
    pub fn window(self, window: Duration) -> Self {
        self.on_config("window", JOINS, |config| config.set("window", written(window).into()))
    }

    /// Of a join: how many rights are kept for lefts that have not come; 1 000 000 by default.
    pub fn capacity(self, rights: u64) -> Self {
        self.on_config("capacity", JOINS, |config| config.set("capacity", rights.into()))
    }

    /// For how long a join keeps a right, or what [`shelve`](Flow::shelve) keeps; without end by default.
    pub fn ttl(self, ttl: Duration) -> Self {
        self.on_config("ttl", &["inner-join", "left-join", "shelve"], |config| config.set("ttl", written(ttl).into()))
    }
}

fn join(right: Config, keys: [Config; 2]) -> Config {
    let [left, right_key] = keys;
    Config::Object(vec![("right".to_owned(), right), ("left-key".to_owned(), left), ("right-key".to_owned(), right_key)])
}

fn key<T: 'static, K: Key>(read: Read<T>, key: impl Fn(&T) -> K + 'static) -> Config {
    let run = Box::new(move |_: &Context, value| {
        let key = key(&read.value(value)?).into_key()?;
        Ok(Output::One(key.map_or(Value::None, Value::Text)))
    });
    Config::Callback("key", run)
}
