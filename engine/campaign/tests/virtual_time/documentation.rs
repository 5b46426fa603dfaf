//! The examples of `docs/operators.md`, run whole.

use serde_json::{Value as Json, json};
use throng_measure::Verdict;
use throng_protocols::{Output, Value};

use crate::harness::Virtual;

const PAGE: &str = include_str!("../../../../docs/operators.md");

#[test]
fn every_example_runs_to_success() {
    let examples: Vec<_> = PAGE.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 10, "{} examples", examples.len());
    for example in examples {
        let steps: Json = serde_json::from_str(example).unwrap_or_else(|error| panic!("{error} in\n{example}"));
        let uses = uses(&steps);
        let uses: Vec<&str> = uses.iter().map(String::as_str).collect();
        for workers in [1, 2] {
            let scenario = json!({ "name": "example", "minions": 2, "profile": "immediate", "steps": steps });
            let ran = Virtual::new(scenario).callbacks(&uses, answer).workers(workers).run();
            let reasons = ran.report.scenarios[0].reasons.iter().chain(&ran.report.reasons).map(|reason| reason.text.clone());
            assert!(ran.report.verdict <= Verdict::Warning, "{:?} for {:?}\n{example}", ran.report.verdict, reasons.collect::<Vec<_>>());
        }
    }
}

#[test]
fn every_operator_has_an_example() {
    let schema = throng_model::scenario_schema(&[]);
    let kinds = schema["$defs"]["StepDocument"]["oneOf"].as_array().expect("the kinds of steps");
    let examples: String = PAGE.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    for kind in kinds {
        let kind = kind["required"][0].as_str().expect("a name");
        assert!(examples.contains(&format!("\"{kind}\": ")), "`{kind}` has no example");
    }
}

/// The use of each callback, by the place that names it.
fn uses(steps: &Json) -> Vec<String> {
    let mut found = Vec::new();
    collect(steps, "", &mut found);
    found.sort();
    found.into_iter().map(|(_, usage)| usage).collect()
}

fn collect(json: &Json, key: &str, found: &mut Vec<(u64, String)>) {
    match json {
        Json::Object(entries) => {
            if let Some(callback) = entries.get("callback").and_then(Json::as_u64) {
                let usage = match key {
                    "left-key" | "right-key" => "key",
                    other => other,
                };
                found.push((callback, usage.to_owned()));
            }
            // A meter's value is a number for all but a rate.
            entries.iter().for_each(|(name, inner)| collect(inner, if name == "value" { key } else { name }, found));
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, key, found)),
        _ => {}
    }
}

/// Does what the callback's name says, or answers with what it is given.
fn answer(
    call: &throng_protocols::Call,
    input: &Value,
    _: &mut throng_protocols::Session,
    _: &mut throng_protocols::Effects,
) -> Result<Output, throng_protocols::CallbacksError> {
    let order = |number: i64| Value::Json(format!(r#"{{"id": "o-{number}"}}"#).into());
    Ok(match (&*call.place.step, input) {
        ("noted" | "sane" | "placed" | "seen" | "looked", _) => Output::Nothing,
        ("even", _) => Output::One(Value::Boolean(true)),
        ("numbers", _) => Output::Many((0..3).map(Value::Integer).collect()),
        ("shades", colour) => Output::Many(vec![colour.clone(), colour.clone()]),
        ("own", _) => Output::One(Value::Integer(1_000_000)),
        ("share", _) => Output::Many(vec![Value::Integer(1), Value::Integer(2)]),
        ("feed", Value::Integer(number @ 0..=5)) => Output::One(Value::Integer(*number)),
        ("shipment", Value::Integer(number)) => Output::One(order(*number)),
        ("vouchers" | "user", Value::Integer(number @ 0..=5)) => Output::One(Value::Text(format!("v-{number}").into())),
        ("feed" | "vouchers" | "user", _) => Output::Nothing,
        (_, other) => Output::One(other.clone()),
    })
}
