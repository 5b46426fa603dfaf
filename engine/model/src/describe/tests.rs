//! One scenario in all its forms.

use serde_json::json;

use super::*;
use crate::{Catalog, ConfigFault, PluginUse, Scenario, StepSetup, parse_document, validate};

struct NoPlugins;

impl Catalog for NoPlugins {
    fn kinds(&self) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }

    fn check(&self, _: &StepSetup<'_>) -> Result<PluginUse, Vec<ConfigFault>> {
        Err(Vec::new())
    }
}

fn scenario() -> Scenario {
    let document = json!({"throng": "0.1", "targets": ["http://shop"], "callbacks": [{"name": "order id", "use": "map"}], "scenarios": [{
        "name": "checkout", "description": "Buys things.", "minions": 20, "profile": {"regular": {"period": "1s", "minions": 5}},
        "settings": [
            {"name": "user", "required": true, "description": "who buys"},
            {"name": "pin", "type": "integer", "secret": true, "default": 1234}
        ],
        "rules": ["p99(response, step:left) < 250ms"],
        "steps": [
            {"name": "hello", "start": true, "returns": "user {minion}"},
            {"name": "both", "after": "hello", "split": {}},
            {"name": "left", "after": "both", "map": {"callback": 0}, "retry": {"retries": 2, "multiplier": 1.5}, "timeout": "2s"},
            {"name": "pause", "after": "left", "delay": "250ms", "tolerate": true, "iterate": {"total": 10, "period": "1s"}},
            {"name": "right", "after": "both", "assert": {"rules": ["status == 200", "time-to-last-byte < 1s"]}},
            {"name": "end", "after": ["pause", "right"], "black-hole": {}}
        ]
    }]});
    let document = parse_document(&document.to_string()).expect("a shape");
    validate(&document, &NoPlugins).unwrap_or_else(|faults| panic!("{faults}")).remove(0)
}

#[test]
fn text() {
    let expected = "\
checkout (version 0)
  Buys things.
  minions: 20
  profile: regular(1s, 5)
  target: http://shop
  setting: user (text, required): who buys
  setting: pin (integer, default is secret)
  rule: p99(response, step:left) < 250ms
  steps:
    hello: returns user {minion}
    both: split
    ├─ left: map `order id` [timeout 2s; 2 retries after 1s × 1.5]
    │  pause: delay 250ms [10 iterations shared by all minions every 1s; tolerated]
    │  end: black-hole
    └─ right: assert status == 200, time-to-last-byte < 1s
       → end (shown above)
";
    assert_eq!(to_text(&scenario()), expected);
}

#[test]
fn mermaid() {
    let expected = "\
flowchart TD
    s0[\"hello<br/>returns\"]
    s1[\"both<br/>split\"]
    s2[\"left<br/>map\"]
    s3[\"pause<br/>delay\"]
    s4[\"right<br/>assert\"]
    s5[\"end<br/>black-hole\"]
    s0 --> s1
    s1 --> s2
    s1 --> s4
    s2 --> s3
    s3 --> s5
    s4 --> s5
";
    assert_eq!(to_mermaid(&scenario()), expected);
}

#[test]
fn json_has_no_secrets() {
    let described = to_json(&scenario());
    assert_eq!(described["profile"], "regular(1s, 5)");
    assert_eq!(described["steps"][5]["after"], json!(["pause", "right"]));
    assert_eq!(
        described["steps"][3]["iterate"],
        json!({"iterations": null, "period": "1s", "stop-on-error": false, "for": null, "total": 10})
    );
    assert_eq!(described["steps"][2]["retry"]["multiplier"], 1.5);
    assert!(!described.to_string().contains("1234"));
}
