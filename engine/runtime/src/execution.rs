//! One execution of a step: its attempts, each under its time limit, and what is recorded of them.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{Either, LocalBoxFuture};
use throng_measure::{EngineEvent, Execution, FailureSample, Moment, Outcome, Shortage};
use throng_model::{Pace, Retry, StepNumber, Template};
use throng_plugin_api::{Clock, MeterId, Performed, Span, StepHost, Visit};
use throng_protocols::{Callbacks, Context, EventBody, Failure, FailureKind, Output, Value, WaitingCallbacks, draw};

use crate::draws::{draw_key, fraction};
use crate::events::why;
use crate::frame::Frame;
use crate::guests::{Caller, Origin};
use crate::keep::Paced;
use crate::minion::Minion;
use crate::node::{Node, Work};
use crate::scenario_run::ScenarioRun;
use crate::shared::Visited;
use crate::walk::{Scope, Token, walk};

/// A visit of a step by a minion.
#[derive(Clone, Copy)]
pub(crate) struct Visiting<'a> {
    pub(crate) run: &'a ScenarioRun,
    pub(crate) minion: &'a Minion,
    pub(crate) node: &'a Node,
    pub(crate) scope: Scope<'a>,
    pub(crate) origin: &'a Origin,
    /// When the step that made the input was meant to start.
    pub(crate) made: Moment,
}

