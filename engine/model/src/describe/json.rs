//! A scenario as JSON, with all defaults resolved.

use serde_json::{Map, Value as Json, json};

use super::detail::detail;
use crate::{AtEnd, MaxInFlight, Scenario, Step, StepNumber, Topic, TopicMode, TreeRun, format_duration};

/// Everything of a scenario, for tools. Defaults of secret settings are left out.
pub fn to_json(scenario: &Scenario) -> Json {
    let settings = scenario.settings.iter().map(|setting| {
        let default = setting.default.clone().filter(|_| !setting.secret);
        json!(crate::SettingDeclaration { default, ..setting.clone() })
    });
    let graph = &scenario.graph;
    let trees =
        graph.trees.iter().map(|tree| json!({ "root": graph.step(tree.root).name, "run": run_name(tree.run), "settle": settle(tree.run) }));
    json!({
        "name": scenario.name,
        "description": scenario.description,
        "version": scenario.version,
        "minions": scenario.minions,
        "profile": scenario.profile.to_string(),
        "max-in-flight": scenario.max_in_flight.map(|MaxInFlight { limit, policy }| json!({ "limit": limit, "policy": policy })),
        "targets": scenario.targets.texts().collect::<Vec<_>>(),
        "settings": settings.collect::<Vec<_>>(),
        "rules": scenario.rules,
        "callbacks": scenario.callbacks,
        "root": scenario.graph.step(scenario.graph.root).name,
        "trees": trees.collect::<Vec<_>>(),
        "steps": scenario.graph.steps.iter().map(|step| describe_step(step, scenario)).collect::<Vec<_>>(),
    })
}

fn describe_step(step: &Step, scenario: &Scenario) -> Json {
    let name = |number: &StepNumber| scenario.graph.step(*number).name.as_str();
    let names = |numbers: &[StepNumber]| numbers.iter().map(name).collect::<Vec<_>>();
    let mut described = Map::new();
    let mut put = |key: &str, value: Json| {
        described.insert(key.to_owned(), value);
    };
    put("name", json!(step.name));
    put("kind", json!(step.kind.name()));
    put("detail", json!(detail(&step.kind, scenario)));
    put("after", json!(names(&step.previous)));
    put("taps", json!(names(&step.taps)));
    put("stage", json!(step.stage.as_ref().map(name)));
    put("topic", json!(step.topic.as_ref().map(describe_topic)));
    put("concurrency", json!(step.concurrency));
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

fn describe_topic(topic: &Topic) -> Json {
    let (mode, buffer) = match topic.mode {
        TopicMode::Unicast { buffer } => ("unicast", Some(buffer)),
        TopicMode::Broadcast { buffer } => ("broadcast", buffer),
        TopicMode::Loop { buffer } => ("loop", buffer),
    };
    let at_end = match topic.at_end {
        AtEnd::Wait => "wait",
        AtEnd::Complete => "complete",
        AtEnd::Fail => "fail",
    };
    json!({
        "mode": mode, "buffer": buffer, "at-end": at_end, "idle-timeout": topic.idle_timeout.map(format_duration),
        "cache-limit": topic.cache_limit, "keep-input": topic.keep_input
    })
}

/// As a document says it.
fn run_name(run: TreeRun) -> &'static str {
    match run {
        TreeRun::During => "during",
        TreeRun::BeforeLoad => "before-load",
        TreeRun::AfterLoad { .. } => "after-load",
        TreeRun::AfterStage => "after-stage",
    }
}

fn settle(run: TreeRun) -> Option<String> {
    match run {
        TreeRun::AfterLoad { settle } => Some(format_duration(settle)),
        TreeRun::During | TreeRun::BeforeLoad | TreeRun::AfterStage => None,
    }
}
