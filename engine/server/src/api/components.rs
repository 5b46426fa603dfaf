//! Components: upload, list, inspect, delete.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use serde::Deserialize;
use serde_json::{Value as Data, json};
use sha2::{Digest, Sha256};
use throng_model::DurationText;

use super::asked::{Asked, AskedList, Named, Nothing};
use super::form::{is_form, receive_form};
use super::{BASE, Shared};
use crate::background::in_background;
use crate::files::Files;
use crate::intake::{Arrived, CompilationRecord, Progress, names_itself, taken};
use crate::problem::Problem;
use crate::store::{ComponentKind, ComponentLabel, ComponentRecord, ListQuery, Touched};

/// How long an upload waits for its component to be compiled, when nothing is said.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it waits at most.
const LONGEST: Duration = Duration::from_secs(60);
/// Characters of a name or version, at most.
const NAME: usize = 100;

/// What is said of an upload.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedUpload {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    /// `KEY=VALUE`, several with a comma between.
    #[serde(default)]
    pub(super) tags: String,
    /// How long to wait for the compilation.
    wait: Option<DurationText>,
}

pub(super) async fn list(State(engine): State<Shared>, Asked(asked): Asked<AskedList>) -> Result<Json<Data>, Problem> {
    let query = ListQuery::of_components(&asked.filter, &asked.sort, asked.page, asked.size)?;
    let (page, size) = (query.page, query.size);
    let found = engine.store.list_components(query).await?;
    Ok(Json(json!({ "items": found.items, "page": page, "size": size, "total": found.total })))
}

pub(super) async fn show(
    State(engine): State<Shared>,
    Named(reference): Named,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Json<ComponentRecord>, Problem> {
    find(&engine, reference).await.map(Json)
}

/// The bytes themselves.
pub(super) async fn file(
    State(engine): State<Shared>,
    Named(reference): Named,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Problem> {
    let record = find(&engine, reference).await?;
    let path = engine.files.component(&record.digest);
    let bytes = in_background(move || std::fs::read(path)).await??;
    let kind = match record.kind {
        ComponentKind::Component | ComponentKind::StepPlugin | ComponentKind::SourcePlugin => "application/wasm",
        ComponentKind::Document => "application/json",
    };
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::ETAG, format!("\"{}\"", record.digest))];
    Ok((headers, bytes).into_response())
}

pub(super) async fn remove(
    State(engine): State<Shared>,
    Named(reference): Named,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<StatusCode, Problem> {
    let record = find(&engine, reference).await?;
    let users = engine.store.remove_component(record.digest.clone()).await?;
    if !users.is_empty() {
        let detail = format!("`{}` is used by campaigns that are not over: `{}`", record.name, users.join("`, `"));
        return Err(Problem::conflict(detail).hint("wait for them to end, or abort them"));
    }
    engine.inventory.forget(&record.digest);
    Files::remove(&engine.files.component(&record.digest))?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn compilation(
    State(engine): State<Shared>,
    Named(digest): Named,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Json<CompilationRecord>, Problem> {
    let found = engine.intake.compilation(&digest);
    found.map(Json).ok_or_else(|| Problem::not_found(format!("nothing with the digest `{digest}` was compiled lately")))
}

/// Takes the bytes in as they come, so that their number is not held in memory.
pub(super) async fn upload(State(engine): State<Shared>, Asked(asked): Asked<AskedUpload>, request: Request) -> Result<Response, Problem> {
    let mut asked = asked;
    let received = if is_form(request.headers()) {
        receive_form(&engine, request, &mut asked).await?
    } else {
        label(&asked)?;
        receive(&engine, request.into_body().into_data_stream()).await?
    };
    let label = label(&asked)?;
    let arrived = received.keep();
    let known = engine.store.touch_component(arrived.digest.clone(), label.clone(), engine.now()).await;
    if !matches!(known, Ok(Touched::Unknown)) {
        let _ = Files::remove(&arrived.path);
    }
    match known? {
        Touched::Unknown => {}
        Touched::Known(record) => return Ok(Json(record).into_response()),
        Touched::Taken(other) => return Err(taken(&other)),
        Touched::NamesItself => return Err(names_itself()),
    }
    if let Err(problem) = check_room(&engine).await {
        let _ = Files::remove(&arrived.path);
        return Err(problem);
    }
    let digest = arrived.digest.clone();
    let mut progress = engine.take_in(arrived, label)?;
    let patience = asked.wait.map_or(PATIENCE, |wait| wait.0).min(LONGEST);
    let over = engine.clock.timeout(patience, progress.wait_for(Progress::is_over)).await;
    match over.map(|over| over.map(|over| over.clone())) {
        Some(Ok(Progress::Done(record))) => {
            let location = format!("{BASE}/components/{digest}");
            Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(*record)).into_response())
        }
        Some(Ok(Progress::Refused(problem))) => Err(*problem),
        Some(Err(_)) => Err(Problem::engine("a compilation was given up")),
        Some(Ok(_)) | None => {
            let location = format!("{BASE}/compilations/{digest}");
            let record = engine.intake.compilation(&digest).ok_or_else(|| Problem::engine("a compilation is not known any more"))?;
            Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(record)).into_response())
        }
    }
}