impl<'a> Visiting<'a> {
    /// Attempts until one succeeds or none is left. Nothing that an attempt emits is seen before it has succeeded. None for a visit that
    /// comes to nothing at all, because what it waits for will never come. With the moment at which the last attempt ended.
    pub(crate) fn execute<'b>(
        &'b self,
        input: &'b Value,
        iteration: u32,
        intended: Moment,
    ) -> impl Future<Output = Option<(Result<Output, Failure>, Moment)>> + use<'a, 'b> {
        let Self { run, node, .. } = *self;
        let iteration_told = self.scope.context(node, self.minion, iteration, 0).iteration;
        let in_flight = InFlight::enter(run, node, self.minion, iteration_told);
        let mut attempt = 0;
        async move {
            loop {
                let context = self.scope.context(node, self.minion, iteration, attempt);
                let started = run.clock.now();
                // Not a function that is `async`: each would be one more place in memory to look at, on every visit of a minion that was away.
                let (performed, timed_out) = match &node.work {
                    Work::Immediate(work) => {
                        let result = run.perform_immediate(node, work, self.minion, self.origin, context, input);
                        (Some(Performed { result, service: None }), false)
                    }
                    Work::Plugin(runner) => {
                        let visit = Visit::new(context, intended, self);
                        self.limited(runner.run(&visit, input.clone()).map(Some)).await
                    }
                    _ => self.limited(Box::pin(self.perform(context, input, intended))).await,
                };
                let performed = performed?;
                let ended = run.clock.now();
                let retry = match &performed.result {
                    Err(failure) if failure.retryable => node.retry.as_ref().filter(|retry| attempt < retry.retries),
                    _ => None,
                };
                if let Some(retry) = retry {
                    if let Err(failure) = &performed.result {
                        run.step_event(EngineEvent::StepRetried, node, self.minion, iteration_told, || why(failure));
                    }
                    attempt += 1;
                    let key = draw_key(run.seed, run.number, node.number.0, context);
                    run.timers.sleep_until(ended + wait_before(retry, attempt, key)).await;
                    continue;
                }
                let service = performed.service.unwrap_or(Span { start: started, end: ended });
                let outcome = outcome_of(&performed.result, timed_out);
                in_flight.end(Ended { outcome, attempts: attempt + 1, intended, ended, service: Some(service) });
                if let Err(failure) = &performed.result {
                    record_failure(run, node, self.minion, iteration_told, outcome, failure, ended);
                }
                return Some((performed.result, ended));
            }
        }
    }

    /// Work under the step's time limit, and whether it ran over.
    fn limited<F: Future<Output = Option<Performed>>>(self, work: F) -> impl Future<Output = (Option<Performed>, bool)> + use<F> {
        match self.node.timeout {
            None => Either::Left(work.map(|performed| (performed, false))),
            Some(limit) => Either::Right(self.run.clock.timeout(limit, work).map(move |done| match done {
                Some(performed) => (performed, false),
                None => (Some(too_late(limit)), true),
            })),
        }
    }

    /// What may take its time, and is no plugin's.
    async fn perform(self, context: Context, input: &Value, intended: Moment) -> Option<Performed> {
        let performed = match &self.node.work {
            Work::Delay(duration) => {
                self.run.timers.sleep_until(self.run.clock.now() + *duration).await;
                Performed { result: Ok(Output::One(input.clone())), service: None }
            }
            Work::Pace(pace) => self.keep_pace(pace, context, input).await,
            Work::Stage { first, output } => self.pass_stage(*first, *output, context, input, intended).await,
            Work::Topic(part) => return self.visited(self.take_record(part, input).await),
            Work::Latest(part) => return self.visited(self.pair_with_latest(part, input).await),
            Work::Join(part) => return self.visited(self.join(part, context, input).await),
            Work::Collect(part) => return self.visited(self.gather(part, input).await),
            // None comes here: the first two have been done, the walk handles errors, and what drives a source makes its values.
            Work::Immediate(_) | Work::Plugin(_) | Work::Errors(_) | Work::Source => {
                Performed { result: Ok(Output::One(input.clone())), service: None }
            }
        };
        Some(performed)
    }

    fn visited(self, visited: Visited) -> Option<Performed> {
        match visited {
            Visited::Done(result) => Some(Performed { result, service: None }),
            Visited::Starved => {
                self.run.recorder.borrow_mut().starved(self.node.number.0);
                let iteration = self.scope.context(self.node, self.minion, 0, 0).iteration;
                self.run.step_event(EngineEvent::StepStarved, self.node, self.minion, iteration, || EventBody::None);
                self.minion.starved.set(true);
                None
            }
        }
    }

    /// A sub-graph as one step: what its output emits, or the last error inside.
    async fn pass_stage(self, first: StepNumber, output: StepNumber, context: Context, input: &Value, intended: Moment) -> Performed {
        let frame = Frame::new(output);
        let scope = Scope { frame: Some(&frame), iteration: context.iteration, attempt: context.attempt };
        let token = Token { value: input.clone(), intended, made: self.made, origin: self.origin.clone() };
        walk_inside(self.run, self.minion, scope, first, token).await;
        Performed { result: frame.result(), service: None }
    }

    /// Waits until the value may leave: plan = max(arrival, last plan + period).
    async fn keep_pace(self, pace: &Pace, context: Context, input: &Value) -> Performed {
        let Self { run, minion, node, .. } = self;
        let last = minion.keep(|keep| keep.paced(node.number));
        let period = match self.next_period(pace, context, last) {
            Ok(period) => period,
            Err(failure) => return failure.into(),
        };
        let arrival = run.clock.now();
        let planned = last.map_or(arrival, |last| last.planned + Duration::from_nanos(period));
        if planned < arrival {
            run.recorder.borrow_mut().slipped(node.number.0);
        }
        let planned = planned.max(arrival);
        minion.keep(|keep| keep.pace(node.number, Paced { planned, period }));
        run.timers.sleep_until(planned).await;
        Performed { result: Ok(Output::One(input.clone())), service: None }
    }

    /// The distance to the last value, in nanoseconds.
    fn next_period(self, pace: &Pace, context: Context, last: Option<Paced>) -> Result<u64, Failure> {
        let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        match (pace, last) {
            (Pace::Constant(period), _) => Ok(nanos(*period)),
            // The first period is the one before the second value.
            (Pace::Accelerating { .. } | Pace::Callback(_), None) => Ok(0),
            (Pace::Accelerating { start, .. }, Some(Paced { period: 0, .. })) => Ok(nanos(*start)),
            (Pace::Accelerating { accelerator, min, .. }, Some(last)) => {
                Ok(((last.period as f64 / accelerator) as u64).max(nanos(*min)).max(1))
            }
            (Pace::Callback(callback), Some(last)) => {
                let past = Value::Integer(i64::try_from(last.period).unwrap_or(i64::MAX));
                match self.run.call_guest(self.node, self.minion, self.origin, context, callback.0, &past)? {
                    Output::One(Value::Integer(period)) => Ok(u64::try_from(period).unwrap_or(0)),
                    _ => Err(Failure::error("wrong-answer", "a pace answers with one integer: nanoseconds").final_()),
                }
            }
        }
    }
}

