//! Campaigns: check, start, list, stop, repeat.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value as Data, json};
use sha2::{Digest, Sha256};
use throng_campaign::Command;
use throng_model::{CampaignFormat, Schedule, parse_campaign};

use super::asked::{Asked, AskedList, Named, Nothing, text};
use super::{BASE, Shared};
use crate::campaigns::Prepared;
use crate::clock;
use crate::problem::Problem;
use crate::store::{CampaignRecord, CampaignState, ListQuery, NewCampaign};

/// Characters of an idempotency key, at most.
const IDEMPOTENCY_KEY: usize = 200;
/// Times of a schedule that a check tells.
const STARTS: usize = 5;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedStart {
    /// Checks only.
    #[serde(rename = "dry-run")]
    dry_run: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedAbort {
    /// Cancels what runs, instead of letting it end.
    #[serde(default)]
    hard: bool,
}

pub(super) async fn list(State(engine): State<Shared>, Asked(asked): Asked<AskedList>) -> Result<Json<Data>, Problem> {
    let query = ListQuery::of_campaigns(&asked.filter, &asked.sort, asked.page, asked.size)?;
    let (page, size) = (query.page, query.size);
    let found = engine.store.list_campaigns(query).await?;
    Ok(Json(json!({ "items": found.items, "page": page, "size": size, "total": found.total })))
}

pub(super) async fn start(
    State(engine): State<Shared>,
    headers: HeaderMap,
    Asked(asked): Asked<AskedStart>,
    body: Body,
) -> Result<Response, Problem> {
    let is_dry = match asked.dry_run.as_deref() {
        None | Some("false") => false,
        Some("" | "true") => true,
        Some(other) => return Err(Problem::bad_request(format!("`dry-run` cannot be `{other}`")).hint("write `?dry-run`")),
    };
    let format = match headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default()) {
        Some(kind) if kind.starts_with("application/toml") => CampaignFormat::Toml,
        _ => CampaignFormat::Json,
    };
    let text = text(body).await?;
    let idempotency = idempotency(&headers, &text)?;
    if let Some(answer) = answered_before(&engine, idempotency.as_ref()).await? {
        return Ok(answer);
    }
    let document = parse_campaign(&text, format).map_err(|error| Problem::bad_request(error.to_string()))?;
    let prepared = engine.prepare(document).await?;
    if is_dry {
        return Ok(Json(checked(&prepared)).into_response());
    }
    started(&engine, prepared, idempotency).await
}

