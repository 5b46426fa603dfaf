//! Reports, in every form.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use throng_campaign::report::{Comparison, ReportError, ReportFormat, Style, comparison_markdown, comparison_text, from_json};

use super::Shared;
use super::asked::{Asked, Named, Nothing};
use super::campaigns::find;
use crate::background::in_background;
use crate::problem::Problem;
use crate::store::CampaignState;

/// The page may run what it brings along, and nothing else; and not in this engine's name.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; sandbox allow-scripts";

/// How much worse a figure may be in a comparison.
const TOLERATED: f64 = 0.1;

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedComparison {
    a: String,
    b: String,
    #[serde(default)]
    format: ComparisonFormat,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ComparisonFormat {
    #[default]
    Md,
    Text,
}

pub(super) async fn compare(State(engine): State<Shared>, Asked(asked): Asked<AskedComparison>) -> Result<Response, Problem> {
    let before = read(&engine, asked.a).await?;
    let after = read(&engine, asked.b).await?;
    let compared = in_background(move || {
        let (before, after) = (from_json(&before)?, from_json(&after)?);
        let comparison = Comparison::new(&before, &after, TOLERATED);
        Ok::<_, ReportError>(match asked.format {
            ComparisonFormat::Md => ("text/markdown; charset=utf-8", comparison_markdown(&comparison)),
            ComparisonFormat::Text => ("text/plain; charset=utf-8", comparison_text(&comparison, Style { color: false, width: 120 })),
        })
    });
    let (kind, text) = compared.await?.map_err(Problem::engine)?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], text).into_response())
}

async fn render(engine: &Shared, key: String, format: ReportFormat, kind: &'static str) -> Result<Response, Problem> {
    let text = read(engine, key).await?;
    let rendered = in_background(move || {
        if format == ReportFormat::Json {
            return Ok(text);
        }
        format.render(&from_json(&text)?)
    });
    let text = rendered.await?.map_err(Problem::engine)?;
    let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], text).into_response();
    if format == ReportFormat::Html {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    }
    Ok(response)
}

/// The report of a campaign that is over, as it is kept.
pub(super) async fn read(engine: &Shared, key: String) -> Result<String, Problem> {
    let record = find(engine, key).await?;
    if record.state != CampaignState::Ended {
        let problem = Problem::conflict(format!("the campaign `{}` is {}: there is no report yet", record.key, record.state));
        return Err(problem.hint("follow `/live` until it is over"));
    }
    let path = engine.files.report(&record.key);
    match in_background(move || std::fs::read_to_string(path)).await? {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let why = record.message.map(|message| format!(": {message}")).unwrap_or_default();
            Err(Problem::not_found(format!("the campaign `{}` has no report{why}", record.key)))
        }
        Err(error) => Err(error.into()),
    }
}
