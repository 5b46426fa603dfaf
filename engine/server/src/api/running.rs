//! The engine itself: whether it lives, and what it is.

use axum::Json;
use axum::extract::State;
use serde_json::{Value as Data, json};

use super::Shared;
use super::asked::{Asked, Nothing};
use crate::problem::Problem;

/// Ready as long as what is stored can be read.
pub(super) async fn health(State(engine): State<Shared>, Asked(Nothing {}): Asked<Nothing>) -> Result<Json<Data>, Problem> {
    engine.store.run(|connection| Ok(connection.query_row("SELECT 1", [], |_| Ok(()))?)).await?;
    Ok(Json(json!({ "status": "ready" })))
}

pub(super) async fn info(State(engine): State<Shared>, Asked(Nothing {}): Asked<Nothing>) -> Json<Data> {
    let config = &engine.config;
    let plugins = config
        .registry
        .plugins()
        .map(|plugin| json!({ "name": plugin.name(), "kinds": plugin.kinds().iter().map(|kind| kind.name).collect::<Vec<_>>() }));
    let (running, waiting) = engine.campaigns.counts();
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "plugins": plugins.collect::<Vec<_>>(),
        "workers": config.workers,
        "campaigns": { "running": running, "waiting": waiting, "limit": config.campaigns, "queue": config.queue },
        "limits": { "component": config.limits.component_bytes },
        "targets": config.targets.texts(),
    }))
}
