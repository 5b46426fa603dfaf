//! The plugin: its kinds, and how each use of them is checked.

use std::sync::Arc;
use std::time::Duration;

use schemars::schema_for;
use serde_json::Value as Json;
use throng_model::{ConfigFault, StepSetup};
use throng_plugin_api::{ConfiguredStep, ExporterInfo, KindInfo, Plugin, option_fault, read_options};

use crate::address::Dialect;
use crate::checks::{database, read_defaults};
use crate::insert::InsertPlan;
use crate::options::{PollOptions, SaveOptions, SearchOptions, TieBreakerOptions};
use crate::parameters::{ParameterPlan, checked_pointer};
use crate::plan::Plan;
use crate::poll::ConfiguredPoll;
use crate::step::{ConfiguredStatement, Verb};
use crate::tie_breaker::{TieBreakerPlan, check_query, initial};
use throng_broker::{Gathered, duration};

const POLL_DELAY: Duration = Duration::from_secs(10);
const SHORTEST_POLL_DELAY: Duration = Duration::from_millis(1);

/// What scenarios may reach.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Access {
    /// Their targets, and any file of SQLite that this process may open; only then are there exporters, too.
    #[default]
    Anywhere,
    /// Their targets alone: for an engine that runs the scenarios of others.
    Targets,
}

/// The plugin `sql`: source kind `sql-poll`, step kinds `sql-search` and `sql-save`, and the exporter `postgresql`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SqlPlugin {
    access: Access,
}

impl SqlPlugin {
    /// The plugin, for scenarios that may reach this.
    pub fn new(access: Access) -> Self {
        Self { access }
    }
}

const KINDS: &[KindInfo<'_>] = &[
    KindInfo {
        name: "sql-poll",
        summary: "asks a database again and again for rows that are new, and makes a record of each",
        schema: &|| schema_for!(PollOptions).to_value(),
    },
    KindInfo {
        name: "sql-search",
        summary: "asks a database, and emits the rows as a list",
        schema: &|| schema_for!(SearchOptions).to_value(),
    },
    KindInfo {
        name: "sql-save",
        summary: "inserts rows into a table of a database, or runs any other statement",
        schema: &|| schema_for!(SaveOptions).to_value(),
    },
];

impl Plugin for SqlPlugin {
    fn name(&self) -> &'static str {
        crate::checks::SQL
    }

    fn kinds(&self) -> Vec<KindInfo<'_>> {
        KINDS.to_vec()
    }

    fn exporters(&self) -> &'static [ExporterInfo] {
        match self.access {
            Access::Anywhere => &[crate::export::POSTGRESQL],
            Access::Targets => &[],
        }
    }

    fn configure(&self, setup: &StepSetup<'_>) -> Result<Arc<dyn ConfiguredStep>, Vec<ConfigFault>> {
        match setup.kind {
            "sql-poll" => Ok(Arc::new(self.poll(setup)?)),
            "sql-search" => Ok(Arc::new(self.search(setup)?)),
            "sql-save" => Ok(Arc::new(self.save(setup)?)),
            other => Err(vec![option_fault("", format!("the plugin `sql` has no step kind `{other}`"), None)]),
        }
    }
}

impl SqlPlugin {
    fn poll(&self, setup: &StepSetup<'_>) -> Result<ConfiguredPoll, Vec<ConfigFault>> {
        let own: PollOptions = read_options(setup.config, "")?;
        let mut faults = Gathered::default();
        let database = faults.catch(database(&own.database(), &read_defaults(setup)?, setup, self.access));
        let placeholder = database.as_ref().map_or(Dialect::Postgres, |plan| plan.place.dialect()).placeholder(1);
        let tie_breaker = faults.catch(tie_breaker(own.tie_breaker.as_ref()));
        if own.query.is_none() {
            let hint = format!("add `\"query\": \"select * from orders where id > {placeholder} order by id\"`");
            faults.add("", "there is no `query`", Some(&hint));
        }
        if let (Some(query), Some(tie_breaker), true) = (&own.query, &tie_breaker, database.is_some())
            && let Err((message, hint)) = check_query(query, &tie_breaker.column, &placeholder)
        {
            faults.add("/query", message, Some(&hint));
        }
        let delay = faults.catch(duration(own.poll_delay.as_deref(), "/poll-delay")).flatten().unwrap_or(POLL_DELAY);
        if delay < SHORTEST_POLL_DELAY {
            faults.add("/poll-delay", "the shortest delay is `1ms`", None);
        }
        let whole = match (database, own.query, tie_breaker) {
            (Some(database), Some(query), Some(tie_breaker)) => Some(ConfiguredPoll { database, query, tie_breaker, delay }),
            _ => None,
        };
        faults.or(whole)
    }

