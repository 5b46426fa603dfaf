//! The steps over TCP: checked, then attached to a worker, then run visit by visit.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::future::LocalBoxFuture;
use throng_measure::Moment;
use throng_model::PluginUse;
use throng_plugin_api::{
    AttachContext, Attached, ConfiguredStep, OpenContext, OpenError, Performed, Span, StepRunner, Visit, after_others,
};
use throng_protocols::{Failure, Output, Value};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::connections::{AllConnections, Connection, Connections, TcpPlan};
use crate::failure::{REPLY_TOO_LARGE, bad_request, closed, wrong_reply};
use crate::framing::{Come, Framing};
use crate::message::{Reply, Request};
use crate::meters::TcpMeters;

/// Bytes that are read at a time, at most.
const READ: usize = 16 * 1024;

/// What a step sends, and what it makes of the answer.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    pub(crate) reply: Reply,
    pub(crate) reply_limit: usize,
}

/// A checked `tcp` step.
#[derive(Debug)]
pub(crate) struct ConfiguredTcp {
    pub(crate) plan: Arc<TcpPlan>,
    pub(crate) exchange: Exchange,
}

/// A checked `tcp-with` step.
#[derive(Debug)]
pub(crate) struct ConfiguredTcpWith {
    pub(crate) connection: String,
    pub(crate) exchange: Exchange,
}

/// A checked `tcp-close` step.
#[derive(Debug)]
pub(crate) struct ConfiguredTcpClose {
    pub(crate) connection: String,
}

pub(crate) type Opened<'a> = Pin<Box<dyn Future<Output = Result<(), OpenError>> + Send + 'a>>;

impl ConfiguredStep for ConfiguredTcp {
    fn uses(&self) -> PluginUse {
        PluginUse::default()
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        Box::pin(async {
            let Some(tls) = &self.plan.tls else { return Ok(()) };
            tls.bind(&campaign.files);
            tls.config().map(drop).map_err(|error| OpenError { message: error.to_string(), hint: None })
        })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        self.plan.tls.iter().for_each(|tls| tls.bind(context.files));
        let connections = Rc::new(Connections::new(Arc::clone(&self.plan)));
        let all = context.shared.get_or_default::<AllConnections>();
        all.by_step.borrow_mut().insert(context.step.to_owned(), Rc::clone(&connections));
        let meters = TcpMeters::register(context.meters);
        Ok(Attached::Step(Rc::new(TcpStep { connections, exchange: self.exchange.clone(), meters, owner: Owner::This })))
    }
}

impl ConfiguredStep for ConfiguredTcpWith {
    fn uses(&self) -> PluginUse {
        PluginUse { steps: vec![self.connection.clone()], ..PluginUse::default() }
    }

