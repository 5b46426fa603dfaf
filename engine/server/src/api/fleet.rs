//! Where minions run: an engine that runs alone is its own factory, and takes all minions, whatever zone they are meant for.

use axum::Json;
use axum::extract::State;
use serde_json::{Value as Data, json};

use super::Shared;
use super::asked::{Asked, Nothing};

pub(super) async fn factories(State(engine): State<Shared>, Asked(Nothing {}): Asked<Nothing>) -> Json<Data> {
    let (running, _) = engine.campaigns.counts();
    Json(json!({ "items": [{
        "name": "this-engine",
        "zone": null,
        "tags": engine.config.tags,
        "state": "ready",
        "version": env!("CARGO_PKG_VERSION"),
        "workers": engine.config.workers,
        "campaigns": running,
    }] }))
}

pub(super) async fn zones(State(engine): State<Shared>, Asked(Nothing {}): Asked<Nothing>) -> Json<Data> {
    Json(json!({ "items": [{ "name": null, "factories": 1, "workers": engine.config.workers }] }))
}
