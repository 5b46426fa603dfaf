//! A connection to PostgreSQL.

mod decode;
mod encode;

use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgDatabaseError, PgErrorPosition, PgSslMode};
use sqlx::{AssertSqlSafe, Column as _, ConnectOptions as _, Either, Executor as _, Row as _, SqlSafeStr as _, Statement as _};

use self::decode::cell;
use self::encode::add;
use crate::address::Server;
use crate::database::{Account, Security};
use crate::error::{Refusal, SqlError, near};
use crate::value::{Answer, Cell, Parameter};

/// A connection that is logged in.
pub(crate) struct Postgres {
    connection: PgConnection,
    limit: u64,
}

impl Postgres {
    /// Connects and logs in.
    pub(crate) async fn open(server: &Server, account: &Account, tls: Option<&Security>, limit: u64) -> Result<Self, SqlError> {
        let options = PgConnectOptions::new_without_pgpass()
            .host(&server.host)
            .port(server.port)
            .username(&account.user)
            .password(account.password())
            .database(server.database.as_deref().unwrap_or(&account.user))
            .application_name("throng");
        let options = match tls {
            None => options.ssl_mode(PgSslMode::Disable),
            Some(tls) => secured(options, tls),
        };
        let opened = options.disable_statement_logging().connect().await;
        let connection = opened.map_err(|error| SqlError::of_opening(error, server, account))?;
        Ok(Self { connection, limit })
    }

    /// Runs one statement.
    pub(crate) async fn run(&mut self, statement: &str, parameters: &[Parameter]) -> Result<Answer, SqlError> {
        let text = || AssertSqlSafe(statement.to_owned()).into_sql_str();
        let refused = |error| SqlError::of_statement(error, statement);
        // The server tells what its placeholders are of; the connection keeps what it told.
        let prepared = self.connection.prepare_with(text(), &[]).await.map_err(refused)?;
        let types = prepared.parameters().and_then(Either::left).unwrap_or_default();
        if types.len() != parameters.len() {
            return Err(SqlError::other_number(types.len(), parameters.len()));
        }
        let mut arguments = PgArguments::default();
        for (index, (parameter, kind)) in parameters.iter().zip(types).enumerate() {
            add(&mut arguments, parameter, kind).map_err(|reason| SqlError::Parameter(format!("`${}`: {reason}", index + 1)))?;
        }
        let mut answer = Answer::default();
        let mut room = self.limit;
        let mut results = self.connection.fetch_many(prepared.query_with(arguments));
        while let Some(result) = results.try_next().await.map_err(refused)? {
            match result {
                Either::Left(done) => answer.affected += done.rows_affected(),
                Either::Right(row) => {
                    if answer.rows.is_empty() {
                        answer.columns = row.columns().iter().map(|column| column.name().to_owned()).collect();
                    }
                    let mut cells = Vec::with_capacity(row.len());
                    for column in row.columns() {
                        let Cell(cell) =
                            cell(&row, column).map_err(|reason| SqlError::Column { column: column.name().to_owned(), reason })?;
                        room = room.checked_sub(cell.len() as u64).ok_or(SqlError::AnswerTooLarge { limit: self.limit })?;
                        cells.push(Cell(cell));
                    }
                    answer.rows.push(cells);
                }
            }
        }
        Ok(answer)
    }
}

fn secured(options: PgConnectOptions, tls: &Security) -> PgConnectOptions {
    let mode = if tls.accepts_anything { PgSslMode::Require } else { PgSslMode::VerifyFull };
    let mut options = options.ssl_mode(mode);
    if let Some(roots) = &tls.roots {
        options = options.ssl_root_cert(roots);
    }
    if let Some(certificate) = &tls.certificate {
        options = options.ssl_client_cert(certificate);
    }
    if let Some(key) = &tls.key {
        options = options.ssl_client_key(key);
    }
    options
}

/// What the server says of a refusal.
pub(crate) fn refusal(error: &PgDatabaseError, statement: &str) -> Refusal {
    let position = match error.position() {
        Some(PgErrorPosition::Original(position)) => Some(position),
        _ => None,
    };
    Refusal {
        state: error.code().to_owned(),
        message: error.message().to_owned(),
        detail: error.detail().map(str::to_owned),
        hint: error.hint().map(str::to_owned),
        near: position.and_then(|position| near(statement, position)),
    }
}
