//! One execution of a step: its attempts, each under its time limit, and what is recorded of them.

use std::time::Duration;

use throng_measure::{Execution, FailureSample, Moment, Outcome};
use throng_model::{Retry, Template};
use throng_plugin_api::{Clock, MeterId, Performed, Span, StepHost, Visit};
use throng_protocols::{Context, Failure, FailureKind, Output, Value, draw};

use crate::draws::{draw_key, fraction};
use crate::guests::Origin;
use crate::minion::Minion;
use crate::node::{Node, Work};
use crate::scenario_run::ScenarioRun;

/// A visit of a step by a minion.
#[derive(Clone, Copy)]
pub(crate) struct Visiting<'a> {
    pub(crate) run: &'a ScenarioRun,
    pub(crate) minion: &'a Minion,
    pub(crate) node: &'a Node,
    pub(crate) origin: &'a Origin,
}

impl<'a> Visiting<'a> {
    /// Attempts until one succeeds or none is left. Nothing that an attempt emits is seen before it has succeeded.
    pub(crate) async fn execute(self, input: &Value, iteration: u32, intended: Moment) -> Result<Output, Failure> {
        let Self { run, node, .. } = self;
        let in_flight = InFlight::enter(run, node);
        let mut attempt = 0;
        loop {
            let context = Context { minion: self.minion.number, iteration, attempt };
            let started = run.clock.now();
            let (performed, timed_out) = self.attempt(context, input, intended).await;
            let ended = run.clock.now();
            let retry = match &performed.result {
                Err(failure) if failure.retryable => node.retry.as_ref().filter(|retry| attempt < retry.retries),
                _ => None,
            };
            if let Some(retry) = retry {
                attempt += 1;
                let key = draw_key(run.seed, run.number, node.number.0, context);
                run.timers.sleep_until(ended + wait_before(retry, attempt, key)).await;
                continue;
            }
            let service = performed.service.unwrap_or(Span { start: started, end: ended });
            let outcome = outcome_of(&performed.result, timed_out);
            in_flight.end(Ended { outcome, attempts: attempt + 1, intended, ended, service: Some(service) });
            if let Err(failure) = &performed.result {
                record_failure(run, node, self.minion, outcome, failure, ended);
            }
            return performed.result;
        }
    }

    async fn attempt(self, context: Context, input: &Value, intended: Moment) -> (Performed, bool) {
        let Some(limit) = self.node.timeout else {
            return (self.perform(context, input, intended).await, false);
        };
        match self.run.clock.timeout(limit, self.perform(context, input, intended)).await {
            Some(performed) => (performed, false),
            None => (Failure::error("timeout", format!("not done within {limit:?}")).into(), true),
        }
    }

    async fn perform(self, context: Context, input: &Value, intended: Moment) -> Performed {
        match &self.node.work {
            Work::Immediate(work) => {
                let result = self.run.perform_immediate(self.node, work, self.minion, self.origin, context, input);
                Performed { result, service: None }
            }
            Work::Delay(duration) => {
                self.run.timers.sleep_until(self.run.clock.now() + *duration).await;
                Performed { result: Ok(Output::One(input.clone())), service: None }
            }
            Work::Plugin(runner) => {
                let visit = Visit::new(context, intended, &self);
                runner.run(&visit, input.clone()).await
            }
        }
    }
}

impl StepHost for Visiting<'_> {
    fn call(&self, context: Context, callback: u32, input: &Value) -> Result<Output, Failure> {
        self.run.call_guest(self.node, self.minion, self.origin, context, callback, input)
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
}

impl<'a> InFlight<'a> {
    pub(crate) fn enter(run: &'a ScenarioRun, node: &'a Node) -> Self {
        run.recorder.borrow_mut().step_started(node.number.0);
        Self { run, node }
    }

    pub(crate) fn end(self, ended: Ended) {
        let execution = Execution {
            outcome: ended.outcome,
            attempts: ended.attempts,
            phase: self.run.phases().of(ended.intended),
            response: ended.ended.since(ended.intended),
            service: ended.service.map(|span| span.end.since(span.start)),
        };
        self.run.recorder.borrow_mut().step_ended(self.node.number.0, &execution);
        std::mem::forget(self);
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.run.recorder.borrow_mut().step_cancelled(self.node.number.0);
    }
}

/// Notes a failure for the report.
pub(crate) fn record_failure(run: &ScenarioRun, node: &Node, minion: &Minion, outcome: Outcome, failure: &Failure, at: Moment) {
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
