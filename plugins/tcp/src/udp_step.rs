//! The step over UDP: checked, then attached to a worker, then run visit by visit.

use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use rustc_hash::FxHashMap;
use throng_model::PluginUse;
use throng_plugin_api::{AttachContext, Attached, ConfiguredStep, OpenContext, OpenError, Performed, Span, StepRunner, Visit, shortage_of};
use throng_protocols::{Failure, Output, Value};
use throng_sockets::resolve;
use tokio::net::UdpSocket;
use tokio::sync::Mutex;

use crate::checks::Place;
use crate::failure::{NO_REPLY, closed, no_socket};
use crate::message::{Reply, Request};
use crate::meters::UdpMeters;
use crate::tcp_step::Opened;

/// The largest datagram that there can be.
const LARGEST: usize = 65_535;

/// A checked `udp` step.
#[derive(Clone, Debug)]
pub(crate) struct ConfiguredUdp {
    pub(crate) place: Place,
    pub(crate) request: Request,
    pub(crate) reply: Reply,
    pub(crate) reply_limit: Duration,
}

impl ConfiguredStep for ConfiguredUdp {
    fn uses(&self) -> PluginUse {
        PluginUse::default()
    }

    fn open<'a>(&'a self, _: &'a OpenContext) -> Opened<'a> {
        Box::pin(async { Ok(()) })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let meters = UdpMeters::register(context.meters);
        Ok(Attached::Step(Rc::new(UdpStep { plan: self.clone(), meters, slots: RefCell::default() })))
    }
}

/// A minion's own socket; who uses it holds it, the others wait.
type Slot = Rc<Mutex<Option<UdpSocket>>>;

/// A `udp` step on one worker.
struct UdpStep {
    plan: ConfiguredUdp,
    meters: UdpMeters,
    slots: RefCell<FxHashMap<u32, Slot>>,
}

impl StepRunner for UdpStep {
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed> {
        Box::pin(async move { self.perform(visit, input).await.unwrap_or_else(Performed::from) })
    }

    fn minion_done(&self, minion: u32) {
        self.slots.borrow_mut().remove(&minion);
    }
}

impl UdpStep {
    async fn perform(&self, visit: &Visit<'_>, input: Value) -> Result<Performed, Failure> {
        let (clock, plan) = (visit.clock(), &self.plan);
        let message = plan.request.bytes(visit, &input)?.unwrap_or_default();
        let slot = Rc::clone(self.slots.borrow_mut().entry(visit.context.minion).or_default());
        let mut slot = slot.lock().await;
        // Taken out: whoever gives up waiting leaves no socket behind that an answer too late could come to.
        let socket = match slot.take() {
            Some(socket) => socket,
            None => self.open(visit).await.inspect_err(|failure| visit.connection_failed(failure))?,
        };
        let start = clock.now();
        let broken = |error: io::Error| closed(&plan.place.to_string(), error);
        socket.send(&message).await.map_err(broken)?;
        visit.count(self.meters.sent, 1);
        visit.count(self.meters.bytes_sent, message.len() as u64);
        if plan.reply == Reply::None {
            *slot = Some(socket);
            return Ok(Performed { result: Ok(Output::One(input)), service: Some(Span { start, end: clock.now() }) });
        }
        let mut answer = vec![0; LARGEST];
        let Some(received) = clock.timeout(plan.reply_limit, socket.recv(&mut answer)).await else {
            visit.count(self.meters.no_reply, 1);
            let message = format!("no answer of {} within {:?}; `reply-timeout` allows more", plan.place, plan.reply_limit);
            return Err(Failure::error(NO_REPLY, message));
        };
        answer.truncate(received.map_err(broken)?);
        let end = clock.now();
        visit.count(self.meters.received, 1);
        visit.count(self.meters.bytes_received, answer.len() as u64);
        *slot = Some(socket);
        let value = plan.reply.value(Bytes::from(answer), input)?;
        Ok(Performed { result: Ok(Output::One(value)), service: Some(Span { start, end }) })
    }

    /// A socket that knows one other side only.
    async fn open(&self, visit: &Visit<'_>) -> Result<UdpSocket, Failure> {
        let place = self.plan.place.to_string();
        let addresses = resolve(&place, &self.plan.place.host, self.plan.place.port).await.map_err(|error| {
            error.shortage().into_iter().for_each(|shortage| visit.short_of(shortage));
            no_socket(&error)
        })?;
        let bound = async {
            let address = addresses.first().ok_or(io::ErrorKind::AddrNotAvailable)?;
            let any: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
            let socket = UdpSocket::bind((any, 0)).await?;
            socket.connect(address).await?;
            Ok::<_, io::Error>(socket)
        };
        bound.await.map_err(|error| {
            shortage_of(&error).into_iter().for_each(|shortage| visit.short_of(shortage));
            Failure::error("connect", format!("no socket to {place}: {error}"))
        })
    }
}
