//! A store with its instance, and the call of a callback in it.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use throng_protocols::{Call, CallbacksError, Effects, Output, Session, Value};
use wasmtime::Store;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Instance, Lift, Lower, TypedFunc};

use crate::bindings::calls::{Answered, Arguments, CallFunction, Input};
use crate::bindings::plugins::ConfigureFunction;
use crate::code::Code;
use crate::fault::{Fault, HostTrap};
use crate::guard::Budget;
use crate::limits::Limits;
use crate::network::Network;
use crate::state::State;
use crate::step_plugin::Refusal;
use crate::stopwatch::Stopwatch;

/// How a component's functions are called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Linkage {
    /// Host functions only: plainly.
    Plain,
    /// With WASI, some of whose functions are asynchronous.
    Wasi,
}

/// Where calls run. After a fault it must be dropped.
pub(crate) struct Lane {
    store: Store<State>,
    instance: Instance,
    function: CallFunction<'static>,
    linkage: Linkage,
    limits: Limits,
    budget: Budget,
}

impl fmt::Debug for Lane {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Lane").field("store", &self.store).field("linkage", &self.linkage).finish_non_exhaustive()
    }
}

/// Whether a lane can be used again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Health {
    /// It can.
    Sound,
    /// It works, but the guest has left so much behind in it that a new one is due.
    Littered,
    /// It trapped, or its call was not over.
    Lost,
}

impl Lane {
    /// Starts an instance.
    pub(crate) fn new(code: &Code, call: &ComponentExportIndex, state: State, limits: &Limits) -> Result<Self, Fault> {
        let (mut store, instance) = code.start(state, limits)?;
        let function = instance.get_typed_func(&mut store, call).map_err(|error| Fault::mismatch("call", &error))?;
        let budget = Budget::new(limits.call_time, "call-time");
        Ok(Self { store, instance, function, linkage: code.linkage, limits: limits.clone(), budget })
    }

    /// Tells a step plugin's instance of a step.
    pub(crate) fn configure(
        &mut self,
        configure: &ComponentExportIndex,
        step: u32,
        kind: &str,
        options: &str,
    ) -> Result<Result<(), Vec<Refusal>>, Fault> {
        let function: ConfigureFunction<'_> =
            self.instance.get_typed_func(&mut self.store, configure).map_err(|error| Fault::mismatch("configure", &error))?;
        let (answer,) = call_outside(&mut self.store, &function, self.linkage, &self.limits, (step, kind, options))?;
        Ok(answer.map_err(|refusals| refusals.into_iter().map(Refusal::from).collect()))
    }

    /// Runs a callback. `session` and `effects` are as before unless the guest answered.
    ///
    /// Inlined, as its parts are: each would write what the next one reads, in other widths, for which the processor waits.
    #[inline(always)]
    pub(crate) fn call(
        &mut self,
        call: Call,
        input: &Value,
        session: &mut Session,
        effects: &mut Effects,
    ) -> (Health, Result<Output, CallbacksError>) {
        let answer = self.answer(call, input, session);
        let state = self.store.data_mut();
        match answer {
            Ok(answer) => {
                state.commit(session, effects);
                let health = if state.handles.is_littered() { Health::Littered } else { Health::Sound };
                (health, answer)
            }
            Err(fault) => {
                *session = state.session.roll_back();
                (Health::Lost, Err(fault.into()))
            }
        }
    }

    /// Runs a call that may wait, with the nanoseconds in which it computed. A lane whose call is dropped before its end must be dropped as well.
    pub(crate) async fn call_waiting(
        &mut self,
        call: Call,
        input: &Value,
        effects: &mut Effects,
        stopwatch: &Stopwatch,
    ) -> (Health, u64, Result<Output, CallbacksError>) {
        let mut nanos = 0;
        if let Some(network) = self.store.data().network() {
            network.begin();
        }
        let function: CallFunction<'_> = self.function;
        let answer = match self.begin(call, input, &mut Session::default()) {
            Err(fault) => Err(fault),
            Ok((arguments, lent)) => {
                let answer = {
                    let mut called = pin!(function.call_async(&mut self.store, arguments));
                    poll_fn(|context| {
                        let begun = stopwatch.read();
                        let polled = called.as_mut().poll(context);
                        nanos += stopwatch.nanos_since(begun);
                        polled
                    })
                    .await
                };
                self.store.data().log().end();
                self.end(answer, lent)
            }
        };
        let state = self.store.data_mut();
        let refusal = state.network().and_then(Network::refusal);
        match answer {
            Ok(answer) => {
                state.commit(&mut Session::default(), effects);
                let health = if state.handles.is_littered() { Health::Littered } else { Health::Sound };
                let answer = answer.map_err(|error| refusal.map_or(error, CallbacksError::Failed));
                (health, nanos, answer)
            }
            Err(fault) => (Health::Lost, nanos, Err(refusal.map_or_else(|| fault.into(), CallbacksError::Failed))),
        }
    }

