//! Values of lines and of arrays.

use proptest::prelude::*;
use serde_json::json;

use crate::world::{Record, World, bad, json as object, records, text};

#[test]
fn lines_of_values() {
    let content = "\u{feff}{\"a\": 1.10}\r\n\n  [1, 2]\n\"x\"\n7\n1.5\ntrue\nnull";
    let other = |json| Record::Other(json);
    let expected =
        [object("{\"a\": 1.10}"), object("[1, 2]"), text("x"), other(json!(7)), other(json!(1.5)), other(json!(true)), other(json!(null))];
    assert_eq!(records(content, "json", json!({})), expected);
    assert_eq!(records("", "json", json!({})), []);
    assert_eq!(records(" \n\n", "json", json!({})), []);
    assert_eq!(records("[1]\n[2]\n", "json", json!({ "format": "lines" })), [object("[1]"), object("[2]")]);
}

#[test]
fn broken_lines_have_their_place() {
    let content = "\n{\"a\": 1}\n{\"a\": }\n{\"a\"\n3 4\n5";
    assert_eq!(
        records(content, "json", json!({})),
        [
            object("{\"a\": 1}"),
            bad("data:3:7: this is not JSON: expected value; correct it"),
            bad("data:4:4: this is not JSON: EOF while parsing an object; correct it"),
            bad("data:5:3: this is not JSON: trailing characters; correct it"),
            Record::Other(json!(5)),
        ]
    );
}

#[test]
fn items_of_an_array() {
    let content = " [ {\"a\": \"],[\\\"\"} ,\n  [1, [2]], \"x\\\\\",\r\n 7 , null\n]\n";
    let expected = [object("{\"a\": \"],[\\\"\"}"), object("[1, [2]]"), text("x\\"), Record::Other(json!(7)), Record::Other(json!(null))];
    for config in [json!({}), json!({ "format": "array" })] {
        assert_eq!(records(content, "json", config), expected);
    }
    assert_eq!(records("[]", "json", json!({})), []);
    assert_eq!(records(" [ \n ] ", "json", json!({})), []);
}

#[test]
fn broken_item_breaks_no_other() {
    let content = "[\n  {\"a\": 1},\n  {\n    \"a\": },\n  ,\n  {\"a\": 2]\n  ,  x,\n  {\"a\": 3},\n]";
    assert_eq!(
        records(content, "json", json!({})),
        [
            object("{\"a\": 1}"),
            bad("data:4:10: this is not JSON: expected value; correct it"),
            bad("data:5:3: an item is missing before the comma; remove the comma"),
            bad("data:6:10: this is not JSON: expected `,` or `}`; correct it"),
            bad("data:7:6: this is not JSON: expected value; correct it"),
            object("{\"a\": 3}"),
            bad("data:9:1: an item is missing after the last comma; remove the comma"),
        ]
    );
}

#[test]
fn arrays_that_do_not_end() {
    assert_eq!(
        records("[1, 2", "json", json!({})),
        [
            Record::Other(json!(1)),
            bad("data:1:5: the file ends inside of this item; is the file cut off, or a closing bracket or quote missing?"),
        ]
    );
    assert_eq!(
        records("[1,\n", "json", json!({})),
        [Record::Other(json!(1)), bad("data:2:1: the file ends before the array does; is it cut off?")]
    );
    assert_eq!(records("[", "json", json!({})), [bad("data:1:2: the file ends before the array does; is it cut off?")]);
    let more = "data:2:1: there is something after the array's end; remove it, or set `format` to `lines`";
    assert_eq!(records("[1]\n[2]", "json", json!({})), [Record::Other(json!(1)), bad(more)]);
}

#[test]
fn pointer_takes_a_part() {
    let content = "{\"a\": {\"b\": [1]}}\n{\"a\": {}}\n{\"a\": {\"b\": \"x\"}}\n";
    assert_eq!(
        records(content, "json", json!({ "pointer": "/a/b" })),
        [object("[1]"), bad("data:2:1: the value has nothing under `/a/b`; correct it, or the option `pointer`"), text("x"),]
    );
    assert_eq!(
        records("[{\"a\": 1},\n {}]", "json", json!({ "pointer": "/a" })),
        [Record::Other(json!(1)), bad("data:2:2: the value has nothing under `/a`; correct it, or the option `pointer`"),]
    );
}

#[test]
fn values_are_as_long_as_allowed() {
    let long = format!("\"{}\"", "x".repeat(100_000));
    let items = |length: usize| records(format!("[{long}, 1]"), "json", json!({ "max-length": length }));
    assert_eq!(items(100_002), [text(&"x".repeat(100_000)), Record::Other(json!(1))]);
    assert_eq!(items(100_001), [bad("data:1:2: the item is longer than 100001 bytes; `max-length` allows more"), Record::Other(json!(1))]);
    let lines = records(format!("{long}\n1\n"), "json", json!({ "max-length": 100 }));
    assert_eq!(lines, [bad("data:1: the line is longer than 100 bytes; `max-length` allows more"), Record::Other(json!(1))]);
}

#[test]
fn bytes_that_are_not_text_are_bad() {
    let message = "the value is not UTF-8 from byte 2 on; convert the file, such as by `iconv -f LATIN1 -t UTF-8`";
    assert_eq!(records(b"1\n\"\xff\"\n", "json", json!({})), [Record::Other(json!(1)), bad(&format!("data:2:1: {message}"))]);
    assert_eq!(records(b"[1, \"\xff\"]", "json", json!({})), [Record::Other(json!(1)), bad(&format!("data:1:5: {message}"))]);
}

#[test]
fn long_arrays_are_streamed() {
    let items: Vec<_> = (0..200_000).map(|id| format!("{{\"id\": {id}}}")).collect();
    let mut world = World::new(format!("[\n{}\n]", items.join(",\n")));
    let mut source = world.source("json", json!({ "file": "data" }));
    for _ in 0..2 {
        let (values, failure) = world.read(&mut *source);
        assert_eq!((values.len(), failure), (200_000, None));
        assert_eq!(values[199_999], object("{\"id\": 199999}"));
        source.rewind();
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<i64>().prop_map(|value| json!(value)),
        "[ -~ä\n\\\\\"\\[\\]{},]{0,8}".prop_map(|value| json!(value))
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::Array),
            prop::collection::vec(("[a-z\"]{0,3}", inner), 0..4)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn arrays_are_read_as_they_were_written(values in prop::collection::vec(any_json(), 0..20), is_pretty in any::<bool>()) {
        let whole = serde_json::Value::Array(values.clone());
        let content = if is_pretty { serde_json::to_string_pretty(&whole).expect("JSON") } else { whole.to_string() };
        let read: Vec<_> = records(content, "json", json!({})).into_iter().map(|record| match record {
            Record::Text(text) => json!(text),
            Record::Json(text) => serde_json::from_str(&text).expect("JSON"),
            Record::Other(json) => json,
            Record::Bad(message) => panic!("{message}"),
        }).collect();
        prop_assert_eq!(read, values);
    }
}
