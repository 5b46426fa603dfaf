//! Wrong configurations are refused, all faults at once, each with its place and remedy.

use serde_json::{Value as Json, json};
use throng_files::FilesPlugin;
use throng_plugin_api::Plugin;

use crate::world::faults;

fn one(kind: &str, config: Json) -> (String, String, String) {
    let mut faults = faults(kind, config, None);
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

fn triple(pointer: &str, message: &str, hint: &str) -> (String, String, String) {
    (pointer.to_owned(), message.to_owned(), hint.to_owned())
}

#[test]
fn unknown_options_have_a_nearest_one() {
    let unknown = |kind: &str, option: &str| one(kind, json!({ "file": "a", option: 1 }));
    assert_eq!(unknown("csv", "delimeter"), triple("/delimeter", "there is no option `delimeter`", "did you mean `delimiter`?"));
    assert_eq!(unknown("json", "pionter").2, "did you mean `pointer`?");
    assert_eq!(unknown("lines", "skip-blanks").2, "did you mean `skip-blank`?");
    let fault = one("csv", json!({ "file": "a", "columns": [{"name": "a", "kind": "text"}] }));
    assert_eq!(fault.0, "/columns/0/kind");
    let fault = one("csv", json!({ "file": "a", "columns": ["b", {"name": "a", "type": "int"}] }));
    assert_eq!((fault.0.as_str(), fault.1.as_str()), ("/columns/1/type", "there is no column type `int`"));
    let fault = one("json", json!({ "file": "a", "bad-records": "ignor" }));
    assert_eq!(fault, triple("/bad-records", "`ignor` means nothing here", "did you mean `ignore`?"));
}

#[test]
fn all_faults_are_told_at_once() {
    let config = json!({
        "encoding": "latin1", "bad-records": "skip", "max-length": 0, "delimiter": "::", "header": false,
        "columns": ["a", "a", {"name": "b", "separator": ";"}, {"name": "c", "type": "list", "separator": ""}]
    });
    let pointers: Vec<_> = faults("csv", config, None).into_iter().map(|fault| fault.0).collect();
    assert_eq!(
        pointers,
        ["", "/encoding", "/bad-records", "/max-length", "/delimiter", "/columns/1", "/columns/2/separator", "/columns/3/separator"]
    );
    let config = json!({ "file": "", "format": "xml", "pointer": "a" });
    let pointers: Vec<_> = faults("json", config, None).into_iter().map(|fault| fault.0).collect();
    assert_eq!(pointers, ["/file", "/format", "/pointer"]);
}

#[test]
fn options_that_do_not_fit() {
    let fault = one("csv", json!({ "file": "a", "header": false }));
    assert_eq!(fault.1, "there are neither a `header` nor `columns`");
    assert_eq!(one("csv", json!({ "file": "a", "columns": [] })).1, "there is no column in `columns`");
    assert_eq!(one("csv", json!({ "file": "a", "columns": "a" })).1, "a list of columns is expected here");
    assert_eq!(one("csv", json!({ "file": "a", "delimiter": "\"" })).0, "/quote");
    assert_eq!(one("csv", json!({ "file": "a", "quote": "\n" })).1, "`\\n` is not one ASCII character that can stand in a line");
    assert_eq!(one("lines", json!({})), triple("", "there is no `file`", "add `\"file\": \"users.csv\"`"));
    assert_eq!(faults("lines", json!({ "file": "a", "encoding": "UTF-8" }), None), []);
}

#[test]
fn defaults_are_the_scenarios() {
    let fault = faults("lines", json!({ "file": "a" }), Some(json!({ "max-length": "1MB", "bad-records": "x" })));
    assert_eq!(fault.len(), 2);
    assert!(fault[0].1.starts_with("in the scenario's defaults for `files`, at `/max-length`: `1MB` is not a size"), "{fault:?}");
    assert_eq!(faults("lines", json!({ "file": "a" }), Some(json!({ "bad-records": "ignore" }))), []);
}

#[test]
fn every_option_is_in_the_schema() {
    for kind in FilesPlugin::default().kinds() {
        let schema = (kind.schema)();
        let properties = schema["properties"].as_object().expect("properties");
        assert!(properties.values().all(|property| property.get("description").is_some()), "{}: {properties:?}", kind.name);
        assert_eq!(schema["additionalProperties"], false, "{}", kind.name);
    }
    let count =
        |index: usize| (FilesPlugin::default().kinds()[index].schema)()["properties"].as_object().map(|properties| properties.len());
    assert_eq!([count(0), count(1), count(2)], [Some(9), Some(6), Some(5)]);
}
