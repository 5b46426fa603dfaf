//! One worker's closures: what answers its calls.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use throng::native::{Program, with_host};
use throng::{Context, Failure, FailureKind};
use throng_protocols as engine;
use throng_protocols::{Call, CallStatistics, Callbacks, CallbacksError, Effects, Session};
use throng_runtime::ProgramSetup;

use crate::campaign::words;
use crate::native::host::EngineHost;
use crate::native::program::build_with;
use crate::native::values::Lent;
use crate::subject::Build;

/// Closures, and the host that they see. Stays on its worker.
pub(crate) struct Closures {
    build: Arc<Build>,
    host: Rc<RefCell<EngineHost>>,
    /// None after a panic, until the next call: what closures share may be broken then.
    program: RefCell<Option<Program>>,
    fresh_each_call: bool,
    statistics: Cell<CallStatistics>,
}

impl Closures {
    pub(crate) fn new(build: Arc<Build>, setup: ProgramSetup) -> Result<Self, String> {
        let host = Rc::new(RefCell::new(EngineHost::new(setup.settings, Some(setup.timekeeper))));
        let program = build_with(&*build, host.clone())?;
        Ok(Self { build, host, program: RefCell::new(Some(program)), fresh_each_call: setup.fresh_instances, statistics: Cell::default() })
    }

    fn program(&self) -> Result<Program, CallbacksError> {
        if let Some(program) = self.program.take() {
            return Ok(program);
        }
        build_with(&*self.build, self.host.clone()).map_err(|message| CallbacksError::Trapped { code: "trap", message })
    }

    fn answer(
        &self,
        call: Call,
        input: &engine::Value,
        session: &mut Session,
        effects: &mut Effects,
    ) -> Result<engine::Output, CallbacksError> {
        // Taken out, so that nothing is borrowed while the closure runs.
        let program = self.program()?;
        let callback = call.callback;
        let step = Arc::clone(&call.place.step);
        let context = Context::at(call.context.minion, call.context.iteration, call.context.attempt);
        let mut lent = Lent::default();
        let input = lent.lend(input);
        self.host.borrow_mut().begin(call, std::mem::take(session));
        // What the closure may have left half done is not used again: the program is dropped, and session and effects are put back.
        let answer = catch_unwind(AssertUnwindSafe(|| with_host(self.host.clone(), || program.call(callback, context, input))));
        let mut host = self.host.borrow_mut();
        match answer {
            Ok(answer) => {
                *session = host.commit(effects);
                if !self.fresh_each_call {
                    self.program.replace(Some(program));
                }
                let answer = answer.and_then(|output| lent.give_back(output));
                answer.map_err(|failure| CallbacksError::Failed(failure_of(failure, &step)))
            }
            Err(panic) => {
                *session = host.roll_back();
                Err(CallbacksError::Trapped { code: "trap", message: format!("the closure panicked: {}", words(&*panic)) })
            }
        }
    }
}

impl Callbacks for Closures {
    #[allow(clippy::disallowed_methods, reason = "what closures cost is real time, as it is for components")]
    fn call(
        &self,
        call: Call,
        input: &engine::Value,
        session: &mut Session,
        effects: &mut Effects,
    ) -> Result<engine::Output, CallbacksError> {
        let begun = std::time::Instant::now();
        let answer = self.answer(call, input, session, effects);
        let mut statistics = self.statistics.get();
        statistics.calls += 1;
        statistics.nanos += begun.elapsed().as_nanos() as u64;
        statistics.traps += u64::from(matches!(answer, Err(CallbacksError::Trapped { .. })));
        self.statistics.set(statistics);
        answer
    }

    fn statistics(&self) -> CallStatistics {
        self.statistics.get()
    }
}

/// A failure without a code is grouped under its step.
fn failure_of(failure: Failure, step: &str) -> engine::Failure {
    engine::Failure {
        kind: match failure.kind {
            FailureKind::Error => engine::FailureKind::Error,
            FailureKind::Assertion => engine::FailureKind::Assertion,
        },
        code: failure.code.unwrap_or_else(|| step.to_owned()),
        message: failure.message,
        retryable: failure.retryable,
    }
}

impl fmt::Debug for Closures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Closures").field("statistics", &self.statistics).finish_non_exhaustive()
    }
}
