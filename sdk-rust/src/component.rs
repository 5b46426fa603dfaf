//! The exports of a scenario component, over a [`Program`] that is built once per instance.

use std::cell::RefCell;

use crate::bindings::throng::types::calls;
use crate::bindings::throng::types::values::Input;
use crate::program::{IntoScenarios, Program};
use crate::{Context, Failure, FailureKind, Level, Output, platform};

thread_local! {
    static PROGRAM: RefCell<Option<Program>> = const { RefCell::new(None) };
}

/// Sends the message of a panic to the log, before the trap that follows ends this instance.
fn build<S: IntoScenarios>(scenarios: fn() -> S) -> Result<Program, String> {
    std::panic::set_hook(Box::new(|panic| platform::log_write(Level::Error, &panic.to_string())));
    Program::build(scenarios)
}

/// The export `definition.describe`.
pub fn describe<S: IntoScenarios>(scenarios: fn() -> S) -> Result<String, String> {
    let program = build(scenarios)?;
    let document = program.document().to_string();
    // Settings may have changed the closures, too: calls go to what was described last.
    PROGRAM.set(Some(program));
    Ok(document)
}

/// The export `callbacks.call`.
pub fn call<S: IntoScenarios>(
    scenarios: fn() -> S,
    callback: u32,
    context: calls::Context,
    input: Input<'_>,
) -> Result<calls::Output, calls::Failure> {
    let context = Context::at(context.minion, context.iteration, context.attempt);
    PROGRAM.with_borrow_mut(|slot| {
        let program = match slot {
            Some(program) => program,
            None => slot.insert(build(scenarios).map_err(|faults| failure(Failure::error(faults).code("no-scenario").not_retryable()))?),
        };
        match program.call(callback, context, input.into()) {
            Ok(Output::Nothing) => Ok(calls::Output::Nothing),
            Ok(Output::One(value)) => Ok(calls::Output::One(value.into())),
            Ok(Output::Many(values)) => Ok(calls::Output::Many(values.into_iter().map(Into::into).collect())),
            Err(fault) => Err(failure(fault)),
        }
    })
}

fn failure(failure: Failure) -> calls::Failure {
    let kind = match failure.kind {
        FailureKind::Error => calls::FailureKind::Error,
        FailureKind::Assertion => calls::FailureKind::Assertion,
    };
    calls::Failure { kind, code: failure.code, message: failure.message, retryable: failure.retryable }
}

/// Exports a scenario function from a component; nothing elsewhere. What `#[throng::scenario]` ends in.
#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($scenarios:path) => {
        #[allow(unsafe_code, missing_docs, reason = "the component's exports, generated")]
        const _: () = {
            struct Component;

            impl $crate::bindings::exports::throng::scenario::definition::Guest for Component {
                fn describe() -> ::core::result::Result<::std::string::String, ::std::string::String> {
                    $crate::component::describe($scenarios)
                }
            }

            impl $crate::bindings::exports::throng::scenario::callbacks::Guest for Component {
                fn call(
                    callback: u32,
                    context: $crate::bindings::exports::throng::scenario::callbacks::Context,
                    input: $crate::bindings::exports::throng::scenario::callbacks::Input<'_>,
                ) -> ::core::result::Result<
                    $crate::bindings::exports::throng::scenario::callbacks::Output,
                    $crate::bindings::exports::throng::scenario::callbacks::Failure,
                > {
                    $crate::component::call($scenarios, callback, context, input)
                }
            }

    $crate::bindings::export_component!(Component with_types_in $crate::bindings);
        };
    };
}