pub(super) async fn replay(
    State(engine): State<Shared>,
    Named(key): Named,
    headers: HeaderMap,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Problem> {
    let idempotency = idempotency(&headers, &format!("replay {key}"))?;
    if let Some(answer) = answered_before(&engine, idempotency.as_ref()).await? {
        return Ok(answer);
    }
    let mut record = find(&engine, key.clone()).await?;
    // It gets a key of its own.
    let mut document: Data = serde_json::from_str(&record.document).map_err(Problem::engine)?;
    if let Some(object) = document.as_object_mut() {
        object.remove("key");
    }
    record.document = document.to_string();
    let mut prepared = engine.prepare_again(&record).await?;
    prepared.campaign.replays = Some(key);
    started(&engine, prepared, idempotency).await
}

/// The record, and what is measured while it goes on.
pub(super) async fn show(
    State(engine): State<Shared>,
    Named(key): Named,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Json<Data>, Problem> {
    let record = find(&engine, key).await?;
    let figures = engine.campaigns.find(&record.key).and_then(|live| live.view.borrow().figures.clone());
    let mut shown = serde_json::to_value(&record).map_err(Problem::engine)?;
    if let (Some(object), Some(figures)) = (shown.as_object_mut(), figures) {
        object.insert("figures".to_owned(), serde_json::to_value(&*figures).map_err(Problem::engine)?);
    }
    Ok(Json(shown))
}

/// The exact document, without secrets, and what its files and plugins were pinned to.
pub(super) async fn configuration(
    State(engine): State<Shared>,
    Named(key): Named,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Json<Data>, Problem> {
    let record = find(&engine, key).await?;
    let mut document: Data = serde_json::from_str(&record.document).map_err(Problem::engine)?;
    if let Some(object) = document.as_object_mut() {
        object.retain(|_, value| !value.is_null());
        object.insert("seed".to_owned(), record.seed.into());
    }
    Ok(Json(json!({ "campaign": document, "files": record.files, "plugins": record.plugins })))
}

pub(super) async fn abort(State(engine): State<Shared>, Named(key): Named, Asked(asked): Asked<AskedAbort>) -> Result<Response, Problem> {
    let order = if asked.hard { Command::Abort } else { Command::StopSoftly };
    if !engine.cancel(&key).await? && !engine.campaigns.stop(&key, order).await? {
        let record = find(&engine, key.clone()).await?;
        if record.state == CampaignState::Ended {
            return Err(Problem::conflict(format!("the campaign `{}` is over", record.key)));
        }
    }
    Ok((StatusCode::ACCEPTED, Json(find(&engine, key).await?)).into_response())
}

/// Deletes one that is over, with its report.
pub(super) async fn remove(
    State(engine): State<Shared>,
    Named(key): Named,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<StatusCode, Problem> {
    let record = find(&engine, key).await?;
    if !engine.remove_campaign(record.number, &record.key).await? {
        return Err(Problem::conflict(format!("the campaign `{}` is not over", record.key)).hint("wait for its end, or abort it"));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Changes one that waits for its time; holds one that goes on, or changes its speed.
pub(super) async fn change(
    State(engine): State<Shared>,
    Named(key): Named,
    Asked(Nothing {}): Asked<Nothing>,
    body: Body,
) -> Result<Json<CampaignRecord>, Problem> {
    let changes = serde_json::from_str(&text(body).await?).map_err(|error| Problem::bad_request(format!("this is no JSON: {error}")))?;
    if engine.campaigns.pace(&key, &changes)? {
        return find(&engine, key).await.map(Json);
    }
    engine.change(&key, changes).await.map(Json)
}

pub(super) async fn find(engine: &Shared, key: String) -> Result<CampaignRecord, Problem> {
    engine.store.find_campaign(key.clone()).await?.ok_or_else(|| Problem::not_found(format!("there is no campaign `{key}`")))
}

async fn started(engine: &Shared, prepared: Prepared, idempotency: Option<Idempotency>) -> Result<Response, Problem> {
    let mut prepared = prepared;
    prepared.campaign.asked = idempotency.clone().map(|idempotency| (idempotency.key, idempotency.asked));
    match engine.start(prepared).await {
        Ok(record) => Ok(created(&record)),
        Err(problem) => match answered_before(engine, idempotency.as_ref()).await? {
            // The same was asked at the same time.
            Some(answer) => Ok(answer),
            None => Err(problem),
        },
    }
}

fn created(record: &CampaignRecord) -> Response {
    let location = format!("{BASE}/campaigns/{}", record.key);
    let location = location.parse::<axum::http::HeaderValue>().ok().map(|location| [(header::LOCATION, location)]);
    match location {
        Some(location) => (StatusCode::CREATED, location, Json(record)).into_response(),
        // A key with signs that no header can have.
        None => (StatusCode::CREATED, Json(record)).into_response(),
    }
}

/// What a campaign would be.
fn checked(prepared: &Prepared) -> Data {
    let plan = &prepared.composed.plan;
    let scenarios = plan.scenarios.iter().map(|planned| {
        let scenario = &planned.scenario;
        json!({
            "name": scenario.name, "minions": scenario.minions, "profile": scenario.profile.to_string(),
            "targets": scenario.targets.texts().collect::<Vec<_>>()
        })
    });
    let NewCampaign { files, plugins, .. } = &prepared.campaign;
    let mut checked =
        json!({ "valid": true, "seed": plan.seed, "scenarios": scenarios.collect::<Vec<_>>(), "files": files, "plugins": plugins });
    if let (Some(schedule), Some(object)) = (&prepared.schedule, checked.as_object_mut()) {
        object.insert("starts".to_owned(), json!(starts(schedule)));
    }
    checked
}

/// The first times of a schedule.
fn starts(schedule: &Schedule) -> Vec<String> {
    let first = Timestamp::from_millisecond(clock::wall()).ok().and_then(|now| schedule.next(now));
    std::iter::successors(first, |at| schedule.next(*at)).take(STARTS).map(|at| at.to_string()).collect()
}

/// A key under which the same is asked once, and a digest of what is asked.
#[derive(Clone)]
struct Idempotency {
    key: String,
    asked: String,
}

fn idempotency(headers: &HeaderMap, asked: &str) -> Result<Option<Idempotency>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    match key.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= IDEMPOTENCY_KEY => {
            let asked = Sha256::digest(asked).iter().map(|byte| format!("{byte:02x}")).collect();
            Ok(Some(Idempotency { key: key.to_owned(), asked }))
        }
        _ => Err(Problem::bad_request("the header `Idempotency-Key` cannot be used")
            .hint(format!("send up to {IDEMPOTENCY_KEY} ASCII characters"))),
    }
}

async fn answered_before(engine: &Shared, idempotency: Option<&Idempotency>) -> Result<Option<Response>, Problem> {
    let Some(Idempotency { key, asked }) = idempotency else { return Ok(None) };
    match engine.store.asked_campaign(key.clone()).await? {
        None => Ok(None),
        Some(record) if record.asked.as_ref() == Some(asked) => Ok(Some(created(&record))),
        Some(_) => {
            let problem = Problem::invalid("something else was asked with this `Idempotency-Key`");
            Err(problem.hint("send another key with another campaign"))
        }
    }
}
