//! The chain of steps, with the type of the value that it carries.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::carry::{Answer, Carry, Done, Several};
use crate::draft::{Config, Draft};
use crate::duration::written;
use crate::program::Callback;
use crate::{Context, Failure, Output, Value};

/// A chain of steps whose last one emits values of type `T`. Each method adds a step after it.
///
/// What one step emits is what the next one takes:
///
/// ```
/// use throng::{ensure, scenario};
///
/// scenario("sizes").start().returns(7_i64).verify("is small", |size: &i64| ensure!(*size < 9));
/// ```
///
/// Anything else does not compile:
///
/// ```compile_fail,E0631
/// use throng::{ensure, scenario};
///
/// scenario("sizes").start().returns(7_i64).verify("is small", |size: &String| ensure!(size.len() < 9));
/// ```
///
/// Neither does a value that serde cannot carry:
///
/// ```compile_fail,E0277
/// struct Order; // no `Serialize`, no `Deserialize`
///
/// throng::scenario("orders").start().map(|()| Order);
/// ```
#[must_use = "a flow becomes a scenario by `into()`, or as the answer of a function with `#[throng::scenario]`"]
pub struct Flow<T> {
    pub(crate) draft: Rc<RefCell<Draft>>,
    pub(crate) last: Option<usize>,
    /// How the next step reads the value; see [`crate::carry`].
    pub(crate) decode: fn(Value) -> Result<T, Failure>,
}

impl<T: 'static> Flow<T> {
    pub(crate) fn then<U>(
        self,
        name: Option<String>,
        kind: &'static str,
        config: Config,
        decode: fn(Value) -> Result<U, Failure>,
    ) -> Flow<U> {
        let last = self.draft.borrow_mut().add_step(name, kind, config, self.last);
        Flow { draft: self.draft, last: Some(last), decode }
    }

    /// A step that is nothing but a callback.
    fn then_call<U>(self, name: Option<String>, kind: &'static str, run: Callback, decode: fn(Value) -> Result<U, Failure>) -> Flow<U> {
        let callback = self.draft.borrow_mut().add_callback(kind, run);
        self.then(name, kind, Config::Callback(callback), decode)
    }

    fn then_same(self, kind: &'static str, config: Json) -> Self {
        let decode = self.decode;
        self.then(None, kind, Config::Constant(config), decode)
    }

    /// Goes on with this value, the same for every minion. Text may have holes, as in [`get`](crate::get): `"user-{minion}"`.
    pub fn returns<U: Carry<Way> + serde::Serialize, Way>(self, value: U) -> Flow<U> {
        let json = serde_json::to_value(&value).unwrap_or_else(|error| {
            self.draft.borrow_mut().faults.push(format!("the value of `returns` cannot be written as JSON: {error}"));
            Json::Null
        });
        if json.get("callback").is_some() {
            let fault =
                "the value of `returns` has a field `callback`, which the document takes for a closure's number; use `returns_with`";
            self.draft.borrow_mut().faults.push(fault.into());
        }
        self.then(None, "returns", Config::Constant(json), U::from_value)
    }

    /// Goes on with a value made for each minion.
    pub fn returns_with<A: Answer<Way>, Way>(self, make: impl Fn(&Context) -> A + 'static) -> Flow<A::Carried> {
        let run = Box::new(move |cx: &Context, _| make(cx).into_answer().map(Output::One));
        self.then_call(None, "returns", run, A::read)
    }

    /// Goes on with 0 to n values made from the visit and the value.
    pub fn execute<A: Several<Way>, Way>(self, work: impl Fn(&Context, T) -> A + 'static) -> Flow<A::Carried> {
        let decode = self.decode;
        let run = Box::new(move |cx: &Context, value| several(work(cx, decode(value)?)));
        self.then_call(None, "execute", run, <A::Carried>::from_value)
    }

    /// Goes on with another value.
    pub fn map<A: Answer<Way>, Way>(self, change: impl Fn(T) -> A + 'static) -> Flow<A::Carried> {
        let decode = self.decode;
        let run = Box::new(move |_: &Context, value| change(decode(value)?).into_answer().map(Output::One));
        self.then_call(None, "map", run, A::read)
    }

    /// Goes on with 0 to n values instead of one, one after another.
    pub fn flat_map<A: Several<Way>, Way>(self, change: impl Fn(T) -> A + 'static) -> Flow<A::Carried> {
        let decode = self.decode;
        let run = Box::new(move |_: &Context, value| several(change(decode(value)?)));
        self.then_call(None, "flat-map", run, <A::Carried>::from_value)
    }

    /// Drops quietly what `keep` says no to: no failure.
    pub fn filter(self, keep: impl Fn(&T) -> bool + 'static) -> Self {
        let decode = self.decode;
        let run = Box::new(move |_: &Context, value| Ok(Output::One(Value::Boolean(keep(&decode(value)?)))));
        self.then_call(None, "filter", run, decode)
    }

    /// Looks at the value, which goes on unchanged. `work` answers nothing, or `Result<(), Failure>`.
    pub fn on_each<D: Done>(self, work: impl Fn(&T) -> D + 'static) -> Self {
        let decode = self.decode;
        let run = Box::new(move |_: &Context, value| work(&decode(value)?).done().map(|()| Output::Nothing));
        self.then_call(None, "on-each", run, decode)
    }

    /// An assertion, mostly by [`ensure!`](crate::ensure): success passes the value on, a failure ends the minion's branch. Never retried.
    pub fn verify(self, name: impl Into<String>, check: impl Fn(&T) -> Result<(), Failure> + 'static) -> Self {
        let decode = self.decode;
        let run = Box::new(move |_: &Context, value| check(&decode(value)?).map(|()| Output::Nothing));
        self.then_call(Some(name.into()), "verify", run, decode)
    }

    /// An assertion by the engine itself, without a closure: [`status`](crate::status), or any rule as text, one or several.
    pub fn assert(self, name: impl Into<String>, rules: impl IntoRules) -> Self {
        let decode = self.decode;
        self.then(Some(name.into()), "assert", Config::Constant(json!({"rules": rules.into_rules()})), decode)
    }

    /// Waits, then goes on with the same value.
    pub fn delay(self, delay: Duration) -> Self {
        self.then_same("delay", written(delay).into())
    }

    /// Goes on with the same value: a step to give a name, or to join on.
    pub fn pipe(self) -> Self {
        self.then_same("pipe", json!({}))
    }

    /// Ends the branch: values that come here are swallowed.
    pub fn black_hole(self) -> Flow<()> {
        self.then(None, "black-hole", Config::Constant(json!({})), <()>::from_value)
    }

    /// Gives the same value to every branch, concurrently; the chain itself goes on with that value, too.
    ///
    /// ```
    /// # use throng::{get, http, scenario};
    /// let shop = http("http://127.0.0.1:8080");
    /// scenario("browse").start().returns("pen".to_owned()).split(|each| {
    ///     each.branch(|flow| flow.send("stock", &shop, get("/stock")));
    ///     each.branch(|flow| flow.send("price", &shop, get("/price")));
    /// });
    /// ```
    pub fn split(self, branches: impl FnOnce(&Split<T>)) -> Self {
        let flow = self.then_same("split", json!({}));
        let split = Split { draft: Rc::clone(&flow.draft), last: flow.last, decode: flow.decode };
        branches(&split);
        flow
    }
}

