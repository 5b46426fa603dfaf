//! Sources at work: each on one worker, on a minion of its own, once per campaign.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use throng_measure::{EngineEvent, Outcome};
use throng_model::{StepNumber, TopicMode};
use throng_plugin_api::{OpenError, Pulled, SourceRunner, Visit};
use throng_protocols::{Context, Failure, Output, Value};

use crate::downstream::Downstream;
use crate::events::why;
use crate::execution::{Ended, InFlight, Visiting, record_failure};
use crate::guests::Origin;
use crate::minion::Minion;
use crate::node::{Node, Work};
use crate::scenario_run::ScenarioRun;
use crate::shared::{TopicPart, cache_is_full};
use crate::walk::{Emission, Scope, forward};

/// What makes the records.
pub(crate) enum Source {
    /// A plugin's.
    Plugin { runner: Box<dyn SourceRunner>, endless: bool },
    /// The guest's: asked with 0, 1, 2 …
    Guest { callback: u32, calls: i64 },
}

impl Source {
    /// Whether its records come when they come. The others are as fast as they are asked, and are asked when somebody wants one.
    fn has_own_pace(&self) -> bool {
        match self {
            Self::Plugin { endless, .. } => *endless,
            Self::Guest { .. } => false,
        }
    }

    /// Opens what is to be open before the load.
    pub(crate) fn warm_up(&mut self) -> LocalBoxFuture<'_, Result<(), OpenError>> {
        match self {
            Self::Plugin { runner, .. } => runner.warm_up(),
            Self::Guest { .. } => Box::pin(async { Ok(()) }),
        }
    }

    /// The next records.
    async fn next(&mut self, visiting: Visiting<'_>) -> Result<Pulled, Failure> {
        let Visiting { run, minion, node, origin, .. } = visiting;
        let context = Context { minion: minion.number, iteration: 0, attempt: 0 };
        match self {
            Self::Plugin { runner, .. } => runner.next(&Visit::new(context, run.clock.now(), &visiting)).await,
            Self::Guest { callback, calls } => {
                let answer = run.call_guest(node, minion, origin, context, *callback, &Value::Integer(*calls));
                *calls += 1;
                Ok(match answer {
                    Ok(Output::Nothing) => Pulled::End,
                    Ok(Output::One(value)) => Pulled::Records(vec![Ok(value)]),
                    Ok(Output::Many(values)) => Pulled::Records(values.into_iter().map(Ok).collect()),
                    Err(failure) => Pulled::Records(vec![Err(failure)]),
                })
            }
        }
    }

    fn rewind(&mut self) {
        match self {
            Self::Plugin { runner, .. } => runner.rewind(),
            Self::Guest { calls, .. } => *calls = 0,
        }
    }
}

/// Makes records until there are no more, for the steps behind the source or for its topic. An error is the end of the campaign.
pub(crate) async fn drive_source(run: &Rc<ScenarioRun>, node: &Node, minion: &Minion) -> Result<(), Failure> {
    let Some(mut source) = run.sources.borrow_mut().remove(&node.number.0) else { return Ok(()) };
    match &node.work {
        Work::Topic(part) => fill_topic(run, node, minion, &mut source, part).await,
        _ => feed_steps(run, node, minion, &mut source).await,
    }
}

/// Gives each record to the steps behind the source.
async fn feed_steps(run: &ScenarioRun, node: &Node, minion: &Minion, source: &mut Source) -> Result<(), Failure> {
    let mut downstream = Downstream::new(run, minion, node);
    let mut opening = Opening::default();
    while let Some(records) = downstream.meanwhile(opening.pull(run, node, minion, source)).await? {
        // A source that has nothing but bad records must not keep the others from their turn.
        tokio::task::consume_budget().await;
        for record in records {
            let made = run.clock.now();
            let Some(record) = count_record(run, node, minion, record) else { continue };
            let origin = Origin::default().healthy(node.number);
            let emission = Emission { run, minion, scope: Scope::default(), node, origin, made };
            downstream.add(forward(emission, record, made)).await;
            tokio::task::consume_budget().await;
        }
    }
    downstream.finish().await;
    Ok(())
}