    fn open<'a>(&'a self, _: &'a OpenContext) -> Opened<'a> {
        Box::pin(async { Ok(()) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let connections = connections_of(&self.connection, context)?;
        let meters = TcpMeters::register(context.meters);
        Ok(Attached::Step(Rc::new(TcpStep { connections, exchange: self.exchange.clone(), meters, owner: Owner::Other })))
    }
}

impl ConfiguredStep for ConfiguredTcpClose {
    fn uses(&self) -> PluginUse {
        PluginUse { steps: vec![self.connection.clone()], ..PluginUse::default() }
    }

    fn open<'a>(&'a self, _: &'a OpenContext) -> Opened<'a> {
        Box::pin(async { Ok(()) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        Ok(Attached::Step(Rc::new(CloseStep { connections: connections_of(&self.connection, context)? })))
    }
}

/// The connections of an earlier step, which is attached by then.
fn connections_of(step: &str, context: &mut AttachContext<'_>) -> Result<Rc<Connections>, OpenError> {
    let all = context.shared.get_or_default::<AllConnections>();
    let found = all.by_step.borrow().get(step).cloned();
    found.ok_or_else(|| OpenError {
        message: format!("the step `{}` wants the connection of `{step}`, which is not a `tcp` step", context.step),
        hint: Some("name the `tcp` step that opened the connection".to_owned()),
    })
}

/// Whose connections they are: who owns them releases them.
#[derive(Debug, Eq, PartialEq)]
enum Owner {
    This,
    Other,
}

/// A `tcp` or `tcp-with` step on one worker.
struct TcpStep {
    connections: Rc<Connections>,
    exchange: Exchange,
    meters: TcpMeters,
    owner: Owner,
}

impl StepRunner for TcpStep {
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed> {
        Box::pin(async move { self.perform(visit, input).await.unwrap_or_else(Performed::from) })
    }

    fn minion_done(&self, minion: u32) {
        if self.owner == Owner::This {
            self.connections.close(minion);
        }
    }
}

/// What came of an exchange.
struct Answered {
    answer: Bytes,
    span: Span,
    /// Whether the connection can be used again.
    is_kept: bool,
}

impl TcpStep {
    async fn perform(&self, visit: &Visit<'_>, input: Value) -> Result<Performed, Failure> {
        let plan = &self.connections.plan;
        let message = self.exchange.request.bytes(visit, &input)?;
        let (before, behind) = match &message {
            Some(message) => plan.framing.around(message).map_err(bad_request)?,
            None => (Bytes::new(), Bytes::new()),
        };
        let wire = [before, message.unwrap_or_default(), behind].concat();
        let slot = self.connections.slot(visit.context.minion);
        let mut slot = slot.lock().await;
        let now = visit.clock().now();
        let is_fresh = |connection: &Connection| plan.idle_limit.is_none_or(|limit| connection.last_used + limit >= now);
        // Taken out: whoever gives up in the middle leaves no connection behind.
        let kept = slot.take().filter(is_fresh);
        // One that the other side has closed meanwhile is as if it had not been kept.
        let kept = kept.and_then(|mut connection| connection.is_open().then_some(connection));
        let mut connection = match kept {
            Some(connection) => {
                self.meters.reused(visit);
                connection
            }
            None => self.connections.open(visit, &self.meters).await?,
        };
        let Answered { answer, span, is_kept } =
            self.exchange(visit, &mut connection, &wire).await.inspect_err(|failure| visit.connection_failed(failure))?;
        if is_kept {
            connection.last_used = span.end;
            *slot = Some(connection);
        }
        let value = self.exchange.reply.value(answer, input)?;
        Ok(Performed { result: Ok(Output::One(value)), service: Some(span) })
    }

    async fn exchange(&self, visit: &Visit<'_>, connection: &mut Connection, wire: &[u8]) -> Result<Answered, Failure> {
        let (clock, place) = (visit.clock(), &self.connections.plan.place.to_string());
        after_others().await;
        let start = clock.now();
        let sent = async {
            connection.stream.write_all(wire).await?;
            connection.stream.flush().await
        };
        sent.await.map_err(|error| closed(place, error))?;
        self.meters.sent(visit, wire.len());
        if self.exchange.reply == Reply::None {
            return Ok(Answered { answer: Bytes::new(), span: Span { start, end: clock.now() }, is_kept: true });
        }
        let (framing, limit) = (&self.connections.plan.framing, self.exchange.reply_limit);
        let mut first_byte: Option<Moment> = None;
        loop {
            let come = framing.take(&mut connection.come, limit);
            match come {
                Come::Whole(answer) => return Ok(Answered { answer, span: Span { start, end: clock.now() }, is_kept: true }),
                Come::Partly => {}
                Come::TooLarge => {
                    let message = format!("the answer is larger than {limit} bytes; `reply-limit` allows more");
                    return Err(Failure::error(REPLY_TOO_LARGE, message).final_());
                }
                Come::WrongLength => {
                    return Err(wrong_reply("the answer's length is less than its own bytes, which it is said to count"));
                }
            }
            let mut room = BytesMut::with_capacity(READ);
            let read = connection.stream.read_buf(&mut room).await.map_err(|error| closed(place, error))?;
            if read == 0 {
                return self.at_end(connection, start, clock.now(), first_byte.is_some(), place);
            }
            self.meters.received(visit, read);
            if first_byte.is_none() {
                let now = clock.now();
                first_byte = Some(now);
                self.meters.first_byte(visit, now.since(start));
            }
            connection.come.unsplit(room);
        }
    }

    /// The other side has closed the connection.
    fn at_end(
        &self,
        connection: &mut Connection,
        start: Moment,
        end: Moment,
        has_answered: bool,
        place: &str,
    ) -> Result<Answered, Failure> {
        if self.connections.plan.framing == Framing::UntilClosed {
            let answer = connection.come.split().freeze();
            return Ok(Answered { answer, span: Span { start, end }, is_kept: false });
        }
        Err(closed(place, if has_answered { "before its answer was complete" } else { "without an answer" }))
    }
}

/// A `tcp-close` step on one worker.
struct CloseStep {
    connections: Rc<Connections>,
}

impl StepRunner for CloseStep {
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed> {
        self.connections.close(visit.context.minion);
        Box::pin(async move { Performed { result: Ok(Output::One(input)), service: None } })
    }

    fn minion_done(&self, _: u32) {}
}
