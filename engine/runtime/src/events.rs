//! The engine's own events: noted where somebody wants them, and nowhere else.

use throng_measure::{EngineEvent, Event};
use throng_protocols::{EventBody, Failure};

use crate::minion::Minion;
use crate::node::Node;
use crate::scenario_run::ScenarioRun;

impl ScenarioRun {
    /// A minion's life: told where its first step tells its own.
    #[inline]
    pub(crate) fn minion_event(&self, event: EngineEvent, minion: u32, value: impl FnOnce() -> EventBody) {
        if self.wanted.contains(event) && self.node(self.root).events {
            self.hold_event(event, None, Some((minion, None)), value());
        }
    }

    /// A minion that never did what it was there for: told always.
    #[inline]
    pub(crate) fn lost_minion_event(&self, event: EngineEvent, minion: u32) {
        if self.wanted.contains(event) {
            self.hold_event(event, None, Some((minion, None)), EventBody::None);
        }
    }

    /// The life of a step's executions: told where the step says so.
    #[inline]
    pub(crate) fn step_event(&self, event: EngineEvent, node: &Node, minion: &Minion, iteration: u32, value: impl FnOnce() -> EventBody) {
        if node.events {
            self.fault_event(event, node, minion, iteration, value);
        }
    }

    /// What went wrong in a visit of a step: told always.
    #[inline]
    pub(crate) fn fault_event(&self, event: EngineEvent, node: &Node, minion: &Minion, iteration: u32, value: impl FnOnce() -> EventBody) {
        if self.wanted.contains(event) {
            self.hold_event(event, Some(node.number.0), Some((minion.number, Some(iteration))), value());
        }
    }

    /// What went wrong in a shared step, so often and for whatever reader: told always.
    #[inline]
    pub(crate) fn shared_event(&self, event: EngineEvent, step: u32, times: u64, value: impl Fn() -> EventBody) {
        if self.wanted.contains(event) {
            (0..times).for_each(|_| self.hold_event(event, Some(step), None, value()));
        }
    }

    /// The number of a minion under load; none for those that work for a step.
    pub(crate) fn told_minion(&self, number: u32) -> Option<u32> {
        let steps = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        (number <= u32::MAX - steps).then_some(number)
    }

    #[cold]
    fn hold_event(&self, event: EngineEvent, step: Option<u32>, whose: Option<(u32, Option<u32>)>, value: EventBody) {
        let minion = whose.and_then(|(minion, _)| self.told_minion(minion));
        let iteration = minion.and(whose).and_then(|(_, iteration)| iteration);
        let (name, level, at) = (event.name().into(), event.level(), self.clock.now());
        self.recorder.borrow_mut().event(Event { name, level, at, step, minion, iteration, tags: Vec::new(), value });
    }
}

/// Why something failed, as an event's value.
pub(crate) fn why(failure: &Failure) -> EventBody {
    EventBody::Error { code: failure.code.to_string(), message: failure.message.clone() }
}
