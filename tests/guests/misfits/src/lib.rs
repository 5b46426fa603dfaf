//! A step plugin: kinds that behave, and kinds that don't.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hint::black_box;

use exports::throng::plugin::step_kinds::{Guest, Refusal};
use throng::host::{events, log, meters, session, settings, visit};
use throng::types::calls::{Context, Failure, FailureKind, Output};
use throng::types::values::{Input, Value};

wit_bindgen::generate!({
    path: [
        "../../../wit/types", "../../../wit/host", "../../../wit/http", "../../../wit/kafka", "../../../wit/scenario", "../../../wit/plugin",
    ],
    world: "throng:plugin/step-plugin",
    generate_all,
});

struct Misfits;

thread_local! {
    /// Kind and options of each step that was configured.
    static STEPS: RefCell<BTreeMap<u32, (String, String)>> = const { RefCell::new(BTreeMap::new()) };
}

impl Guest for Misfits {
    fn describe() -> String {
        r#"{
            "name": "test:misfits", "version": "1.0.0-test", "summary": "kinds that behave and kinds that don't",
            "kinds": [
                {"name": "echo", "summary": "gives what it is given"},
                {"name": "configured", "summary": "gives its options", "options": {"type": "object"}},
                {"name": "count", "summary": "counts its visits by a minion, in the minion's session"},
                {"name": "peek", "summary": "gives what it sees of the scenario's secrets"},
                {"name": "measure", "summary": "records, and says a line"},
                {"name": "fail", "summary": "fails in health", "options": {"type": "object"}},
                {"name": "trap", "summary": "panics"},
                {"name": "spin", "summary": "never ends"},
                {"name": "stumble", "summary": "panics while it looks at its options"}
            ]
        }"#
        .into()
    }

    /// Options that speak of something bad are refused.
    fn configure(step: u32, kind: String, options: String) -> Result<(), Vec<Refusal>> {
        if kind == "stumble" {
            panic!("as told");
        }
        if options.contains("bad") {
            let refusal = |pointer: &str, hint: Option<&str>| Refusal {
                pointer: pointer.into(),
                message: "this is bad".into(),
                hint: hint.map(str::to_owned),
            };
            return Err(vec![refusal("/word", Some("write a good one")), refusal("", None)]);
        }
        STEPS.with_borrow_mut(|steps| steps.insert(step, (kind, options)));
        Ok(())
    }

    fn call(step: u32, context: Context, input: Input<'_>) -> Result<Output, Failure> {
        let Some((kind, options)) = STEPS.with_borrow(|steps| steps.get(&step).cloned()) else {
            panic!("the step {step} was never configured");
        };
        let value = match kind.as_str() {
            "echo" => owned(input),
            "configured" => Value::Json(options),
            "count" => {
                let visits = session::get("visits").and_then(|visits| visits.first().copied()).unwrap_or(0) + 1;
                session::set("visits", &[visits]);
                Value::Integer(visits.into())
            }
            "peek" => Value::Boolean(session::get("token").is_some() || settings::get("secret").is_some()),
            "measure" => {
                meters::Counter::new("measured", &[("step".into(), visit::step())]).add(2);
                events::report(log::Level::Info, &format!("measured for minion {}", context.minion));
                Value::None
            }
            "fail" => {
                return Err(Failure {
                    kind: FailureKind::Assertion,
                    code: Some("misfit".into()),
                    message: format!("attempt {} with {options}", context.attempt),
                    retryable: false,
                });
            }
            "trap" => panic!("as told"),
            "spin" => loop {
                black_box(step);
            },
            other => panic!("no kind `{other}`"),
        };
        Ok(Output::One(value))
    }
}

/// What was given, as something to answer with.
fn owned(input: Input<'_>) -> Value {
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

export!(Misfits);
