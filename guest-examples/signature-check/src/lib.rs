//! A step plugin that checks signatures: `throng run webhooks.json --plugin signature_check.wasm`.
//!
//! It targets the world `step-plugin` of `wit/plugin`, and its kind can be used from scenarios in any language.

mod signature;

use std::cell::RefCell;
use std::collections::BTreeMap;

use bindings::exports::throng::plugin::step_kinds::{Guest, Refusal};
use bindings::throng::types::calls::{Context, Failure, FailureKind, Output};
use bindings::throng::types::values::{Input, Value};
use serde_json::Value as Json;

use crate::signature::{Check, Options};

mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/host", "../../wit/http", "../../wit/kafka", "../../wit/scenario", "../../wit/plugin"],
        world: "throng:plugin/step-plugin",
        generate_all,
    });
}

thread_local! {
    /// The steps that were configured, by the engine's numbers. Every instance is told of all of them.
    static STEPS: RefCell<BTreeMap<u32, Check>> = const { RefCell::new(BTreeMap::new()) };
}

/// The plugin.
pub struct SignatureCheck;

impl Guest for SignatureCheck {
    fn describe() -> String {
        include_str!("description.json").into()
    }

    fn configure(step: u32, _kind: String, options: String) -> Result<(), Vec<Refusal>> {
        let refusal = |pointer: String, message: String| vec![Refusal { pointer, message, hint: None }];
        let options: Options = serde_json::from_str(&options).map_err(|error| refusal(String::new(), error.to_string()))?;
        let check = Check::new(options).map_err(|(option, message)| refusal(format!("/{option}"), message))?;
        STEPS.with_borrow_mut(|steps| steps.insert(step, check));
        Ok(())
    }

    fn call(step: u32, _context: Context, input: Input<'_>) -> Result<Output, Failure> {
        STEPS.with_borrow(|steps| {
            let check = steps.get(&step).ok_or_else(|| failure("unknown-step", "the engine never told of this step"))?;
            let payload = read(&input, &check.options.payload).ok_or_else(|| failure("no-payload", "there is nothing to be signed"))?;
            let signature = read(&input, &check.options.signature).ok_or_else(|| failure("no-signature", "it is not signed"))?;
            let payload = payload.as_str().map_or_else(|| payload.to_string(), str::to_owned);
            if !check.holds(payload.as_bytes(), signature.as_str().unwrap_or_default()) {
                return Err(failure("bad-signature", "it was signed with another key, or changed since"));
            }
            Ok(())
        })?;
        Ok(Output::One(passed_on(input)))
    }
}

/// What is under a JSON pointer of the input; of what the engine holds, only that is copied.
fn read(input: &Input<'_>, pointer: &str) -> Option<Json> {
    match input {
        Input::Native(native) => serde_json::from_str(&native.json(pointer)?).ok(),
        Input::Json(text) | Input::Text(text) => serde_json::from_str::<Json>(text).ok()?.pointer(pointer).cloned(),
        _ => None,
    }
}

fn passed_on(input: Input<'_>) -> Value {
    match input {
        Input::None => Value::None,
        Input::Boolean(value) => Value::Boolean(value),
        Input::Integer(value) => Value::Integer(value),
        Input::Number(value) => Value::Number(value),
        Input::Text(text) => Value::Text(text),
        Input::Json(json) => Value::Json(json),
        Input::Bytes(bytes) => Value::Bytes(bytes),
        Input::Native(native) => Value::Native(native.share()),
    }
}

/// The value is there, and is not what was asserted.
fn failure(code: &str, message: &str) -> Failure {
    Failure { kind: FailureKind::Assertion, code: Some(code.into()), message: message.into(), retryable: false }
}

#[cfg(target_arch = "wasm32")]
bindings::export!(SignatureCheck with_types_in bindings);
