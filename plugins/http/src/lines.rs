//! Where shared connections are kept: a minion's own, or those of all.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};
use rustc_hash::FxHashMap;
use throng_measure::Moment;
use throng_plugin_api::{Clock, Visit};
use throng_protocols::Failure;
use throng_protocols::http::Timings;
use tokio::sync::OnceCell;

use crate::connect::{ConnectError, Connector, Opening};
use crate::connection::{ExchangeError, Exchanged};
use crate::exchange::{not_opened, told};
use crate::meters::HttpMeters;
use crate::origin::Origin;
use crate::shared::SharedConnection;
use crate::source::{OPENED_AT_A_TIME, Source};

/// Whom the connections of a pool belong to.
const ALL: u32 = 0;

/// Shared connections, to each origin one for each minion, or so many for all.
#[derive(Debug)]
pub(crate) struct Lines {
    size: Option<usize>,
    by_owner: RefCell<FxHashMap<u32, Vec<Rc<Line>>>>,
}

/// A shared connection, which may still be being opened.
#[derive(Debug)]
struct Line {
    origin: Rc<Origin>,
    connection: OnceCell<SharedConnection>,
    in_flight: Cell<usize>,
    last_used: Cell<Moment>,
}

/// A use of a line, counted as long as it goes on.
struct InFlight<'a>(&'a Line);

impl<'a> InFlight<'a> {
    fn on(line: &'a Line) -> Self {
        line.in_flight.set(line.in_flight.get() + 1);
        Self(line)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.set(self.0.in_flight.get() - 1);
    }
}

impl Lines {
    /// With so many connections to each origin for all, or with one for each minion.
    pub(crate) fn new(size: Option<usize>) -> Self {
        Self { size, by_owner: RefCell::default() }
    }

    /// Sends a request over a shared connection, which is opened if there is none or the server has closed it, and meters that.
    pub(crate) async fn send(
        &self,
        source: &Source,
        origin: &Rc<Origin>,
        request: &http::Request<bytes::Bytes>,
        body_limit: u64,
        meters: &HttpMeters,
        visit: &Visit<'_>,
    ) -> Result<(Exchanged, Timings), Failure> {
        let clock = visit.clock();
        let owner = self.size.map_or(visit.context.minion, |_| ALL);
        loop {
            let line = self.line(owner, origin, clock, source.idle_limit);
            let _in_flight = InFlight::on(&line);
            let mut opened = None;
            let connection = line.connection.get_or_try_init(|| async {
                let (connection, opening) = source.connector.open_shared(origin, clock).await?;
                opened = Some(opening);
                Ok(connection)
            });
            let connection = connection.await.map_err(|error: ConnectError| {
                self.forget(owner, &line);
                not_opened(error, visit)
            })?;
            opened.iter().for_each(|opening| meters.opened(visit, opening));
            let exchanged = connection.exchange(request, origin, body_limit, clock).await;
            meters.traffic(visit, connection.take_traffic());
            line.last_used.set(clock.now());
            let reused = opened.is_none();
            match exchanged {
                Err(ExchangeError::NotSent) if reused => self.forget(owner, &line),
                // Nothing is wrong with the connection.
                Err(error @ (ExchangeError::BodyTooLarge { .. } | ExchangeError::NoUrl(_))) => return Err(error.into()),
                Err(error) => {
                    if !matches!(&error, ExchangeError::Http2(error) if error.is_reset()) {
                        self.forget(owner, &line);
                    }
                    return Err(told(error.into(), visit));
                }
                Ok(exchanged) => {
                    let Opening { resolve, connect, tls, .. } = opened.unwrap_or_default();
                    let timings = Timings { resolve, connect, tls, reused, ..exchanged.timings };
                    meters.answered(visit, exchanged.status, &timings);
                    return Ok((exchanged, timings));
                }
            }
        }
    }

    /// Opens all connections of a pool. They count for no visit, as no minion waits for them.
    pub(crate) async fn fill(&self, connector: &Connector, origin: &Rc<Origin>, clock: Clock) -> Result<(), ConnectError> {
        let Some(size) = self.size else { return Ok(()) };
        let opening = iter(0..size).map(|_| connector.open_shared(origin, clock)).buffer_unordered(OPENED_AT_A_TIME);
        let keep = async |(connection, _)| {
            let line = Line::new(origin, clock, Some(connection));
            self.by_owner.borrow_mut().entry(ALL).or_default().push(Rc::new(line));
            Ok(())
        };
        opening.try_for_each(keep).await
    }

    /// Lets go of a minion's own; one in use is closed when its exchanges have ended.
    pub(crate) fn close(&self, minion: u32) {
        if self.size.is_none() {
            self.by_owner.borrow_mut().remove(&minion);
        }
    }

    /// The line with the fewest exchanges, or a new one where there may be more. Those that were idle for too long are closed.
    fn line(&self, owner: u32, origin: &Rc<Origin>, clock: Clock, idle_limit: Option<Duration>) -> Rc<Line> {
        let mut all = self.by_owner.borrow_mut();
        let lines = all.entry(owner).or_default();
        if let Some(limit) = idle_limit {
            let now = clock.now();
            lines.retain(|line| line.in_flight.get() > 0 || line.last_used.get() + limit >= now);
        }
        let of_origin = || lines.iter().filter(|line| Rc::ptr_eq(&line.origin, origin));
        let is_full = of_origin().count() >= self.size.unwrap_or(1);
        match of_origin().min_by_key(|line| line.in_flight.get()) {
            Some(line) if is_full || line.in_flight.get() == 0 => Rc::clone(line),
            _ => {
                let line = Rc::new(Line::new(origin, clock, None));
                lines.push(Rc::clone(&line));
                line
            }
        }
    }

    fn forget(&self, owner: u32, line: &Rc<Line>) {
        if let Some(lines) = self.by_owner.borrow_mut().get_mut(&owner) {
            lines.retain(|known| !Rc::ptr_eq(known, line));
        }
    }
}

impl Line {
    fn new(origin: &Rc<Origin>, clock: Clock, connection: Option<SharedConnection>) -> Self {
        Self {
            origin: Rc::clone(origin),
            connection: OnceCell::new_with(connection),
            in_flight: Cell::new(0),
            last_used: Cell::new(clock.now()),
        }
    }
}
