//! Elements of XML files.

use proptest::prelude::*;
use serde_json::json;

use crate::world::{Record, bad, faults, json as object, records, text};

fn orders(content: &str) -> Vec<Record> {
    records(content, "xml", json!({ "path": "/orders/order" }))
}

#[test]
fn elements_become_json() {
    let content = r#"<?xml version="1.0"?>
<!DOCTYPE orders [<!ENTITY x "<order/>">]>
<orders xmlns:a="urn:a">
  <!-- <order>not this one</order> -->
  <order id="1" a:kind='new "one"'>
    <item>pen &amp; ink</item> <item/> <item n="3">x</item>
    <note><![CDATA[a < b]]></note>
  </order>
  <other><order>nor this one</order></other>
  <order>text &#228; only</order>
  <order  id="3"  />
  <order>mixed <b>up</b> text</order>
</orders>
"#;
    assert_eq!(
        orders(content),
        [
            object(r##"{"@id":"1","@a:kind":"new \"one\"","item":["pen & ink","",{"@n":"3","#text":"x"}],"note":"a < b"}"##),
            text("text ä only"),
            object(r#"{"@id":"3"}"#),
            object(r##"{"b":"up","#text":"mixed  text"}"##),
        ]
    );
    assert_eq!(records("<order><order>x</order></order>", "xml", json!({ "path": "/order" })), [object(r#"{"order":"x"}"#)]);
    assert_eq!(orders("<orders></orders>"), []);
    assert_eq!(orders("<orders/>"), []);
}

#[test]
fn broken_element_breaks_no_other() {
    let content = "<orders>\n<order>1</order>\n<order><id>2</order>\n<order>\n &nix;</order><order a=1/>\n<order>5</order></orders>";
    let found = orders(content);
    assert_eq!((found.len(), &found[0], &found[4]), (5, &text("1"), &text("5")));
    let places: Vec<_> = found[1..4].iter().map(|record| format!("{record:?}")).collect();
    for (found, expected) in places.iter().zip(["data:3:", "data:5:", "data:5:"]) {
        assert!(found.contains(expected) && found.contains("this is not XML: "), "{found}");
    }
    assert!(places[1].contains("there is no entity `&nix;`"), "{places:?}");
}

#[test]
fn files_that_are_cut_off_or_something_else_are_told() {
    let cut = "the file ends inside of what begins here; is the file cut off, or an end tag missing?";
    assert_eq!(orders("<orders><order>1</order>\n <order>2<"), [text("1"), bad(&format!("data:2:2: {cut}"))]);
    assert_eq!(orders("<orders><order>1</order>"), [text("1"), bad("data:1:25: the file ends before its root does; is it cut off?")]);
    assert_eq!(orders(""), [bad("data:1:1: the file has no element; is it XML?")]);
    assert_eq!(orders("a,b\n1,2\n"), [bad("data:3:1: the file has no element; is it XML?")]);
    assert_eq!(orders("</a>"), [bad("data:1:1: nothing is open that this could close; remove it")]);
    let elsewhere = "data:1:16: the file has nothing at `/orders/order`: its root is `shop`; correct the option `path`";
    assert_eq!(orders("<shop><a/></shop>"), [bad(&elsewhere.replace("1:16", "1:18"))]);
}

#[test]
fn elements_that_are_too_long_are_bad() {
    let content = format!("<orders><order>{}</order><order>2</order></orders>", "x".repeat(200));
    let found = records(&content, "xml", json!({ "path": "/orders/order", "max-length": 100 }));
    assert_eq!(found, [bad("data:1:9: the element is longer than 100 bytes; `max-length` allows more"), text("2")]);
}

#[test]
fn wrong_configurations_are_refused() {
    let pointer = |path: serde_json::Value| faults("xml", json!({ "file": "data", "path": path }), None)[0].0.clone();
    for wrong in ["orders", "/", "/orders/", "/a b", ""] {
        assert_eq!(pointer(json!(wrong)), "/path", "{wrong}");
    }
    assert_eq!(faults("xml", json!({ "file": "data" }), None)[0].1, "there is no `path`");
}

proptest! {
    /// However many blanks push elements over the borders of chunks.
    #[test]
    fn chunks_make_no_difference(blanks in 65_400usize..65_600, count in 1usize..4) {
        let element = "<order id='1'><!-- > --><a>x</a></order>";
        let content = format!("<orders>{}{}</orders>", " ".repeat(blanks), element.repeat(count));
        prop_assert_eq!(orders(&content), vec![object(r#"{"@id":"1","a":"x"}"#); count]);
    }

    /// Nothing that a file may hold stops the program.
    #[test]
    fn anything_can_be_read(content in "[<>/a!\\[\\]?\"' \n&;-]{0,60}") {
        orders(&content);
        records(&content, "xml", json!({ "path": "/a" }));
    }
}
