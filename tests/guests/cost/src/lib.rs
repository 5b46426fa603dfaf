//! Answers with what it was given, once or eleven times in a row: the difference is what a callback costs.

use guest_bindings::{Callbacks, Context, Definition, Failure, Input, Output, owned, unknown};

struct Cost;

impl Definition for Cost {
    fn describe() -> Result<String, String> {
        let [one, eleven] = [("one", 1), ("eleven", 11)].map(|(name, times)| repeated(name, times));
        Ok(format!(r#"{{"throng": "0.1", "callbacks": [{{"name": "echo", "use": "map"}}], "scenarios": [{one}, {eleven}]}}"#))
    }
}

impl Callbacks for Cost {
    fn call(callback: u32, _: Context, input: Input<'_>) -> Result<Output, Failure> {
        match callback {
            0 => Ok(Output::One(owned(input))),
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
