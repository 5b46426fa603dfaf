//! Where values go: branches, stages, lists of values.

use std::rc::Rc;
use std::time::Duration;

use serde_json::{Map, json};

use super::Step;
use crate::Flow;
use crate::carry::Carry;
use crate::draft::{Config, Draft, Position};
use crate::duration::written;
use crate::read::{Emits, Read};

impl<T: 'static, At> Flow<T, At> {
    /// Goes on with the same value: a step to give a name, or to join on.
    pub fn pipe(self) -> Self {
        self.then_constant("pipe", json!({}))
    }

    /// Ends the branch: values that come here are swallowed.
    pub fn black_hole(self) -> Flow<(), At> {
        self.then(None, "black-hole", Config::Constant(json!({})), Read::new(<() as Carry<_>>::from_value))
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
    pub fn split(self, branches: impl FnOnce(&Split<T, At>)) -> Self {
        let flow = self.then_constant("split", json!({}));
        branches(&Split { flow: flow.again(flow.last.clone(), flow.stage.clone()) });
        flow
    }

    /// Goes on with the values of another step, too: of a branch, mostly. Its type must be the same.
    ///
    /// ```
    /// # use throng::{millis, scenario, step};
    /// let flow = scenario("twice").start().returns(1_i64).split(|each| {
    ///     each.branch(|flow| flow.delay(millis(5)).named("slow"));
    /// });
    /// flow.map(|n| n + 1).merge(step("slow"));
    /// ```
    pub fn merge(self, other: Step<T>) -> Self {
        if self.last.is_none() {
            self.fault("`merge` adds to the values of a step, and there is none before it");
        }
        let flow = self.pipe();
        let merging = flow.last.clone();
        let link = move |draft: &Draft| {
            let (found, _read) = other.find(draft)?;
            if let Some(step) = merging
                && let Position::After(before) = &mut step.borrow_mut().position
            {
                before.push(found);
            }
            Ok(())
        };
        flow.draft.borrow_mut().links.push(Box::new(link));
        flow
    }

    /// Steps as one: to be iterated, timed out or retried together. It goes on with what the last of them emits, and is over when everything
    /// inside of it is; an error that is not recovered inside fails it. It does not inherit the scenario's retry.
    ///
    /// ```
    /// # use throng::{get, http, retries, scenario, secs, status};
    /// # let shop = http("http://127.0.0.1:8080");
    /// scenario("buy").start()
    ///     .stage("order", |flow| flow.send("cart", &shop, get("/cart")).send("pay", &shop, get("/pay")).assert("paid", status(200)))
    ///     .retry(retries(2)).timeout(secs(5));
    /// ```
    pub fn stage<U: 'static>(self, name: impl Into<String>, steps: impl FnOnce(Self) -> Flow<U, At>) -> Flow<U, At> {
        let (name, outer) = (name.into(), self.stage.clone());
        let stage = self.then_same(Some(name.clone()), "stage", Config::Inside);
        let Some(node) = stage.last.clone() else { return steps(stage) };
        let end = steps(stage.again(None, Some(Rc::downgrade(&node))));
        let output = end.last.clone().filter(|last| Rc::ptr_eq(&end.draft, &stage.draft) && last.borrow().is_inside(&node));
        match output {
            Some(last) => {
                let mut step = node.borrow_mut();
                step.config = Config::Object(vec![("steps".to_owned(), Config::Inside), ("output".to_owned(), Config::Name(last))]);
                step.emits = Emits::of(&end.read);
            }
            None => stage.fault(format!("the stage `{name}` must end in a step of its own")),
        }
        Flow { draft: stage.draft, last: stage.last, stage: outer, read: end.read, at: end.at }
    }

    /// Gathers values, of all minions, into lists of `batch`; a list is complete after `timeout`, too. Where a value comes in, its branch
    /// ends, in health; lists go on by themselves. At the end of the load, what is left goes on.
    pub fn collect(self, batch: u64, timeout: Duration) -> Flow<Vec<T>, At> {
        self.then_collect(Some(batch), Some(timeout))
    }

    /// The same without a time-out.
    pub fn collect_batches(self, batch: u64) -> Flow<Vec<T>, At> {
        self.then_collect(Some(batch), None)
    }

    /// The same without a number.
    pub fn collect_within(self, timeout: Duration) -> Flow<Vec<T>, At> {
        self.then_collect(None, Some(timeout))
    }

    fn then_collect(self, batch: Option<u64>, timeout: Option<Duration>) -> Flow<Vec<T>, At> {
        if self.stage.is_some() {
            self.fault("`collect` cannot be inside of a stage: its lists are of several minions");
        }
        let mut config = Map::new();
        config.extend(batch.map(|batch| ("batch".to_owned(), batch.into())));
        config.extend(timeout.map(|timeout| ("timeout".to_owned(), written(timeout).into())));
        let read = self.read.clone().list();
        self.then(None, "collect", Config::Constant(config.into()), read)
    }
}

/// Where the branches of a split begin.
pub struct Split<T, At = crate::Load> {
    flow: Flow<T, At>,
}

impl<T: 'static, At> Split<T, At> {
    /// Adds a branch.
    pub fn branch<U>(&self, steps: impl FnOnce(Flow<T, At>) -> Flow<U, At>) -> &Self {
        let _end = steps(self.flow.again(self.flow.last.clone(), self.flow.stage.clone()));
        self
    }
}
