//! What the API answers when it cannot do what was asked: `application/problem+json`, with what to do about it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use throng_campaign::{LoadError, PluginError};
use throng_model::{Fault, Faults};

use crate::inventory::UploadedError;
use crate::store::StoreError;

/// An answer other than what was asked for.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct Problem {
    /// The HTTP status.
    #[schemars(range(min = 400, max = 599))]
    pub(crate) status: u16,
    /// What went wrong, in general.
    pub(crate) title: &'static str,
    /// What went wrong here.
    pub(crate) detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
    /// Everything that is wrong, where several things were found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) faults: Vec<ProblemFault>,
    /// After how many seconds it is worth trying again.
    #[serde(skip)]
    pub(crate) retry_after: Option<u64>,
}

/// Something that is wrong.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct ProblemFault {
    /// Where: a JSON pointer into what was sent, or scenario and step.
    pub(crate) place: String,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status: status.as_u16(), title, detail: detail.into(), hint: None, faults: Vec::new(), retry_after: None }
    }

    /// There is nothing of this name.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not found", detail)
    }

    /// What was sent is not what it should be.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad request", detail)
    }

    /// What was asked contradicts what there is.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", detail)
    }

    /// What was sent can be read, and is wrong.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
    }

    /// The engine itself failed. What exactly is for its log.
    pub(crate) fn engine(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the engine failed", "the engine's log says why")
    }

    /// All of it on one line, for people.
    pub(crate) fn told(&self) -> String {
        let faults = self.faults.iter().map(|fault| format!("; {}: {}", fault.place, fault.message));
        self.detail.clone() + &faults.collect::<String>()
    }

    #[must_use]
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Why a file cannot be taken in.
    pub(crate) fn of_load(error: LoadError) -> Self {
        match error {
            LoadError::Faults(faults) => faults.into(),
            LoadError::Read(error) => Self::engine(error),
            other => Self::invalid(other.to_string()),
        }
    }

    /// Why a step plugin cannot be used.
    pub(crate) fn of_plugin(error: PluginError) -> Self {
        match error {
            PluginError::Read(error) => Self::engine(error),
            other => Self::invalid(other.to_string()),
        }
    }
}

impl From<UploadedError> for Problem {
    fn from(error: UploadedError) -> Self {
        match error {
            UploadedError::Load(error) => Self::of_load(error),
            UploadedError::Plugin(error) => Self::of_plugin(error),
        }
    }
}

impl From<Faults> for Problem {
    fn from(faults: Faults) -> Self {
        let faults: Vec<_> = faults.iter().map(ProblemFault::from).collect();
        let count = faults.len();
        let detail = if count == 1 { "there is a fault".to_owned() } else { format!("there are {count} faults") };
        Self { faults, ..Self::invalid(detail) }
    }
}

impl From<&Fault> for ProblemFault {
    fn from(fault: &Fault) -> Self {
        let scenario = fault.place.scenario.iter().map(|name| format!("scenario `{name}`"));
        let step = fault.place.step.iter().map(|name| format!("step `{name}`"));
        let pointer = Some(fault.place.pointer.clone()).filter(|pointer| !pointer.is_empty());
        let place = scenario.chain(step).chain(pointer).collect::<Vec<_>>().join(", ");
        Self { place, message: fault.message.clone(), hint: fault.hint.clone() }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::engine(error)
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self::engine(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
