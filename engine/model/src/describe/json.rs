//! A scenario as JSON, with all defaults resolved.

use serde_json::{Map, Value as Json, json};

use super::detail::detail;
use crate::{Scenario, Step, format_duration};

/// Everything of a scenario, for tools. Defaults of secret settings are left out.
pub fn to_json(scenario: &Scenario) -> Json {
    let settings = scenario.settings.iter().map(|setting| {
        let default = setting.default.clone().filter(|_| !setting.secret);
        json!(crate::SettingDeclaration { default, ..setting.clone() })
    });
    json!({
        "name": scenario.name,
        "description": scenario.description,
        "version": scenario.version,
        "minions": scenario.minions,
        "profile": scenario.profile.to_string(),
        "targets": scenario.targets.texts().collect::<Vec<_>>(),
        "settings": settings.collect::<Vec<_>>(),
        "rules": scenario.rules,
        "callbacks": scenario.callbacks,
        "steps": scenario.graph.steps.iter().map(|step| describe_step(step, scenario)).collect::<Vec<_>>(),
    })
}

fn describe_step(step: &Step, scenario: &Scenario) -> Json {
    let after: Vec<_> = step.previous.iter().map(|number| scenario.graph.step(*number).name.as_str()).collect();
    let mut described = Map::new();
    let mut put = |key: &str, value: Json| {
        described.insert(key.to_owned(), value);
    };
    put("name", json!(step.name));
    put("kind", json!(step.kind.name()));
    put("detail", json!(detail(&step.kind, scenario)));
    put("after", json!(after));
    put("timeout", json!(step.timeout.map(format_duration)));
    put(
        "retry",
        step.retry.as_ref().map_or(Json::Null, |retry| {
            json!({
                "retries": retry.retries, "delay": format_duration(retry.delay), "multiplier": retry.multiplier,
                "max-delay": format_duration(retry.max_delay), "jitter": retry.jitter
            })
        }),
    );
    put(
        "iterate",
        step.iterate.as_ref().map_or(Json::Null, |iterate| {
            json!({
                "iterations": Some(iterate.iterations).filter(|iterations| *iterations != u64::MAX && iterate.total.is_none()),
                "period": format_duration(iterate.period), "stop-on-error": iterate.stop_on_error,
                "for": iterate.lasting.map(format_duration), "total": iterate.total
            })
        }),
    );
    put("tolerate", json!(step.tolerate));
    put("report", json!(step.report));
    put("monitoring", json!({ "meters": step.monitoring.meters, "events": step.monitoring.events }));
    put("tags", json!(step.tags));
    Json::Object(described)
}
