//! The public contract as Rust, generated straight from `wit/`, and what all test guests share.

wit_bindgen::generate!({
    path: ["../../../wit/types", "../../../wit/host", "../../../wit/http", "../../../wit/kafka", "../../../wit/scenario"],
    world: "throng:scenario/scenario",
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_scenario",
    default_bindings_module: "guest_bindings",
});

pub use exports::throng::scenario::callbacks::Guest as Callbacks;
pub use exports::throng::scenario::definition::Guest as Definition;
pub use throng::types::calls::{Context, Failure, FailureKind, Output};
pub use throng::types::values::{Input, Native, Value};

/// What was given, as something to answer with.
pub fn owned(input: Input<'_>) -> Value {
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

/// The native that was given; a scenario document promises it.
pub fn native<'a>(input: &'a Input<'a>) -> &'a Native {
    match input {
        Input::Native(native) => native,
        _ => panic!("this callback is given natives only"),
    }
}

/// The failure that an assertion ends in.
pub fn assertion(code: &str, message: String) -> Failure {
    Failure { kind: FailureKind::Assertion, code: Some(code.into()), message, retryable: false }
}

/// The answer to a number that the document does not list.
pub fn unknown(callback: u32) -> Failure {
    Failure {
        kind: FailureKind::Error,
        code: Some("unknown-callback".into()),
        message: format!("there is no callback {callback}"),
        retryable: false,
    }
}