    #[inline(always)]
    fn answer(&mut self, call: Call, input: &Value, session: &mut Session) -> Result<Result<Output, CallbacksError>, Fault> {
        let function: CallFunction<'_> = self.function;
        let (arguments, lent) = self.begin(call, input, session)?;
        let answer = match self.linkage {
            Linkage::Plain => function.call(&mut self.store, arguments),
            Linkage::Wasi => {
                let answer = poll_once(function.call_async(&mut self.store, arguments));
                self.store.data().log().end();
                answer.ok_or(Fault::Pending)?
            }
        };
        self.end(answer, lent)
    }

    /// Prepares a call: what the function is given, and the handle that is lent for it.
    #[inline(always)]
    fn begin<'a>(&mut self, call: Call, input: &'a Value, session: &mut Session) -> Result<(Arguments<'a>, Option<u32>), Fault> {
        let callback = call.callback;
        let context = call.context.into();
        if self.linkage == Linkage::Wasi {
            self.store.data().log().begin(call.place.clone());
        }
        let state = self.store.data_mut();
        state.begin(call, std::mem::take(session));
        let input = Input::new(input, &mut state.handles)?;
        let lent = input.lent();
        state.guard.begin(self.budget);
        self.store.set_epoch_deadline(1);
        Ok(((callback, context, input), lent))
    }

    /// Reads what a call came to.
    #[inline(always)]
    fn end(&mut self, answer: wasmtime::Result<Answered>, lent: Option<u32>) -> Result<Result<Output, CallbacksError>, Fault> {
        let (answer,) = answer.map_err(|error| fault(&self.store, &error))?;
        let state = self.store.data_mut();
        if let Some(lent) = lent {
            state.handles.remove(lent);
        }
        match answer {
            Ok(answer) => Ok(Ok(answer.into_output(&mut state.handles)?)),
            Err(failure) => {
                let step = &state.call("call")?.place.step;
                Ok(Err(CallbacksError::Failed(failure.into_failure(step))))
            }
        }
    }
}

/// Calls a function that belongs to no visit.
pub(crate) fn call_outside<A, R>(
    store: &mut Store<State>,
    function: &TypedFunc<A, R>,
    linkage: Linkage,
    limits: &Limits,
    arguments: A,
) -> Result<R, Fault>
where
    A: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift + 'static,
{
    store.data_mut().guard.begin(Budget::new(limits.describe_time, "describe-time"));
    store.set_epoch_deadline(1);
    let answer = match linkage {
        Linkage::Plain => Some(function.call(&mut *store, arguments)),
        Linkage::Wasi => poll_once(function.call_async(&mut *store, arguments)),
    };
    store.data().log().end();
    answer.ok_or(Fault::Pending)?.map_err(|error| fault(store, &error))
}

/// Reads why a store's guest failed.
pub(crate) fn fault(store: &Store<State>, error: &wasmtime::Error) -> Fault {
    let state = store.data();
    Fault::new(error, &state.guard, state.log().last_words())
}

/// Polls a call in place, without anybody to wake: nothing that it could wait for is granted.
pub(crate) fn poll_once<F: Future>(call: F) -> Option<F::Output> {
    wasmtime_wasi::runtime::with_ambient_tokio_runtime(|| match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

impl From<HostTrap> for Fault {
    fn from(trap: HostTrap) -> Self {
        Self::Trapped { code: "trap", message: trap.to_string() }
    }
}
