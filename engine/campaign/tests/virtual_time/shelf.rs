//! `shelve` and `unshelve`: named values of a minion.

use crate::harness::{Virtual, on_any_number_of_workers, scenario};
use serde_json::json;
use throng_protocols::{Output, Value};

/// §6 `shelve(names)`: what each function gives, the input goes on; `unshelve` gives pair(input, value), several names a map.
#[test]
fn values_are_kept_and_taken() {
    let steps = json!([
        { "name": "order", "start": true, "returns": {"callback": 0} },
        { "name": "keep", "after": "order", "shelve": {"values": {"id": {"json": "/id"}, "all": {}, "text": "minion {minion}", "none": {"json": "/nothing"}}} },
        { "name": "other", "after": "keep", "returns": "input" },
        { "name": "wait", "after": "other", "delay": "10ms" },
        { "name": "one", "after": "wait", "unshelve": {"names": ["id"]} },
        { "name": "seen-one", "after": "one", "on-each": {"callback": 1} },
        { "name": "both", "after": "wait", "unshelve": {"names": ["id", "text", "none", "unknown"]} },
        { "name": "seen-both", "after": "both", "on-each": {"callback": 1} },
    ]);
    let make = || {
        Virtual::new(scenario(2, "immediate", steps.clone())).callbacks(&["returns", "on-each"], |call, _, _, _| {
            let minion = call.context.minion;
            Ok(if call.callback == 0 { Output::One(Value::Json(json!({ "id": minion }).to_string().into())) } else { Output::Nothing })
        })
    };
    on_any_number_of_workers(make, |ran| {
        assert_eq!(ran.values("seen-one"), [r#"["input",0]"#, r#"["input",1]"#]);
        let expected = [
            r#"["input",{"id":0,"text":"minion 0","none":null,"unknown":null}]"#,
            r#"["input",{"id":1,"text":"minion 1","none":null,"unknown":null}]"#,
        ];
        assert_eq!(ran.values("seen-both"), expected);
    });
}

/// §6 `unshelve-and-delete` forgets; an unknown name is none; `ttl` ends what is kept.
#[test]
fn values_are_forgotten() {
    let steps = json!([
        { "name": "root", "start": true, "returns": 7 },
        { "name": "keep", "after": "root", "shelve": {"values": {"short": {}}, "ttl": "100ms"} },
        { "name": "long", "after": "keep", "shelve": {"values": {"long": {}}} },
        { "name": "in-time", "after": "long", "delay": "99ms" },
        { "name": "still", "after": "in-time", "unshelve": {"names": ["short"]} },
        { "name": "seen-still", "after": "still", "on-each": {"callback": 0} },
        { "name": "too-late", "after": "seen-still", "delay": "1ms" },
        { "name": "gone", "after": "too-late", "unshelve": {"names": ["short"]} },
        { "name": "seen-gone", "after": "gone", "on-each": {"callback": 0} },
        { "name": "take", "after": "seen-gone", "unshelve-and-delete": {"names": ["long"]} },
        { "name": "seen-take", "after": "take", "on-each": {"callback": 0} },
        { "name": "again", "after": "seen-take", "unshelve": {"names": ["long"]} },
        { "name": "seen-again", "after": "again", "on-each": {"callback": 0} },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "immediate", steps.clone())).seen(),
        |ran| {
            assert_eq!(ran.values("seen-still"), ["[7,7]"]);
            assert_eq!(ran.values("seen-gone"), ["[[7,7],null]"]);
            assert_eq!(ran.values("seen-take"), ["[[[7,7],null],7]"]);
            assert_eq!(ran.values("seen-again"), ["[[[[7,7],null],7],null]"]);
        },
    );
}

/// A run that is started again begins with an empty shelf.
#[test]
fn the_shelf_is_the_runs_own() {
    let steps = json!([
        { "name": "before", "start": true, "unshelve": {"names": ["kept"]} },
        { "name": "seen", "after": "before", "on-each": {"callback": 0} },
        { "name": "keep", "after": "seen", "shelve": {"values": {"kept": "something"}} },
        { "name": "wait", "after": "keep", "delay": "100ms" },
    ]);
    on_any_number_of_workers(
        || Virtual::new(scenario(1, "stages(stage(100%, 0s, 250ms))", steps.clone())).seen(),
        |ran| assert_eq!(ran.values("seen"), ["[null,null]"; 3]),
    );
}
