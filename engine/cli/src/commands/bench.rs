//! `throng bench`: a campaign of one HTTP step, made from the command line.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value as Json, json};
use throng_campaign::{Plan, PlannedScenario, fresh_key, fresh_seed, health_limits, report};
use throng_model::{format_duration, parse_document, validate};
use throng_runtime::Resources;

use crate::arguments::{BenchArguments, Switch};
use crate::commands::campaign::conduct;
use crate::config::Configuration;
use crate::engine::{print, registry};
use crate::exit::{Exit, Failure};
use crate::style::Style;

/// How long a benchmark takes when nothing is said.
const DURATION: Duration = Duration::from_secs(10);

/// Runs the benchmark.
pub(crate) fn bench(arguments: &BenchArguments, configuration: &Configuration, style: Style) -> Result<Exit, Failure> {
    let in_force = configuration.in_force(None, None, arguments.display.document())?;
    let registry = registry();
    let document = document(arguments)?.to_string();
    let parsed = parse_document(&document).map_err(Failure::bad_input)?;
    let mut scenarios = validate(&parsed, &registry).map_err(Failure::bad_input)?;
    let Some(mut scenario) = scenarios.pop() else { return Err(Failure::engine("the benchmark's document has no scenario")) };
    if let Some(fixed) = scenario.profile.fixed_minions(1.0) {
        scenario.minions = fixed;
    }
    let seed = fresh_seed();
    let planned = PlannedScenario {
        origin: "the command line".to_owned(),
        folder: PathBuf::new(),
        document: document.into(),
        scenario,
        program: None,
        settings: BTreeMap::new(),
        zones: None,
    };
    let plan = Plan {
        key: fresh_key("bench", seed),
        scenarios: vec![planned],
        seed,
        start_offset: Duration::from_millis(50),
        hard_timeout: Plan::HARD_TIMEOUT.max(arguments.duration.unwrap_or_default() * 2),
        health: health_limits(&in_force.document.health),
        ..Plan::default()
    };
    let resources = Resources { registry, ..Resources::default() };
    let report = conduct(&plan, &resources, &in_force, style)?;
    if arguments.json {
        print(&format!("{}\n", report.bench_json()));
    } else if in_force.summary() == Switch::On {
        print(&report::summary(&report, style.of_report()));
    }
    Ok(report.verdict.into())
}

/// Closed loop: a minion per connection, each requesting as fast as it is answered. With a rate: a minion per request, on a pool that is filled first.
fn document(arguments: &BenchArguments) -> Result<Json, Failure> {
    let duration = arguments.duration.unwrap_or(DURATION);
    let (base, path) = split(&arguments.url)?;
    let mut http = json!({ "url": base, "request": { "method": "GET", "path": path } });
    let mut step = json!({ "name": "request", "start": true, "timeout": format_duration(arguments.timeout) });
    let mut scenario = json!({ "name": "bench" });
    match arguments.rate {
        Some(rate) => {
            let duration = match arguments.requests {
                Some(requests) => Duration::from_secs_f64(requests as f64 / rate),
                None => duration,
            };
            set(&mut http, "connection", json!({ "pool": { "size": arguments.connections, "warm-up": true } }));
            set(&mut scenario, "profile", json!({ "rate": { "per-second": rate, "duration": format_duration(duration) } }));
        }
        None => {
            let iterate = match arguments.requests {
                Some(requests) => json!({ "total": requests }),
                None => json!({ "for": format_duration(duration) }),
            };
            set(&mut step, "iterate", iterate);
            set(&mut scenario, "minions", arguments.connections.into());
            set(&mut scenario, "profile", "immediate".into());
        }
    }
    set(&mut step, "http", http);
    set(&mut scenario, "steps", json!([step]));
    Ok(json!({ "throng": "0.1", "targets": [base], "scenarios": [scenario] }))
}

fn set(object: &mut Json, key: &str, value: Json) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

/// `http://host:port` and the rest, `/` when there is none. Braces in a path would be holes of a template: they are written `%7B`.
fn split(url: &str) -> Result<(&str, String), Failure> {
    let wrong = || Failure::bad_input(format!("`{url}` is not an http or https URL; write it like `http://127.0.0.1:8080/`"));
    let after = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).ok_or_else(wrong)?;
    let scheme = url.len() - after.len();
    let end = after.find(['/', '?']).unwrap_or(after.len());
    if end == 0 {
        return Err(wrong());
    }
    let (base, path) = url.split_at(scheme + end);
    let path = path.split('#').next().unwrap_or_default().replace('{', "%7B").replace('}', "%7D");
    Ok((base, if path.starts_with('/') { path } else { format!("/{path}") }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_into_base_and_path() {
        let check = |url| split(url).map(|(base, path)| format!("{base} {path}")).unwrap_or_else(|failure| failure.message);
        assert_eq!(check("http://a:1"), "http://a:1 /");
        assert_eq!(check("https://a/b?c={d}#e"), "https://a /b?c=%7Bd%7D");
        assert_eq!(check("http://a?b"), "http://a /?b");
        assert!(check("ftp://a").contains("not an http"));
        assert!(check("http:///x").contains("not an http"));
    }
}
