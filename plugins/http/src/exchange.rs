//! A request sent over a connection that was kept or is opened for it.

use std::rc::Rc;

use throng_plugin_api::{Visit, after_others};
use throng_protocols::Failure;
use throng_protocols::http::Timings;
use tokio::sync::SemaphorePermit;

use crate::connect::{ConnectError, Opening};
use crate::connection::{Connection, Encoded, ExchangeError, Exchanged};
use crate::failure::CLOSED;
use crate::meters::HttpMeters;
use crate::origin::Origin;
use crate::shelf::Shelf;
use crate::source::Source;

/// An exchange that has come to a response.
#[derive(Debug)]
pub(crate) struct Sent {
    /// What it went over; whether it can be used again is its own to say.
    pub(crate) connection: Box<Connection>,
    pub(crate) exchanged: Exchanged,
    /// The exchange's, and the connection's if it was opened.
    pub(crate) timings: Timings,
}

/// Sends a request over a kept connection, or over a new one if there is none or the server has closed it, and meters that.
pub(crate) async fn send(
    source: &Source,
    origin: &Rc<Origin>,
    request: &Encoded,
    mut kept: Option<Box<Connection>>,
    body_limit: u64,
    meters: &HttpMeters,
    visit: &Visit<'_>,
) -> Result<Sent, Failure> {
    let clock = visit.clock();
    loop {
        let reused = kept.is_some();
        let (mut connection, opening) = match kept.take() {
            Some(connection) => (connection, Opening::default()),
            None => {
                let opened = source.connector.open(origin, clock).await;
                let opened = opened.map_err(|error| not_opened(error, visit))?;
                meters.opened(visit, &opened.1);
                opened
            }
        };
        let exchanged = connection.exchange(request, body_limit, clock).await;
        meters.traffic(visit, connection.take_traffic());
        let exchanged = match exchanged {
            // The server has closed what was kept, and has seen nothing of the request: as if nothing had been kept.
            Err(ExchangeError::NotSent) if reused => continue,
            // The answer is too long for the step; nothing is wrong with the connection.
            Err(error @ ExchangeError::BodyTooLarge { .. }) => return Err(error.into()),
            Err(error) => return Err(told(error.into(), visit)),
            Ok(exchanged) => exchanged,
        };
        let Opening { resolve, connect, tls, .. } = opening;
        let timings = Timings { resolve, connect, tls, reused, ..exchanged.timings };
        meters.answered(visit, exchanged.status, &timings);
        return Ok(Sent { connection, exchanged, timings });
    }
}

/// The right to use a connection of a shelf, when others have had their turn: who has to wait for it is behind them anyhow, and meters that.
pub(crate) async fn turn<'a>(shelf: &'a Shelf, meters: &HttpMeters, visit: &Visit<'_>) -> Result<SemaphorePermit<'a>, Failure> {
    if let Some(turn) = shelf.try_turn() {
        after_others().await;
        return Ok(turn);
    }
    let start = visit.clock().now();
    let turn = shelf.turn().await.ok_or_else(|| Failure::error(CLOSED, "the step's connections are gone"))?;
    meters.waited(visit, visit.clock().now().since(start));
    Ok(turn)
}

/// Why there is no connection, of which the machine's part is noted.
#[cold]
pub(crate) fn not_opened(error: ConnectError, visit: &Visit<'_>) -> Failure {
    error.shortage().into_iter().for_each(|shortage| visit.short_of(shortage));
    told(error.into(), visit)
}

/// A failure of a connection, of which an event tells too.
#[cold]
pub(crate) fn told(failure: Failure, visit: &Visit<'_>) -> Failure {
    visit.connection_failed(&failure);
    failure
}
