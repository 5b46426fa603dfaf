//! The schema of the JSON report: what it says, and whether reports keep to it.

use serde_json::Value as Json;

use super::samples::{failed, hostile, successful, void};
use crate::report::{report_schema, to_json};

#[test]
fn the_schema_is_as_documented() {
    insta::assert_snapshot!("report_schema", format!("{:#}", report_schema()));
}

/// Every key of a report is declared, and every declared key is there: what is read has no optional key.
#[test]
fn reports_have_the_keys_of_the_schema() {
    let schema = report_schema();
    for report in [successful(), failed(), void(), hostile()] {
        let json: Json = serde_json::from_str(&to_json(&report).expect("text")).expect("JSON");
        check(&schema, &schema, &json, "");
    }
}

fn check(whole: &Json, schema: &Json, value: &Json, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let definition = reference.strip_prefix('#').and_then(|pointer| whole.pointer(pointer));
        return check(whole, definition.unwrap_or_else(|| panic!("no {reference}")), value, place);
    }
    if let (Some(properties), Some(object)) = (schema["properties"].as_object(), value.as_object()) {
        let (declared, found): (Vec<_>, Vec<_>) = (properties.keys().collect(), object.keys().collect());
        assert_eq!(declared, found, "{place}");
        object.iter().for_each(|(key, item)| check(whole, &properties[key], item, &format!("{place}/{key}")));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(whole, &schema["items"], item, &format!("{place}/{index}"));
    }
}
