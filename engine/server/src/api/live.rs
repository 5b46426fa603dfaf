//! A campaign as it goes on: server-sent events, its figures each second, until it is over.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value as Data, json};
use throng_measure::LiveFigures;
use throng_plugin_api::Clock;
use tokio::sync::watch;

use super::Shared;
use super::asked::{Asked, Named, Nothing};
use super::campaigns::find;
use crate::campaigns::View;
use crate::problem::Problem;
use crate::store::CampaignState;

/// After so long without news a comment is sent, so that nothing on the way gives the connection up.
const QUIET: Duration = Duration::from_secs(15);

/// Who reads slowly sees fewer figures, and always the latest: nothing waits for them.
pub(super) async fn live(State(engine): State<Shared>, Named(key): Named, Asked(Nothing {}): Asked<Nothing>) -> Result<Response, Problem> {
    let record = find(&engine, key).await?;
    let body = match engine.campaigns.view(&record.key) {
        Some(view) => {
            let following = Following { view, clock: engine.clock, told: None, shown: None, is_over: false };
            Body::from_stream(stream::unfold(following, next))
        }
        None => Body::from(event("end", &json!({ "state": record.state, "verdict": record.verdict }))),
    };
    Ok(([(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")], body).into_response())
}

struct Following {
    view: watch::Receiver<View>,
    clock: Clock,
    told: Option<CampaignState>,
    shown: Option<Arc<LiveFigures>>,
    is_over: bool,
}

async fn next(mut following: Following) -> Option<(Result<Bytes, std::convert::Infallible>, Following)> {
    if following.is_over {
        return None;
    }
    loop {
        let view = following.view.borrow_and_update().clone();
        let mut news = String::new();
        if let Some(figures) = &view.figures
            && following.shown.as_ref().is_none_or(|shown| !Arc::ptr_eq(shown, figures))
        {
            following.shown = Some(Arc::clone(figures));
            news += &event("figures", &serde_json::to_value(&**figures).unwrap_or_default());
        }
        if following.told != Some(view.state) {
            following.told = Some(view.state);
            following.is_over = view.state == CampaignState::Ended;
            let name = if following.is_over { "end" } else { "state" };
            news += &event(name, &json!({ "state": view.state, "verdict": view.verdict }));
        }
        if !news.is_empty() {
            return Some((Ok(news.into()), following));
        }
        let changed = following.clock.timeout(QUIET, following.view.changed()).await;
        match changed {
            Some(Ok(())) => {}
            Some(Err(_)) => return None,
            None => return Some((Ok(Bytes::from_static(b": nothing new\n\n")), following)),
        }
    }
}

/// JSON has no line breaks of its own, so that one line holds it.
fn event(name: &str, data: &Data) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}
