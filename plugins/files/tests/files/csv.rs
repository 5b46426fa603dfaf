//! Rows become objects.

use proptest::prelude::*;
use serde_json::json;

use crate::world::{World, bad, json as object, records};

#[test]
fn rows_are_objects_in_the_order_of_the_header() {
    let rows = records("id,name\n7,Ada\n8,\"a \"\"b\"\"\"\n", "csv", json!({}));
    assert_eq!(rows, [object(r#"{"id":"7","name":"Ada"}"#), object(r#"{"id":"8","name":"a \"b\""}"#)]);
    assert_eq!(records("z,a\n1,2", "csv", json!({})), [object(r#"{"z":"1","a":"2"}"#)]);
}

#[test]
fn line_ends_and_blank_lines() {
    for content in ["\u{feff}a,b\r\n1,2\r\n\r\n3,4\r\n", "\n\na,b\n\n1,2\n3,4", "a,b\r1,2\r3,4\r"] {
        assert_eq!(records(content, "csv", json!({})), [object(r#"{"a":"1","b":"2"}"#), object(r#"{"a":"3","b":"4"}"#)], "{content:?}");
    }
}

#[test]
fn quoted_fields_hold_line_ends_and_delimiters() {
    let rows = records("a,b\n\"x\r\ny, z\n\",1\n2\n3,4\n", "csv", json!({}));
    let wrong =
        "data:5: the row has 1 fields, the header has 2; correct the row, put fields that hold the delimiter in quotes, or set `delimiter`";
    assert_eq!(rows, [object(r#"{"a":"x\r\ny, z\n","b":"1"}"#), bad(wrong), object(r#"{"a":"3","b":"4"}"#)]);
}

#[test]
fn only_a_header() {
    assert_eq!(records("a,b\n", "csv", json!({})), []);
    assert_eq!(records("a,b", "csv", json!({})), []);
}

#[test]
fn no_header() {
    let config = json!({ "header": false, "columns": ["id", {"name": "price", "type": "number"}] });
    assert_eq!(
        records("1,2.50\n2,x\n3\n", "csv", config.clone()),
        [
            object(r#"{"id":"1","price":2.5}"#),
            bad("data:2: the column `price` is `x` where a number is expected; correct it, or make the column's type `text`"),
            bad(
                "data:3: the row has 1 fields, `columns` names 2; correct the row, put fields that hold the delimiter in quotes, or set `delimiter`"
            ),
        ]
    );
    assert_eq!(records("", "csv", config), []);
}

#[test]
fn delimiter_and_quote() {
    assert_eq!(records("a;b\n'x;y';2\n", "csv", json!({ "delimiter": ";", "quote": "'" })), [object(r#"{"a":"x;y","b":"2"}"#)]);
    assert_eq!(records("a\tb\n\"x\t2\n", "csv", json!({ "delimiter": "\t", "quote": "" })), [object(r#"{"a":"\"x","b":"2"}"#)]);
}

#[test]
fn types() {
    let columns = json!([
        {"name": "i", "type": "integer"}, {"name": "n", "type": "number"}, {"name": "b", "type": "boolean"},
        {"name": "j", "type": "json"}, {"name": "l", "type": "list"}, {"name": "m", "type": "list", "separator": "||"}
    ]);
    let content = "t,i,n,b,j,l,m\nx,-9223372036854775808,1e3,TRUE,\"{\"\"k\"\": [1.10]}\",a;b;,a||b|c\n,007,3,false,null,,\n";
    assert_eq!(
        records(content, "csv", json!({ "columns": columns })),
        [
            object(r#"{"t":"x","i":-9223372036854775808,"n":1000.0,"b":true,"j":{"k": [1.10]},"l":["a","b",""],"m":["a","b|c"]}"#),
            object(r#"{"t":"","i":7,"n":3,"b":false,"j":null,"l":[],"m":[]}"#),
        ]
    );
}

#[test]
fn values_that_are_not_of_their_type() {
    let one = |kind: &str, value: &str| {
        let config = json!({ "columns": [{"name": "v", "type": kind}] });
        match records(format!("v,w\n{value},\n"), "csv", config).remove(0) {
            crate::world::Record::Bad(message) => message,
            other => panic!("{kind} {value:?}: {other:?}"),
        }
    };
    let remedy = "correct it, or make the column's type `text`";
    assert_eq!(one("integer", "1.5"), format!("data:2: the column `v` is `1.5` where an integer is expected; {remedy}"));
    assert_eq!(
        one("integer", "9223372036854775808"),
        format!("data:2: the column `v` is `9223372036854775808` where an integer is expected; {remedy}")
    );
    assert_eq!(one("integer", " 1"), "data:2: the column `v` is ` 1` where an integer is expected; set `trim` to true");
    assert_eq!(one("number", "1e999"), format!("data:2: the column `v` is `1e999` where a number is expected; {remedy}"));
    assert_eq!(one("number", "nan"), format!("data:2: the column `v` is `nan` where a number is expected; {remedy}"));
    assert_eq!(one("boolean", "yes"), format!("data:2: the column `v` is `yes` where `true` or `false` is expected; {remedy}"));
    assert_eq!(
        one("json", "{a}"),
        format!("data:2: the column `v` is `{{a}}` where JSON is expected; {remedy} (key must be a string at line 1 column 2)")
    );
    assert_eq!(
        one("integer", ""),
        "data:2: the column `v` is empty where an integer is expected; `\"nullable\": true` of the column makes it null"
    );
    assert!(one("number", &"x".repeat(100)).contains(&format!("`{}…`", "x".repeat(40))));
}

#[test]
fn empty_fields_can_be_null() {
    for kind in ["text", "integer", "number", "boolean", "json", "list"] {
        let config = json!({ "columns": [{"name": "a", "type": kind, "nullable": true}] });
        assert_eq!(records("a,b\n,x\n", "csv", config), [object(r#"{"a":null,"b":"x"}"#)], "{kind}");
    }
}

#[test]
fn trimming() {
    let config = json!({ "trim": true, "columns": [{"name": "n", "type": "integer"}, {"name": "l", "type": "list"}] });
    assert_eq!(records(" n , t, l\n 1 , a b ,\" x ; y \"\n", "csv", config), [object(r#"{"n":1,"t":"a b","l":["x","y"]}"#)]);
    assert_eq!(records("n\n a \n", "csv", json!({})), [object(r#"{"n":" a "}"#)]);
}

#[test]
fn bytes_that_are_not_text_are_bad() {
    let rows = records(b"a,b\n1,x\xe4\n3,4\n", "csv", json!({}));
    let message = "data:2: the column `b` is not UTF-8 from byte 2 on; convert the file, such as by `iconv -f LATIN1 -t UTF-8`";
    assert_eq!(rows, [bad(message), object(r#"{"a":"3","b":"4"}"#)]);
}

#[test]
fn quote_that_is_not_closed_takes_no_more_than_allowed() {
    let content = format!("a,b\n1,\"x\n{}", "2,y\n".repeat(50_000));
    let message =
        "data:2: the row is longer than 1000 bytes; `max-length` allows more; if it is not meant to be, a closing quote is missing";
    assert_eq!(records(content, "csv", json!({ "max-length": 1000 })), [bad(message)]);

    let content = format!("a,b\n1,\"{}\"\n2,y\n", "x".repeat(300_000));
    let message =
        "data:2: the row is longer than 200000 bytes; `max-length` allows more; if it is not meant to be, a closing quote is missing";
    assert_eq!(records(&content, "csv", json!({ "max-length": 200_000 })), [bad(message), object(r#"{"a":"2","b":"y"}"#)]);
    assert_eq!(records(&content, "csv", json!({}))[0], object(&format!(r#"{{"a":"1","b":"{}"}}"#, "x".repeat(300_000))));
}

#[test]
fn many_rows_come_in_batches_and_again_after_rewinding() {
    use std::fmt::Write as _;
    let mut content = "id,name\n".to_owned();
    (0..200_000).for_each(|id| writeln!(content, "{id},\"user, {id}\"").expect("written"));
    let mut world = World::new(&content);
    let mut source = world.source("csv", json!({ "file": "data", "columns": [{"name": "id", "type": "integer"}] }));
    for round in 1..=2 {
        let (rows, failure) = world.read(&mut *source);
        assert_eq!((rows.len(), failure), (200_000, None));
        for id in [0, 255, 256, 99_999, 199_999] {
            assert_eq!(rows[id], object(&format!(r#"{{"id":{id},"name":"user, {id}"}}"#)));
        }
        assert_eq!((world.count("files-records"), world.count("files-bytes")), (round * 200_000, round * content.len() as u64));
        source.rewind();
    }
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        rows in (1usize..5).prop_flat_map(|width| prop::collection::vec(prop::collection::vec("[ -~äß\n\r\",;]{0,12}", width), 1..20)),
        delimiter in prop::sample::select(vec![b',', b';', b'\t', b'|']),
        ends_with_return in any::<bool>(),
    ) {
        let terminator = if ends_with_return { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).terminator(terminator).from_writer(Vec::new());
        rows.iter().for_each(|row| writer.write_record(row).expect("written"));
        let names: Vec<_> = (0..rows[0].len()).map(|index| format!("c{index}")).collect();
        let config = json!({ "header": false, "columns": names, "delimiter": char::from(delimiter).to_string() });
        let expected: Vec<_> = rows
            .iter()
            .map(|row| object(&serde_json::Value::Object(names.iter().cloned().zip(row.iter().map(|field| json!(field))).collect()).to_string()))
            .collect();
        prop_assert_eq!(records(writer.into_inner().expect("written"), "csv", config), expected);
    }
}
