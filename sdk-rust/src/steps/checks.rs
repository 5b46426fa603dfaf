//! Assertions.

use serde_json::json;

use crate::carry::Carry;
use crate::draft::Config;
use crate::read::Read;
use crate::{Context, Failure, Flow, Output, Value};

impl<T: 'static, At> Flow<T, At> {
    /// An assertion, mostly by [`ensure!`](crate::ensure): success passes the value on, a failure ends the minion's branch. Never retried.
    pub fn verify(self, name: impl Into<String>, check: impl Fn(&T) -> Result<(), Failure> + 'static) -> Self {
        let read = self.read.clone();
        let run = Box::new(move |_: &Context, value| check(&read.value(value)?).map(|()| Output::Nothing));
        self.then_same(Some(name.into()), "verify", Config::Callback("verify", run))
    }

    /// An assertion that answers with the value to go on with. Never retried.
    ///
    /// ```
    /// # use throng::{Response, ensure, get, http, scenario};
    /// # let shop = http("http://127.0.0.1:8080");
    /// scenario("stock").start().send("stock", &shop, get("/stock")).verify_and_map("in-stock", |r: Response| {
    ///     let left: u32 = r.json()?;
    ///     ensure!(left > 0, "sold out")?;
    ///     Ok(left)
    /// });
    /// ```
    pub fn verify_and_map<U: Carry<Way>, Way>(
        self,
        name: impl Into<String>,
        check: impl Fn(T) -> Result<U, Failure> + 'static,
    ) -> Flow<U, At> {
        let read = self.read.clone();
        let run = Box::new(move |_: &Context, value| check(read.value(value)?)?.into_value().map(Output::One));
        self.then_call(Some(name.into()), "verify-and-map", run, Read::carried())
    }

    /// Checks the value that comes in: each text that `check` answers with is an error of the code `invalid`. None passes the value on.
    pub fn validate<V: Validity>(self, name: impl Into<String>, check: impl Fn(&T) -> V + 'static) -> Self {
        let read = self.read.clone();
        let run = Box::new(move |_: &Context, value| {
            let errors = check(&read.value(value)?).into_errors()?;
            match errors.is_empty() {
                true => Ok(Output::Nothing),
                false => Ok(Output::Many(errors.into_iter().map(Value::Text).collect())),
            }
        });
        self.then_same(Some(name.into()), "validate", Config::Callback("validate", run))
    }

    /// An assertion by the engine itself, without a closure: [`status`](crate::status), or any rule as text, one or several.
    pub fn assert(self, name: impl Into<String>, rules: impl IntoRules) -> Self {
        self.then_same(Some(name.into()), "assert", Config::Constant(json!({"rules": rules.into_rules()})))
    }
}

/// What a closure that validates may answer: errors in a `Vec` or an `Option`, or `Result` of a `Vec` or of nothing.
#[diagnostic::on_unimplemented(
    message = "a closure that validates cannot answer with `{Self}`",
    label = "neither `Vec` or `Option` of texts, nor `Result` of a `Vec` or of nothing"
)]
pub trait Validity {
    /// What is wrong with the value; nothing if it is valid.
    ///
    /// # Errors
    /// The closure's own.
    fn into_errors(self) -> Result<Vec<String>, Failure>;
}

impl<S: Into<String>> Validity for Vec<S> {
    fn into_errors(self) -> Result<Vec<String>, Failure> {
        Ok(self.into_iter().map(Into::into).collect())
    }
}

impl<S: Into<String>> Validity for Option<S> {
    fn into_errors(self) -> Result<Vec<String>, Failure> {
        Ok(self.into_iter().map(Into::into).collect())
    }
}

impl<S: Into<String>> Validity for Result<Vec<S>, Failure> {
    fn into_errors(self) -> Result<Vec<String>, Failure> {
        self?.into_errors()
    }
}

impl Validity for Result<(), Failure> {
    fn into_errors(self) -> Result<Vec<String>, Failure> {
        self.map(|()| Vec::new())
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
