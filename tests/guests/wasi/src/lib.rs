//! Prints, and tries what it was not granted: environment, files, arguments, waiting, requests.

use std::time::Duration;

use guest_bindings::{Callbacks, Context, Definition, Failure, Input, Output, Value, owned, unknown};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{ErrorCode, Fields, OutgoingRequest};

struct Wasi;

impl Definition for Wasi {
    fn describe() -> Result<String, String> {
        println!("describing");
        Ok(r#"{
            "throng": "0.1",
            "callbacks": [
                {"name": "print", "use": "map"}, {"name": "environment", "use": "map"}, {"name": "files", "use": "map"},
                {"name": "arguments", "use": "map"}, {"name": "sleep", "use": "map"}, {"name": "panic", "use": "map"}, {"name": "exit", "use": "map"},
                {"name": "request", "use": "map"}
            ],
            "scenarios": [{
                "name": "wasi",
                "steps": [
                    {"name": "begin", "start": true, "returns": "hello"},
                    {"name": "print", "after": "begin", "map": {"callback": 0}},
                    {"name": "environment", "after": "print", "map": {"callback": 1}},
                    {"name": "files", "after": "environment", "map": {"callback": 2}},
                    {"name": "arguments", "after": "files", "map": {"callback": 3}},
                    {"name": "request", "after": "arguments", "map": {"callback": 7}}
                ]
            }]
        }"#
        .into())
    }
}

impl Callbacks for Wasi {
    fn call(callback: u32, context: Context, input: Input<'_>) -> Result<Output, Failure> {
        let answer = match callback {
            0 => {
                println!("minion {}\nsays hello", context.minion);
                eprint!("and an error without an end of line");
                owned(input)
            }
            1 => Value::Integer(std::env::vars().count() as i64),
            2 => Value::Boolean(std::fs::read("/etc/hostname").is_ok() || std::fs::write("note", "x").is_ok()),
            3 => Value::Integer(std::env::args().count() as i64),
            4 => {
                std::thread::sleep(Duration::from_millis(50));
                Value::None
            }
            5 => panic!("as told"),
            6 => std::process::exit(3),
            7 => Value::Boolean(denied()),
            other => return Err(unknown(other)),
        };
        Ok(Output::One(answer))
    }
}

/// Whether a request through `wasi:http` is refused.
fn denied() -> bool {
    let request = OutgoingRequest::new(Fields::new());
    let _ = request.set_authority(Some("127.0.0.1:9"));
    matches!(outgoing_handler::handle(request, None), Err(ErrorCode::HttpProtocolError))
}

guest_bindings::export_scenario!(Wasi);
