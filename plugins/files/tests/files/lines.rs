//! Lines become texts.

use serde_json::json;

use crate::world::{bad, records, text};

#[test]
fn lines_lose_their_ends() {
    assert_eq!(records("a\nb\r\n\n c \nd", "lines", json!({})), [text("a"), text("b"), text(""), text(" c "), text("d")]);
    assert_eq!(records("a\rb\n", "lines", json!({})), [text("a\rb")]);
    assert_eq!(records("\n", "lines", json!({})), [text("")]);
    assert_eq!(records("", "lines", json!({})), []);
}

#[test]
fn byte_order_mark_is_not_part_of_the_first_line() {
    assert_eq!(records("\u{feff}ä\n", "lines", json!({})), [text("ä")]);
    assert_eq!(records("\u{feff}", "lines", json!({})), []);
}

#[test]
fn blank_lines_can_be_skipped_and_are_counted() {
    let content = "\n \t\na\n\r\n\u{1}\nb".replace('\u{1}', &"x".repeat(10));
    let lines = records(&content, "lines", json!({ "skip-blank": true, "max-length": 9 }));
    assert_eq!(lines, [text("a"), bad("data:5: the line is longer than 9 bytes; `max-length` allows more"), text("b")]);
}

#[test]
fn longest_line_is_as_long_as_allowed() {
    let long = |length: usize, end: &str| records("x".repeat(length) + end + "y", "lines", json!({ "max-length": "70000" }));
    for end in ["\n", "\r\n"] {
        assert_eq!(long(70_000, end), [text(&"x".repeat(70_000)), text("y")]);
        let message = "data:1: the line is longer than 70000 bytes; `max-length` allows more";
        assert_eq!(long(70_001, end), [bad(message), text("y")]);
        assert_eq!(long(200_000, end), [bad(message), text("y")]);
    }
    let last = records("x".repeat(70_001), "lines", json!({ "max-length": "70000" }));
    assert_eq!(last, [bad("data:1: the line is longer than 70000 bytes; `max-length` allows more")]);
    let default = records("x".repeat((1 << 20) + 1), "lines", json!({}));
    assert_eq!(default, [bad("data:1: the line is longer than 1048576 bytes; `max-length` allows more")]);
}

#[test]
fn bytes_that_are_not_text_are_bad() {
    let lines = records(b"a\n\xe4b\nc\xff\nd", "lines", json!({}));
    let message = |line: u32, byte: u32| {
        bad(&format!("data:{line}: the line is not UTF-8 from byte {byte} on; convert the file, such as by `iconv -f LATIN1 -t UTF-8`"))
    };
    assert_eq!(lines, [text("a"), message(2, 1), message(3, 2), text("d")]);
}
