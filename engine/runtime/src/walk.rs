//! Follows the edges: every value that a step emits is given to each of its next steps.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use futures_util::FutureExt as _;
use futures_util::future::{LocalBoxFuture, join, join_all};
use throng_measure::{EngineEvent, Moment, Outcome};
use throng_model::{Iterate, StepNumber};
use throng_plugin_api::Span;
use throng_protocols::{Context, EventBody, Failure, Output, Value};

use crate::downstream::{Downstream, note_wait_for_turn};
use crate::execution::{Ended, InFlight, Visiting, outcome_of, record_failure};
use crate::frame::Frame;
use crate::guests::Origin;
use crate::keep::Paced;
use crate::minion::Minion;
use crate::node::{Node, Work};
use crate::scenario_run::ScenarioRun;

/// A value on its way to a step.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) value: Value,
    /// When the step is meant to start.
    pub(crate) intended: Moment,
    /// When the step that made the value was meant to start.
    pub(crate) made: Moment,
    pub(crate) origin: Origin,
}

/// The stage that a walk is inside of.
#[derive(Clone, Copy, Default)]
pub(crate) struct Scope<'a> {
    pub(crate) frame: Option<&'a Frame>,
    /// Of the innermost iterated stage.
    pub(crate) iteration: u32,
    /// Of the stage.
    pub(crate) attempt: u32,
}

/// What an execution came to, for the walk.
pub(crate) enum Onward {
    /// The walk goes on with these values; the next step is meant to start at this moment.
    Emitted(Output, Moment),
    /// The context is exhausted: what follows is bypassed, except for error processors.
    Exhausted(Failure),
    /// The context stays exhausted.
    Untouched,
    /// All that there was to do has been done.
    Over,
}

/// Walks from a step to every end that its values reach. Chains run in this loop; only branches and lists box.
///
/// Not `async` itself, like all that a waiting minion is made of: such a function has room for its arguments twice, a block once.
pub(crate) fn walk<'a>(
    run: &'a ScenarioRun,
    minion: &'a Minion,
    scope: Scope<'a>,
    mut step: StepNumber,
    mut token: Token,
) -> impl Future<Output = ()> + use<'a> {
    // Whether the step before has just read the clock: then this one starts at that moment.
    let mut has_just_ended = false;
    async move {
        loop {
            let node = run.node(step);
            let started = std::mem::take(&mut has_just_ended).then_some(token.intended);
            let onward = match &node.work {
                Work::Errors(work) => run.on_errors(node, work, minion, scope, &token),
                _ if token.origin.exhausted.is_some() => {
                    run.recorder.borrow_mut().skipped(step.0);
                    run.step_event(EngineEvent::StepSkipped, node, minion, scope.iteration, || EventBody::None);
                    Onward::Untouched
                }
                Work::Immediate(_) if node.is_plain() => {
                    has_just_ended = true;
                    pass_plain(run, minion, scope, node, &token, started)
                }
                Work::Delay(duration) if node.is_plain() => {
                    let in_flight = InFlight::enter(run, node, minion, scope.iteration);
                    let started = run.clock.now();
                    let planned = started + *duration;
                    run.timers.sleep_until(planned).await;
                    let ended = run.clock.now();
                    let service = Some(Span { start: started, end: ended });
                    in_flight.end(Ended { outcome: Outcome::Success, attempts: 1, intended: token.intended, ended, service });
                    Onward::Emitted(Output::One(std::mem::take(&mut token.value)), planned)
                }
                _ => {
                    let visiting = Visiting { run, minion, node, scope, origin: &token.origin, made: token.made };
                    // Boxed apart: one box for both would be as large as the larger one.
                    match &node.iterate {
                        None => Box::pin(pass(visiting, &token)).await,
                        Some(iterate) => Box::pin(iterated(visiting, iterate, &token)).await,
                    }
                }
            };
            match onward {
                Onward::Over | Onward::Emitted(Output::Nothing, _) => return,
                Onward::Emitted(Output::One(value), intended) if !scope.is_output(node) => {
                    if !node.taps.is_empty()
                        && let Some(rest) = run.tap(minion, node, &value)
                    {
                        rest.await;
                    }
                    let made = if node.makes_values() { token.intended } else { token.made };
                    token = Token { value, intended, made, origin: token.origin.healthy(step) };
                }
                Onward::Emitted(output, intended) => {
                    let made = if node.makes_values() { token.intended } else { token.made };
                    let source = Emission { run, minion, scope, node, origin: token.origin.healthy(step), made };
                    return forward_all(source, output, intended).await;
                }
                Onward::Exhausted(failure) => {
                    token.origin = token.origin.failed(node, failure);
                    token.intended = run.clock.now();
                }
                Onward::Untouched => token.origin.previous = Some(step),
            }
            if let (Some(frame), Some(failure)) = (scope.frame, &token.origin.exhausted)
                && (node.next.is_empty() || scope.is_output(node))
            {
                frame.fail(failure);
            }
            match node.next.as_slice() {
                [] => return,
                [only] => step = *only,
                several => return branch_out(run, minion, scope, several, token).await,
            }
        }
    }
}

