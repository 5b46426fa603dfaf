//! The REST API: one table of operations, of which the routes are made.

mod asked;
mod campaigns;
mod components;
mod live;
mod operations;
mod reports;
mod running;
mod scenarios;
mod state;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use operations::OPERATIONS;
pub(crate) use state::Shared;

/// Where the paths of the operations begin.
pub(crate) const BASE: &str = "/api/v1";

/// All routes.
pub(crate) fn router(engine: Shared) -> Router {
    let mut router = Router::new();
    for operation in OPERATIONS {
        router = router.route(&format!("{BASE}{}", operation.path), (operation.route)());
    }
    router.fallback(unknown_path).method_not_allowed_fallback(unknown_method).with_state(engine)
}

async fn unknown_path(request: Request) -> Response {
    Problem::not_found(format!("there is nothing at `{}`", request.uri().path())).hint(format!("paths begin with `{BASE}`")).into_response()
}

async fn unknown_method(request: Request) -> Response {
    let detail = format!("`{}` cannot be done to `{}`", request.method(), request.uri().path());
    Problem::new(axum::http::StatusCode::METHOD_NOT_ALLOWED, "method not allowed", detail).into_response()
}
