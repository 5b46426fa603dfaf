//! A step plugin that talks RESP, the protocol of Redis and its kin: `throng run cache.json --plugin resp.wasm`.
//!
//! It connects by itself, over `wasi:sockets`, to what the document declares under `targets`. Each call in flight has an instance of its own,
//! so a connection in a global belongs to one call at a time.

mod protocol;
mod socket;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, BufReader, Write};

use bindings::exports::throng::plugin::step_kinds::{Guest, Refusal};
use bindings::throng::types::calls::{Context, Failure, FailureKind, Output};
use bindings::throng::types::values::{Input, Value};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::protocol::Reply;
use crate::socket::Connection;

mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/host", "../../wit/http", "../../wit/kafka", "../../wit/scenario", "../../wit/plugin"],
        world: "throng:plugin/step-plugin",
        generate_all,
    });
}

/// The options of a step.
#[derive(Clone, Debug, Deserialize)]
struct Options {
    address: String,
    command: Vec<String>,
    #[serde(default)]
    pass: bool,
}

thread_local! {
    /// The steps that were configured, by the engine's numbers.
    static STEPS: RefCell<BTreeMap<u32, Options>> = const { RefCell::new(BTreeMap::new()) };
    /// The connections of this instance, by their addresses.
    static CONNECTIONS: RefCell<BTreeMap<String, BufReader<Connection>>> = const { RefCell::new(BTreeMap::new()) };
}

/// The plugin.
pub struct Resp;

impl Guest for Resp {
    fn describe() -> String {
        include_str!("description.json").into()
    }

    fn configure(step: u32, _kind: String, options: String) -> Result<(), Vec<Refusal>> {
        let refusal = |pointer: &str, message: String| vec![Refusal { pointer: pointer.into(), message, hint: None }];
        let options: Options = serde_json::from_str(&options).map_err(|error| refusal("", error.to_string()))?;
        if options.command.is_empty() {
            return Err(refusal("/command", "it has no words".into()));
        }
        if !options.address.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()) {
            return Err(refusal("/address", format!("`{}` is no address: write host and port, such as `127.0.0.1:6379`", options.address)));
        }
        STEPS.with_borrow_mut(|steps| steps.insert(step, options));
        Ok(())
    }

    fn call(step: u32, _context: Context, input: Input<'_>) -> Result<Output, Failure> {
        let options = STEPS.with_borrow(|steps| steps.get(&step).cloned());
        let options = options.ok_or_else(|| failure("unknown-step", "the engine never told of this step".into(), false))?;
        let mut words = options.command;
        words
            .extend(words_of(&input).ok_or_else(|| failure("wrong-input", "the input is neither text nor a list of texts".into(), false))?);
        let reply =
            exchange(&options.address, &words).map_err(|error| failure("connection", format!("{}: {error}", options.address), true))?;
        match reply {
            Reply::Error(words) => Err(failure("resp-error", words, false)),
            reply => Ok(Output::One(if options.pass { passed_on(input) } else { value(reply) })),
        }
    }
}

/// Sends a command over the connection that is kept, or over a new one. One that failed is not used again.
fn exchange(address: &str, words: &[String]) -> io::Result<Reply> {
    let kept = CONNECTIONS.with_borrow_mut(|connections| connections.remove(address));
    let mut connection = match kept {
        Some(connection) => connection,
        None => BufReader::new(Connection::open(address)?),
    };
    connection.get_mut().write_all(&protocol::command(words))?;
    let reply = protocol::reply(&mut connection)?;
    CONNECTIONS.with_borrow_mut(|connections| connections.insert(address.to_owned(), connection));
    Ok(reply)
}

/// The words that the input adds to a command.
fn words_of(input: &Input<'_>) -> Option<Vec<String>> {
    match input {
        Input::None => Some(Vec::new()),
        Input::Text(text) => Some(vec![text.clone()]),
        Input::Integer(number) => Some(vec![number.to_string()]),
        Input::Number(number) => Some(vec![number.to_string()]),
        Input::Json(json) => serde_json::from_str(json).ok(),
        _ => None,
    }
}

/// A reply as the next step is given it.
fn value(reply: Reply) -> Value {
    match reply {
        Reply::Text(bytes) => String::from_utf8(bytes).map_or_else(|error| Value::Bytes(error.into_bytes()), Value::Text),
        Reply::Integer(number) => Value::Integer(number),
        Reply::Nil => Value::None,
        Reply::Error(words) => Value::Text(words),
        list @ Reply::List(_) => Value::Json(json(list).to_string()),
    }
}

fn json(reply: Reply) -> Json {
    match reply {
        Reply::Text(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
        Reply::Integer(number) => number.into(),
        Reply::Nil => Json::Null,
        Reply::Error(words) => words.into(),
        Reply::List(replies) => replies.into_iter().map(json).collect(),
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

fn failure(code: &str, message: String, retryable: bool) -> Failure {
    Failure { kind: FailureKind::Error, code: Some(code.into()), message, retryable }
}

#[cfg(target_arch = "wasm32")]
bindings::export!(Resp with_types_in bindings);
