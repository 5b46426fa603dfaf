//! What becomes of bad records.

use serde_json::json;
use throng_plugin_api::Pulled;

use crate::world::{World, bad, json as object, records, text};

const ROWS: &str = "a,b\n1,2\n3\n4,5\n";
const MESSAGE: &str =
    "data:3: the row has 1 fields, the header has 2; correct the row, put fields that hold the delimiter in quotes, or set `delimiter`";

#[test]
fn counted_ones_stay_in_their_place() {
    let expected = [object(r#"{"a":"1","b":"2"}"#), bad(MESSAGE), object(r#"{"a":"4","b":"5"}"#)];
    assert_eq!(records(ROWS, "csv", json!({})), expected);
    assert_eq!(records(ROWS, "csv", json!({ "bad-records": "count" })), expected);
}

#[test]
fn ignored_ones_are_left_out_and_metered() {
    let mut world = World::new(ROWS);
    let mut source = world.source("csv", json!({ "file": "data", "bad-records": "ignore" }));
    let (rows, failure) = world.read(&mut *source);
    assert_eq!((rows, failure), (vec![object(r#"{"a":"1","b":"2"}"#), object(r#"{"a":"4","b":"5"}"#)], None));
    assert_eq!((world.count("files-records"), world.count("files-bad-records")), (2, 1));
}

#[test]
fn first_one_can_fail_the_source_after_the_records_before_it() {
    let mut world = World::new(ROWS);
    let mut source = world.source("csv", json!({ "file": "data", "bad-records": "fail" }));
    for _ in 0..2 {
        let (rows, failure) = world.read(&mut *source);
        assert_eq!(rows, [object(r#"{"a":"1","b":"2"}"#)]);
        let failure = failure.expect("it fails");
        assert_eq!((failure.code.as_str(), failure.message.as_str(), failure.retryable), ("bad-record", MESSAGE, false));
        assert_eq!(world.next(&mut *source).expect_err("it stays failed").message, MESSAGE);
        source.rewind();
    }
}

#[test]
fn each_kind_has_each_policy() {
    for (kind, content) in [("json", "\"a\"\n{\n\"b\"\n"), ("json", "[\"a\", {,\"b\"]"), ("lines", "a\nlong line\nb\n")] {
        let config = |policy: &str| json!({ "max-length": 8, "bad-records": policy });
        let counted = records(content, kind, config("count"));
        assert_eq!(
            counted.iter().filter(|record| matches!(record, crate::world::Record::Bad(_))).count(),
            1,
            "{kind} {content}: {counted:?}"
        );
        if !content.starts_with('[') {
            assert_eq!(records(content, kind, config("ignore")), [text("a"), text("b")]);
        }
        let mut world = World::new(content);
        let mut failing = config("fail");
        failing["file"] = "data".into();
        let mut source = world.source(kind, failing);
        let (rows, failure) = world.read(&mut *source);
        assert_eq!(rows, [text("a")]);
        assert!(failure.expect("it fails").message.starts_with("data:"));
    }
}

#[test]
fn nothing_but_bad_records_or_blank_lines_does_not_keep_the_worker() {
    let calls = |content: String, config: serde_json::Value| {
        let mut world = World::new(content);
        let mut source = world.source("lines", config);
        let mut calls = 0;
        while let Pulled::Records(records) = world.next(&mut *source).expect("it goes on") {
            assert!(records.is_empty());
            calls += 1;
        }
        calls
    };
    assert_eq!(calls("ab\n".repeat(1_000), json!({ "file": "data", "max-length": 1, "bad-records": "ignore" })), 3);
    assert_eq!(calls(" \n".repeat(1 << 20), json!({ "file": "data", "skip-blank": true })), 4);
}
