//! The three step kinds: checked, then attached to a worker, then run visit by visit.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::{LocalBoxFuture, TryFutureExt as _};
use throng_model::PluginUse;
use throng_plugin_api::{
    AttachContext, Attached, Clock, ConfiguredStep, Files, OpenContext, OpenError, Performed, StepRunner, Visit, after_others,
};
use throng_protocols::http::Response;
use throng_protocols::{Failure, Output, Value};

use crate::answer::{Outgoing, encoded, outgoing};
use crate::ask::{Answered, ask};
use crate::connection::{Encoded, Exchanged};
use crate::exchange::{send, turn};
use crate::meters::HttpMeters;
use crate::origin::Origin;
use crate::plan::Plan;
use crate::prepared::Prepared;
use crate::source::{Source, SourcePlan, Sources};

/// A checked `http` step.
#[derive(Debug)]
pub(crate) struct ConfiguredHttp {
    pub(crate) source: SourcePlan,
    pub(crate) plan: Arc<Plan>,
    pub(crate) body_limit: u64,
}

/// A checked `http-with` step.
#[derive(Debug)]
pub(crate) struct ConfiguredWith {
    pub(crate) connection: String,
    pub(crate) plan: Arc<Plan>,
    pub(crate) body_limit: u64,
}

/// A checked `http-close` step.
#[derive(Debug)]
pub(crate) struct ConfiguredClose {
    pub(crate) connection: String,
}

pub(crate) type Opened<'a> = Pin<Box<dyn Future<Output = Result<(), OpenError>> + Send + 'a>>;

