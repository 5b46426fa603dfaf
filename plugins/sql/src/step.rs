//! The steps `sql-search` and `sql-save`: checked, then attached to a worker, then run visit by visit.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use throng_model::PluginUse;
use throng_plugin_api::{AttachContext, Attached, Clock, ConfiguredStep, OpenContext, OpenError, Performed, Span, StepRunner, Visit};
use throng_protocols::{Failure, Output, Pair, Value};

use crate::database::{Database, DatabasePlan};
use crate::error::SqlError;
use crate::meters::{Names, SAVE, SEARCH, SqlMeters};
use crate::plan::Plan;
use crate::pool::{Pool, Pools};
use crate::value::Answer;

/// What a step emits of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verb {
    /// Its rows.
    Search,
    /// How many rows were changed.
    Save,
}

/// A checked step.
#[derive(Debug)]
pub(crate) struct ConfiguredStatement {
    pub(crate) database: DatabasePlan,
    pub(crate) plan: Plan,
    pub(crate) verb: Verb,
    pub(crate) keeps_input: bool,
}

pub(crate) type Opened<'a> = Pin<Box<dyn Future<Output = Result<(), OpenError>> + Send + 'a>>;

impl ConfiguredStep for ConfiguredStatement {
    fn uses(&self) -> PluginUse {
        PluginUse { callbacks: self.plan.callbacks(), warms_up: self.database.warms_up, ..PluginUse::default() }
    }

    fn open<'a>(&'a self, campaign: &'a OpenContext) -> Opened<'a> {
        let database = self.database.resolve(&campaign.settings, &campaign.files);
        Box::pin(async move { try_connection(&database, campaign.clock).await })
    }

    fn attach(&self, context: &mut AttachContext<'_>) -> Result<Attached, OpenError> {
        let database = self.database.resolve(context.settings, context.files);
        let size = context.share_of(self.database.pool_size);
        let pool = context.shared.get_or_default::<Pools>().pool(database, size, self.database.idle_limit);
        let names: &Names = if self.verb == Verb::Search { &SEARCH } else { &SAVE };
        let meters = SqlMeters::register(context.meters, names);
        let (plan, verb, keeps_input) = (self.plan.clone(), self.verb, self.keeps_input);
        Ok(Attached::Step(Rc::new(StatementStep { pool, plan, verb, keeps_input, meters, clock: context.clock })))
    }
}

/// A database that lets nobody in is better known before the load.
pub(crate) async fn try_connection(database: &Database, clock: Clock) -> Result<(), OpenError> {
    Ok(database.connect(clock).await.map(drop)?)
}

/// A step on one worker.
struct StatementStep {
    pool: Rc<Pool>,
    plan: Plan,
    verb: Verb,
    keeps_input: bool,
    meters: SqlMeters,
    clock: Clock,
}

impl StepRunner for StatementStep {
    fn run<'a>(&'a self, visit: &'a Visit<'a>, input: Value) -> LocalBoxFuture<'a, Performed> {
        Box::pin(async move { self.perform(visit, input).await.unwrap_or_else(Performed::from) })
    }

    fn warm_up(&self) -> LocalBoxFuture<'_, Result<(), OpenError>> {
        Box::pin(async move { Ok(self.pool.fill(self.clock).await?) })
    }

    fn minion_done(&self, _: u32) {}
}

impl StatementStep {
    async fn perform(&self, visit: &Visit<'_>, input: Value) -> Result<Performed, Failure> {
        let statements = self.plan.statements(visit, &input)?;
        let clock = visit.clock();
        let _turn = match self.pool.turns.try_turn() {
            Some(turn) => turn,
            None => {
                let start = clock.now();
                let turn = self.pool.turns.turn().await;
                self.meters.waited(visit, clock.now().since(start));
                turn
            }
        };
        let mut connection = match self.pool.take(clock) {
            Some(connection) => connection,
            None => {
                let start = clock.now();
                let opened = self.pool.database.connect(clock).await.map_err(|error| told(error, visit))?;
                self.meters.opened(visit, clock.now().since(start));
                opened
            }
        };
        let start = clock.now();
        let answer = match statements.is_empty() {
            true => Ok(Answer::default()),
            false => connection.run_all(&statements).await,
        };
        let end = clock.now();
        if answer.as_ref().map_or_else(SqlError::leaves_connection, |_| true) {
            self.pool.put(connection, clock);
        }
        let answer = answer.map_err(|error| told(error, visit))?;
        let records = if self.verb == Verb::Search { answer.rows.len() as u64 } else { answer.affected };
        self.meters.answered(visit, records, answer.bytes(), end.since(start));
        let value = Value::Json(self.emitted(&answer).into());
        let value = if self.keeps_input { Value::native(Pair { first: input, second: value }) } else { value };
        Ok(Performed { result: Ok(Output::One(value)), service: Some(Span { start, end }) })
    }

    fn emitted(&self, answer: &Answer) -> String {
        match (self.verb, answer.rows.is_empty()) {
            (Verb::Search, _) => answer.list(),
            (Verb::Save, true) => format!(r#"{{"affected":{}}}"#, answer.affected),
            // Of `returning`.
            (Verb::Save, false) => format!(r#"{{"affected":{},"rows":{}}}"#, answer.affected, answer.list()),
        }
    }
}

/// A failure, of which an event tells too if it is the connection's.
#[cold]
pub(crate) fn told(error: SqlError, visit: &Visit<'_>) -> Failure {
    error.shortage().into_iter().for_each(|shortage| visit.short_of(shortage));
    let is_of_connection = error.is_of_connection();
    let failure = Failure::from(error);
    if is_of_connection {
        visit.connection_failed(&failure);
    }
    failure
}
