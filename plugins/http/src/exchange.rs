//! A request sent over a connection that was kept or is opened for it.

use std::rc::Rc;

use throng_plugin_api::{Turn, Visit};
use throng_protocols::Failure;
use throng_protocols::http::Timings;

use crate::connect::{ConnectError, Opening};
use crate::connection::{Connection, Encoded, ExchangeError, Exchanged};
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
///
/// Not `async` itself: such a function has room for its arguments twice, a block once, and every request that is under way holds it.
#[expect(clippy::manual_async_fn, reason = "as said")]
pub(crate) fn send<'a>(
    source: &'a Source,
    origin: &'a Rc<Origin>,
    request: &'a Encoded,
    mut kept: Option<Box<Connection>>,
    body_limit: u64,
    meters: &'a HttpMeters,
    visit: &'a Visit<'_>,
) -> impl Future<Output = Result<Sent, Failure>> {
    async move {
        loop {
            let (mut connection, opening) = match kept.take() {
                Some(connection) => (connection, None),
                None => {
                    let opened = source.connector.open(origin, visit.clock()).await;
                    let (connection, opening) = opened.map_err(|error| not_opened(error, visit))?;
                    meters.opened(visit, &opening);
                    (connection, Some(Box::new(opening)))
                }
            };
            let exchanged = connection.exchange(request, body_limit, visit.clock()).await;
            meters.traffic(visit, connection.take_traffic());
            let exchanged = match exchanged {
                // The server has closed what was kept, and has seen nothing of the request: as if nothing had been kept.
                Err(ExchangeError::NotSent) if opening.is_none() => continue,
                // The answer is too long for the step; nothing is wrong with the connection.
                Err(error @ ExchangeError::BodyTooLarge { .. }) => return Err(error.into()),
                Err(error) => return Err(told(error.into(), visit)),
                Ok(exchanged) => exchanged,
            };
            let timings = match opening {
                None => Timings { reused: true, ..exchanged.timings },
                Some(opening) => {
                    let Opening { resolve, connect, tls, .. } = *opening;
                    Timings { resolve, connect, tls, reused: false, ..exchanged.timings }
                }
            };
            meters.answered(visit, exchanged.status, &timings);
            return Ok(Sent { connection, exchanged, timings });
        }
    }
}

/// The right to use a connection of a shelf, and whether it had to be waited for, which is metered.
pub(crate) async fn turn<'a>(shelf: &'a Shelf, meters: &HttpMeters, visit: &Visit<'_>) -> (Turn<'a>, bool) {
    if let Some(turn) = shelf.turns.try_turn() {
        return (turn, false);
    }
    let start = visit.clock().now();
    let turn = shelf.turns.turn().await;
    meters.waited(visit, visit.clock().now().since(start));
    (turn, true)
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
