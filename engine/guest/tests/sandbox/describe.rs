//! `describe`: outside any visit, within its limits, with the settings that it is given.

use std::time::Duration;

use throng_guest::Limits;
use throng_model::Secrets;

use crate::guests::{bytes, load, sandbox, settings};

#[test]
fn every_guest_describes_scenarios_and_callbacks() {
    for guest in ["echo", "hostile", "session", "handles", "wasi"] {
        let document = load(guest).describe(&settings(&[]), &Secrets::default()).expect("a document");
        let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
        assert_eq!(document["throng"], "0.1", "{guest}");
        assert!(!document["scenarios"][0]["steps"].as_array().expect("steps").is_empty(), "{guest}");
        assert!(!document["callbacks"].as_array().expect("callbacks").is_empty(), "{guest}");
    }
}

#[test]
fn settings_reach_the_description() {
    let document = load("session").describe(&settings(&[("name", "other")]), &Secrets::default()).expect("a document");
    assert!(document.contains(r#""name": "other""#), "{document}");
}

#[test]
fn a_misbehaving_description_is_an_error_with_its_cause() {
    let limits = Limits { describe_time: Duration::from_millis(20), ..Limits::default() };
    let hostile = sandbox().load(&bytes("hostile"), limits).expect("the guest loads");
    let outside = "was called outside a step's visit, such as in `describe` or while the instance was starting; it works in callbacks only";
    let failed = "the component failed while it described itself:";
    let expected = [
        ("refuse", "the component does not describe itself: the setting `describe` says so".to_owned()),
        ("trap", format!("{failed} the guest panicked or gave up (it ran into `unreachable`)")),
        ("loop", format!("{failed} the guest computed for more than 20ms; do less in one go, or raise the limit `describe-time`")),
        ("visit", format!("{failed} `visit.step` {outside}")),
        ("session", format!("{failed} `session.get` {outside}")),
        ("random", format!("{failed} `random.next` {outside}")),
        ("event", format!("{failed} `events.report` {outside}")),
        (
            "huge",
            "the component's document has 2097152 bytes, the limit is 1048576; describe fewer steps, or raise the limit `document`".into(),
        ),
    ];
    for (misdeed, message) in expected {
        let error = hostile.describe(&settings(&[("describe", misdeed)]), &Secrets::default()).expect_err(misdeed);
        assert_eq!(error.to_string(), message);
    }
    hostile.describe(&settings(&[]), &Secrets::default()).expect("each description has an instance of its own");
}
