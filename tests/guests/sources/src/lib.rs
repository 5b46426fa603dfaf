//! A source plugin: sources that behave, and sources that don't.

use std::cell::RefCell;
use std::collections::BTreeMap;

use exports::throng::plugin::source_kinds::{Guest, Refusal};
use throng::types::calls::{Context, Failure, FailureKind, Output};
use throng::types::values::{Input, Value};

wit_bindgen::generate!({
    path: [
        "../../../wit/types", "../../../wit/host", "../../../wit/http", "../../../wit/kafka", "../../../wit/scenario", "../../../wit/plugin",
    ],
    world: "throng:plugin/source-plugin",
    generate_all,
});

struct Sources;

thread_local! {
    /// Kind and options of each source that was configured.
    static SOURCES: RefCell<BTreeMap<u32, (String, String)>> = const { RefCell::new(BTreeMap::new()) };
}

impl Guest for Sources {
    fn describe() -> String {
        r#"{
            "name": "test:sources", "version": "1.0.0", "summary": "sources that behave and sources that don't",
            "kinds": [
                {"name": "count", "summary": "0 to 9, three at a time", "endless": false},
                {"name": "tick", "summary": "a number every other time that it is asked", "options": {"type": "object",
                    "properties": {"every": {"type": "string"}, "word": {"type": "string"}}, "additionalProperties": false}},
                {"name": "stumble", "summary": "a bad record, then a good one", "endless": false,
                    "options": {"type": "object", "properties": {"every": {"type": "string"}}}},
                {"name": "trap", "summary": "panics"},
                {"name": "break", "summary": "cannot go on"}
            ]
        }"#
        .into()
    }

    fn configure(source: u32, kind: String, options: String) -> Result<(), Vec<Refusal>> {
        if options.contains("bad") {
            return Err(vec![Refusal { pointer: "/word".into(), message: "this is bad".into(), hint: None }]);
        }
        SOURCES.with_borrow_mut(|sources| sources.insert(source, (kind, options)));
        Ok(())
    }

    fn next(source: u32, _: Context, asked: Input<'_>) -> Result<Output, Failure> {
        let Some((kind, _)) = SOURCES.with_borrow(|sources| sources.get(&source).cloned()) else {
            panic!("the source {source} was never configured");
        };
        let Input::Integer(asked) = asked else { panic!("a number was expected") };
        Ok(match (kind.as_str(), asked) {
            ("count", 0..3) => Output::Many((asked * 3..asked * 3 + 3).map(Value::Integer).collect()),
            ("count", 3) => Output::One(Value::Integer(9)),
            ("tick", _) if asked % 2 == 0 => Output::Many(Vec::new()),
            ("tick", _) => Output::One(Value::Integer(asked)),
            ("stumble", 0) => return Err(failure("bad-record", true)),
            ("trap", _) => panic!("as told"),
            ("stumble", 1) => Output::One(Value::Integer(1)),
            ("break", _) => return Err(failure("broken", false)),
            _ => Output::Nothing,
        })
    }
}

fn failure(code: &str, retryable: bool) -> Failure {
    Failure { kind: FailureKind::Error, code: Some(code.into()), message: "as told".into(), retryable }
}

export!(Sources);
