//! A connection to MySQL or MariaDB.

mod cells;

use futures_util::TryStreamExt as _;
use sqlx::mysql::{MySqlArguments, MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlSslMode};
use sqlx::types::BigDecimal;
use sqlx::{
    Arguments as _, AssertSqlSafe, Column as _, ConnectOptions as _, Either, Executor as _, Row as _, SqlSafeStr as _, Statement as _,
};

use self::cells::cell;
use crate::address::Server;
use crate::database::{Account, Security};
use crate::error::{Refusal, SqlError};
use crate::value::{Answer, Cell, Parameter};

/// A connection that is logged in.
pub(crate) struct MySql {
    connection: MySqlConnection,
    limit: u64,
}

impl MySql {
    /// Connects and logs in.
    pub(crate) async fn open(server: &Server, account: &Account, tls: Option<&Security>, limit: u64) -> Result<Self, SqlError> {
        // Times are in UTC; what else the server does is its own.
        let mut options = MySqlConnectOptions::new()
            .host(&server.host)
            .port(server.port)
            .username(&account.user)
            .pipes_as_concat(false)
            .no_engine_substitution(false);
        if !account.password().is_empty() {
            options = options.password(account.password());
        }
        if let Some(database) = &server.database {
            options = options.database(database);
        }
        options = match tls {
            None => options.ssl_mode(MySqlSslMode::Disabled),
            Some(tls) => secured(options, tls),
        };
        let opened = options.disable_statement_logging().connect().await;
        let connection = opened.map_err(|error| SqlError::of_opening(error, server, account))?;
        Ok(Self { connection, limit })
    }

    /// Runs one statement.
    pub(crate) async fn run(&mut self, statement: &str, parameters: &[Parameter]) -> Result<Answer, SqlError> {
        let refused = |error| SqlError::of_statement(error, statement);
        let prepared = self.connection.prepare(AssertSqlSafe(statement.to_owned()).into_sql_str()).await.map_err(refused)?;
        let wanted = prepared.parameters().and_then(Either::right).unwrap_or_default();
        if wanted != parameters.len() {
            return Err(SqlError::other_number(wanted, parameters.len()));
        }
        let mut arguments = MySqlArguments::default();
        for (index, parameter) in parameters.iter().enumerate() {
            add(&mut arguments, parameter).map_err(|error| SqlError::Parameter(format!("placeholder {}: {error}", index + 1)))?;
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

    /// Runs a statement that not every server prepares, such as `begin`.
    pub(crate) async fn command(&mut self, statement: &'static str) -> Result<(), SqlError> {
        let done = self.connection.execute(sqlx::raw_sql(statement)).await;
        done.map(drop).map_err(|error| SqlError::of_statement(error, statement))
    }
}

fn secured(options: MySqlConnectOptions, tls: &Security) -> MySqlConnectOptions {
    let mode = if tls.accepts_anything { MySqlSslMode::Required } else { MySqlSslMode::VerifyIdentity };
    let mut options = options.ssl_mode(mode);
    if let Some(roots) = &tls.roots {
        options = options.ssl_ca(roots);
    }
    if let Some(certificate) = &tls.certificate {
        options = options.ssl_client_cert(certificate);
    }
    if let Some(key) = &tls.key {
        options = options.ssl_client_key(key);
    }
    options
}

/// Adds what a placeholder stands for.
fn add(arguments: &mut MySqlArguments, parameter: &Parameter) -> Result<(), sqlx::error::BoxDynError> {
    match parameter {
        Parameter::Null => arguments.add(None::<&str>),
        Parameter::Boolean(value) => arguments.add(value),
        Parameter::Text(text) | Parameter::Object(text) => arguments.add(text.as_str()),
        Parameter::List(items) => arguments.add(serde_json::Value::from(items.clone()).to_string()),
        Parameter::Number(digits) => match (digits.parse::<i64>(), digits.parse::<u64>(), digits.parse::<BigDecimal>()) {
            (Ok(number), ..) => arguments.add(number),
            (_, Ok(number), _) => arguments.add(number),
            (.., Ok(number)) if !digits.contains(['e', 'E']) => arguments.add(number),
            _ => arguments.add(digits.parse::<f64>()?),
        },
    }
}

/// What the server says of a refusal.
pub(crate) fn refusal(error: &MySqlDatabaseError) -> Refusal {
    Refusal {
        state: error.code().unwrap_or("HY000").to_owned(),
        message: format!("{} [{}]", error.message(), error.number()),
        ..Refusal::default()
    }
}
