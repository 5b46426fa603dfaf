//! The REST API: one table of operations, of which the routes are made.

mod asked;
mod campaigns;
mod components;
mod fleet;
mod form;
mod guard;
mod live;
mod openapi;
mod operations;
mod reports;
mod running;
mod scenarios;
mod series;
mod state;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use guard::Gate;
pub(crate) use guard::Peer;
pub(crate) use openapi::describe;
use operations::OPERATIONS;
pub(crate) use state::Shared;

/// Where the paths of the operations begin.
pub(crate) const BASE: &str = "/api/v1";

/// All routes.
pub(crate) fn router(engine: Shared) -> Router {
    let mut router = Router::new();
    for operation in OPERATIONS {
        let is_upload = matches!(operation.body, Some(operations::Sent::File));
        let gate = Gate { engine: Shared::clone(&engine), scope: operation.scope, is_upload };
        let route = (operation.route)().route_layer(from_fn_with_state(gate, guard::guard));
        router = router.route(&format!("{BASE}{}", operation.path), route);
    }
    let router = router.fallback(unknown_path).method_not_allowed_fallback(unknown_method).with_state(engine);
    // Each operation has its own limit.
    router.layer(DefaultBodyLimit::disable()).layer(map_response(without_guessing))
}

/// Browsers take answers for what they are said to be.
async fn without_guessing(mut response: Response) -> Response {
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn unknown_path(request: Request) -> Response {
    Problem::not_found(format!("there is nothing at `{}`", request.uri().path())).hint(format!("paths begin with `{BASE}`")).into_response()
}

async fn unknown_method(request: Request) -> Response {
    let detail = format!("`{}` cannot be done to `{}`", request.method(), request.uri().path());
    Problem::new(axum::http::StatusCode::METHOD_NOT_ALLOWED, "method not allowed", detail).into_response()
}
