//! A scenario that imports a library, which has to be composed into it.

use guest_bindings::{Callbacks, Context, Definition, Failure, Input, Output, Value, unknown};

use crate::test::pricing::prices;

wit_bindgen::generate!({ path: "../library/wit", world: "customer" });

struct Composed;

impl Definition for Composed {
    fn describe() -> Result<String, String> {
        Ok(r#"{
            "throng": "0.1",
            "callbacks": [{"name": "total", "use": "map"}],
            "scenarios": [{
                "name": "customer",
                "minions": 20,
                "steps": [
                    {"name": "total", "start": true, "map": {"callback": 0}},
                    {"name": "right", "after": "total", "assert": {"rules": ["json: >= 250"]}}
                ]
            }]
        }"#
        .into())
    }
}

impl Callbacks for Composed {
    fn call(callback: u32, context: Context, _: Input<'_>) -> Result<Output, Failure> {
        match callback {
            0 => Ok(Output::One(Value::Integer(prices::total(context.minion + 1).into()))),
            other => Err(unknown(other)),
        }
    }
}

guest_bindings::export_scenario!(Composed);
