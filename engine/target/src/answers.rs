//! From a request to its answer.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use throng_plugin_api::Clock;

use crate::Share;
use crate::TargetOptions;
use crate::content::Content;
use crate::counts::Counts;
use crate::draws::{Draws, Purpose};
use crate::route::{Knobs, Refusal, Route};
use crate::shop::{Answer, Shop};
use crate::timing::Timing;

/// The shop takes bodies up to this length.
const LARGEST_BODY: usize = 64 * 1024;

/// All that answers need; shared by all connections.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(crate) counts: Counts,
    timing: Timing,
    draws: Draws,
    error_share: Share,
    status: StatusCode,
    plain: Content,
    shop: Shop,
}

impl Answers {
    pub(crate) fn new(options: &TargetOptions, clock: Clock) -> Self {
        // The options allow 200 to 599 only.
        let status = StatusCode::from_u16(options.status).unwrap_or(StatusCode::OK);
        Self {
            counts: Counts::default(),
            timing: Timing::new(options, clock),
            draws: Draws::new(options.seed),
            error_share: options.error_share,
            status,
            plain: if has_content(status) { Content::lines(options.size) } else { Content::EMPTY },
            shop: Shop::new(options, clock),
        }
    }

    pub(crate) fn clock(&self) -> Clock {
        self.timing.clock()
    }

    /// Answers one request.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Result<Response<Content>, hyper::Error> {
        let (head, body) = request.into_parts();
        let route = Route::of(&head.method, &head.uri);
        if let Ok(observing @ (Route::Health | Route::Stats)) = &route {
            read(body, 0).await?;
            self.timing.wait_for_thaw().await;
            return Ok(self.observed(observing));
        }
        let number = self.counts.request();
        let delay = if let Ok(Route::Altered(knobs)) = &route { knobs.delay } else { None };
        let wanted = matches!(route, Ok(Route::Login | Route::Cart | Route::PlaceOrder));
        let body = read(body, if wanted { LARGEST_BODY } else { 0 }).await?;
        self.timing.wait_for_answer(number, delay).await;
        if self.error_share > Share::NONE && self.draws.hits(self.error_share, Purpose::Error, number) {
            self.counts.error();
            return Ok(refused(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "drawn by `--error-share`")));
        }
        let answer = match route {
            Ok(Route::Plain) => return Ok(with_status(self.status, self.plain.clone())),
            Ok(Route::Altered(knobs)) => return Ok(self.altered(knobs)),
            Ok(route) => self.shopped(&route, &head, body),
            Err(refusal) => Err(refusal),
        };
        Ok(answer.map_or_else(refused, |Answer { status, json }| json_answer(status, json)))
    }

    fn altered(&self, knobs: Knobs) -> Response<Content> {
        let status = knobs.status.unwrap_or(self.status);
        let content = match knobs.size {
            _ if !has_content(status) => Content::EMPTY,
            Some(size) => Content::lines(size),
            None => self.plain.clone(),
        };
        with_status(status, content)
    }

    fn observed(&self, route: &Route<'_>) -> Response<Content> {
        let json = match route {
            Route::Stats => serde_json::to_vec(&self.counts.stats(self.shop.counts(), self.timing.waits())).unwrap_or_default(),
            _ => br#"{"status":"up"}"#.to_vec(),
        };
        json_answer(StatusCode::OK, json)
    }

    fn shopped(&self, route: &Route<'_>, head: &Parts, body: Option<Bytes>) -> Result<Answer, Refusal> {
        let too_long = || Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("a body is at most {LARGEST_BODY} bytes here"));
        match route {
            Route::Login => self.shop.log_in(&body.ok_or_else(too_long)?),
            Route::Cart => self.shop.add_to_cart(&head.headers, &body.ok_or_else(too_long)?),
            Route::PlaceOrder => self.shop.place_order(&head.headers, &body.ok_or_else(too_long)?),
            Route::Order(name) => self.shop.order(name),
            Route::Shipments { after } => self.shop.shipments(*after),
            Route::Plain | Route::Altered(_) | Route::Health | Route::Stats => {
                Err(Refusal::new(StatusCode::NOT_FOUND, "the shop has no such path"))
            }
        }
    }
}

/// Reads a body to its end, because hyper closes the connection on one that was not, and keeps it if it has at most `limit` bytes.
async fn read(mut body: Incoming, limit: usize) -> Result<Option<Bytes>, hyper::Error> {
    let (mut kept, mut length) = (Vec::new(), 0);
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else { break };
        if let Ok(data) = frame?.into_data() {
            length += data.len();
            if length <= limit {
                kept.extend_from_slice(&data);
            }
        }
    }
    Ok((length <= limit).then(|| kept.into()))
}

/// HTTP forbids bodies with these.
fn has_content(status: StatusCode) -> bool {
    !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

fn with_status(status: StatusCode, content: Content) -> Response<Content> {
    let mut response = Response::new(content);
    *response.status_mut() = status;
    response
}

fn json_answer(status: StatusCode, json: Vec<u8>) -> Response<Content> {
    let mut response = with_status(status, Content::from(json));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn refused(refusal: Refusal) -> Response<Content> {
    let json = serde_json::json!({ "error": refusal.message });
    let mut response = json_answer(refusal.status, json.to_string().into_bytes());
    if let Some(allow) = refusal.allow {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    }
    if refusal.status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
