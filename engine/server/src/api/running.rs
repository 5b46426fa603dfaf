//! The engine itself: whether it lives, and what it is.

use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value as Data, json};
use throng_model::format_duration;

use super::Shared;
use super::asked::{Asked, Nothing};
use super::guard::Asker;
use crate::problem::Problem;

/// Ready as long as what is stored can be read.
pub(super) async fn health(State(engine): State<Shared>, Asked(Nothing {}): Asked<Nothing>) -> Result<Json<Data>, Problem> {
    engine.store.run(|connection| Ok(connection.query_row("SELECT 1", [], |_| Ok(()))?)).await?;
    Ok(Json(json!({ "status": "ready" })))
}

pub(super) async fn info(
    State(engine): State<Shared>,
    Extension(asker): Extension<Asker>,
    Asked(Nothing {}): Asked<Nothing>,
) -> Json<Data> {
    let config = &engine.config;
    let plugins = config
        .registry
        .plugins()
        .map(|plugin| json!({ "name": plugin.name(), "kinds": plugin.kinds().iter().map(|kind| kind.name).collect::<Vec<_>>() }));
    let (running, waiting) = engine.campaigns.counts();
    let text = |duration: Option<Duration>| duration.map(format_duration);
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "plugins": plugins.collect::<Vec<_>>(),
        "workers": config.workers,
        "campaigns": { "running": running, "waiting": waiting, "scheduled": engine.campaigns.scheduled(), "limit": config.campaigns, "queue": config.queue },
        "limits": {
            "component": config.limits.component_bytes,
            "components": config.bounds.components,
            "minions": config.bounds.minions,
            "scenarios": config.bounds.scenarios,
            "duration": text(config.bounds.duration),
            "requests-per-second": config.requests_per_second,
            "uploads-per-minute": config.uploads_per_minute,
        },
        "keep": {
            "campaigns": config.keep.campaigns,
            "campaigns-for": text(config.keep.campaigns_for),
            "components-for": text(config.keep.components_for),
        },
        "targets": config.targets.texts(),
        "scope": asker.scope,
    }))
}

/// Those of the engine first; those of a component with its version and its digest.
pub(super) async fn step_kinds(State(engine): State<Shared>, Asked(Nothing {}): Asked<Nothing>) -> Result<Json<Data>, Problem> {
    let shop = engine.shop().await?;
    let mut kinds = Vec::new();
    for plugin in shop.registry.plugins() {
        let facts = plugin.facts();
        for kind in plugin.kinds() {
            let mut described = json!({ "name": kind.name, "plugin": plugin.name(), "summary": kind.summary, "schema": (kind.schema)() });
            if let (Some(facts), Some(object)) = (&facts, described.as_object_mut()) {
                object.insert("version".to_owned(), facts.version.as_str().into());
                object.insert("component".to_owned(), facts.digest.as_str().into());
            }
            kinds.push(described);
        }
    }
    Ok(Json(json!({ "items": kinds })))
}

pub(super) async fn metrics(State(engine): State<Shared>, Asked(Nothing {}): Asked<Nothing>) -> Result<Response, Problem> {
    let (running, waiting) = engine.campaigns.counts();
    let ended = engine.store.count_ended().await?;
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, what: &str, samples: &[(String, u64)]| {
        text.push_str(&format!("# HELP throng_{name} {what}\n# TYPE throng_{name} {kind}\n"));
        samples.iter().for_each(|(labels, value)| text.push_str(&format!("throng_{name}{labels} {value}\n")));
    };
    let one = |value: usize| vec![(String::new(), value as u64)];
    family("campaigns_running", "gauge", "Campaigns that run.", &one(running));
    family("campaigns_waiting", "gauge", "Campaigns that wait for their turn.", &one(waiting));
    family("campaigns_scheduled", "gauge", "Campaigns that wait for their time.", &one(engine.campaigns.scheduled()));
    let ended: Vec<_> = ended.into_iter().map(|(verdict, count)| (format!("{{verdict=\"{verdict}\"}}"), count)).collect();
    family("campaigns_ended", "gauge", "Campaigns that are kept and over.", &ended);
    family("compilations_open", "gauge", "Components that are being taken in.", &one(engine.intake.open()));
    family("campaigns_limit", "gauge", "Campaigns that may run at a time.", &one(engine.config.campaigns));
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
