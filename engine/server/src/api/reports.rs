//! Reports, in every form.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use throng_campaign::report::{ReportFormat, from_json};

use super::Shared;
use super::asked::{Asked, Named, Nothing};
use super::campaigns::find;
use crate::background::in_background;
use crate::problem::Problem;
use crate::store::CampaignState;

pub(super) async fn json(State(engine): State<Shared>, Named(key): Named, Asked(Nothing {}): Asked<Nothing>) -> Result<Response, Problem> {
    render(&engine, key, ReportFormat::Json, "application/json").await
}

pub(super) async fn html(State(engine): State<Shared>, Named(key): Named, Asked(Nothing {}): Asked<Nothing>) -> Result<Response, Problem> {
    render(&engine, key, ReportFormat::Html, "text/html; charset=utf-8").await
}

pub(super) async fn xml(State(engine): State<Shared>, Named(key): Named, Asked(Nothing {}): Asked<Nothing>) -> Result<Response, Problem> {
    render(&engine, key, ReportFormat::Junit, "application/xml").await
}

pub(super) async fn markdown(
    State(engine): State<Shared>,
    Named(key): Named,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Problem> {
    render(&engine, key, ReportFormat::Markdown, "text/markdown; charset=utf-8").await
}

pub(super) async fn text(State(engine): State<Shared>, Named(key): Named, Asked(Nothing {}): Asked<Nothing>) -> Result<Response, Problem> {
    render(&engine, key, ReportFormat::Text, "text/plain; charset=utf-8").await
}

async fn render(engine: &Shared, key: String, format: ReportFormat, kind: &'static str) -> Result<Response, Problem> {
    let record = find(engine, key).await?;
    if record.state != CampaignState::Ended {
        let problem = Problem::conflict(format!("the campaign `{}` is {}: there is no report yet", record.key, record.state));
        return Err(problem.hint("follow `/live` until it is over"));
    }
    let path = engine.files.report(&record.key);
    let rendered = in_background(move || {
        let text = std::fs::read_to_string(path)?;
        if format == ReportFormat::Json {
            return Ok(text);
        }
        let report = from_json(&text).map_err(std::io::Error::other)?;
        format.render(&report).map_err(std::io::Error::other)
    });
    match rendered.await? {
        Ok(text) => Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], text).into_response()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let why = record.message.map(|message| format!(": {message}")).unwrap_or_default();
            Err(Problem::not_found(format!("the campaign `{}` has no report{why}", record.key)))
        }
        Err(error) => Err(error.into()),
    }
}
