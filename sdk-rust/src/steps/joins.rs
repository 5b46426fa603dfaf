//! Pairs of a value and its counterpart from another chain.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::carry::type_name;
use crate::draft::{Config, Draft, Node};
use crate::duration::written;
use crate::read::Read;
use crate::{Context, Failure, Feed, Flow, Output, Value};

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

    /// Brings the other side into the scenario, if it is not there: its name in the document, and the reader of its values.
    pub(crate) fn draw<U: Upstream>(&self, right: U, kind: &str) -> (Config, Read<U::Value>) {
        self.draw_side(right.into_side().0, kind)
    }

    pub(super) fn draw_side<U: 'static>(&self, side: Side<U>, kind: &str) -> (Config, Read<U>) {
        match side {
            Side::Named(step) => {
                let (read, found) = Read::late();
                let name = step.name.clone();
                let link = move |draft: &Draft| step.find(draft).map(|(_, read)| drop(found.set(read)));
                self.draft.borrow_mut().links.push(Box::new(link));
                (Config::Constant(name.into()), read)
            }
            Side::Feed(feed) => {
                let mut draft = self.draft.borrow_mut();
                draft.absorb(feed.draft.take());
                let name = match feed.last {
                    Some(last) => Config::Name(last),
                    None => {
                        draft.faults.push(format!("`{kind}` draws from a chain without a step"));
                        Config::Constant(Json::Null)
                    }
                };
                (name, feed.read)
            }
        }
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

/// A step of the same scenario, anywhere in it, by its name. That it is there and emits this type is checked when the scenario is built.
#[derive(Clone, Debug)]
pub struct Step<T> {
    name: String,
    emits: std::marker::PhantomData<fn() -> T>,
}

/// The step of this name: for [`Flow::inner_join`], [`Flow::zip`], [`Flow::take`], [`Flow::merge`].
pub fn step<T: 'static>(name: impl Into<String>) -> Step<T> {
    Step { name: name.into(), emits: std::marker::PhantomData }
}

impl<T: 'static> Step<T> {
    pub(crate) fn find(&self, draft: &Draft) -> Result<(Node, Read<T>), String> {
        let name = &self.name;
        let node = draft.find(name).ok_or_else(|| format!("there is no step `{name}`"))?;
        let found = node.borrow();
        let read = found.emits.read::<T>();
        let read = read.ok_or_else(|| format!("the step `{name}` emits `{}`, not `{}`", found.emits.type_name, type_name::<T>()))?;
        Ok((node.clone(), read))
    }
}

/// Where values of the other side come from: a [`Feed`], or a [`step`] by its name.
pub trait Upstream {
    /// What it emits.
    type Value: 'static;

    /// The SDK's own business.
    fn into_side(self) -> UpstreamSide<Self::Value>;
}

/// What an [`Upstream`] is.
pub struct UpstreamSide<T>(pub(crate) Side<T>);

pub(crate) enum Side<T> {
    Feed(Feed<T>),
    Named(Step<T>),
}

impl<T: 'static> Upstream for Feed<T> {
    type Value = T;

    fn into_side(self) -> UpstreamSide<T> {
        UpstreamSide(Side::Feed(self))
    }
}

impl<T: 'static> Upstream for Step<T> {
    type Value = T;

    fn into_side(self) -> UpstreamSide<T> {
        UpstreamSide(Side::Named(self))
    }
}

/// Something in a value that the engine finds without a closure.
#[derive(Clone, Debug)]
pub struct Pick(pub(crate) Json);

impl Pick {
    /// What is under a JSON pointer (RFC 6901): of the body of a response, of an item of a pair (`/0/id`) or list, of any value.
    pub fn json(pointer: impl Into<String>) -> Self {
        Self(json!({"json": pointer.into()}))
    }

    /// Text with holes, as in [`get`](crate::get): `"order-{minion}"`.
    pub fn template(text: impl Into<String>) -> Self {
        Self(Json::String(text.into()))
    }
}

/// What a closure that makes a key may answer: text, a whole number, or `Option` or `Result<_, Failure>` of it. A value without a key is an
/// error of its side.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no key",
    label = "neither text nor a whole number",
    note = "a key is `String`, `&'static str`, a whole number, or `Option` or `Result<_, Failure>` of one"
)]
pub trait Key {
    /// As text.
    ///
    /// # Errors
    /// The closure's own.
    fn into_key(self) -> Result<Option<String>, Failure>;
}

impl Key for String {
    fn into_key(self) -> Result<Option<String>, Failure> {
        Ok(Some(self))
    }
}

impl Key for &'static str {
    fn into_key(self) -> Result<Option<String>, Failure> {
        Ok(Some(self.to_owned()))
    }
}

impl<K: Key> Key for Option<K> {
    fn into_key(self) -> Result<Option<String>, Failure> {
        self.map_or(Ok(None), Key::into_key)
    }
}

impl<K: Key> Key for Result<K, Failure> {
    fn into_key(self) -> Result<Option<String>, Failure> {
        self.and_then(Key::into_key)
    }
}

macro_rules! whole_numbers {
    ($($number:ty),+) => {$(
        impl Key for $number {
            fn into_key(self) -> Result<Option<String>, Failure> {
                Ok(Some(self.to_string()))
            }
        }
    )+};
}

whole_numbers!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);
