//! Rows saved in PostgreSQL and found there by `sqlx`, and saved in SQLite by `rusqlite`.

use std::time::Duration;

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{ConnectOptions as _, Executor as _, Row as _};

use crate::{Work, block_on, timed};

const MAKE: &str = "drop table if exists bench; create table bench (id bigserial primary key, name text, price double precision)";
/// What the table that is searched has.
const ROWS: &str = "insert into bench (name, price) select 'order', 12.5 from generate_series(1, 10000)";
const FILE: &str = "drop table if exists bench; create table bench (id integer primary key, name text, price real)";

/// An empty table.
pub(crate) fn make_table(work: &Work) -> Result<()> {
    block_on(async {
        let mut connection = connect(work).await?;
        connection.execute(sqlx::raw_sql(MAKE)).await?;
        Ok(())
    })
}

/// A table with rows.
pub(crate) fn fill(work: &Work) -> Result<()> {
    make_table(work)?;
    block_on(async {
        connect(work).await?.execute(sqlx::raw_sql(ROWS)).await?;
        Ok(())
    })
}

/// A connection for each row that is under way.
pub(crate) fn save(work: &Work) -> Result<Duration> {
    over_connections(work, async |connection| {
        let row = sqlx::query("insert into bench (name, price) values ($1, $2)").bind("order").bind(12.5);
        ensure!(row.execute(connection).await?.rows_affected() == 1);
        Ok(())
    })
}

/// A connection for each question that is under way.
pub(crate) fn search(work: &Work) -> Result<Duration> {
    over_connections(work, async |connection| {
        let row = sqlx::query("select id, name, price from bench where id = $1").bind(7_i64).fetch_one(connection).await?;
        ensure!(row.try_get::<i64, _>(0)? == 7 && row.try_get::<String, _>(1)? == "order" && row.try_get::<f64, _>(2)? == 12.5);
        Ok(())
    })
}

fn over_connections(work: &Work, operation: impl AsyncFn(&mut PgConnection) -> Result<()>) -> Result<Duration> {
    block_on(async {
        let connections = try_join_all((0..work.in_flight).map(|_| connect(work))).await?;
        let operation = &operation;
        let one = |mut connection: PgConnection| async move {
            for _ in 0..work.each() {
                operation(&mut connection).await?;
            }
            Ok::<_, anyhow::Error>(())
        };
        timed(async { try_join_all(connections.into_iter().map(one)).await.map(drop) }).await
    })
}

async fn connect(work: &Work) -> Result<PgConnection> {
    let options = PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(work.port()?).username("postgres").database("postgres");
    Ok(options.ssl_mode(PgSslMode::Disable).disable_statement_logging().connect().await?)
}

/// A file with an empty table.
pub(crate) fn make_file(work: &Work) -> Result<()> {
    Ok(rusqlite::Connection::open(file(work))?.execute_batch(FILE)?)
}

/// One connection: a file has one writer at a time.
pub(crate) fn save_in_file(work: &Work) -> Result<Duration> {
    let connection = rusqlite::Connection::open(file(work))?;
    let mut statement = connection.prepare("insert into bench (name, price) values (?, ?)")?;
    block_on(timed(async {
        for _ in 0..work.operations {
            ensure!(statement.execute(("order", 12.5))? == 1);
        }
        Ok(())
    }))
}

fn file(work: &Work) -> &str {
    work.url.strip_prefix("sqlite:").unwrap_or(&work.url)
}
