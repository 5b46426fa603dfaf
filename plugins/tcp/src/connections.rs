//! The connections of one `tcp` step on one worker, a minion's own each, which `tcp-with` steps use too.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::FutureExt as _;
use rustc_hash::FxHashMap;
use throng_measure::Moment;
use throng_plugin_api::Visit;
use throng_protocols::Failure;
use throng_sockets::{Tls, connect_any, resolve};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;

use crate::checks::Place;
use crate::failure::{CONNECT_TIMEOUT, no_socket, no_tls};
use crate::framing::Framing;
use crate::meters::{Opening, TcpMeters};

/// Bytes that may come without having been asked for.
const MEANWHILE: usize = 1 << 20;

/// What bytes go over.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// An open connection.
pub(crate) struct Connection {
    pub(crate) stream: Box<dyn Stream>,
    /// What has come behind the last answer.
    pub(crate) come: BytesMut,
    pub(crate) last_used: Moment,
}

impl Connection {
    /// Whether the other side has not closed it. What has come meanwhile is kept for the next answer. Asks nobody, and waits for nothing.
    pub(crate) fn is_open(&mut self) -> bool {
        loop {
            match self.stream.read_buf(&mut self.come).now_or_never() {
                None => return true,
                Some(Ok(0) | Err(_)) => return false,
                Some(Ok(_)) if self.come.len() > MEANWHILE => return false,
                Some(Ok(_)) => {}
            }
        }
    }
}

/// Where connections of a step go, and how.
#[derive(Debug)]
pub(crate) struct TcpPlan {
    pub(crate) place: Place,
    pub(crate) framing: Framing,
    pub(crate) connect_limit: Duration,
    pub(crate) idle_limit: Option<Duration>,
    /// None for bare TCP.
    pub(crate) tls: Option<Tls>,
}

/// A minion's own connection; who uses it holds it, the others wait.
pub(crate) type Slot = Rc<Mutex<Option<Connection>>>;

/// The connections of one step on one worker.
pub(crate) struct Connections {
    pub(crate) plan: Arc<TcpPlan>,
    slots: RefCell<FxHashMap<u32, Slot>>,
}

/// All of a scenario on one worker, by the name of their step.
#[derive(Default)]
pub(crate) struct AllConnections {
    pub(crate) by_step: RefCell<FxHashMap<String, Rc<Connections>>>,
}

impl Connections {
    pub(crate) fn new(plan: Arc<TcpPlan>) -> Self {
        Self { plan, slots: RefCell::default() }
    }

    /// Where this minion's connection is.
    pub(crate) fn slot(&self, minion: u32) -> Slot {
        Rc::clone(self.slots.borrow_mut().entry(minion).or_default())
    }

    /// Closes a minion's connection; one in use is closed when its exchange has ended.
    pub(crate) fn close(&self, minion: u32) {
        self.slots.borrow_mut().remove(&minion);
    }

    /// A new connection.
    pub(crate) async fn open(&self, visit: &Visit<'_>, meters: &TcpMeters) -> Result<Connection, Failure> {
        let clock = visit.clock();
        let opened = clock.timeout(self.plan.connect_limit, self.open_unlimited(visit)).await;
        let opened = opened.unwrap_or_else(|| {
            let message =
                format!("no connection to {} within {:?}; `timeouts.connect` allows more", self.plan.place, self.plan.connect_limit);
            Err(Failure::error(CONNECT_TIMEOUT, message))
        });
        let (stream, opening) = opened.inspect_err(|failure| visit.connection_failed(failure))?;
        meters.opened(visit, opening);
        Ok(Connection { stream, come: BytesMut::new(), last_used: clock.now() })
    }

    async fn open_unlimited(&self, visit: &Visit<'_>) -> Result<(Box<dyn Stream>, Opening), Failure> {
        let (clock, place) = (visit.clock(), &self.plan.place);
        let failed = |error: throng_sockets::SocketError| {
            error.shortage().into_iter().for_each(|shortage| visit.short_of(shortage));
            no_socket(&error)
        };
        let mut opening = Opening::default();
        let start = clock.now();
        let addresses = resolve(&place.to_string(), &place.host, place.port).await.map_err(failed)?;
        let resolved = clock.now();
        opening.resolve = Some(resolved.since(start));
        let socket = connect_any(&place.to_string(), &addresses).await.map_err(failed)?;
        let connected = clock.now();
        opening.connect = Some(connected.since(resolved));
        let Some(tls) = &self.plan.tls else { return Ok((Box::new(socket), opening)) };
        let (name, config) = (tls.name_for(&place.host), tls.config());
        let name = name.map_err(|error| Failure::error("tls", format!("no TLS with {place}: {error}; set `tls.server-name`")))?;
        let config = config.map_err(|error| no_tls(&error))?;
        let stream = TlsConnector::from(config).connect(name, socket).await;
        let stream = stream.map_err(|error| Failure::error("tls", format!("no TLS with {place}: {error}")))?;
        opening.tls = Some(clock.now().since(connected));
        Ok((Box::new(stream), opening))
    }
}
