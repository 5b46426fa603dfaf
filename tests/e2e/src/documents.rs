//! Small scenario documents.

use serde_json::{Value as Json, json};

/// A document with one scenario, `visit`, of the given settings and steps; it may talk to the given targets.
pub fn document(targets: &[&str], settings: &Json, steps: &Json) -> Json {
    let mut scenario = json!({ "name": "visit" });
    if let (Some(scenario), Some(settings)) = (scenario.as_object_mut(), settings.as_object()) {
        scenario.extend(settings.clone());
        scenario.insert("steps".to_owned(), steps.clone());
    }
    let mut document = json!({ "throng": "0.1", "scenarios": [scenario] });
    if let Some(document) = document.as_object_mut().filter(|_| !targets.is_empty()) {
        document.insert("targets".to_owned(), json!(targets));
    }
    document
}

/// A document whose only step does nothing but emit a number.
pub fn idle(minions: u64, profile: &str) -> Json {
    document(&[], &json!({ "minions": minions, "profile": profile }), &json!([{ "name": "once", "start": true, "returns": 7 }]))
}

/// A document whose minions get one path of one server, each once.
pub fn get(url: &str, path: &str, targets: &[&str], minions: u64) -> Json {
    let steps = json!([{ "name": "get", "start": true, "http": { "url": url, "request": { "path": path } } }]);
    document(targets, &json!({ "minions": minions }), &steps)
}
