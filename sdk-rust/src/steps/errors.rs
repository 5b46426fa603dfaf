//! What runs when a step before has failed, after its retries. All other steps are skipped then.

use serde::Serialize;
use serde_json::json;

use super::values::several;
use crate::carry::{Answer, Carry, Done, Several};
use crate::draft::Config;
use crate::{Context, Flow, Output};

impl<T: 'static, At> Flow<T, At> {
    /// Runs whenever there are errors (`cx.errors()`), also those that did not end the branch, and leaves everything as it is.
    /// `work` answers nothing, or `Result<(), Failure>`.
    pub fn catch_errors<D: Done>(self, work: impl Fn(&Context) -> D + 'static) -> Self {
        let run = Box::new(move |cx: &Context, _| work(cx).done().map(|()| Output::Nothing));
        self.then_same(None, "catch-errors", Config::Callback("catch-errors", run))
    }

    /// Writes the errors to the log, and leaves everything as it is.
    pub fn log_errors(self) -> Self {
        self.then_constant("log-errors", json!({}))
    }

    /// Runs when a step before has failed for good. The values that `work` answers with go on, in health; without one, the branch stays
    /// ended.
    pub fn catch_exhausted<A: Several<Way, Carried = T>, Way>(self, work: impl Fn(&Context) -> A + 'static) -> Self {
        let run = Box::new(move |cx: &Context, _| several(work(cx)));
        self.then_same(None, "catch-exhausted", Config::Callback("catch-exhausted", run))
    }

    /// Goes on in health with this value when a step before has failed for good. Text may have holes, as in [`Flow::returns`].
    pub fn recover<Way>(self, value: T) -> Self
    where
        T: Carry<Way> + Serialize,
    {
        let json = self.draft.borrow_mut().constant("recover", &value);
        self.then_constant("recover", json)
    }

    /// Goes on in health with the value that `make` answers with when a step before has failed for good.
    pub fn recover_with<A: Answer<Way, Carried = T>, Way>(self, make: impl Fn(&Context) -> A + 'static) -> Self {
        let run = Box::new(move |cx: &Context, _| make(cx).into_answer().map(Output::One));
        self.then_same(None, "recover", Config::Callback("recover", run))
    }
}