    fn search(&self, setup: &StepSetup<'_>) -> Result<ConfiguredStatement, Vec<ConfigFault>> {
        let own: SearchOptions = read_options(setup.config, "")?;
        let mut faults = Gathered::default();
        let database = faults.catch(database(&own.database(), &read_defaults(setup)?, setup, self.access));
        let plan = faults.catch(match (&own.query, own.request) {
            (Some(_), Some(_)) => Err(vec![option_fault("/request", "there are both `query` and `request`", leave_one())]),
            (Some(query), None) => statement(query, own.parameters.as_deref()),
            (None, Some(request)) => Ok(Plan::Callback(request.callback)),
            (None, None) => {
                let hint = "add `\"query\": \"select …\"`, or `\"request\": {\"callback\": 0}`".to_owned();
                Err(vec![option_fault("", "there is no `query`", Some(hint))])
            }
        });
        let step = |(database, plan)| ConfiguredStatement { database, plan, verb: Verb::Search, keeps_input: own.keep_input };
        let whole = database.zip(plan).map(step);
        faults.or(whole)
    }

    fn save(&self, setup: &StepSetup<'_>) -> Result<ConfiguredStatement, Vec<ConfigFault>> {
        let own: SaveOptions = read_options(setup.config, "")?;
        let mut faults = Gathered::default();
        let database = faults.catch(database(&own.database(), &read_defaults(setup)?, setup, self.access));
        let dialect = database.as_ref().map_or(Dialect::Postgres, |plan| plan.place.dialect());
        let plan = faults.catch(match (&own.table, &own.statement, own.request) {
            (Some(table), None, None) => insert(&own, table, dialect),
            (None, Some(text), None) => statement(text, own.parameters.as_deref()),
            (None, None, Some(request)) => Ok(Plan::Callback(request.callback)),
            (None, None, None) => {
                let hint = "add `\"table\": \"orders\"` and its `columns`, or a `statement`".to_owned();
                Err(vec![option_fault("", "there is neither a `table` nor a `statement`", Some(hint))])
            }
            _ => Err(vec![option_fault("", "there is more than one of `table`, `statement` and `request`", leave_one())]),
        });
        let step = |(database, plan)| ConfiguredStatement { database, plan, verb: Verb::Save, keeps_input: own.keep_input };
        let whole = database.zip(plan).map(step);
        faults.or(whole)
    }
}

fn leave_one() -> Option<String> {
    Some("leave one of them".to_owned())
}

fn statement(text: &str, parameters: Option<&[Json]>) -> Result<Plan, Vec<ConfigFault>> {
    Ok(Plan::Statement { text: text.to_owned(), parameters: ParameterPlan::read_all(parameters)? })
}

fn insert(own: &SaveOptions, table: &str, dialect: Dialect) -> Result<Plan, Vec<ConfigFault>> {
    let mut faults = Gathered::default();
    if own.parameters.is_some() {
        faults.add("/parameters", "a `table` has `columns`", Some("write them as `\"columns\": {\"id\": {\"json\": \"/id\"}}`"));
    }
    let mut columns = Vec::new();
    for (name, json) in own.columns.iter().flatten() {
        let place = format!("/columns/{}", throng_plugin_api::pointer_token(name));
        columns.extend(faults.catch(ParameterPlan::read(json, &place).map_err(|fault| vec![fault])).map(|plan| (name.clone(), plan)));
    }
    if own.columns.as_ref().is_none_or(std::collections::BTreeMap::is_empty) {
        faults.add("", "there are no `columns`", Some("say what is saved: `\"columns\": {\"id\": {\"json\": \"/id\"}}`"));
    }
    let rows = faults.catch(checked_pointer(own.rows.as_deref().unwrap_or_default(), "/rows").map_err(|fault| vec![fault]));
    let plan = rows.map(|rows| Plan::Insert(InsertPlan::new(dialect, table, columns, rows)));
    faults.or(plan)
}

fn tie_breaker(json: Option<&Json>) -> Result<TieBreakerPlan, Vec<ConfigFault>> {
    const POINTER: &str = "/tie-breaker";
    let Some(json) = json else {
        let hint = "name the column that tells new rows: `\"tie-breaker\": {\"column\": \"id\", \"initial\": 0}`".to_owned();
        return Err(vec![option_fault("", "there is no `tie-breaker`", Some(hint))]);
    };
    let options: TieBreakerOptions = read_options(json, POINTER)?;
    let initial = initial(&options.initial).map_err(|message| vec![option_fault(format!("{POINTER}/initial"), message, None)])?;
    Ok(TieBreakerPlan { column: options.column, initial })
}
