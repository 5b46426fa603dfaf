//! What is read of a request: its query, its path, its text; what is wrong with one is a problem, as everything is.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Shared;
use crate::problem::Problem;

/// Bytes of a document that is sent, at most.
const DOCUMENT: usize = 4 << 20;

/// The query of a request.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri).map(|Query(asked)| Self(asked)).map_err(|error| {
            let text = error.to_string();
            let detail = text.split_once(": ").map_or(text.as_str(), |(_, why)| why);
            Problem::bad_request(format!("the query cannot be understood: {detail}"))
        })
    }
}

/// The one variable part of a path.
pub(crate) struct Named(pub(crate) String);

impl FromRequestParts<Shared> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Shared) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(name)| Self(name)).map_err(|_| Problem::bad_request("the path is not UTF-8"))
    }
}

/// Nothing is asked: any parameter is a mistake.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Which part of a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskedList {
    #[serde(default)]
    pub(crate) filter: String,
    #[serde(default)]
    pub(crate) sort: String,
    pub(crate) page: Option<u32>,
    pub(crate) size: Option<u32>,
}

/// The text of a document that is sent.
pub(crate) async fn text(body: Body) -> Result<String, Problem> {
    let bytes: Bytes = to_bytes(body, DOCUMENT).await.map_err(|error| {
        let detail = format!("the document has more than {DOCUMENT} bytes, or came in by half: {error}");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too large", detail)
    })?;
    String::from_utf8(bytes.to_vec()).map_err(|_| Problem::bad_request("the document is not UTF-8"))
}
