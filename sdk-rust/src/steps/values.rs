//! One value into another, into several, or into none.

use std::any::TypeId;

use serde_json::json;

use crate::carry::{Answer, BySerde, Carry, Done, Several};
use crate::draft::Config;
use crate::read::Read;
use crate::{Context, Failure, Flow, Output, Response, Value};

impl<T: 'static, At> Flow<T, At> {
    /// Goes on with this value, the same for every minion. Text may have holes, as in [`get`](crate::get): `"user-{minion}"`.
    pub fn returns<U: Carry<Way> + serde::Serialize, Way>(self, value: U) -> Flow<U, At> {
        let json = self.draft.borrow_mut().constant("returns", &value);
        self.then(None, "returns", Config::Constant(json), Read::carried())
    }

    /// Goes on with a value made for each minion.
    pub fn returns_with<A: Answer<Way>, Way>(self, make: impl Fn(&Context) -> A + 'static) -> Flow<A::Carried, At> {
        let run = Box::new(move |cx: &Context, _| make(cx).into_answer().map(Output::One));
        self.then_call(None, "returns", run, Read::of(A::read))
    }

    /// Goes on with 0 to n values made from the visit and the value.
    pub fn execute<A: Several<Way>, Way>(self, work: impl Fn(&Context, T) -> A + 'static) -> Flow<A::Carried, At> {
        let read = self.read.clone();
        let run = Box::new(move |cx: &Context, value| several(work(cx, read.value(value)?)));
        self.then_call(None, "execute", run, Read::carried())
    }

    /// Goes on with another value.
    pub fn map<A: Answer<Way>, Way>(self, change: impl Fn(T) -> A + 'static) -> Flow<A::Carried, At> {
        let read = self.read.clone();
        let run = Box::new(move |_: &Context, value| change(read.value(value)?).into_answer().map(Output::One));
        self.then_call(None, "map", run, Read::of(A::read))
    }

    /// Goes on with 0 to n values instead of one, one after another.
    pub fn flat_map<A: Several<Way>, Way>(self, change: impl Fn(T) -> A + 'static) -> Flow<A::Carried, At> {
        let read = self.read.clone();
        let run = Box::new(move |_: &Context, value| several(change(read.value(value)?)));
        self.then_call(None, "flat-map", run, Read::carried())
    }

    /// Drops quietly what `keep` says no to: no failure.
    pub fn filter(self, keep: impl Fn(&T) -> bool + 'static) -> Self {
        let read = self.read.clone();
        let run = Box::new(move |_: &Context, value| Ok(Output::One(Value::Boolean(keep(&read.value(value)?)))));
        self.then_same(None, "filter", Config::Callback("filter", run))
    }

    /// Looks at the value, which goes on unchanged. `work` answers nothing, or `Result<(), Failure>`.
    pub fn on_each<D: Done>(self, work: impl Fn(&T) -> D + 'static) -> Self {
        let read = self.read.clone();
        let run = Box::new(move |_: &Context, value| work(&read.value(value)?).done().map(|()| Output::Nothing));
        self.then_same(None, "on-each", Config::Callback("on-each", run))
    }

    fn then_flatten<U: Carry<Way>, Way>(self) -> Flow<U, At> {
        self.then(None, "flatten", Config::Constant(json!({})), Read::carried())
    }
}

impl<T: 'static, At> Flow<Vec<T>, At> {
    /// Goes on with the items of the list, one after another. No closure is called.
    pub fn flatten<Way>(self) -> Flow<T, At>
    where
        T: Carry<Way>,
    {
        if TypeId::of::<T>() == TypeId::of::<u8>() {
            self.fault("`flatten` has no items in bytes, which travel as one value; use `flat_map`");
        }
        self.then_flatten()
    }
}

impl<T: 'static, At> Flow<(T, T), At> {
    /// Goes on with both values of the pair, one after the other. No closure is called.
    pub fn flatten<Way>(self) -> Flow<T, At>
    where
        T: Carry<Way>,
    {
        self.then_flatten()
    }
}

impl<At> Flow<Response, At> {
    /// Goes on with the items of the JSON list that the body is, one after another. No closure is called.
    ///
    /// ```
    /// # use throng::{http, millis};
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct Shipment { order: String }
    ///
    /// let feed = http("http://127.0.0.1:8080").poll("/shipments").every(millis(100)).flatten::<Shipment>();
    /// ```
    pub fn flatten<T: Carry<BySerde>>(self) -> Flow<T, At> {
        self.then_flatten()
    }
}

impl<T: 'static, At> Flow<Option<T>, At> {
    /// Drops quietly what is none, and goes on with what is in the others. No closure is called.
    pub fn filter_not_none(self) -> Flow<T, At> {
        let read = Read::present(self.read.clone());
        self.then(None, "filter-not-none", Config::Constant(json!({})), read)
    }
}

pub(crate) fn several<A: Several<Way>, Way>(answer: A) -> Result<Output, Failure> {
    let mut items = answer.into_items()?;
    match items.len() {
        0 => Ok(Output::Nothing),
        1 => items.pop().map_or(Ok(Output::Nothing), |item| item.into_value().map(Output::One)),
        _ => items.into_iter().map(Carry::into_value).collect::<Result<_, _>>().map(Output::Many),
    }
}
