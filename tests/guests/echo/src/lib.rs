//! Answers with what it was given.
//!
//! 0 `echo`: the input. 1 `swallow`: nothing.

use guest_bindings::{Callbacks, Context, Definition, Failure, Input, Output, owned, unknown};

struct Echo;

impl Definition for Echo {
    fn describe() -> Result<String, String> {
        Ok(r#"{
            "throng": "0.1",
            "callbacks": [{"name": "echo", "use": "map"}, {"name": "swallow", "use": "on-each"}],
            "scenarios": [{
                "name": "echo",
                "steps": [
                    {"name": "hello", "start": true, "returns": "hello"},
                    {"name": "echoed", "after": "hello", "map": {"callback": 0}},
                    {"name": "swallowed", "after": "echoed", "on-each": {"callback": 1}}
                ]
            }]
        }"#
        .into())
    }
}

impl Callbacks for Echo {
    fn call(callback: u32, _: Context, input: Input<'_>) -> Result<Output, Failure> {
        match callback {
            0 => Ok(Output::One(owned(input))),
            1 => Ok(Output::Nothing),
            other => Err(unknown(other)),
        }
    }
}

guest_bindings::export_scenario!(Echo);
