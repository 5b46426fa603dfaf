//! What only the world can tell is told before load.

use serde_json::json;

use crate::world::World;

#[test]
fn file_must_be_there() {
    let world = World::new("");
    let folder = world.folder.path().display().to_string();
    for kind in ["csv", "json", "lines"] {
        let error = world.open(kind, json!({ "file": "no/users.csv" })).expect_err("it is not there");
        assert_eq!(error.message, format!("`{folder}/no/users.csv` cannot be opened: No such file or directory (os error 2)"));
        assert_eq!(error.hint, Some(format!("relative paths begin at the scenario's folder, `{folder}`")));
        let error = world.open(kind, json!({ "file": "." })).expect_err("it is a folder");
        assert_eq!(error.message, format!("`{folder}/.` is not a file that can be read from its beginning"));
    }
}

#[test]
fn absolute_paths_stay_as_they_are() {
    let world = World::new("a\n");
    world.open("lines", json!({ "file": world.folder.path().join("data") })).expect("it is there");
}

#[test]
fn file_may_vanish_later() {
    let mut world = World::new("a\n");
    let mut source = world.source("lines", json!({ "file": "data" }));
    std::fs::remove_file(world.folder.path().join("data")).expect("removed");
    let failure = world.next(&mut *source).expect_err("it is gone");
    assert_eq!((failure.code.as_str(), failure.retryable), ("file-unreadable", false));
    assert!(failure.message.contains("/data` cannot be opened"), "{}", failure.message);
}

#[test]
fn header_must_have_the_columns() {
    let error = |content: &str, config: serde_json::Value| {
        let error = World::new(content).open("csv", config).expect_err("wrong");
        (error.message, error.hint.unwrap_or_default())
    };
    let pair = |message: &str, hint: &str| (message.to_owned(), hint.to_owned());
    assert_eq!(
        error("id,price\n", json!({ "file": "data", "columns": ["prize"] })),
        pair("data:1: the header has no column `prize`, which is among the `columns`", "did you mean `price`?")
    );
    assert_eq!(
        error("\nid,id\n", json!({ "file": "data" })),
        pair("data:2: the header has two columns `id`", "rename one, or set `header` to false and name the `columns`")
    );
    assert_eq!(
        error("", json!({ "file": "data" })),
        pair("data: there is no header, for the file is empty", "write one, or set `header` to false and name the `columns`")
    );
}

#[test]
fn array_must_be_one() {
    let error = World::new("\n {}").open("json", json!({ "file": "data", "format": "array" })).expect_err("no array");
    assert_eq!(error.message, "data:2: the file does not begin with `[`");
    assert_eq!(error.hint.as_deref(), Some("write one array around all values, or set `format` to `lines`"));
}

#[test]
fn other_encodings_are_told_by_their_mark() {
    let world = World::new(b"\xff\xfea\0");
    let error = world.open("lines", json!({ "file": "data" })).expect_err("UTF-16");
    assert!(error.message.ends_with("is UTF-16, and UTF-8 is expected"), "{}", error.message);
}
