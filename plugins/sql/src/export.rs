//! The exporter `postgresql`: meters and events as rows of two tables.

mod options;
mod rows;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use schemars::schema_for;
use throng_measure::Record;
use throng_model::{ConfigFault, RecordKinds};
use throng_plugin_api::{Clock, ConfiguredExporter, ExportContext, ExportError, Exporter, ExporterInfo, ExporterSetup, OpenError, Trouble};

use self::options::{ExportOptions, Tables};
use self::rows::{EVENT_COLUMNS, METER_COLUMNS, create_events, create_meters, event, meter};
use crate::address::Dialect;
use crate::connection::Connection;
use crate::database::Database;
use crate::error::SqlError;
use crate::insert::placeholders;
use crate::value::Parameter;
use throng_broker::BackOff;

/// The exporter, for the registry.
pub(crate) const POSTGRESQL: ExporterInfo = ExporterInfo {
    name: "postgresql",
    summary: "writes meters and events to tables of PostgreSQL or TimescaleDB",
    schema: || schema_for!(ExportOptions).to_value(),
    configure: |setup| Ok(Arc::new(configure(setup)?)),
};

/// A database that will be written to.
#[derive(Clone, Debug)]
struct ConfiguredExport {
    plan: options::ExportPlan,
    records: RecordKinds,
}

fn configure(setup: &ExporterSetup<'_>) -> Result<ConfiguredExport, Vec<ConfigFault>> {
    Ok(ConfiguredExport { plan: options::read(setup.options)?, records: setup.records.unwrap_or(RecordKinds::All) })
}

impl ConfiguredExporter for ConfiguredExport {
    fn target(&self) -> String {
        self.plan.to_string()
    }

    fn records(&self) -> RecordKinds {
        self.records
    }

    fn open<'a>(&'a self, campaign: &'a ExportContext) -> BoxFuture<'a, Result<Box<dyn Exporter>, OpenError>> {
        Box::pin(async move {
            let database = self.plan.database(&campaign.files)?;
            let mut connection = database.connect(campaign.clock).await?;
            let tables = self.plan.tables.clone();
            for statement in [create_meters(&tables.meters), create_events(&tables.events)].iter().filter(|_| tables.are_made) {
                connection.run(statement, &[]).await?;
            }
            let exporter = PostgresExporter {
                database,
                tables,
                connection: Some(connection),
                clock: campaign.clock,
                trouble: campaign.trouble.clone(),
            };
            Ok(Box::new(exporter) as Box<dyn Exporter>)
        })
    }
}

/// Tables that are being written.
struct PostgresExporter {
    database: Database,
    tables: Tables,
    /// None behind one that was lost.
    connection: Option<Connection>,
    clock: Clock,
    trouble: Trouble,
}

impl Exporter for PostgresExporter {
    fn export(&mut self, batch: Vec<Record>) -> BoxFuture<'_, Result<(), ExportError>> {
        Box::pin(async move {
            let statements = statements(&batch, &self.tables);
            let mut back_off = BackOff::default();
            loop {
                match self.write(&statements).await {
                    Ok(()) => return Ok(()),
                    // The server is away: the queue waits with us, and drops its oldest.
                    Err(error) if error.is_of_connection() || error.is_passing() => {
                        self.trouble.is(&error.to_string());
                        self.clock.sleep_until(self.clock.now() + back_off.pause()).await
                    }
                    Err(error) => return Err(ExportError { written: 0, message: error.to_string(), hint: None }),
                }
            }
        })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), ExportError>> {
        // Each batch was written whole; there is nothing to flush.
        Box::pin(async { Ok(()) })
    }
}

impl PostgresExporter {
    async fn write(&mut self, statements: &[(String, Vec<Parameter>)]) -> Result<(), SqlError> {
        // Taken out: what is given up half-way is not used again.
        let mut connection = match self.connection.take().and_then(|kept| kept.is_whole().then_some(kept)) {
            Some(kept) => kept,
            None => self.database.connect(self.clock).await?,
        };
        let written = connection.run_all(statements).await;
        if written.as_ref().map_or_else(SqlError::leaves_connection, |_| true) {
            self.connection = Some(connection);
        }
        written.map(drop)
    }
}

/// One statement for each table that the batch has records for.
fn statements(batch: &[Record], tables: &Tables) -> Vec<(String, Vec<Parameter>)> {
    let (mut meters, mut events) = (Vec::new(), Vec::new());
    for record in batch {
        match record {
            Record::Meter(exported) => meters.push(meter(exported)),
            Record::Event(exported) => events.push(event(exported)),
        }
    }
    let mut statements = inserts(&tables.meters, &METER_COLUMNS, meters);
    statements.extend(inserts(&tables.events, &EVENT_COLUMNS, events));
    statements
}

fn inserts<const N: usize>(table: &str, columns: &[&str; N], rows: Vec<[Parameter; N]>) -> Vec<(String, Vec<Parameter>)> {
    let at_a_time = Dialect::Postgres.most_placeholders() / N.max(1);
    let statement = |rows: &[[Parameter; N]]| {
        let names = columns.map(|column| Dialect::Postgres.quoted(column)).join(", ");
        let places = placeholders(Dialect::Postgres, rows.len(), N);
        let text = format!("insert into {} ({names}) values {places}", Dialect::Postgres.quoted(table));
        (text, rows.iter().flatten().cloned().collect())
    };
    rows.chunks(at_a_time).map(statement).collect()
}
