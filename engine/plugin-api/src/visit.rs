//! One visit of a step, as a plugin sees it.

use std::fmt;

use futures_util::future::LocalBoxFuture;
use throng_measure::{Moment, Shortage};
use throng_model::Template;
use throng_protocols::{Callbacks, Context, Failure, Output, Value, WaitingCallbacks};

use crate::{Clock, MeterId};

/// One attempt of a step for one minion.
pub struct Visit<'a> {
    /// Which visit.
    pub context: Context,
    /// When the work was meant to start.
    pub intended: Moment,
    host: &'a dyn StepHost,
}

/// What the runtime does for a plugin's step.
pub trait StepHost {
    /// Runs a callback of the scenario.
    ///
    /// # Errors
    /// The guest's failure, or an error that says why there was no answer.
    fn call(&self, context: Context, callback: u32, input: &Value) -> Result<Output, Failure>;

    /// Makes a call of the plugin's own component, `step` being the number that it knows the step by. What a call that trapped did is
    /// discarded, and counts as a strike.
    ///
    /// # Errors
    /// The component's failure, or an error that says why there was no answer.
    fn call_component(&self, context: Context, component: &dyn Callbacks, step: u32, input: &Value) -> Result<Output, Failure>;

    /// The same for a component whose calls may wait.
    fn call_waiting<'a>(
        &'a self,
        context: Context,
        component: &'a dyn WaitingCallbacks,
        step: u32,
        input: &'a Value,
    ) -> LocalBoxFuture<'a, Result<Output, Failure>>;

    /// Fills a template's holes.
    fn render(&self, context: Context, template: &Template) -> String;

    /// The clock of this worker.
    fn clock(&self) -> Clock;

    /// Records nanoseconds in a timer, or adds to a counter, of this step.
    fn record(&self, meter: MeterId, amount: u64);

    /// Notes that the machine did not have what the step needed.
    fn short_of(&self, shortage: Shortage);

    /// Tells of a connection that failed, where somebody wants to know.
    fn connection_failed(&self, context: Context, failure: &Failure);
}

impl<'a> Visit<'a> {
    /// Made by the runtime, and by tests.
    pub fn new(context: Context, intended: Moment, host: &'a dyn StepHost) -> Self {
        Self { context, intended, host }
    }

    /// Runs a callback of the scenario.
    ///
    /// # Errors
    /// The guest's failure, or an error that says why there was no answer.
    pub fn call(&self, callback: u32, input: &Value) -> Result<Output, Failure> {
        self.host.call(self.context, callback, input)
    }

    /// Makes a call of the plugin's own component, `step` being the number that it knows the step by.
    ///
    /// # Errors
    /// The component's failure, or an error that says why there was no answer.
    pub fn call_component(&self, component: &dyn Callbacks, step: u32, input: &Value) -> Result<Output, Failure> {
        self.host.call_component(self.context, component, step, input)
    }

    /// The same for a component whose calls may wait. The minion's session is not there for as long.
    ///
    /// # Errors
    /// The component's failure, or an error that says why there was no answer.
    pub async fn call_waiting(&self, component: &dyn WaitingCallbacks, step: u32, input: &Value) -> Result<Output, Failure> {
        self.host.call_waiting(self.context, component, step, input).await
    }

    /// Fills a template's holes.
    pub fn render(&self, template: &Template) -> String {
        self.host.render(self.context, template)
    }

    /// The clock of this worker.
    pub fn clock(&self) -> Clock {
        self.host.clock()
    }

    /// Records nanoseconds in a timer of this step.
    pub fn observe(&self, timer: MeterId, nanoseconds: u64) {
        self.host.record(timer, nanoseconds);
    }

    /// Notes that the machine did not have what the step needed, once for each attempt that it cost: the generator's fault, which voids
    /// the campaign, whatever else the step says of it. [`crate::shortage_of`] tells it from errors of input and output.
    pub fn short_of(&self, shortage: Shortage) {
        self.host.short_of(shortage);
    }

    /// Tells of a connection that could not be opened or broke, once for each: the event `connection-failed`.
    pub fn connection_failed(&self, failure: &Failure) {
        self.host.connection_failed(self.context, failure);
    }

    /// Adds to a counter of this step.
    pub fn count(&self, counter: MeterId, by: u64) {
        self.host.record(counter, by);
    }
}

impl fmt::Debug for Visit<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Visit").field("context", &self.context).field("intended", &self.intended).finish_non_exhaustive()
    }
}

/// What one attempt came to.
#[derive(Debug)]
pub struct Performed {
    /// What it emits, or why it failed.
    pub result: Result<Output, Failure>,
    /// The service time's limits, from request built and connection in hand to the last byte; none if it never came to that.
    pub service: Option<Span>,
}

/// From one moment to another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// The first moment.
    pub start: Moment,
    /// The last.
    pub end: Moment,
}