/// Whether the engine may keep one more, beside those that are on their way in.
async fn check_room(engine: &Shared) -> Result<(), Problem> {
    let Some(most) = engine.config.bounds.components else { return Ok(()) };
    let count = engine.store.count_components().await? + engine.intake.open() as u64;
    if count < u64::from(most) {
        return Ok(());
    }
    let problem = Problem::conflict(format!("there are {count} components, and this engine keeps {most}"));
    Err(problem.hint("delete one that is not needed any more"))
}

async fn find(engine: &Shared, reference: String) -> Result<ComponentRecord, Problem> {
    let found = engine.store.find_component(reference.clone()).await?;
    found.ok_or_else(|| {
        Problem::not_found(format!("there is no component `{reference}`")).hint("name it by its digest, its name, or `name@version`")
    })
}

/// Writes the bytes to a file on its way in.
pub(super) async fn receive<E: std::fmt::Display>(
    engine: &Shared,
    pieces: impl Stream<Item = Result<Bytes, E>>,
) -> Result<Received, Problem> {
    let limit = engine.config.limits.component_bytes;
    let name = format!("{:032x}", rand::random::<u128>());
    let incoming = Incoming { path: engine.files.incoming(&name), kept: false };
    let mut file = File::create(&incoming.path)?;
    let (mut digest, mut bytes) = (Sha256::new(), 0_usize);
    let mut pieces = std::pin::pin!(pieces);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| Problem::bad_request(format!("the upload broke off: {error}")))?;
        bytes += piece.len();
        if bytes > limit {
            let detail = format!("the component has more than {limit} bytes");
            let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too large", detail);
            return Err(problem.hint("build it in release mode and strip it, or have the engine's limit `component` raised"));
        }
        digest.update(&piece);
        file.write_all(&piece)?;
    }
    if bytes == 0 {
        return Err(Problem::bad_request("there is no body").hint("send the component, or the scenario document, as the body"));
    }
    let digest = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Received { arrived: Arrived { digest, bytes: bytes as u64, path: incoming.path.clone() }, incoming })
}

/// A file that came in; it goes again unless it is kept.
pub(super) struct Received {
    arrived: Arrived,
    incoming: Incoming,
}

impl Received {
    fn keep(self) -> Arrived {
        let Self { arrived, mut incoming } = self;
        incoming.kept = true;
        arrived
    }
}

/// Removed unless it arrives whole.
struct Incoming {
    path: std::path::PathBuf,
    kept: bool,
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.kept {
            let _ = Files::remove(&self.path);
        }
    }
}

fn label(asked: &AskedUpload) -> Result<ComponentLabel, Problem> {
    for (parameter, value) in [("name", &asked.name), ("version", &asked.version)] {
        let is_plain =
            |text: &String| !text.is_empty() && text.len() <= NAME && text.chars().all(|one| one.is_ascii_graphic() && one != '@');
        if value.as_ref().is_some_and(|text| !is_plain(text)) {
            let hint = format!("write up to {NAME} letters, digits and signs, without blanks and `@`");
            return Err(Problem::bad_request(format!("`{parameter}` cannot be that")).hint(hint));
        }
    }
    let mut tags = BTreeMap::new();
    for tag in asked.tags.split(',').filter(|tag| !tag.is_empty()) {
        match tag.split_once('=') {
            Some((key, value)) if !key.is_empty() => tags.insert(key.to_owned(), value.to_owned()),
            _ => return Err(Problem::bad_request(format!("`{tag}` is no tag")).hint("write `tags=KEY=VALUE,KEY=VALUE`")),
        };
    }
    Ok(ComponentLabel { name: asked.name.clone(), version: asked.version.clone(), tags })
}