/// Where the branches of a split begin.
pub struct Split<T> {
    draft: Rc<RefCell<Draft>>,
    last: Option<usize>,
    decode: fn(Value) -> Result<T, Failure>,
}

impl<T> Split<T> {
    /// Adds a branch.
    pub fn branch<U>(&self, steps: impl FnOnce(Flow<T>) -> Flow<U>) -> &Self {
        let _end = steps(Flow { draft: Rc::clone(&self.draft), last: self.last, decode: self.decode });
        self
    }
}

/// What [`Flow::assert`] takes: a rule, or several.
pub trait IntoRules {
    /// In order.
    fn into_rules(self) -> Vec<String>;
}

impl IntoRules for &str {
    fn into_rules(self) -> Vec<String> {
        vec![self.to_owned()]
    }
}

impl IntoRules for String {
    fn into_rules(self) -> Vec<String> {
        vec![self]
    }
}

impl<R: Into<String>, const N: usize> IntoRules for [R; N] {
    fn into_rules(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<R: Into<String>> IntoRules for Vec<R> {
    fn into_rules(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

/// The rule that a response has this status.
pub fn status(code: u16) -> String {
    format!("status == {code}")
}

fn several<A: Several<Way>, Way>(answer: A) -> Result<Output, Failure> {
    let mut items = answer.into_items()?;
    match items.len() {
        0 => Ok(Output::Nothing),
        1 => items.pop().map_or(Ok(Output::Nothing), |item| item.into_value().map(Output::One)),
        _ => items.into_iter().map(Carry::into_value).collect::<Result<_, _>>().map(Output::Many),
    }
}
