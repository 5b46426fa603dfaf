//! The source `sql-poll`: a query again and again, over a connection of its own, for rows that are new.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use throng_measure::Moment;
use throng_model::{PluginUse, SourceUse};
use throng_plugin_api::{AttachContext, Attached, Clock, ConfiguredStep, OpenContext, OpenError, Pulled, SourceRunner, Visit};
use throng_protocols::{Failure, Value};

use crate::connection::Connection;
use crate::database::{Database, DatabasePlan};
use crate::error::SqlError;
use crate::meters::{POLL, SqlMeters};
use crate::step::{Opened, told, try_connection};
use crate::tie_breaker::{TieBreaker, TieBreakerPlan};
use crate::value::Answer;
use throng_broker::BackOff;

/// A poll has taken longer than `timeouts.query`.
const QUERY_TIMEOUT: &str = "query-timeout";

/// A checked `sql-poll` source.
#[derive(Debug)]
pub(crate) struct ConfiguredPoll {
    pub(crate) database: DatabasePlan,
    pub(crate) query: String,
    pub(crate) tie_breaker: TieBreakerPlan,
    pub(crate) delay: Duration,
}

impl ConfiguredStep for ConfiguredPoll {
    fn uses(&self) -> PluginUse {
        PluginUse { source: Some(SourceUse { endless: true }), ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        let database = self.database.resolve(&campaign.settings, &campaign.files);
        Box::pin(async move { try_connection(&database, campaign.clock).await })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        Ok(Attached::Source(Box::new(PollSource {
            database: self.database.resolve(context.settings, context.files),
            query: self.query.clone(),
            plan: self.tie_breaker.clone(),
            tie_breaker: TieBreaker::new(&self.tie_breaker),
            delay: self.delay,
            query_limit: self.database.query_limit,
            meters: SqlMeters::register(context.meters, &POLL),
            connection: None,
            back_off: BackOff::default(),
            next: None,
        })))
    }
}

/// A source on its worker.
struct PollSource {
    database: Database,
    query: String,
    plan: TieBreakerPlan,
    tie_breaker: TieBreaker,
    delay: Duration,
    query_limit: Duration,
    meters: SqlMeters,
    /// None before the first poll, and behind one that failed.
    connection: Option<Connection>,
    back_off: BackOff,
    /// When the next poll starts; none for at once.
    next: Option<Moment>,
}

impl SourceRunner for PollSource {
    fn next<'a>(&'a mut self, visit: &'a Visit<'a>) -> LocalBoxFuture<'a, Result<Pulled, Failure>> {
        Box::pin(async move {
            let clock = visit.clock();
            if let Some(next) = self.next.filter(|next| *next > clock.now()) {
                clock.sleep_until(next).await;
            }
            let start = clock.now();
            let answer = self.poll(visit, clock).await;
            let new = answer.and_then(|answer| self.tie_breaker.new_rows(answer).map_err(Failure::from));
            let records = match new {
                Ok(rows) => {
                    self.back_off.reset();
                    self.next = Some(start + self.delay);
                    let bytes = rows.iter().map(|row| row.len() as u64).sum();
                    self.meters.answered(visit, rows.len() as u64, bytes, clock.now().since(start));
                    rows.into_iter().map(|row| Ok(Value::Json(row.into()))).collect()
                }
                Err(failure) => {
                    self.next = Some((start + self.delay).max(clock.now() + self.back_off.pause()));
                    vec![Err(failure)]
                }
            };
            Ok(Pulled::Records(records))
        })
    }

    fn rewind(&mut self) {
        self.tie_breaker = TieBreaker::new(&self.plan);
        self.next = None;
    }
}

impl PollSource {
    /// One poll. Whatever goes wrong is a bad record; the source goes on.
    async fn poll(&mut self, visit: &Visit<'_>, clock: Clock) -> Result<Answer, Failure> {
        let limit = self.query_limit;
        let asked = clock.timeout(limit, self.ask(visit, clock)).await;
        asked.unwrap_or_else(|| {
            let message = format!("no answer within {limit:?}; `timeouts.query` allows more");
            Err(Failure::error(QUERY_TIMEOUT, message))
        })
    }

    async fn ask(&mut self, visit: &Visit<'_>, clock: Clock) -> Result<Answer, Failure> {
        // Taken out: what is given up half-way is not used again.
        let kept = self.connection.take().and_then(|kept| kept.is_whole().then_some(kept));
        let mut connection = match kept {
            Some(kept) => kept,
            None => {
                let start = clock.now();
                let opened = self.database.connect(clock).await.map_err(|error| told(error, visit))?;
                self.meters.opened(visit, clock.now().since(start));
                opened
            }
        };
        let answer = connection.run(&self.query, &[self.tie_breaker.last()]).await;
        if answer.as_ref().map_or_else(SqlError::leaves_connection, |_| true) {
            self.connection = Some(connection);
        }
        answer.map_err(|error| told(error, visit))
    }
}
