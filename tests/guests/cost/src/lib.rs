//! Answers with what it was given, once or eleven times in a row: the difference is what a callback costs. And a request that it builds,
//! whose response it verifies, again and again.

use guest_bindings::throng::host::settings;
use guest_bindings::throng::http::exchange;
use guest_bindings::{Callbacks, Context, Definition, Failure, Input, Output, assertion, native, owned, unknown};

struct Cost;

/// Where requests go when nothing is set.
const SERVER: &str = "http://127.0.0.1:8080";

impl Definition for Cost {
    fn describe() -> Result<String, String> {
        let [one, eleven] = [("one", 1), ("eleven", 11)].map(|(name, times)| repeated(name, times));
        let server = settings::get("server").unwrap_or_else(|| SERVER.to_owned());
        let setting = format!(r#"{{"name": "server", "type": "text", "default": "{SERVER}"}}"#);
        let steps = format!(
            r#"{{"name": "request", "start": true, "iterate": {{"for": "3s"}}, "http": {{"url": "{server}", "request": {{"callback": 1}}}}}},
               {{"name": "checked", "after": "request", "verify": {{"callback": 2}}}}"#
        );
        let requests = format!(r#"{{"name": "requests", "settings": [{setting}], "steps": [{steps}]}}"#);
        let callbacks = r#"{"name": "echo", "use": "map"}, {"name": "request", "use": "request:http"}, {"name": "check", "use": "verify"}"#;
        Ok(format!(
            r#"{{"throng": "0.1", "targets": ["{server}"], "callbacks": [{callbacks}], "scenarios": [{one}, {eleven}, {requests}]}}"#
        ))
    }
}

impl Callbacks for Cost {
    fn call(callback: u32, _: Context, input: Input<'_>) -> Result<Output, Failure> {
        match callback {
            0 => Ok(Output::One(owned(input))),
            1 => Ok(Output::One(exchange::request_of("GET", "/", &[], &[]))),
            2 => match exchange::status(native(&input)) {
                200 => Ok(Output::Nothing),
                status => Err(assertion("refused", format!("answered with {status}"))),
            },
            other => Err(unknown(other)),
        }
    }
}

fn repeated(name: &str, times: u32) -> String {
    let mut steps = vec![r#"{"name": "e0", "start": true, "returns": "hello"}"#.to_owned()];
    steps.extend((1..=times).map(|step| format!(r#"{{"name": "e{step}", "after": "e{}", "map": {{"callback": 0}}}}"#, step - 1)));
    format!(r#"{{"name": "{name}", "steps": [{}]}}"#, steps.join(", "))
}

guest_bindings::export_scenario!(Cost);