/// The walk through a stage is part of the future that walks to it: only a box can hold it.
fn walk_inside<'a>(run: &'a ScenarioRun, minion: &'a Minion, scope: Scope<'a>, first: StepNumber, token: Token) -> LocalBoxFuture<'a, ()> {
    Box::pin(walk(run, minion, scope, first, token))
}

impl StepHost for Visiting<'_> {
    fn call(&self, context: Context, callback: u32, input: &Value) -> Result<Output, Failure> {
        self.run.call_guest(self.node, self.minion, self.origin, context, callback, input)
    }

    fn call_component(&self, context: Context, component: &dyn Callbacks, step: u32, input: &Value) -> Result<Output, Failure> {
        let caller = Caller { node: self.node, minion: self.minion, origin: self.origin, context };
        self.run.call_component(component, caller, step, input)
    }

    fn call_waiting<'b>(
        &'b self,
        context: Context,
        component: &'b dyn WaitingCallbacks,
        step: u32,
        input: &'b Value,
    ) -> LocalBoxFuture<'b, Result<Output, Failure>> {
        let caller = Caller { node: self.node, minion: self.minion, origin: self.origin, context };
        Box::pin(self.run.call_waiting(component, caller, step, input))
    }

    fn render(&self, context: Context, template: &Template) -> String {
        self.run.render(self.node, context, template)
    }

    fn clock(&self) -> Clock {
        self.run.clock
    }

    fn record(&self, meter: MeterId, amount: u64) {
        self.run.recorder.borrow_mut().record(meter.0, amount);
    }

    fn short_of(&self, shortage: Shortage) {
        let at = self.run.clock.now().since(self.run.life.start.get());
        self.run.recorder.borrow_mut().short_of(shortage, at);
    }

    fn connection_failed(&self, context: Context, failure: &Failure) {
        self.run.fault_event(EngineEvent::ConnectionFailed, self.node, self.minion, context.iteration, || why(failure));
    }
}

#[cold]
fn too_late(limit: Duration) -> Performed {
    Failure::error("timeout", format!("not done within {}", throng_model::format_duration(limit))).into()
}

/// Waits before a source is opened again.
pub(crate) async fn wait_to_retry(run: &ScenarioRun, node: &Node, retry: &Retry, minion: &Minion, attempt: u32) {
    let context = Context { minion: minion.number, iteration: 0, attempt };
    let key = draw_key(run.seed, run.number, node.number.0, context);
    run.timers.sleep_until(run.clock.now() + wait_before(retry, attempt, key)).await;
}

/// How an execution ended, and when.
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    pub(crate) attempts: u32,
    pub(crate) intended: Moment,
    pub(crate) ended: Moment,
    pub(crate) service: Option<Span>,
}

/// An execution that is under way; dropped without an end, it was cancelled.
pub(crate) struct InFlight<'a> {
    run: &'a ScenarioRun,
    node: &'a Node,
    minion: &'a Minion,
    iteration: u32,
}

impl<'a> InFlight<'a> {
    pub(crate) fn enter(run: &'a ScenarioRun, node: &'a Node, minion: &'a Minion, iteration: u32) -> Self {
        run.recorder.borrow_mut().step_started(node.number.0);
        run.step_event(EngineEvent::StepStarted, node, minion, iteration, || EventBody::None);
        Self { run, node, minion, iteration }
    }