impl ConfiguredStep for ConfiguredHttp {
    fn uses(&self) -> PluginUse {
        PluginUse { callbacks: self.plan.callbacks(), warms_up: self.source.pool.is_some_and(|pool| pool.warm_up), ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        Box::pin(async move { self.source.check(&campaign.files) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let source = Rc::new(self.source.attach(context)?);
        context.shared.get_or_default::<Sources>().add(context.step, Rc::clone(&source));
        let request = RequestSource::new(&self.plan, &source, context.files)?;
        let meters = HttpMeters::register(context.meters, &source);
        Ok(Attached::Step(Rc::new(RequestStep {
            source,
            request,
            body_limit: self.body_limit,
            meters,
            owner: Owner::This,
            clock: context.clock,
        })))
    }
}

impl ConfiguredStep for ConfiguredWith {
    fn uses(&self) -> PluginUse {
        PluginUse { callbacks: self.plan.callbacks(), steps: vec![self.connection.clone()], ..PluginUse::default() }
    }

    fn open<'a>(&'a self, _: &'a OpenContext) -> Opened<'a> {
        Box::pin(async { Ok(()) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let source = source_of(&self.connection, context)?;
        let request = RequestSource::new(&self.plan, &source, context.files)?;
        let meters = HttpMeters::register(context.meters, &source);
        Ok(Attached::Step(Rc::new(RequestStep {
            source,
            request,
            body_limit: self.body_limit,
            meters,
            owner: Owner::Other,
            clock: context.clock,
        })))
    }
}

impl ConfiguredStep for ConfiguredClose {
    fn uses(&self) -> PluginUse {
        PluginUse { steps: vec![self.connection.clone()], ..PluginUse::default() }
    }

    fn open<'a>(&'a self, _: &'a OpenContext) -> Opened<'a> {
        Box::pin(async { Ok(()) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        Ok(Attached::Step(Rc::new(CloseStep { source: source_of(&self.connection, context)? })))
    }
}

/// The connections of an earlier step, which is attached by then.
fn source_of(step: &str, context: &mut AttachContext<'_>) -> Result<Rc<Source>, OpenError> {
    context.shared.get_or_default::<Sources>().find(step).ok_or_else(|| OpenError {
        message: format!("the step `{}` wants the connection of `{step}`, which is not an `http` step", context.step),
        hint: Some("name the `http` step that opened the connection".to_owned()),
    })
}

/// An `http` or `http-with` step on one worker.
#[derive(Debug)]
struct RequestStep {
    source: Rc<Source>,
    request: RequestSource,
    body_limit: u64,
    meters: HttpMeters,
    owner: Owner,
    clock: Clock,
}

/// Whose connections they are: who owns them releases them.
#[derive(Debug, Eq, PartialEq)]
enum Owner {
    This,
    Other,
}

/// Where requests come from.
#[derive(Debug)]
pub(crate) enum RequestSource {
    Callback(u32),
    Prepared(Box<Prepared>),
}

impl RequestSource {
    pub(crate) fn new(plan: &Plan, source: &Source, files: &Files) -> Result<Self, OpenError> {
        match plan {
            Plan::Callback(callback) => Ok(Self::Callback(*callback)),
            Plan::Static(plan) => Ok(Self::Prepared(Box::new(Prepared::new(plan, &source.base, &source.origin, files)?))),
        }
    }

    /// The request of one visit, as it goes over the wire. What is the same each time was encoded once.
    pub(crate) fn encode(&self, visit: &Visit<'_>, input: &Value, source: &Source) -> Result<(Rc<Origin>, Encoded), Failure> {
        if let Self::Prepared(prepared) = self
            && let Some(encoded) = &prepared.constant
        {
            return Ok((Rc::clone(&source.origin), encoded.clone()));
        }
        match self {
            Self::Callback(callback) => encoded(visit.call(*callback, input)?, source),
            Self::Prepared(_) => {
                let Outgoing { origin, request } = self.build(visit, input, source)?;
                let encoded = Encoded::new(&request, &origin.host);
                Ok((origin, encoded))
            }
        }
    }

    /// The request of one visit, before it is encoded.
    pub(crate) fn build(&self, visit: &Visit<'_>, input: &Value, source: &Source) -> Result<Outgoing, Failure> {
        match self {
            Self::Callback(callback) => outgoing(visit.call(*callback, input)?, source),
            Self::Prepared(prepared) => {
                let request = prepared.build(visit, &source.base)?;
                Ok(Outgoing { origin: Rc::clone(&source.origin), request })
            }
        }
    }
}

impl StepRunner for RequestStep {
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed> {
        if self.source.is_plain {
            Box::pin(self.perform(visit, input).unwrap_or_else(Performed::from))
        } else {
            Box::pin(self.perform_with_extras(visit, input).unwrap_or_else(Performed::from))
        }
    }

    fn warm_up(&self) -> LocalBoxFuture<'_, Result<(), OpenError>> {
        let filled = self.source.fill(self.clock);
        Box::pin(filled.map_err(|error| OpenError { message: error.to_string(), hint: None }))
    }

    fn minion_done(&self, minion: u32) {
        if self.owner == Owner::This {
            self.source.minion_done(minion);
        }
    }
}

impl RequestStep {
    /// A request that needs no more than a connection. Not `async` itself: see [`send`].
    #[expect(clippy::manual_async_fn, reason = "as said there")]
    fn perform<'a>(&'a self, visit: &'a Visit<'_>, input: Value) -> impl Future<Output = Result<Performed, Failure>> {
        async move {
            let shelf = self.source.shelf(visit.context.minion);
            let (_turn, waited) = turn(&shelf, &self.meters, visit).await;
            // Built when it can be sent: what waits for a connection holds no request.
            let (origin, request) = self.request.encode(visit, &input, &self.source)?;
            // Who has waited is behind the others anyhow, unless a guest has taken its time.
            if !waited || matches!(self.request, RequestSource::Callback(_)) {
                after_others().await;
            }
            let kept = shelf.take(&origin, visit.clock(), self.source.idle_limit);
            let sent = send(&self.source, &origin, &request, kept, self.body_limit, &self.meters, visit).await?;
            if sent.connection.is_reusable() {
                shelf.put(origin, sent.connection);
            }
            let Exchanged { status, headers, body, service, .. } = sent.exchanged;
            let response = Response::new(status.as_u16(), headers, body, sent.timings, input);
            Ok(Performed { result: Ok(Output::One(Value::native(response))), service: Some(service) })
        }
    }

    async fn perform_with_extras(&self, visit: &Visit<'_>, input: Value) -> Result<Performed, Failure> {
        let outgoing = self.request.build(visit, &input, &self.source)?;
        let answered = ask(&self.source, outgoing, self.body_limit, &self.meters, visit).await?;
        let Answered { status, headers, body, timings, service } = answered;
        let response = Response::new(status.as_u16(), headers, body, timings, input);
        Ok(Performed { result: Ok(Output::One(Value::native(response))), service: Some(service) })
    }
}

/// An `http-close` step on one worker.
#[derive(Debug)]
struct CloseStep {
    source: Rc<Source>,
}

impl StepRunner for CloseStep {
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed> {
        self.source.close(visit.context.minion);
        Box::pin(async move { Performed { result: Ok(Output::One(input)), service: None } })
    }

    fn minion_done(&self, _: u32) {}
}
