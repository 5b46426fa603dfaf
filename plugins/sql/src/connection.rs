//! A connection to a database of any kind.

use crate::address::{Dialect, Place};
use crate::database::Database;
use crate::error::SqlError;
use crate::mysql::MySql;
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::value::{Answer, Parameter};

/// A connection that is logged in. One statement runs on it at a time; after one that was given up it is of no use any more.
pub(crate) enum Connection {
    Postgres(Box<Postgres>),
    MySql(Box<MySql>),
    Sqlite(Box<Sqlite>),
}

impl Connection {
    pub(super) async fn open(database: &Database) -> Result<Self, SqlError> {
        let Database { place, account, tls, answer_limit, files, .. } = database;
        let tls = tls.as_ref().map(|tls| tls.within(files)).transpose()?;
        let tls = tls.as_ref();
        Ok(match place {
            Place::File(path) => Self::Sqlite(Box::new(Sqlite::open(files.folder().join(path), *answer_limit).await?)),
            Place::Server(server) if server.dialect == Dialect::Postgres => {
                Self::Postgres(Box::new(Postgres::open(server, account, tls, *answer_limit).await?))
            }
            Place::Server(server) => Self::MySql(Box::new(MySql::open(server, account, tls, *answer_limit).await?)),
        })
    }

    /// Runs one statement.
    pub(crate) async fn run(&mut self, statement: &str, parameters: &[Parameter]) -> Result<Answer, SqlError> {
        match self {
            Self::Postgres(connection) => connection.run(statement, parameters).await,
            Self::MySql(connection) => connection.run(statement, parameters).await,
            Self::Sqlite(connection) => connection.run(statement, parameters).await,
        }
    }

    /// Runs several statements, or none of them.
    pub(crate) async fn run_all(&mut self, statements: &[(String, Vec<Parameter>)]) -> Result<Answer, SqlError> {
        if let [(statement, parameters)] = statements {
            return self.run(statement, parameters).await;
        }
        self.command("begin").await?;
        let mut all = Answer::default();
        for (statement, parameters) in statements {
            match self.run(statement, parameters).await {
                Ok(answer) => all.affected += answer.affected,
                Err(error) => {
                    if error.leaves_connection() {
                        self.command("rollback").await?;
                    }
                    return Err(error);
                }
            }
        }
        self.command("commit").await?;
        Ok(all)
    }

    /// Not every server prepares these.
    async fn command(&mut self, statement: &'static str) -> Result<(), SqlError> {
        match self {
            Self::MySql(connection) => connection.command(statement).await,
            _ => self.run(statement, &[]).await.map(drop),
        }
    }

    /// Whether a statement can be run on it at all.
    pub(crate) fn is_whole(&self) -> bool {
        match self {
            Self::Postgres(_) | Self::MySql(_) => true,
            Self::Sqlite(connection) => connection.is_whole(),
        }
    }
}