/// Gives the same value to every branch, concurrently.
fn branch_out<'a>(
    run: &'a ScenarioRun,
    minion: &'a Minion,
    scope: Scope<'a>,
    branches: &'a [StepNumber],
    token: Token,
) -> LocalBoxFuture<'a, ()> {
    let walks = branches.iter().map(|next| minion.activity.branch(walk(run, minion, scope, *next, token.clone())));
    Box::pin(minion.activity.wait_for(join_all(walks)).map(drop))
}

impl Scope<'_> {
    /// Whether a step's values are those of the stage.
    fn is_output(&self, node: &Node) -> bool {
        self.frame.is_some_and(|frame| frame.output == node.number)
    }

    fn keep(&self, node: &Node, value: &Value) {
        if let Some(frame) = self.frame
            && frame.output == node.number
        {
            frame.keep(value.clone());
        }
    }

    /// The context of a step's visit.
    pub(crate) fn context(&self, node: &Node, minion: &Minion, iteration: u32, attempt: u32) -> Context {
        let iteration = if node.iterate.is_some() { iteration } else { self.iteration };
        Context { minion: minion.number, iteration, attempt: self.attempt + attempt }
    }
}

/// What emits values, and on whose behalf.
#[derive(Clone)]
pub(crate) struct Emission<'a> {
    pub(crate) run: &'a ScenarioRun,
    pub(crate) minion: &'a Minion,
    pub(crate) scope: Scope<'a>,
    pub(crate) node: &'a Node,
    pub(crate) origin: Origin,
    pub(crate) made: Moment,
}

