//! Scenarios: what can be run.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value as Data, json};
use throng_model::{to_json, to_mermaid, to_text};

use super::Shared;
use super::asked::{Asked, AskedList, Named};
use crate::problem::Problem;
use crate::store::ListQuery;

/// How a scenario is shown.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Format {
    #[default]
    Json,
    Mermaid,
    Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedFormat {
    #[serde(default)]
    format: Format,
}

pub(super) async fn list(State(engine): State<Shared>, Asked(asked): Asked<AskedList>) -> Result<Json<Data>, Problem> {
    let query = ListQuery::of_scenarios(&asked.filter, &asked.sort, asked.page, asked.size)?;
    let (page, size) = (query.page, query.size);
    let found = engine.store.list_scenarios(query).await?;
    Ok(Json(json!({ "items": found.items, "page": page, "size": size, "total": found.total })))
}

/// Of the newest component that has it.
pub(super) async fn show(State(engine): State<Shared>, Named(name): Named, Asked(asked): Asked<AskedFormat>) -> Result<Response, Problem> {
    let unknown = || Problem::not_found(format!("no component has the scenario `{name}`"));
    let component = engine.store.component_of_scenario(name.clone()).await?.ok_or_else(unknown)?;
    let loaded = engine.inventory.load(&component.digest, &engine.shop().await?).await.map_err(Problem::of_load)?;
    let scenario = loaded.scenarios.iter().find(|scenario| scenario.name == name).ok_or_else(unknown)?;
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok(match asked.format {
        Format::Mermaid => (plain, to_mermaid(scenario)).into_response(),
        Format::Text => (plain, to_text(scenario)).into_response(),
        Format::Json => {
            let mut described = to_json(scenario);
            if let Some(object) = described.as_object_mut() {
                object.insert("component".to_owned(), component.digest.into());
            }
            Json(described).into_response()
        }
    })
}
