//! Calls of a scenario's callbacks, and of the components of plugins, with their effects and strikes.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use throng_measure::{EngineEvent, GuestStalls, GuestStatistics, ScenarioDelta};
use throng_model::StepNumber;
use throng_protocols::{
    Call, CallStatistics, Callbacks, CallbacksError, Context, Effects, EventBody, Failure, Fault, Output, Session, Severity, Value,
    WaitingCallbacks,
};

use crate::draws::draw_key;
use crate::minion::Minion;
use crate::node::Node;
use crate::scenario_run::ScenarioRun;

/// Where a visit came from, beside its input.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) previous: Option<StepNumber>,
    /// All errors of the context so far, oldest first.
    pub(crate) errors: Option<Arc<Vec<Fault>>>,
    /// The error that exhausted the context; none for a healthy one.
    pub(crate) exhausted: Option<Rc<Failure>>,
}

impl Origin {
    /// The origin of what a healthy step emits: errors that were mended stay with the context.
    pub(crate) fn healthy(&self, previous: StepNumber) -> Self {
        Self { previous: Some(previous), errors: self.errors.clone(), exhausted: None }
    }

    /// The origin of what follows a failed step.
    pub(crate) fn failed(&self, node: &Node, failure: Failure) -> Self {
        let mut errors = self.errors.as_deref().cloned().unwrap_or_default();
        errors.push(Fault { step: Arc::clone(&node.place.step), code: failure.code.clone(), message: failure.message.clone() });
        Self { previous: Some(node.number), errors: Some(Arc::new(errors)), exhausted: Some(Rc::new(failure)) }
    }
}

/// Which visit makes a call.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    pub(crate) node: &'a Node,
    pub(crate) minion: &'a Minion,
    pub(crate) origin: &'a Origin,
    pub(crate) context: Context,
}

impl ScenarioRun {
    /// Calls a callback for a minion's visit of a step. What a trapped call did is discarded, and counts as a strike.
    pub(crate) fn call_guest(
        &self,
        node: &Node,
        minion: &Minion,
        origin: &Origin,
        context: Context,
        callback: u32,
        input: &Value,
    ) -> Result<Output, Failure> {
        let Some(callbacks) = &self.callbacks else {
            return Err(Failure::error("no-component", "this document has no component to run callbacks with").final_());
        };
        self.call_code(&**callbacks, Caller { node, minion, origin, context }, callback, input)
    }

    /// The same for the component of a plugin; what it costs counts with the scenario's own.
    pub(crate) fn call_component(
        &self,
        component: &dyn Callbacks,
        caller: Caller<'_>,
        step: u32,
        input: &Value,
    ) -> Result<Output, Failure> {
        let before = component.statistics();
        let answer = self.call_code(component, caller, step, input);
        let spent = component.statistics().since(before);
        self.life.components.set(self.life.components.get().and(spent));
        answer
    }

    /// The same where calls may wait. There is no session meanwhile.
    pub(crate) async fn call_waiting(
        &self,
        component: &dyn WaitingCallbacks,
        caller: Caller<'_>,
        step: u32,
        input: &Value,
    ) -> Result<Output, Failure> {
        let mut effects = Effects::default();
        let answer = component.call(self.call_of(caller, step), input, &mut effects).await;
        self.life.components.set(self.life.components.get().and(component.take_statistics()));
        self.settle(caller, effects, answer)
    }

    fn call_code(&self, callbacks: &dyn Callbacks, caller: Caller<'_>, callback: u32, input: &Value) -> Result<Output, Failure> {
        let Caller { node, minion, .. } = caller;
        let mut effects = Effects::default();
        let mut session = minion.session.take();
        let before = callbacks.statistics().nanos;
        let answer = callbacks.call(self.call_of(caller, callback), input, &mut session, &mut effects);
        self.note_stall(node, callbacks.statistics().nanos.saturating_sub(before), &answer);
        minion.session.replace(session);
        self.settle(caller, effects, answer)
    }

    fn call_of(&self, caller: Caller<'_>, callback: u32) -> Call {
        let Caller { node, origin, context, .. } = caller;
        Call {
            callback,
            context,
            place: Arc::clone(&node.place),
            previous: origin.previous.map(|step| Arc::clone(&self.node(step).place.step)),
            errors: origin.errors.clone(),
            exhausted: origin.exhausted.is_some(),
            draw: draw_key(self.seed, self.number, node.number.0, context),
        }
    }

    /// What a call did beside answering, and what its answer means.
    fn settle(&self, caller: Caller<'_>, effects: Effects, answer: Result<Output, CallbacksError>) -> Result<Output, Failure> {
        let Caller { node, minion, context, .. } = caller;
        if !effects.is_empty() {
            self.apply(node, minion, context, effects);
        }
        match answer {
            Ok(output) => Ok(output),
            Err(CallbacksError::Failed(failure) | CallbacksError::Unavailable(failure)) => Err(failure),
            Err(CallbacksError::Trapped { code, message }) => {
                self.strike(node, code, &message);
                let why = || EventBody::Error { code: code.to_owned(), message: message.clone() };
                self.fault_event(EngineEvent::GuestStopped, node, minion, context.iteration, why);
                Err(Failure::error(code, message).final_())
            }
        }
    }

    /// Whoever else is on this worker waited for so long.
    fn note_stall(&self, node: &Node, nanos: u64, answer: &Result<Output, CallbacksError>) {
        if nanos >= GuestStalls::NOTED {
            self.recorder.borrow_mut().guest_stall(node.number.0, nanos);
        }
        if matches!(answer, Err(CallbacksError::Trapped { .. })) {
            self.pulse.excuse(nanos);
        }
    }

    fn apply(&self, node: &Node, minion: &Minion, context: Context, effects: Effects) {
        let (at, told) = (self.clock.now(), self.told_minion(minion.number));
        let mut recorder = self.recorder.borrow_mut();
        for (meter, operation) in &effects.meters {
            recorder.guest_meter(node.number.0, meter, *operation);
        }
        for event in effects.events {
            recorder.guest_event(node.number.0, told, context.iteration, at, event);
        }
        for message in effects.messages {
            if message.severity == Severity::Abort {
                self.ask_for_abort(node, &message.text);
            }
            recorder.message(Some(node.number.0), message.severity, message.text);
        }
    }
}

impl ScenarioRun {
    /// The figures since the last time, what the guest's calls have cost included.
    pub(crate) fn take_figures(&self) -> ScenarioDelta {
        let mut recorder = self.recorder.borrow_mut();
        recorder.mailbox_waits(self.shared.mailbox_waits.take());
        let own = self.callbacks.as_ref().map(|callbacks| callbacks.statistics()).unwrap_or_default();
        let now = own.and(self.life.components.get());
        let CallStatistics { calls, nanos, traps, deadlines, memory_refusals } = now.since(self.life.told_statistics.replace(now));
        recorder.guest_calls(GuestStatistics { calls, nanos, traps, deadlines, memory_refusals });
        recorder.take()
    }
}

/// A minion's session while it lives: taken out for a call, and put back.
pub(crate) type SessionCell = RefCell<Session>;
