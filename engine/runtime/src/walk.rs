//! Follows the edges: every value that a step emits is given to each of its next steps.

use futures_util::future::{LocalBoxFuture, join, join_all};
use throng_measure::{Moment, Outcome};
use throng_model::Iterate;
use throng_model::StepNumber;
use throng_plugin_api::Span;
use throng_protocols::{Context, Failure, Output, Value};

use crate::execution::{Ended, InFlight, Visiting, outcome_of, record_failure};
use crate::guests::Origin;
use crate::minion::Minion;
use crate::node::{Node, Work};
use crate::scenario_run::ScenarioRun;

/// A value on its way to a step.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) value: Value,
    /// When the step is meant to start.
    pub(crate) intended: Moment,
    pub(crate) origin: Origin,
}

/// What an execution came to, for the walk.
enum Onward {
    /// The walk goes on with these values; the next step is meant to start at this moment.
    Emitted(Output, Moment),
    /// The context is exhausted: what follows is bypassed.
    Exhausted,
    /// All that there was to do has been done.
    Over,
}

/// Walks from a step to every end that its values reach. Chains run in this loop; only branches and lists box.
pub(crate) async fn walk(run: &ScenarioRun, minion: &Minion, mut step: StepNumber, mut token: Token) {
    loop {
        let node = run.node(step);
        let onward = match &node.work {
            Work::Immediate(_) if node.is_plain() => pass_plain(run, minion, node, &token),
            Work::Delay(duration) if node.is_plain() => {
                let in_flight = InFlight::enter(run, node);
                let started = run.clock.now();
                let planned = started + *duration;
                run.timers.sleep_until(planned).await;
                let ended = run.clock.now();
                let service = Some(Span { start: started, end: ended });
                in_flight.end(Ended { outcome: Outcome::Success, attempts: 1, intended: token.intended, ended, service });
                Onward::Emitted(Output::One(std::mem::take(&mut token.value)), planned)
            }
            _ => Box::pin(pass(run, minion, node, &token)).await,
        };
        let (value, intended) = match onward {
            Onward::Over | Onward::Emitted(Output::Nothing, _) => return,
            Onward::Exhausted => return run.bypass_after(node),
            Onward::Emitted(Output::One(value), intended) => (value, intended),
            Onward::Emitted(output, intended) => return forward_all(run, minion, node, output, intended).await,
        };
        let origin = Origin { previous: Some(step), errors: None };
        match node.next.as_slice() {
            [] => return,
            [only] => {
                step = *only;
                token = Token { value, intended, origin };
            }
            _ => return forward_one(run, minion, node, Token { value, intended, origin }).await,
        }
    }
}

/// Gives one value to each next step, concurrently where there are several.
fn forward_one<'a>(run: &'a ScenarioRun, minion: &'a Minion, node: &'a Node, token: Token) -> LocalBoxFuture<'a, ()> {
    match node.next.as_slice() {
        [] => Box::pin(std::future::ready(())),
        [only] => Box::pin(walk(run, minion, *only, token)),
        several => {
            let branches: Vec<_> = several.iter().map(|next| walk(run, minion, *next, token.clone())).collect();
            Box::pin(async move {
                join_all(branches).await;
            })
        }
    }
}

/// Gives values to the next steps one after another; one that waits for its turn is meant to start at its turn.
fn forward_all<'a>(run: &'a ScenarioRun, minion: &'a Minion, node: &'a Node, output: Output, first: Moment) -> LocalBoxFuture<'a, ()> {
    let values = match output {
        Output::Nothing => Vec::new(),
        Output::One(value) => vec![value],
        Output::Many(values) => values,
    };
    Box::pin(async move {
        let mut intended = first;
        for value in values {
            let origin = Origin { previous: Some(node.number), errors: None };
            forward_one(run, minion, node, Token { value, intended, origin }).await;
            tokio::task::consume_budget().await;
            intended = run.clock.now();
        }
    })
}

/// A step without options that never waits.
fn pass_plain(run: &ScenarioRun, minion: &Minion, node: &Node, token: &Token) -> Onward {
    let Work::Immediate(work) = &node.work else { return Onward::Over };
    let started = run.clock.now();
    let context = Context { minion: minion.number, iteration: 0, attempt: 0 };
    let in_flight = InFlight::enter(run, node);
    let result = run.perform_immediate(node, work, minion, &token.origin, context, &token.value);
    let ended = run.clock.now();
    let outcome = outcome_of(&result, false);
    let service = Some(Span { start: started, end: ended });
    in_flight.end(Ended { outcome, attempts: 1, intended: token.intended, ended, service });
    if let Err(failure) = &result {
        record_failure(run, node, minion, outcome, failure, ended);
    }
    onward(result, ended)
}

/// Any step, with all its options.
async fn pass(run: &ScenarioRun, minion: &Minion, node: &Node, token: &Token) -> Onward {
    let visiting = Visiting { run, minion, node, origin: &token.origin };
    match &node.iterate {
        None => {
            let result = visiting.execute(&token.value, 0, token.intended).await;
            onward(result, run.clock.now())
        }
        Some(iterate) => iterated(visiting, iterate, token).await,
    }
}

fn onward(result: Result<Output, Failure>, ended: Moment) -> Onward {
    match result {
        Ok(output) => Onward::Emitted(output, ended),
        Err(_) => Onward::Exhausted,
    }
}

/// The same input several times. What an iteration emits is handled downstream while the next one works; the one after waits for that.
async fn iterated(visiting: Visiting<'_>, iterate: &Iterate, token: &Token) -> Onward {
    let Visiting { run, minion, node, .. } = visiting;
    let first_start = run.clock.now();
    let iterations = iterate.iterations_of(minion.number, run.minions);
    let deadline = iterate.lasting.map(|span| first_start + span);
    let mut intended = token.intended;
    let mut downstream: Option<LocalBoxFuture<'_, ()>> = None;
    let mut exhausted = false;
    for iteration in 0..iterations {
        if deadline.is_some_and(|deadline| run.clock.now() >= deadline) {
            break;
        }
        if !iterate.period.is_zero() && iteration > 0 {
            let elapsed = iterate.period.as_nanos().saturating_mul(u128::from(iteration));
            intended = first_start + std::time::Duration::from_nanos(u64::try_from(elapsed).unwrap_or(u64::MAX));
            run.timers.sleep_until(intended).await;
        }
        let execution = visiting.execute(&token.value, iteration as u32, intended);
        let result = match downstream.take() {
            Some(downstream) => join(downstream, execution).await.1,
            None => execution.await,
        };
        intended = run.clock.now();
        match result {
            Ok(Output::Nothing) => {}
            Ok(_) if node.next.is_empty() => {}
            Ok(output) => downstream = Some(forward_all(run, minion, node, output, intended)),
            Err(_) if iterate.stop_on_error => {
                exhausted = true;
                break;
            }
            Err(_) => {}
        }
        tokio::task::consume_budget().await;
    }
    if let Some(downstream) = downstream {
        downstream.await;
    }
    if exhausted { Onward::Exhausted } else { Onward::Over }
}