/// Gives values to the next steps, as many at a time as the step's `concurrency` says; one that waits for its turn is meant to start at
/// its turn.
pub(crate) fn forward_all(source: Emission<'_>, output: Output, first: Moment) -> LocalBoxFuture<'_, ()> {
    let values = match output {
        Output::Nothing => Vec::new(),
        Output::One(value) => return forward(source, value, first),
        Output::Many(values) => values,
    };
    Box::pin(async move {
        let mut downstream = Downstream::new(source.run, source.minion, source.node);
        let mut intended = first;
        for value in values {
            downstream.add(forward(source.clone(), value, intended)).await;
            tokio::task::consume_budget().await;
            intended = source.run.clock.now();
        }
        downstream.finish().await;
    })
}

/// Gives one value to all that it is for.
pub(crate) fn forward(source: Emission<'_>, value: Value, intended: Moment) -> LocalBoxFuture<'_, ()> {
    Box::pin(async move {
        let Emission { run, minion, scope, node, origin, made } = source;
        if let Some(rest) = run.tap(minion, node, &value) {
            rest.await;
        }
        scope.keep(node, &value);
        let token = Token { value, intended, made, origin };
        match node.next.as_slice() {
            [] => {}
            [only] => walk(run, minion, scope, *only, token).await,
            several => branch_out(run, minion, scope, several, token).await,
        }
    })
}

/// A step without options that never waits.
fn pass_plain(run: &ScenarioRun, minion: &Minion, scope: Scope<'_>, node: &Node, token: &Token, started: Option<Moment>) -> Onward {
    let Work::Immediate(work) = &node.work else { return Onward::Over };
    let started = started.unwrap_or_else(|| run.clock.now());
    let context = scope.context(node, minion, 0, 0);
    let in_flight = InFlight::enter(run, node, minion, context.iteration);
    let result = run.perform_immediate(node, work, minion, &token.origin, context, &token.value);
    let ended = run.clock.now();
    let outcome = outcome_of(&result, false);
    let service = Some(Span { start: started, end: ended });
    in_flight.end(Ended { outcome, attempts: 1, intended: token.intended, ended, service });
    match result {
        Ok(output) => Onward::Emitted(output, ended),
        Err(failure) => {
            record_failure(run, node, minion, context.iteration, outcome, &failure, ended);
            Onward::Exhausted(failure)
        }
    }
}

/// Any step that is visited once, with all its other options.
#[expect(clippy::manual_async_fn, reason = "see `walk`")]
fn pass<'a>(visiting: Visiting<'a>, token: &'a Token) -> impl Future<Output = Onward> + use<'a> {
    async move {
        match visiting.execute(&token.value, 0, token.intended).await {
            Some((Ok(output), ended)) => Onward::Emitted(output, visiting.release(ended)),
            Some((Err(failure), _)) => Onward::Exhausted(failure),
            None => Onward::Over,
        }
    }
}

impl Visiting<'_> {
    /// When the next step is meant to start: behind a pace, as planned; otherwise now.
    fn release(&self, now: Moment) -> Moment {
        match &self.node.work {
            Work::Pace(_) => self.minion.keep(|keep| keep.paced(self.node.number)).map_or(now, |Paced { planned, .. }| planned),
            _ => now,
        }
    }
}

/// The same input several times. What an iteration emits is handled downstream while the next one works; the one after waits for that.
fn iterated<'a>(visiting: Visiting<'a>, iterate: &'a Iterate, token: &'a Token) -> impl Future<Output = Onward> + use<'a> {
    let first_start = visiting.run.clock.now();
    let iterations = iterate.iterations_of(visiting.minion.number, visiting.run.minions);
    let deadline = iterate.lasting.map(|span| first_start + span);
    let mut intended = token.intended;
    let mut downstream = None;
    let mut now = first_start;
    async move {
        for iteration in 0..iterations {
            if deadline.is_some_and(|deadline| now >= deadline) {
                break;
            }
            let waits = !iterate.period.is_zero() && iteration > 0;
            if waits {
                let elapsed = iterate.period.as_nanos().saturating_mul(u128::from(iteration));
                intended = first_start + std::time::Duration::from_nanos(u64::try_from(elapsed).unwrap_or(u64::MAX));
            }
            // Whether nothing of the iteration before is on its way, and whether this one ended before that.
            let (is_free, waits_for_turn) = (Cell::new(true), Cell::new(false));
            let start = intended;
            // Pinned in one place: each of the two ways to wait for it would have room for it otherwise.
            let mut execution = pin!(async {
                if waits {
                    visiting.run.timers.sleep_until(start).await;
                }
                let result = visiting.execute(&token.value, iteration as u32, start).await;
                waits_for_turn.set(!is_free.get());
                result
            });
            let was_held_up = downstream.is_some();
            let result = match downstream.take() {
                Some(downstream) => {
                    is_free.set(false);
                    let downstream = async {
                        downstream.await;
                        is_free.set(true);
                    };
                    let activity = &visiting.minion.activity;
                    activity.wait_for(join(downstream, activity.branch(execution.as_mut()))).await.1
                }
                None => execution.await,
            };
            let Visiting { run, minion, node, scope, .. } = visiting;
            let made = if node.makes_values() { intended } else { token.made };
            // The next iteration begins when this one has ended, unless something downstream held it up.
            now = match &result {
                Some((_, ended)) if !was_held_up => *ended,
                _ => run.clock.now(),
            };
            intended = now;
            match result {
                Some((Ok(Output::Nothing), _)) => {}
                Some((Ok(_), _)) if node.next.is_empty() && node.taps.is_empty() && !scope.is_output(node) => {}
                Some((Ok(output), ended)) => {
                    if waits_for_turn.get() {
                        note_wait_for_turn(run, node, now.since(ended));
                    }
                    let source = Emission { run, minion, scope, node, origin: token.origin.healthy(node.number), made };
                    let mut going = minion.activity.branch(forward_all(source, output, visiting.release(intended)));
                    // Mostly it is done at once, and then the next iteration goes on alone.
                    let begun = poll_fn(|context| Poll::Ready(going.poll_unpin(context))).await;
                    downstream = begun.is_pending().then_some(going);
                }
                // Nothing of the iterations before is on its way any more: this one has waited for it.
                Some((Err(failure), _)) if iterate.stop_on_error => return Onward::Exhausted(failure),
                Some((Err(_), _)) => {}
                None => return Onward::Over,
            }
            tokio::task::consume_budget().await;
        }
        if let Some(downstream) = downstream {
            visiting.minion.activity.wait_for(downstream).await;
        }
        Onward::Over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size<A, B, F>(_: impl Fn(A, B) -> F) -> usize {
        size_of::<F>()
    }

    /// A step that waits holds one of these in memory, for each minion. An `async` block has room for everything that it ever waits for,
    /// several times where it is handed on: what is large and rare has to be boxed, and what is waited for in two places pinned.
    #[test]
    fn what_waits_is_small() {
        assert!(size(pass) <= 400, "{} bytes for a step", size(pass));
        let repeated = size(|visiting, (iterate, token)| iterated(visiting, iterate, token));
        assert!(repeated <= 880, "{repeated} bytes for a step that is repeated");
    }
}