    pub(crate) fn end(self, ended: Ended) {
        let execution = Execution {
            outcome: ended.outcome,
            attempts: ended.attempts,
            phase: self.run.phase_of(ended.intended),
            response: ended.ended.since(ended.intended),
            service: ended.service.map(|span| span.end.since(span.start)),
        };
        self.run.recorder.borrow_mut().step_ended(self.node.number.0, &execution);
        if ended.outcome == Outcome::Success {
            self.tell(EngineEvent::StepCompleted, || EventBody::Duration(execution.response));
        }
        std::mem::forget(self);
    }

    fn tell(&self, event: EngineEvent, value: impl FnOnce() -> EventBody) {
        self.run.step_event(event, self.node, self.minion, self.iteration, value);
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.run.recorder.borrow_mut().step_cancelled(self.node.number.0);
        if !self.minion.starved.get() {
            self.tell(EngineEvent::StepCancelled, || EventBody::None);
        }
    }
}

/// Notes a failure as an event, and for the report unless the step says that its causes are not of interest.
pub(crate) fn record_failure(
    run: &ScenarioRun,
    node: &Node,
    minion: &Minion,
    iteration: u32,
    outcome: Outcome,
    failure: &Failure,
    at: Moment,
) {
    let event = match outcome {
        Outcome::Failure => EngineEvent::AssertionFailed,
        Outcome::Timeout => EngineEvent::StepTimedOut,
        Outcome::Error | Outcome::Success | Outcome::Skipped => EngineEvent::StepFailed,
    };
    run.fault_event(event, node, minion, iteration, || why(failure));
    if !node.report {
        return;
    }
    let sample = FailureSample {
        outcome,
        code: &failure.code,
        message: &failure.message,
        minion: minion.number,
        at: at.since(run.life.start.get()),
    };
    run.recorder.borrow_mut().failure(node.number.0, &sample);
}

/// The outcome of a result.
pub(crate) fn outcome_of(result: &Result<Output, Failure>, timed_out: bool) -> Outcome {
    match result {
        Ok(_) => Outcome::Success,
        Err(_) if timed_out => Outcome::Timeout,
        Err(failure) if failure.kind == FailureKind::Assertion => Outcome::Failure,
        Err(_) => Outcome::Error,
    }
}

/// Wait before retry k = min(delay × multiplierᵏ⁻¹, max-delay), lengthened or shortened by up to the jitter's share.
fn wait_before(retry: &Retry, attempt: u32, key: u64) -> Duration {
    let planned = retry.delay.as_secs_f64() * retry.multiplier.powi(attempt as i32 - 1);
    let capped = planned.min(retry.max_delay.as_secs_f64());
    let swing = retry.jitter * (2.0 * fraction(draw(key, JITTER_DRAW)) - 1.0);
    Duration::try_from_secs_f64(capped * (1.0 + swing)).unwrap_or(retry.max_delay)
}

/// Far from the draws of guests and templates, which use the same key.
const JITTER_DRAW: u64 = 1 << 48;

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(retry: &Retry, count: u32) -> Vec<u128> {
        (1..=count).map(|attempt| wait_before(retry, attempt, 7).as_millis()).collect()
    }

    #[test]
    fn every_wait_is_capped() {
        let millis = Duration::from_millis;
        let retry = Retry { retries: 10, delay: millis(1), multiplier: 2.0, max_delay: millis(10), jitter: 0.0 };
        assert_eq!(waits(&retry, 10), [1, 2, 4, 8, 10, 10, 10, 10, 10, 10]);
        assert_eq!(waits(&Retry { multiplier: 1.5, delay: millis(2), ..retry.clone() }, 4), [2, 3, 4, 6]);
        assert_eq!(waits(&Retry { retries: 5000, ..retry }, 5000).last(), Some(&10));
    }

    #[test]
    fn jitter_stays_in_its_share() {
        let second = Duration::from_secs(1);
        let retry = Retry { retries: 1, delay: second, multiplier: 1.0, max_delay: second, jitter: 0.2 };
        for key in 0..1000 {
            let wait = wait_before(&retry, 1, key).as_secs_f64();
            assert!((0.8..=1.2).contains(&wait), "{wait}");
        }
    }
}
