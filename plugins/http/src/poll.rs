//! The source kind `http-poll`: a request again and again, over a connection of its own.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use http::{Method, StatusCode, Uri};
use throng_model::{PluginUse, SourceUse};
use throng_plugin_api::{
    AttachContext, Attached, ConfiguredStep, MeterId, OpenContext, OpenError, PreciseTimer, Pulled, SourceRunner, Visit,
};
use throng_protocols::http::Response;
use throng_protocols::{Failure, Value};

use crate::accept::Accept;
use crate::answer::Outgoing;
use crate::ask::ask;
use crate::cursor::CursorPlan;
use crate::failure::{HTTP_STATUS, REQUEST_TIMEOUT, bad_request};
use crate::meters::HttpMeters;
use crate::plan::Plan;
use crate::schedule::Schedule;
use crate::source::{Source, SourcePlan};
use crate::step::{Opened, RequestSource};

/// Bytes of a refused body that are told.
const EXCERPT: usize = 100;

/// A checked `http-poll` source.
#[derive(Debug)]
pub(crate) struct ConfiguredPoll {
    pub(crate) source: SourcePlan,
    pub(crate) plan: Arc<Plan>,
    pub(crate) every: Duration,
    pub(crate) accept: Accept,
    pub(crate) cursor: Option<CursorPlan>,
    pub(crate) request_limit: Duration,
    pub(crate) body_limit: u64,
}

impl ConfiguredStep for ConfiguredPoll {
    fn uses(&self) -> PluginUse {
        PluginUse { callbacks: self.plan.callbacks(), steps: Vec::new(), source: Some(SourceUse { endless: true }), warms_up: false }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        Box::pin(async move { self.source.check(&campaign.files) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let source = self.source.attach(context)?;
        Ok(Attached::Source(Box::new(PollSource {
            request: RequestSource::new(&self.plan, &source, context.files)?,
            meters: HttpMeters::register(context.meters, &source),
            source,
            accept: self.accept.clone(),
            cursor: self.cursor.clone().map(|plan| Cursor { value: plan.initial.clone(), plan }),
            request_limit: self.request_limit,
            body_limit: self.body_limit,
            skipped: context.meters.counter("http-poll-skipped"),
            every: self.every,
            schedule: Schedule::new(self.every),
            timer: None,
            last: Value::None,
        })))
    }
}

/// An `http-poll` source on its worker.
#[derive(Debug)]
struct PollSource {
    source: Source,
    request: RequestSource,
    accept: Accept,
    cursor: Option<Cursor>,
    request_limit: Duration,
    body_limit: u64,
    meters: HttpMeters,
    skipped: MeterId,
    every: Duration,
    schedule: Schedule,
    /// None before the first poll, and where the operating system has no more of them: the worker's clock does then.
    timer: Option<PreciseTimer>,
    /// The last accepted response, for a callback that builds the next request.
    last: Value,
}

#[derive(Debug)]
struct Cursor {
    plan: CursorPlan,
    value: Option<String>,
}

impl SourceRunner for PollSource {
    fn next<'a>(&'a mut self, visit: &'a Visit<'a>) -> LocalBoxFuture<'a, Result<Pulled, Failure>> {
        Box::pin(async move {
            self.wait(visit).await;
            Ok(Pulled::Records(vec![self.poll(visit).await]))
        })
    }

    fn rewind(&mut self) {
        self.schedule = Schedule::new(self.every);
        self.last = Value::None;
        if let Some(cursor) = &mut self.cursor {
            cursor.value.clone_from(&cursor.plan.initial);
        }
    }
}

impl PollSource {
    async fn wait(&mut self, visit: &Visit<'_>) {
        let clock = visit.clock();
        let start = self.schedule.next_start(clock.now());
        if self.timer.is_none() {
            self.timer = clock.precise_timer().ok();
        }
        if let Some(timer) = &mut self.timer
            && timer.sleep_until(start).await.is_err()
        {
            self.timer = None;
        }
        if clock.now() < start {
            clock.sleep_until(start).await;
        }
    }

    /// One poll. Whatever goes wrong is a bad record; the source goes on.
    async fn poll(&mut self, visit: &Visit<'_>) -> Result<Value, Failure> {
        let clock = visit.clock();
        visit.count(self.skipped, self.schedule.start(clock.now()));
        let limit = self.request_limit;
        let asked = clock.timeout(limit, self.ask(visit)).await.unwrap_or_else(|| {
            let message = format!("no response within {limit:?}; `timeouts.request` allows more");
            Err(Failure::error(REQUEST_TIMEOUT, message))
        });
        match &asked {
            Ok(_) => self.schedule.succeed(),
            Err(_) => self.schedule.fail(clock.now()),
        }
        let Asked { what, response } = asked?;
        if !self.accept.has(response.status) {
            return Err(refused(&what, &response));
        }
        if let Some(cursor) = &mut self.cursor
            && let Some(value) = cursor.plan.value_in(&response)
        {
            cursor.value = Some(value);
        }
        let record = Value::native(response);
        if matches!(self.request, RequestSource::Callback(_)) {
            self.last = record.clone();
        }
        Ok(record)
    }

    async fn ask(&mut self, visit: &Visit<'_>) -> Result<Asked, Failure> {
        let Outgoing { origin, mut request } = self.request.build(visit, &self.last, &self.source)?;
        if let Some(Cursor { plan, value: Some(value) }) = &self.cursor {
            let target = plan.add_to(request.uri(), value);
            *request.uri_mut() = target.map_err(|error| bad_request(format!("the cursor `{value}` cannot be sent: {error}")))?;
        }
        let what = (request.method().clone(), request.uri().clone());
        let answered = ask(&self.source, Outgoing { origin, request }, self.body_limit, &self.meters, visit).await?;
        // What was given is not kept beside the response: a callback's would be the last response, which held the one before it.
        let response = Response::new(answered.status.as_u16(), answered.headers, answered.body, answered.timings, Value::None);
        Ok(Asked { what, response })
    }
}

/// A poll that was answered.
struct Asked {
    what: (Method, Uri),
    response: Response,
}

fn refused((method, target): &(Method, Uri), response: &Response) -> Failure {
    let status = StatusCode::from_u16(response.status).map_or_else(|_| response.status.to_string(), |status| status.to_string());
    let body = String::from_utf8_lossy(response.body.get(..EXCERPT).unwrap_or(&response.body));
    let body = if body.is_empty() { String::new() } else { format!(", `{}`", body.escape_debug()) };
    let message = format!("`{method} {target}` was answered with {status}{body}; `accept` says which statuses are right");
    Failure::error(HTTP_STATUS, message)
}