/// Gives each record to the topic that minions take them from.
async fn fill_topic(run: &ScenarioRun, node: &Node, minion: &Minion, source: &mut Source, part: &TopicPart) -> Result<(), Failure> {
    let step = node.number.0;
    let unicast = matches!(part.spec.mode, TopicMode::Unicast { .. });
    let on_demand = !unicast && !source.has_own_pace();
    let repeats = matches!(part.spec.mode, TopicMode::Loop { .. });
    let keeps_all = matches!(part.spec.mode, TopicMode::Loop { buffer: None } | TopicMode::Broadcast { buffer: None });
    let mut opening = Opening::default();
    let mut taken = 0_u64;
    loop {
        if on_demand {
            run.demand(part).await;
        }
        let Some(records) = opening.pull(run, node, minion, source).await? else {
            if repeats && taken == 0 {
                return Err(Failure::error("empty-source", "the source has no records, so there is nothing to repeat"));
            }
            match repeats {
                false => run.end_topic(step, part),
                true if keeps_all => {
                    if !run.repeat_topic(step, part) {
                        run.end_topic(step, part);
                    }
                }
                true => {
                    source.rewind();
                    taken = 0;
                    continue;
                }
            }
            return Ok(());
        };
        tokio::task::consume_budget().await;
        for record in records {
            let record = match record {
                Ok(record) => record,
                Err(failure) => {
                    count_bad_record(run, node, minion, &failure);
                    continue;
                }
            };
            taken += 1;
            if unicast {
                run.offer(step, part, minion, record).await;
            } else if run.publish(step, part, record).is_err() {
                return Err(Failure::error("cache-full", cache_is_full(part.spec.cache_limit)));
            }
            tokio::task::consume_budget().await;
            if on_demand && !keeps_all {
                run.demand(part).await;
            }
        }
    }
}

/// Whether a source has given anything yet: only its opening is tried again.
#[derive(Default)]
struct Opening {
    done: bool,
    attempt: u32,
}

impl Opening {
    /// The next records; none at the end.
    async fn pull(
        &mut self,
        run: &ScenarioRun,
        node: &Node,
        minion: &Minion,
        source: &mut Source,
    ) -> Result<Option<Vec<Result<Value, Failure>>>, Failure> {
        let origin = Origin::default();
        let visiting = Visiting { run, minion, node, scope: Scope::default(), origin: &origin, made: run.clock.now() };
        loop {
            match source.next(visiting).await {
                Ok(pulled) => {
                    self.done = true;
                    return Ok(match pulled {
                        Pulled::Records(records) => Some(records),
                        Pulled::End => None,
                    });
                }
                Err(failure) => {
                    let retry = node.retry.as_ref().filter(|retry| !self.done && self.attempt < retry.retries);
                    let Some(retry) = retry else { return Err(failure) };
                    run.fault_event(EngineEvent::SourceRetried, node, minion, 0, || why(&failure));
                    self.attempt += 1;
                    crate::execution::wait_to_retry(run, node, retry, minion, self.attempt).await;
                }
            }
        }
    }
}

/// Counts a record as an execution of the source in a side tree; a bad one goes no further.
fn count_record(run: &ScenarioRun, node: &Node, minion: &Minion, record: Result<Value, Failure>) -> Option<Value> {
    match record {
        Ok(record) => {
            end_at_once(run, node, minion, Outcome::Success);
            Some(record)
        }
        Err(failure) => {
            count_bad_record(run, node, minion, &failure);
            None
        }
    }
}

fn count_bad_record(run: &ScenarioRun, node: &Node, minion: &Minion, failure: &Failure) {
    end_at_once(run, node, minion, Outcome::Error);
    record_failure(run, node, minion, 0, Outcome::Error, failure, run.clock.now());
}

fn end_at_once(run: &ScenarioRun, node: &Node, minion: &Minion, outcome: Outcome) {
    let now = run.clock.now();
    // How long a record was waited for says nothing: there is no service time.
    InFlight::enter(run, node, minion, 0).end(Ended { outcome, attempts: 1, intended: now, ended: now, service: None });
}

/// The number of the minion that works for a step rather than for the load: far above those that are started.
pub(crate) fn own_minion(step: StepNumber) -> u32 {
    u32::MAX - step.0
}
